"""A contract in the words of another system, one target per file."""
