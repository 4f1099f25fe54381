"""The Iceberg side of Gridata: open the shared catalog, create and evolve tables, travel in time, query.

Importing this package is cheap; pyiceberg is loaded by the first call that needs it.
"""

from gridata_control.catalog.connection import open_catalog

__all__ = ["open_catalog"]
