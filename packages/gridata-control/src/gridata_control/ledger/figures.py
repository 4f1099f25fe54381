"""Sums over the ledger, for monitoring: a few rows whatever the number of files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from gridata_control.ledger import backups
from gridata_control.ledger.records import BatchState, FileState
from gridata_control.ledger.tables import batches, files, runs

UNKNOWN = ""
"""Stands for the dataset of files that no contract owns."""


@dataclass(frozen=True)
class Figures:
    """What the ledger holds just now; by dataset id throughout.

    Attributes:
        files: number of object versions by (dataset, state).
        batches: number of batches by (dataset, state).
        open_since_utc: when the oldest version without a fate was seen; datasets without one are absent.
        published_utc: when a batch was last published.
        rows: (valid, rejected) rows of all published files.
        last_rows: the same of the batch that was published last.
        untold_runs: number of runs that ended and whose metadata nobody told.
        untold_since_utc: when the first of them ended; None without one.
        refused_runs: number of runs whose metadata a catalog refused.
        backed_up_utc: when the newest backup ended, by part.
    """

    files: dict[tuple[str, str], int]
    batches: dict[tuple[str, str], int]
    open_since_utc: dict[str, datetime]
    published_utc: dict[str, datetime]
    rows: dict[str, tuple[int, int]]
    last_rows: dict[str, tuple[int, int]]
    untold_runs: int
    untold_since_utc: datetime | None
    refused_runs: int
    backed_up_utc: dict[str, datetime]


def figures(connection: Connection) -> Figures:
    """Ask for all of them in one transaction."""
    dataset = func.coalesce(files.c.dataset, UNKNOWN)
    open_states = [state.value for state in FileState if not state.terminal]
    published = batches.c.state == BatchState.PUBLISHED.value
    counted = func.coalesce(func.sum(files.c.n_valid), 0), func.coalesce(func.sum(files.c.n_rejected), 0)
    of_files = select(dataset, files.c.state, func.count()).group_by(dataset, files.c.state)
    of_batches = select(batches.c.dataset, batches.c.state, func.count()).group_by(batches.c.dataset, batches.c.state)
    waiting = select(dataset, func.min(files.c.seen_at_utc)).where(files.c.state.in_(open_states)).group_by(dataset)
    last = (
        select(batches.c.dataset, func.max(batches.c.published_at_utc).label("at"))
        .where(published)
        .group_by(batches.c.dataset)
    )
    newest = last.subquery()
    of_last = (
        select(batches.c.dataset, *counted)
        .join(newest, (newest.c.dataset == batches.c.dataset) & (newest.c.at == batches.c.published_at_utc))
        .join(files, files.c.batch_id == batches.c.batch_id)
        .group_by(batches.c.dataset)
    )
    rows = select(dataset, *counted).where(files.c.n_valid.is_not(None)).group_by(dataset)
    untold = select(func.count(), func.min(runs.c.ended_at_utc)).where(
        runs.c.told_at_utc.is_(None), runs.c.ended_at_utc.is_not(None)
    )
    refused = select(func.count()).where(runs.c.told_at_utc.is_not(None), runs.c.told_error.is_not(None))
    untold_runs, untold_since = connection.execute(untold).one()
    return Figures(
        {(name, state): number for name, state, number in connection.execute(of_files)},
        {(name, state): number for name, state, number in connection.execute(of_batches)},
        {row[0]: row[1] for row in connection.execute(waiting)},
        {row[0]: row[1] for row in connection.execute(last)},
        {name: (int(valid), int(rejected)) for name, valid, rejected in connection.execute(rows)},
        {name: (int(valid), int(rejected)) for name, valid, rejected in connection.execute(of_last)},
        untold_runs,
        untold_since,
        connection.execute(refused).scalar_one(),
        backups.last(connection),
    )
