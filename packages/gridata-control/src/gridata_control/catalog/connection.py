"""One SQL catalog, shared by both lanes: pyiceberg here, Iceberg's JDBC catalog on Spark."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gridata_contracts.errors import TransientError, UsageError
from gridata_control.damaged import damaged, is_damage, name_damage

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from sqlalchemy.engine import URL

    from gridata_control.settings import Settings

BUSY_TIMEOUT_S = 60
_ATTEMPTS = 3
_S3_REGION = "us-east-1"


def open_catalog(settings: Settings) -> Catalog:
    """The Iceberg catalog of this home, its two SQL tables created on first use.

    Safe to call from several processes at once. On SQLite readers never block (WAL) and writers wait up to
    `BUSY_TIMEOUT_S` for each other instead of failing.

    Raises:
        UsageError: `catalog_uri` is not an SQLite or PostgreSQL URL.
        PermanentError: the SQLite file is damaged; so says every later use of the catalog, too.
        TransientError: the database does not answer.
    """
    from pyiceberg.catalog.sql import SqlCatalog
    from sqlalchemy.exc import DBAPIError

    url = _database_url(settings.catalog_uri)
    properties = {"uri": url.render_as_string(hide_password=False), "pool_pre_ping": "true", **_storage(settings)}
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            catalog = SqlCatalog(settings.catalog_name, **properties)
            name_damage(catalog.engine, "catalog")
            return catalog
        except DBAPIError as error:
            if is_damage(error.orig):
                raise damaged("catalog", url.database) from error
            # Two processes that both find an empty database both create the tables; the loser looks again.
            if attempt == _ATTEMPTS:
                raise TransientError(
                    f"catalog {url.render_as_string(hide_password=True)}: got {type(error).__name__}, "
                    "allowed a database that answers. Check GRIDATA_CATALOG_URI and that the server runs."
                ) from error
            time.sleep(0.2 * attempt)
    raise AssertionError("unreachable: the loop returns or raises")


def _database_url(catalog_uri: str) -> URL:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(catalog_uri)
    except ArgumentError:
        raise UsageError(
            "catalog_uri: got text that is no database URL, allowed sqlite:///<path> or postgresql+psycopg2://…. "
            "Set GRIDATA_CATALOG_URI."
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database:
        _prepare_sqlite(Path(url.database))
        return url.update_query_dict({"timeout": str(BUSY_TIMEOUT_S)})
    if backend == "postgresql":
        return url
    raise UsageError(
        f"catalog_uri: got {backend!r}, allowed sqlite:///<path> or postgresql+psycopg2://…. Set GRIDATA_CATALOG_URI."
    )


def _prepare_sqlite(database: Path) -> None:
    """Switch the file to write-ahead logging, which SQLite remembers in the file for Spark's driver too."""
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(database, timeout=BUSY_TIMEOUT_S)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise damaged("catalog", database) from error
        raise TransientError(
            f"catalog {database}: got {error}, allowed a database that can be opened. Check the path and its rights."
        ) from error


def _storage(settings: Settings) -> dict[str, str]:
    """Where tables lie and how to reach it; S3 credentials come from the AWS default chain."""
    properties = {
        "warehouse": settings.warehouse_uri.rstrip("/"),
        "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
    }
    if settings.warehouse_uri.startswith("s3://"):
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _S3_REGION
        properties["s3.region"] = region
        if settings.s3_endpoint:
            properties["s3.endpoint"] = settings.s3_endpoint
    return properties
