"""How long what is kept, and the refusal of anything shorter than the longest job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridata_contracts.errors import UsageError

_ICEBERG_ORPHAN_LIMIT = timedelta(hours=24)
"""Iceberg's own procedure refuses to look at younger files."""


@dataclass(frozen=True)
class Retention:
    """What maintenance may remove.

    Attributes:
        snapshots: age after which a snapshot no tag holds may go.
        orphans: age after which a file no metadata names may go.
        months: complete months whose last snapshot keeps a tag.
    """

    snapshots: timedelta
    orphans: timedelta
    months: int

    def __post_init__(self) -> None:
        if self.orphans < _ICEBERG_ORPHAN_LIMIT:
            raise UsageError(
                f"--orphan-days: got {self.orphans}, allowed at least {_ICEBERG_ORPHAN_LIMIT}. "
                "Younger files may belong to a commit that is under way."
            )

    def snapshot_limit(self, now: datetime) -> datetime:
        """Snapshots committed before it may go."""
        return now - self.snapshots

    def orphan_limit(self, now: datetime) -> datetime:
        """Unreferenced files last written before it may go."""
        return now - self.orphans


def read_retention(options: Mapping[str, str]) -> Retention:
    """Options `snapshot_days` (5), `orphan_days` (3), `months` (13), `longest_job_hours` (24).

    Raises:
        UsageError: not a number, or an age below the longest job: a running job still reads the snapshot it started
            from, and its new files are named by no metadata until it commits.
    """
    longest = timedelta(hours=_number(options, "longest_job_hours", 24))
    ages = {name: timedelta(days=_number(options, name, default)) for name, default in _AGES.items()}
    for name, age in ages.items():
        if age < longest:
            raise UsageError(
                f"--{name.replace('_', '-')}: got {age}, allowed at least the longest job, {longest}. "
                "Keep more, or lower --longest-job-hours when no job runs that long."
            )
    return Retention(ages["snapshot_days"], ages["orphan_days"], int(_number(options, "months", 13)))


_AGES = {"snapshot_days": 5.0, "orphan_days": 3.0}


def _number(options: Mapping[str, str], name: str, default: float) -> float:
    text = options.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f"--{name.replace('_', '-')}: got {text!r}, allowed a number from 0.")
    return value
