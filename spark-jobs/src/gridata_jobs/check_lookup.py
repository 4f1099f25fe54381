"""Where `gridata-job check` looks values up: the tables of one home, or none; and what could not be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Check, Contract
from gridata_contracts.rules import RULES
from gridata_contracts.rules.keyed import References, references_of
from gridata_control.catalog import open_catalog
from gridata_control.quality import TABLE as QUALITY_METRICS
from gridata_control.settings import Settings
from gridata_jobs.checks.lookup import GivenTables, LakeTables, Lookup, Relation

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class NotAsked:
    """A check that looks values up in a table that was not there, or compares with earlier batches."""

    check: str
    table: str
    why: str

    def __str__(self) -> str:
        looks = "compares with" if self.table == QUALITY_METRICS else "looks values up in"
        return f"NOT ASKED: {self.check} {looks} {self.table}: {self.why}"


@dataclass
class NotedLookup:
    """Tables of a lookup, noting which were asked for and not there.

    Attributes:
        why: there is no such table, in words for who asked.
    """

    tables: Lookup
    why: str
    missing: set[str] = field(default_factory=set)

    def arrow(self, wanted: References) -> Relation | None:
        """See `Lookup`."""
        found = self.tables.arrow(wanted)
        self._note(wanted, found)
        return found

    def frame(self, wanted: References, spark: SparkSession) -> DataFrame | None:
        """See `Lookup`."""
        found = self.tables.frame(wanted, spark)
        self._note(wanted, found)
        return found

    def not_asked(self, contract: Contract) -> tuple[NotAsked, ...]:
        """The contract's checks that were not asked, in its order."""
        return tuple(each for check in contract.checks if (each := self._not_asked(check)) is not None)

    def _not_asked(self, check: Check) -> NotAsked | None:
        if RULES[check.rule].needs_history:
            return NotAsked(check.id, QUALITY_METRICS, "a batch is compared with earlier ones when it is ingested.")
        reference = references_of(check)
        if reference is None or reference.table not in self.missing:
            return None
        return NotAsked(check.id, reference.table, self.why)

    def _note(self, wanted: References, found: object) -> None:
        if found is None:
            self.missing.add(wanted.table)


def lookup_of(home: Path | None, as_of: datetime) -> NotedLookup:
    """Look up in a home's tables as they were at an instant; nowhere without a home.

    Raises:
        UsageError: the home has no tables.
    """
    if home is None:
        return NotedLookup(GivenTables(), "got no --home, allowed one that has it. Add --home DIR.")
    settings = Settings.load(home)
    database = settings.catalog_uri.removeprefix(_SQLITE)
    if settings.catalog_uri.startswith(_SQLITE) and not Path(database).is_file():  # opening would make one
        raise UsageError(
            f"--home: got {str(home)!r}, which has no tables, allowed a home that something was ingested to."
        )
    tables = LakeTables(open_catalog(settings), settings.catalog_name, as_of)
    return NotedLookup(tables, f"got no version of it in {home} at {as_of.isoformat()}. Ingest it first.")
