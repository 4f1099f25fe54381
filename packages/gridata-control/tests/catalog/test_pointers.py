"""Entries that are behind, where writers that met left several metadata files of one version."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.table import Table
from sqlalchemy import update

from gridata_control.catalog.pointers import Behind, KnownCommits, behind
from gridata_control.ledger import Ledger
from gridata_control.settings import Settings

KNOWN = cast(
    "Ledger",
    SimpleNamespace(
        batches=list,
        runs=lambda: [SimpleNamespace(run_id=name, exit_code=0) for name in ("first", "second")],
        stamped_tables=set,
    ),
)


def commit(table: Table, run_id: str) -> Path:
    """One row more by this run; the metadata file of that state."""
    rows = pa.Table.from_pylist([{"id": 1}], schema=table.schema().as_arrow())
    table.append(rows, snapshot_properties={"gridata.run-id": run_id})
    return Path(table.metadata_location.removeprefix("file://"))


def sibling(of: Path, name: str, operation: str, **said: str) -> Path:
    """Another file of that version, whose last commit is another one."""
    metadata: dict[str, Any] = json.loads(of.read_text())
    last = metadata["snapshots"][-1]
    last |= {"snapshot-id": 77, "summary": {"operation": operation, **said}}
    metadata |= {"current-snapshot-id": 77, "refs": {"main": {"snapshot-id": 77, "type": "branch"}}}
    metadata["snapshot-log"] = [one for one in metadata["snapshot-log"] if one["snapshot-id"] != 77][:1]
    path = of.with_name(name)
    path.write_text(json.dumps(metadata))
    return path


def set_back(catalog: Catalog, entry: Path) -> None:
    assert isinstance(catalog, SqlCatalog)
    with catalog.engine.begin() as connection:
        connection.execute(update(IcebergTables).values(metadata_location=f"file://{entry}"))


def found(catalog: Catalog, settings: Settings) -> Behind:
    [only] = behind(catalog, settings.warehouse_uri, KnownCommits(KNOWN))
    return only


@pytest.mark.parametrize("letter", ["0", "f"])  # names decide the order of a listing
def test_of_two_files_of_a_version_the_one_whose_commits_the_ledger_knows_is_taken(
    catalog: Catalog, settings: Settings, orders: Table, letter: str
) -> None:
    entry = commit(orders, "first")
    happened = commit(orders, "second")
    sibling(happened, f"00002-{letter * 8}-0000-0000-0000-000000000000.metadata.json", "replace")
    set_back(catalog, entry)

    seen = found(catalog, settings)

    assert (seen.newest, seen.known, seen.forks) == (f"file://{happened}", 1, 1)


def test_of_two_files_of_a_version_one_that_only_rewrote_files_is_never_taken(
    catalog: Catalog, settings: Settings, orders: Table
) -> None:
    entry = commit(orders, "first")
    unknown = commit(orders, "a run of which nobody knows")
    sibling(unknown, "00002-00000000-0000-0000-0000-000000000000.metadata.json", "replace")
    set_back(catalog, entry)

    seen = found(catalog, settings)

    assert (seen.newest, seen.unknown, seen.forks) == (None, 1, 1)


def test_a_lone_file_that_only_rewrote_files_is_taken(catalog: Catalog, settings: Settings, orders: Table) -> None:
    entry = commit(orders, "first")
    lone = commit(orders, "second")
    rewritten = sibling(lone, "00002-00000000-0000-0000-0000-000000000000.metadata.json", "replace")
    lone.unlink()
    set_back(catalog, entry)

    seen = found(catalog, settings)

    assert (seen.newest, seen.unknown, seen.forks) == (f"file://{rewritten}", 0, 0)
