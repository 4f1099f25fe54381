"""Spark's event logs: from the driver's disk to the store, and from there to the history server's."""
