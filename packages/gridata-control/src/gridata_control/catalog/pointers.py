"""Catalog entries that are behind their table's files, as after the catalog alone was restored; and moving them on.

A newer metadata file is no proof that its commit happened: a writer writes it first and asks the catalog then. So an
entry is only moved to a state whose every new snapshot the ledger knows as done. What else lies there is reported and
left: its batch runs again, and maintenance removes what nobody names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from gridata_contracts.errors import TransientError
from gridata_contracts.naming import bronze_table, quarantine_table, split_table
from gridata_control.catalog.data_files import reading
from gridata_control.catalog.snapshots import table_ids
from gridata_control.ledger import Ledger

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.snapshots import Snapshot

_SUFFIX = ".metadata.json"
_BATCH, _REWRITE, _RUN = "gridata.batch-id", "gridata.rewrite", "gridata.run-id"


@dataclass(frozen=True)
class Behind:
    """A table whose files know more commits than the catalog.

    Attributes:
        entry: metadata file that the catalog names; None: it has no such table.
        newest: metadata file of the newest state whose snapshots the ledger all knows; None: there is none.
        known: number of snapshots that are missing in the catalog and that the ledger knows.
        unknown: number of further ones, which nobody but the files knows.
        forks: number of versions of which several metadata files lie there: writers met, and one of them lost.
    """

    table: str
    entry: str | None
    newest: str | None
    known: int
    unknown: int
    forks: int = 0


class KnownCommits:
    """What the ledger says of snapshots."""

    def __init__(self, ledger: Ledger) -> None:
        records = ledger.batches()
        self._snapshots = {
            one for record in records for one in (record.bronze_snapshot_id, record.quarantine_snapshot_id)
        }
        self._rewrites = {record.batch.id: record.rewrite for record in records}
        self._runs = {run.run_id for run in ledger.runs() if run.exit_code == 0}
        datasets = {record.batch.dataset for record in records}
        of_batches = {table(dataset) for dataset in datasets for table in (bronze_table, quarantine_table)}
        self.tables = of_batches | ledger.stamped_tables()

    def has(self, snapshot: Snapshot) -> bool:
        """Whether the ledger knows that this commit happened and counts, or it changed no row."""
        return self.names(snapshot) or _changes_no_row(snapshot)

    def names(self, snapshot: Snapshot) -> bool:
        """Whether the ledger itself knows that this commit happened and counts."""
        if snapshot.summary is None:
            return False
        said = snapshot.summary.additional_properties
        batch = said.get(_BATCH)
        if batch is not None:  # its newest publication, or one that a rewrite has replaced since
            replaced = int(said.get(_REWRITE, "0")) < self._rewrites.get(batch, 0)
            return snapshot.snapshot_id in self._snapshots or replaced
        return said.get(_RUN) in self._runs


def _changes_no_row(snapshot: Snapshot) -> bool:
    said = snapshot.summary
    return said is not None and said.operation.value == "replace" and _BATCH not in said.additional_properties


def behind(catalog: Catalog, warehouse: str, commits: KnownCommits) -> Iterator[Behind]:
    """Every table whose entry is behind; changes nothing.

    Args:
        catalog: whose entries are looked at.
        warehouse: root of the tables' files, where tables are looked for that the catalog does not have.
        commits: what the ledger knows.

    Raises:
        TransientError: store or catalog do not answer.
    """
    there = table_ids(catalog)
    for table_id in sorted({*there, *commits.tables}):
        found = _look(catalog, warehouse, table_id, commits, is_there=table_id in there)
        if found is not None and found.entry == _entry(catalog, table_id):  # no writer came between
            yield found


def move_on(catalog: Catalog, found: Behind) -> bool:
    """Let the entry name the newest known state; False when a writer was faster or there is none.

    Raises:
        TransientError: the catalog does not answer.
    """
    from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
    from pyiceberg.exceptions import NamespaceAlreadyExistsError, TableAlreadyExistsError
    from sqlalchemy import update
    from sqlalchemy.exc import DBAPIError

    assert isinstance(catalog, SqlCatalog)  # as `open_catalog` makes it
    if found.newest is None:
        return False
    namespace, name = split_table(found.table)
    try:
        if found.entry is None:
            with suppress(NamespaceAlreadyExistsError):
                catalog.create_namespace(namespace)
            try:
                catalog.register_table(found.table, found.newest)
            except TableAlreadyExistsError:
                return False
            return True
        row = (
            (IcebergTables.catalog_name == catalog.name)
            & (IcebergTables.table_namespace == namespace)
            & (IcebergTables.table_name == name)
            & (IcebergTables.metadata_location == found.entry)
        )
        moved = {"metadata_location": found.newest, "previous_metadata_location": found.entry}
        with catalog.engine.begin() as connection:
            return bool(connection.execute(update(IcebergTables).where(row).values(**moved)).rowcount)
    except DBAPIError as error:
        raise TransientError(
            f"catalog: got {type(error).__name__}, allowed a database that answers. Check GRIDATA_CATALOG_URI."
        ) from error


def _look(catalog: Catalog, warehouse: str, table_id: str, commits: KnownCommits, *, is_there: bool) -> Behind | None:
    entry: str | None = None
    uuid, had = None, set[int]()
    if is_there:
        with reading(table_id):
            table = catalog.load_table(table_id)
        entry, io, location, uuid = table.metadata_location, table.io, table.location(), table.metadata.table_uuid
        had = {snapshot.snapshot_id for snapshot in table.metadata.snapshots}
    else:
        namespace, name = split_table(table_id)
        location = f"{warehouse.rstrip('/')}/{namespace}/{name}"
        io = catalog._load_file_io(location=location)
    newest, known, unknown, forks = None, 0, 0, 0
    for uris in _newer(io, location, entry):
        forks += len(uris) > 1
        told: list[tuple[int, int, str]] = []
        for uri in uris:
            state = _state(io, table_id, uri)
            new = [snapshot for snapshot in state.snapshots if snapshot.snapshot_id not in had]
            if not new or uuid not in (None, state.table_uuid):
                continue  # no commit of rows, or a table that was here before
            ours = sum(map(commits.has, new))
            unknown = max(unknown, len(new) - ours)
            if ours == len(new) and (len(uris) == 1 or _is_told(state, commits)):
                told.append((sum(map(commits.names, new)), ours, uri))
        if newest is None and told:
            _, known, newest = max(told, key=lambda one: one[0])
    return Behind(table_id, entry, newest, known, unknown, forks) if newest or unknown else None


def _is_told(state: TableMetadata, commits: KnownCommits) -> bool:
    """Whether the ledger itself knows the last commit; one that only rewrote files may be what the catalog refused."""
    last = state.current_snapshot_id
    return any(commits.names(snapshot) for snapshot in state.snapshots if snapshot.snapshot_id == last)


def _newer(io: FileIO, location: str, entry: str | None) -> Iterator[list[str]]:
    """Metadata files with a higher number than the entry's, newest first; together those of one number."""
    from pyarrow.fs import FileSelector
    from pyiceberg.io.pyarrow import PyArrowFileIO

    assert isinstance(io, PyArrowFileIO)
    scheme, host, path = PyArrowFileIO.parse_location(location)
    files = io.fs_by_scheme(scheme, host)
    with reading(location):
        listed = files.get_file_info(FileSelector(f"{path}/metadata", allow_not_found=True))
    names = [info.base_name for info in listed if info.base_name.endswith(_SUFFIX)]
    than = _number(entry.rpartition("/")[2]) if entry else -1
    newer = sorted((name for name in names if _number(name) > than), key=lambda name: (-_number(name), name))
    for _, same in groupby(newer, key=_number):
        yield [f"{location}/metadata/{name}" for name in same]


def _number(name: str) -> int:
    """12 of `00012-<uuid>.metadata.json`; -1 of a name that is no version's."""
    number = name.partition("-")[0]
    return int(number) if number.isdigit() else -1


def _state(io: FileIO, table_id: str, uri: str) -> TableMetadata:
    from pyiceberg.serializers import FromInputFile

    with reading(table_id, uri):
        return FromInputFile.table_metadata(io.new_input(uri))


def _entry(catalog: Catalog, table_id: str) -> str | None:
    from pyiceberg.exceptions import NoSuchTableError

    try:
        with reading(table_id):
            return catalog.load_table(table_id).metadata_location
    except NoSuchTableError:
        return None
