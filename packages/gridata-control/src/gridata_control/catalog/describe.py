"""One table in words: columns, partitions, versions and a masked sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gridata_contracts.model import JsonValue
from gridata_contracts.naming import layer_of
from gridata_control.catalog.columns import table_columns
from gridata_control.catalog.personal import mask
from gridata_control.catalog.rows import read_rows
from gridata_control.catalog.snapshots import SnapshotInfo, history, load, resolve_as_of, table_ids
from gridata_control.catalog.values import plain

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table


@dataclass(frozen=True)
class DescribedColumn:
    """One column or nested field of the described version."""

    path: str
    type: str
    personal: bool
    doc: str


@dataclass(frozen=True)
class TableDescription:
    """One version of one table.

    Attributes:
        snapshot_id: the described version; None when there is none yet.
        partitions: such as `day(_ingested_at)`.
        snapshots: every version there is, oldest first.
        sample: a few rows of the described version, personal values masked.
    """

    table: str
    comment: str
    location: str
    snapshot_id: int | None
    columns: tuple[DescribedColumn, ...]
    partitions: tuple[str, ...]
    snapshots: tuple[SnapshotInfo, ...]
    sample: tuple[Mapping[str, JsonValue], ...]

    def to_dict(self) -> dict[str, JsonValue]:
        """JSON-ready form."""
        described = plain(asdict(self))
        return described if isinstance(described, dict) else {}


def summaries(catalog: Catalog) -> list[dict[str, JsonValue]]:
    """One record per table: its current snapshot in numbers.

    Raises:
        TransientError: the catalog's database does not answer.
    """
    found = []
    for table_id in table_ids(catalog):
        table = load(catalog, table_id)
        versions = history(table)
        current = next((one for one in versions if one.current), None)
        record = {
            "table": table_id,
            "layer": layer_of(table_id),
            "rows": current.rows if current else 0,
            "files": current.files if current else 0,
            "bytes": current.size_bytes if current else 0,
            "snapshots": len(versions),
            "snapshot_id": current.snapshot_id if current else None,
            "committed_utc": current.committed_utc if current else None,
            "location": table.location(),
        }
        found.append({name: plain(value) for name, value in record.items()})
    return found


def describe(table: Table, as_of: str | None, limit: int, personal: frozenset[str]) -> TableDescription:
    """One version of the table.

    Args:
        table: as loaded from the catalog.
        as_of: as in `resolve_as_of`.
        limit: rows of the sample.
        personal: paths to mask.

    Raises:
        UsageError: there is no such version.
    """
    snapshot_id = resolve_as_of(table, as_of)
    schema = table.scan(snapshot_id=snapshot_id).projection()
    return TableDescription(
        table=".".join(table.name()),
        comment=table.properties.get("comment", ""),
        location=table.location(),
        snapshot_id=snapshot_id,
        columns=tuple(
            DescribedColumn(one.path, one.type, one.path in personal, one.doc) for one in table_columns(schema)
        ),
        partitions=tuple(
            f"{field.transform}({table.schema().find_column_name(field.source_id)})" for field in table.spec().fields
        ),
        snapshots=tuple(history(table)),
        sample=_sample(table, snapshot_id, limit, personal),
    )


def _sample(
    table: Table, snapshot_id: int | None, limit: int, personal: frozenset[str]
) -> tuple[Mapping[str, JsonValue], ...]:
    rows: list[Mapping[str, JsonValue]] = []
    if limit:
        for batch in read_rows(table, snapshot_id):
            rows.extend(
                {name: plain(mask(value, name, personal)) for name, value in row.items()}
                for row in batch.slice(0, limit - len(rows)).to_pylist()
            )
            if len(rows) == limit:
                break
    return tuple(rows)
