"""Vault: from empty and sealed to what Gridata needs of it, and back to that state whenever something drifted."""
