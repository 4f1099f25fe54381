"""What a file or table shows: numbers of its columns, personal data, and a contract that held-out records keep."""
