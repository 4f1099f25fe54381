"""Data files that Spark wrote and no reader sees: a branch of the table holds them until they are committed or dropped.

Spark itself cannot replace a batch where data files hold several of them, in one commit that rests on the snapshot that
was looked at. So it only writes the files, with Iceberg's own writers, and one place commits them for both lanes.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import DataFile, ManifestEntryStatus
from pyiceberg.table import Table
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from gridata_contracts.errors import TransientError
from gridata_jobs.publish import Side
from gridata_jobs.replace import NewRows
from gridata_jobs.target.stamps import lineage_of_current

logger = logging.getLogger(__name__)

_PREFIX = "rewrite_"


@contextmanager
def staged(rows: DataFrame, side: Side, name: str, count: int) -> Iterator[NewRows]:
    """The rows as data files of the table, until the block ends; who commits them in it keeps them.

    Branches that a killed run left are dropped first. Their files are nobody's then, and maintenance removes them.

    Args:
        rows: with the table's columns.
        side: the table and the batch.
        name: of the table in Spark's catalog.
        count: how many rows there are; without any nothing is written.

    Raises:
        TransientError: the engine failed, or other writers kept changing the table.
    """
    _drop(side.table, _branches(side.table, side.batch_id))
    if count == 0:
        yield NewRows((), 0)
        return
    branch = f"{_stem(side.batch_id)}{uuid.uuid4().hex}"
    try:
        rows.sparkSession.sql(f"ALTER TABLE {name} CREATE BRANCH {branch}")
        rows.writeTo(f"{name}.branch_{branch}").option("distribution-mode", "none").append()
    except (PySparkException, Py4JError) as error:
        raise TransientError(f"table {side.name}: Spark could not write ({type(error).__name__}). Retry.") from error
    side.table.refresh()
    try:
        yield NewRows(_added(side.table, branch), count)
    finally:
        _drop(side.table, [branch])


def _stem(batch_id: str) -> str:
    return f"{_PREFIX}{batch_id.replace('-', '_')}_"


def _branches(table: Table, batch_id: str) -> list[str]:
    table.refresh()
    return [name for name in table.refs() if name.startswith(_stem(batch_id))]


def _added(table: Table, branch: str) -> list[DataFile]:
    """Data files that the newest snapshot of the branch added."""
    snapshot = table.snapshot_by_name(branch)
    assert snapshot is not None  # it was committed just now
    return [
        entry.data_file
        for manifest in snapshot.manifests(table.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
        for entry in manifest.fetch_manifest_entry(table.io)
        if entry.status is ManifestEntryStatus.ADDED
    ]


def _drop(table: Table, branches: Sequence[str]) -> None:
    """Forget branches and their snapshots. What is lost to other writers is done by the next rewrite of the batch."""
    for branch in branches:
        try:
            table.refresh()
            snapshot, main = table.snapshot_by_name(branch), {each.snapshot_id for each in lineage_of_current(table)}
            table.manage_snapshots().remove_branch(branch).commit()
            if snapshot is not None and snapshot.snapshot_id not in main:
                table.maintenance.expire_snapshots().by_id(snapshot.snapshot_id).commit()
        except CommitFailedException:
            logger.info("branch not dropped, other writers were faster", extra={"table": str(table.name())})
