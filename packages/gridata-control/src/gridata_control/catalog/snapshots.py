"""A table's past: which tables exist, what each snapshot says, and which snapshot an `--as-of` means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from gridata_contracts.errors import TransientError, UsageError
from gridata_control.catalog.data_files import reading

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot


@dataclass(frozen=True)
class SnapshotInfo:
    """One version of a table.

    Attributes:
        rows: rows a reader of this snapshot sees; None when the writer did not say.
        current: whether a reader without `--as-of` gets this one.
        refs: tags and branches that keep it, sorted.
        summary: what the writer stamped: counts, batch id, contract hash, commit.
    """

    snapshot_id: int
    parent_id: int | None
    committed_utc: datetime
    operation: str
    rows: int | None
    files: int | None
    size_bytes: int | None
    current: bool
    refs: tuple[str, ...]
    summary: Mapping[str, str]


def table_ids(catalog: Catalog) -> list[str]:
    """Every table of the catalog as `<namespace>.<name>`, sorted.

    Raises:
        TransientError: the catalog's database does not answer.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        found = [table for namespace in catalog.list_namespaces() for table in catalog.list_tables(namespace)]
    except DBAPIError as error:
        raise TransientError(
            f"catalog: got {type(error).__name__}, allowed a database that answers. Check GRIDATA_CATALOG_URI."
        ) from error
    return sorted(".".join(table) for table in found)


def load(catalog: Catalog, table_id: str) -> Table:
    """The table, or a message that names the ones there are.

    Raises:
        UsageError: no table has this id.
        LostFileError: the table's newest metadata file is gone or damaged.
    """
    from pyiceberg.exceptions import NoSuchTableError

    try:
        if table_id.count(".") == 1:
            with reading(table_id):
                return catalog.load_table(table_id)
    except NoSuchTableError:
        pass
    known = table_ids(catalog)
    near = get_close_matches(table_id, known, n=1) or [name for name in known if name.endswith(f".{table_id}")]
    hint = f"Did you mean {near[0]}?" if near else "`gridata tables` lists them."
    raise UsageError(f"table: got {table_id!r}, allowed one of {len(known)} tables. {hint}")


def history(table: Table) -> list[SnapshotInfo]:
    """Every snapshot the table still has, oldest first."""
    refs: dict[int, list[str]] = {}
    for name, ref in table.refs().items():
        refs.setdefault(ref.snapshot_id, []).append(name)
    current = table.current_snapshot()
    current_id = current.snapshot_id if current else None
    ordered = sorted(table.snapshots(), key=lambda snapshot: (snapshot.sequence_number or 0, snapshot.timestamp_ms))
    return [_info(snapshot, current_id, refs.get(snapshot.snapshot_id, [])) for snapshot in ordered]


def resolve_as_of(table: Table, as_of: str | None) -> int | None:
    """The snapshot that `as_of` means: a tag or branch, a snapshot id, or an ISO 8601 instant.

    An instant means the snapshot readers saw then. Without a zone it is UTC, a day alone is its midnight.

    Returns:
        The current snapshot when `as_of` is None; None when the table has no snapshot yet.

    Raises:
        UsageError: nothing of that name, or the table has no readable snapshot for that instant.
    """
    if as_of is None:
        current = table.current_snapshot()
        return current.snapshot_id if current else None
    ref = table.refs().get(as_of)
    if ref is not None:
        return ref.snapshot_id
    if as_of.isascii() and as_of.isdigit() and table.snapshot_by_id(int(as_of)) is not None:
        return int(as_of)
    instant = _instant(as_of)
    if instant is None:
        raise UsageError(f"--as-of for {_name(table)}: got {as_of!r}, {_allowed(table)}.")
    snapshot = table.snapshot_as_of_timestamp(int(instant.timestamp() * 1000))
    if snapshot is None:
        raise UsageError(
            f"--as-of for {_name(table)}: got {as_of!r}, which no readable snapshot covers; {_allowed(table)}."
        )
    return snapshot.snapshot_id


def _info(snapshot: Snapshot, current_id: int | None, refs: list[str]) -> SnapshotInfo:
    summary = dict(snapshot.summary.additional_properties) if snapshot.summary else {}
    total = _whole(summary, "total-records")
    deleted = _whole(summary, "total-position-deletes") or 0
    return SnapshotInfo(
        snapshot_id=snapshot.snapshot_id,
        parent_id=snapshot.parent_snapshot_id,
        committed_utc=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC),
        operation=snapshot.summary.operation.value if snapshot.summary else "unknown",
        rows=None if total is None else total - deleted,
        files=_whole(summary, "total-data-files"),
        size_bytes=_whole(summary, "total-files-size"),
        current=snapshot.snapshot_id == current_id,
        refs=tuple(sorted(refs)),
        summary=summary,
    )


def _whole(summary: Mapping[str, str], name: str) -> int | None:
    text = summary.get(name, "")
    return int(text) if text.isdigit() else None


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _allowed(table: Table) -> str:
    log = table.history()
    if not log:
        return "allowed nothing yet: the table has no snapshot"
    first = datetime.fromtimestamp(log[0].timestamp_ms / 1000, UTC)
    tags = sorted(table.refs())
    return f"allowed an instant from {first:%Y-%m-%dT%H:%M:%S.%fZ}, a snapshot id, or one of {tags}"


def _name(table: Table) -> str:
    return ".".join(table.name())
