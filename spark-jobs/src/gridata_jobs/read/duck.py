"""DuckDB as a library: one locked-down in-process connection, UTC, two small helpers for SQL text."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow as pa


class Duck:
    """A private in-memory DuckDB.

    Args:
        threads: worker threads; None = one per core this process may use.
        memory_limit_mb: DuckDB's own buffers; what it cannot hold it spills to `spill_dir`.
    """

    def __init__(self, threads: int | None = None, memory_limit_mb: int = 900, spill_dir: Path | None = None) -> None:
        self.connection = duckdb.connect()
        run = self.connection.execute
        run(f"SET threads = {threads or len(os.sched_getaffinity(0))}")
        run(f"SET memory_limit = '{memory_limit_mb}MB'")
        run("SET TimeZone = 'UTC'")
        run("SET preserve_insertion_order = false")  # rows carry their number; order costs memory
        run("SET autoinstall_known_extensions = false")
        run("SET autoload_known_extensions = false")
        if spill_dir is not None:
            run(f"SET temp_directory = {text_literal(str(spill_dir))}")

    def select(self, sql: str, **tables: pa.Table) -> pa.Table:
        """Result of a query over Arrow tables given by name."""
        for name, table in tables.items():
            self.connection.register(name, table)
        try:
            result: pa.Table = self.connection.sql(sql).to_arrow_table()
            return result
        finally:
            for name in tables:
                self.connection.unregister(name)

    def close(self) -> None:
        """Free the connection's memory and spill files."""
        self.connection.close()


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A VARCHAR literal."""
    return "'" + text.replace("'", "''") + "'"
