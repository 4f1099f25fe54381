"""Monthly tags: the last snapshot of each complete month stays readable as `month-YYYY-MM`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.table import Table

_DAY_MS = 86_400_000
_LONGEST_MONTH_DAYS = 31


@dataclass(frozen=True)
class Version:
    """One entry of a table's history: what readers saw from this instant on."""

    since: datetime
    snapshot_id: int


def due_tags(history: Sequence[Version], existing: Collection[str], now: datetime, months: int) -> dict[str, int]:
    """Tags that are missing: name to snapshot.

    Args:
        history: oldest first.
        existing: names of the refs the table has.
        now: only months that ended by then are complete.
        months: how many complete months back.

    Returns:
        For each of these months without a tag, the snapshot readers saw at its end; months that ended before the
        table's first snapshot have none.
    """
    due = {}
    for first, end in islice(_complete_months(now), months):
        seen = [version.snapshot_id for version in history if version.since < end]
        name = f"month-{first:%Y-%m}"
        if seen and name not in existing:
            due[name] = seen[-1]
    return due


def tag_months(table: Table, now: datetime, months: int) -> list[str]:
    """Create the missing tags; returns their names. A tag goes by itself once its month is too long ago."""
    readable = {snapshot.snapshot_id for snapshot in table.snapshots()}
    history = [
        Version(datetime.fromtimestamp(entry.timestamp_ms / 1000, UTC), entry.snapshot_id) for entry in table.history()
    ]
    due = due_tags(history, table.refs(), now, months)
    kept = {name: snapshot for name, snapshot in due.items() if snapshot in readable}
    if kept:
        age_ms = (months + 1) * _LONGEST_MONTH_DAYS * _DAY_MS
        with table.manage_snapshots() as snapshots:
            for name, snapshot in kept.items():
                snapshots.create_tag(snapshot, name, max_ref_age_ms=age_ms)
    return sorted(kept)


def _complete_months(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """First instant and end of every month that ended by `now`, newest first."""
    end = datetime(now.year, now.month, 1, tzinfo=UTC)
    while True:
        first = datetime(end.year - (end.month == 1), (end.month - 2) % 12 + 1, 1, tzinfo=UTC)
        yield first, end
        end = first
