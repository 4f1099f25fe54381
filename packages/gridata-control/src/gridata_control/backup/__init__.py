"""Backups: databases, every version of every object, Vault's snapshot; and the way back from nothing."""
