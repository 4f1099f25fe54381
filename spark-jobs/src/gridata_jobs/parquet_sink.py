"""Writes a batch's rows as Parquet files into a table's folder, with the table's field ids, at DuckDB's speed.

Field ids matter: without them a column that was dropped and added again would show its old values.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import IcebergType, ListType, StructType

from gridata_jobs.publish import DataFiles
from gridata_jobs.read.duck import Duck, quoted, text_literal

FILE_BYTES = 256 * 2**20
"""Arrow bytes gathered before a file is written: bounds memory, and gives Parquet files of some 30 to 100 MB."""


class ParquetSink:
    """Gathers Arrow rows and writes them as data files of one table."""

    def __init__(self, table: Table, duck: Duck, scratch: Path) -> None:
        """Prepare a sink.

        Args:
            table: its schema gives columns, order and field ids; columns a row lacks become null.
            duck: the connection that writes.
            scratch: local folder for files on their way to a remote warehouse.
        """
        self._table = table
        self._duck = duck
        self._scratch = scratch
        self._field_ids = _field_ids(table.schema())
        self._arrow = table.schema().as_arrow()
        self._pending: list[pa.Table] = []
        self._pending_bytes = 0
        self._uris: list[str] = []
        self._rows = 0
        self._bytes = 0

    def add(self, rows: pa.Table) -> None:
        """Take rows; writes a file when enough are gathered."""
        if len(rows) == 0:
            return
        self._pending.append(rows)
        self._pending_bytes += rows.nbytes
        if self._pending_bytes >= FILE_BYTES:
            self._write()

    def finish(self) -> DataFiles:
        """Write what is gathered; all files so far."""
        if self._pending:
            self._write()
        return DataFiles(tuple(self._uris), self._rows, self._bytes)

    def _write(self) -> None:
        rows = pa.concat_tables(self._pending)
        self._pending, self._pending_bytes = [], 0
        uri = f"{self._table.location()}/data/{uuid.uuid4()}.parquet"
        local = Path(uri.removeprefix("file://")) if uri.startswith("file://") else self._scratch / Path(uri).name
        local.parent.mkdir(parents=True, exist_ok=True)
        self._copy(rows, local)
        self._rows += len(rows)
        self._bytes += local.stat().st_size
        if not uri.startswith("file://"):
            with local.open("rb") as source, self._table.io.new_output(uri).create() as target:
                shutil.copyfileobj(source, target, 8 << 20)
            local.unlink()
        self._uris.append(uri)

    def _copy(self, rows: pa.Table, target: Path) -> None:
        for name in self._arrow.names:
            if name not in rows.column_names:
                rows = rows.append_column(name, pa.nulls(len(rows), self._arrow.field(name).type))
        columns = ", ".join(quoted(name) for name in self._arrow.names)
        self._duck.connection.register("rows_to_write", rows)
        try:
            self._duck.connection.execute(
                f"COPY (SELECT {columns} FROM rows_to_write) TO {text_literal(str(target))} "
                f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, FIELD_IDS {self._field_ids})"
            )
        finally:
            self._duck.connection.unregister("rows_to_write")


def _field_ids(schema: Schema) -> str:
    """DuckDB's FIELD_IDS text of an Iceberg schema."""
    return "{" + ", ".join(f"{quoted(f.name)}: {_ids(f.field_id, f.field_type)}" for f in schema.fields) + "}"


def _ids(field_id: int, type_: IcebergType) -> str:
    if isinstance(type_, StructType):
        children = ", ".join(f"{quoted(f.name)}: {_ids(f.field_id, f.field_type)}" for f in type_.fields)
        return f"{{__duckdb_field_id: {field_id}, {children}}}"
    if isinstance(type_, ListType):
        return f"{{__duckdb_field_id: {field_id}, element: {_ids(type_.element_id, type_.element_type)}}}"
    return str(field_id)
