"""Rows on Spark, checked once, kept where they are looked at from several sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.measures import StateKey, Values
from gridata_contracts.model import Check, Contract
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.aggregates import MeasuredColumn
from gridata_jobs.checks.decision import Decision, Measured, Tally, decide
from gridata_jobs.checks.lookup import GivenTables, Lookup
from gridata_jobs.checks.second_look import plan_second_look
from gridata_jobs.checks.spark import SparkChecks
from gridata_jobs.checks.spark_second_look import NTH, SparkSecondLook
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.lanes.spark_read import REFUSED, SPAN, Batches
from gridata_jobs.read.source import EXTRA, ROW_NUMBER

PLACE = [SPAN, ROW_NUMBER]
"""Columns that identify a row in the batch; in object order, since spans are numbered in it."""
BROKEN = "_checks"
_CANDIDATE = "_candidate"
_AT_ONCE = 40
"""Aggregates that Spark makes one method of which the JVM still compiles."""
_FEW = 1_000_000
"""So many marks of rows fit into each executor's memory: joining them costs no shuffle of the rows."""


@dataclass(frozen=True)
class SpanCount:
    """Records of one span. `files_refused` is 1 where the file broke while it was read."""

    refused: int
    broken: int
    extra: int
    files_refused: int


@dataclass(frozen=True)
class _Later:
    """What checks over many rows found.

    Attributes:
        marks: place and NTH, a position in `later_checks`; one line per row and broken check, kept by the executors.
        tally: rows that fail and, for the second step, rows looked at.
        count: lines of `marks`.
    """

    marks: DataFrame
    tally: Tally
    measured: dict[str, Measured]
    count: int


@dataclass(frozen=True)
class _Numbers:
    """What one look at the rows counts.

    Attributes:
        checked: rows.
        failed: per row check, rows that fail it.
        applied: per filtered check, rows that it looks at.
        states: aggregates of the rows that no row check rejects.
    """

    checked: int
    failed: Sequence[int]
    applied: Sequence[int]
    states: dict[StateKey, Values]


class CheckedFrame:
    """Rows and what the checks say of them: of one batch, or of a frame that belongs to somebody else.

    Close it when done: the checked rows are kept by the executors (what their memory cannot hold, on disk) so that
    quarantine, bronze and counts come from one evaluation.
    """

    def __init__(
        self,
        rows: DataFrame,
        contract: Contract,
        as_of: datetime,
        lookup: Lookup | None = None,
        *,
        measures_columns: bool = True,
        keep: bool = True,
    ) -> None:
        """Plan; nothing is evaluated yet.

        Args:
            rows: SPAN, ROW_NUMBER, the contract's columns, EXTRA, and REFUSED, null where a record is a row.
            contract: what is checked.
            as_of: aware; the instant that stands for now.
            lookup: tables that checks look values up in.
            measures_columns: whether numbers of every column are wanted beside those that checks ask for.
            keep: False where one evaluation is enough: for numbers, or for `parted`. No check but `is_unique` may
                mark rows by looking at others then.
        """
        self._contract, self._as_of = contract, as_of
        self._checks = SparkChecks(contract, as_of, measures_columns=measures_columns)
        self._second = SparkSecondLook(plan_second_look(contract, SparkSql(), as_of), lookup or GivenTables())
        self.row_checks: tuple[Check, ...] = self._checks.plan.row_checks
        self.later_checks = [*(unique.check for unique in self._checks.plan.unique), *self._second.checks]
        self.all_checks = [*self.row_checks, *self.later_checks]
        checked = self._checks.with_words(rows, F.col(REFUSED).isNull())
        self._kept_by_executors = keep
        self._checked = checked.persist(StorageLevel.MEMORY_AND_DISK) if keep else checked
        self._repeated: list[DataFrame] = []

    def close(self) -> None:
        """Free the executors' memory and disks."""
        if self._kept_by_executors:
            self._checked.unpersist()
        for frame in self._repeated:
            frame.unpersist()
        if "_later" in vars(self):
            self._later.marks.unpersist()
        self._second.close(self._checked)

    @cached_property
    def _later(self) -> _Later:
        """What the checks over many rows found."""
        return self._marked() if self._kept_by_executors else self._counted()

    def _counted(self) -> _Later:
        """Numbers alone, for checks that mark no rows but by keys."""
        plan, tally = self._checks.plan, Tally()
        repeated = {each.check.id: self._checks.count_repeated(each, self._candidates) for each in plan.unique}
        _, measured = self._second.look(self._candidates, PLACE, tally)
        tally.failed = Counter(repeated)
        return _Later(self._no_marks(), tally, measured, 0)

    @property
    def takes_rows_from_others(self) -> bool:
        """Whether rows that repeat a key are taken from what is looked at after it, so that it matters which ones."""
        keys = [unique.check for unique in self._checks.plan.unique]
        taken = [check.rejects_each_row and self._later.tally.failed[check.id] > 0 for check in keys]
        return any(taken if self._second.is_asked else taken[:-1])

    def _no_marks(self) -> DataFrame:
        return self._checked.sparkSession.createDataFrame([], f"{SPAN} int, {ROW_NUMBER} bigint, {NTH} int")

    def _marked(self) -> _Later:
        repeated, survivors = self._checks.repeated_keys(self._candidates, PLACE)
        self._repeated = repeated
        tally = Tally()
        marks, measured = self._second.look(survivors, PLACE, tally)
        first = len(repeated)
        frames = [frame.withColumn(NTH, F.lit(i)) for i, frame in enumerate(repeated)]
        frames += [frame.withColumn(NTH, F.col(NTH) + first) for frame in marks]
        everything = reduce(DataFrame.unionByName, frames, self._no_marks()).persist(StorageLevel.MEMORY_AND_DISK)
        counts = {row[NTH]: int(row["count"]) for row in everything.groupBy(NTH).count().collect()} if frames else {}
        tally.failed = Counter({check.id: counts.get(i, 0) for i, check in enumerate(self.later_checks)})
        return _Later(everything, tally, measured, sum(counts.values()))

    @property
    def _candidates(self) -> DataFrame:
        """Readable rows that fail no row check which rejects each row."""
        return self._checked.where(F.col(REFUSED).isNull() & self._checks.passed())

    @cached_property
    def tally(self) -> Tally:
        """What was counted among the rows; evaluates them."""
        found = self._numbers
        tally = Tally(found.checked, Counter(dict(zip((c.id for c in self.row_checks), found.failed, strict=True))))
        tally.applied.update(dict(zip(self._checks.plan.applies, found.applied, strict=True)))
        tally.add(self._later.tally)
        tally.failed = +tally.failed
        return tally

    @cached_property
    def _numbers(self) -> _Numbers:
        """Everything that is counted: in one look at somebody's rows, in several at those that are kept."""
        frame = self._checked.withColumn(_CANDIDATE, F.col(REFUSED).isNull() & self._checks.passed())
        counts, sums = self._counts(), list(map(F.expr, self._checks.aggregates.aggregates(_CANDIDATE)))
        asked = [*counts, *sums]
        values = _values(frame, asked) if self._kept_by_executors else _only_row(frame.agg(*asked))
        checked, *numbers = map(int, values[: len(counts)])
        failed, applied = numbers[: len(self.row_checks)], numbers[len(self.row_checks) :]
        return _Numbers(checked, failed, applied, self._states_of(values[len(counts) :]))

    def _counts(self) -> list[Column]:
        """Rows; per row check those that fail it; per filtered check those that it looks at."""
        readable, plan = F.col(REFUSED).isNull(), self._checks.plan
        some = reduce(lambda a, b: a | b, [F.col(f"_w{i}") != 0 for i in range(len(plan.words))])
        counts = [
            F.count_if(readable),
            *(F.count_if(some & self._checks.bit(i)) for i in range(len(self.row_checks))),
            *(F.count_if(readable & F.expr(sql)) for sql in plan.applies.values()),
        ]
        return [each.alias(f"_n{i}") for i, each in enumerate(counts)]

    def _states_of(self, sums: Sequence[Any]) -> dict[StateKey, Values]:
        return self._checks.aggregates.values(sums) if sums else {}

    def parted(self, by: str) -> DataFrame:
        """The checked rows with FLAGS, ids of all row checks that they fail, and whether none of them rejects.

        For checks that look at one row each and have no threshold.

        Args:
            by: name of the second column.
        """
        return self._checked.withColumns({FLAGS: self._checks.flags(()), by: self._checks.passed()})

    def count_written(self, passed: DataFrame, failed: DataFrame) -> None:
        """Take the numbers from the rows of `parted`, read back: columns that were written are read fast.

        Aggregates are asked in several looks: the JVM compiles no method with all of them.
        """
        conditions = list(map(F.expr, self._checks.plan.applies.values()))
        asked = [F.count("*"), *(F.count_if(each).alias(f"_n{i}") for i, each in enumerate(conditions))]
        checked, *applied = (a + b for a, b in zip(_values(passed, asked), _values(failed, asked), strict=True))
        failing = Counter[str]()
        for part in (passed, failed):
            named = part.select(F.explode(FLAGS).alias("id")).groupBy("id").agg(F.count("*")).collect()
            failing.update({id_: int(count) for id_, count in named})
        states = self._states_of(_values(passed, list(map(F.expr, self._checks.aggregates.aggregates()))))
        # In the place of what would be evaluated when it is asked for.
        vars(self)["_numbers"] = _Numbers(checked, [failing[check.id] for check in self.row_checks], applied, states)

    @cached_property
    def decision(self) -> Decision:
        """The verdict about the rows, from their numbers."""
        judged = self._checks.aggregates.judge(self.states, self._as_of)
        return decide(self._contract.checks, self.tally, {**judged, **self._later.measured})

    @property
    def states(self) -> dict[StateKey, Values]:
        """Aggregates of all candidates."""
        return self._numbers.states

    def measured_columns(self) -> list[MeasuredColumn]:
        """The numbers of every column, of all candidates."""
        return self._checks.aggregates.measured_columns(self.states)

    def _rejects(self, check: Check) -> bool:
        return check.id in self.decision.rejecting

    def _kept(self) -> Column:
        """True for readable rows that fail no row check which rejects."""
        return self._checks.none_of(self._rejects)

    def _keys(self, wanted: Callable[[Check], bool]) -> DataFrame | None:
        """Rows that break a wanted check over many rows: place, positions of the checks, whether one rejects."""
        positions = [i for i, check in enumerate(self.later_checks) if wanted(check)]
        if not positions or not self._later.count:
            return None
        rejecting = [i for i, check in enumerate(self.later_checks) if self._rejects(check)]
        rejects = F.bool_or(F.col(NTH).isin(rejecting)) if rejecting else F.lit(False)
        frame = (
            self._later.marks.where(F.col(NTH).isin(positions))
            .groupBy(*PLACE)
            .agg(F.sort_array(F.collect_list(NTH)).alias("_nths"), rejects.alias("_rejects"))
        )
        return F.broadcast(frame) if self._later.count <= _FEW else frame

    def valid(self) -> DataFrame:
        """Rows for bronze, with `_span` and `_flags`."""
        rows = self._checked.where(F.col(REFUSED).isNull() & self._kept())
        if (rejected := self._keys(self._rejects)) is not None:
            rows = rows.join(rejected.select(*PLACE), PLACE, "left_anti")
        rows = rows.withColumn(FLAGS, self._checks.flags(self.decision.rejecting))
        if (flagged := self._keys(lambda check: not self._rejects(check))) is not None:
            rows = self._with_more_flags(rows, flagged)
        return rows.drop(REFUSED, *self._word_names)

    def _with_more_flags(self, rows: DataFrame, flagged: DataFrame) -> DataFrame:
        """Append the ids of checks over many rows."""
        ids = F.array(*(F.lit(check.id) for check in self.later_checks))
        named = F.transform(F.coalesce("_nths", _none("int")), lambda nth: F.get(ids, nth))
        both = F.concat(F.coalesce(F.col(FLAGS), _none("string")), named)
        rows = rows.join(flagged, PLACE, "left")
        return rows.withColumn(FLAGS, F.when(F.size(both) > 0, both)).drop("_nths", "_rejects")

    @property
    def _word_names(self) -> list[str]:
        return [f"_w{i}" for i in range(len(self._checks.plan.words))]

    def readable(self) -> DataFrame:
        """`_span`, `_row_number`, typed columns and `_extra` of every record that is a row, valid or not."""
        return self._checked.where(F.col(REFUSED).isNull()).drop(REFUSED, *self._word_names)

    def readable_broken(self) -> DataFrame:
        """Those of `readable` that are rejected."""
        return self.readable().join(self.broken().select(*PLACE).distinct(), PLACE, "left_semi")

    def broken(self, *further: str) -> DataFrame:
        """`_span`, `_row_number`, BROKEN: of rejected rows, positions in `all_checks` of all that may reject them.

        Args:
            *further: names of columns to take along.
        """
        rows = self._checked.where(F.col(REFUSED).isNull())
        wanted = [quoted(name) for name in (*PLACE, *further)]
        failing = self._checks.failing(lambda check: check.may_reject)
        keys = self._keys(lambda check: check.may_reject)
        if keys is None:
            return rows.where(~self._kept()).select(*wanted, failing.alias(BROKEN))
        first = len(self.row_checks)
        repeated = F.transform(F.coalesce("_nths", _none("int")), lambda nth: nth + first)
        rejected = rows.join(keys, PLACE, "left").where(~self._kept() | F.coalesce("_rejects", F.lit(False)))
        return rejected.select(*wanted, F.concat(failing, repeated).alias(BROKEN))

    def rejected(self, explain: Callable[[Batches], Batches]) -> DataFrame:
        """`_span`, `_rejected`: the JSON of every rejected record, refused or broken.

        Args:
            explain: `explainer_of_broken` for `all_checks`.
        """
        refused = self._checked.where(F.col(REFUSED).isNotNull() & F.col(ROW_NUMBER).isNotNull())
        by_span = (
            self.broken()
            .groupBy(SPAN)
            .agg(
                F.collect_list(F.struct(F.col(ROW_NUMBER).alias("row"), F.col(BROKEN).alias("checks"))).alias("broken")
            )
        )
        explained = by_span.mapInArrow(explain, f"{SPAN} int, _rejected string")
        return refused.select(SPAN, F.col(REFUSED).alias("_rejected")).union(explained)

    def counts(self) -> dict[int, SpanCount]:
        """Records per span, as decided."""
        readable = F.col(REFUSED).isNull()
        whole = F.col(REFUSED).isNotNull() & F.col(ROW_NUMBER).isNull()
        read = self._checked.groupBy(SPAN).agg(
            F.count_if(~readable & ~whole).alias("refused"),
            F.count_if(readable).alias("readable"),
            F.count_if(whole).alias("files_refused"),
        )
        kept = self.valid().groupBy(SPAN).agg(F.count("*").alias("n"), F.count(EXTRA).alias("extra"))
        valid = {row[SPAN]: (row["n"], row["extra"]) for row in kept.collect()}
        counts = {}
        for row in read.collect():
            n, extra = valid.get(row[SPAN], (0, 0))
            counts[row[SPAN]] = SpanCount(row["refused"], row["readable"] - n, extra, row["files_refused"])
        return counts

    def refused_files(self) -> list[tuple[int, str]]:
        """Span number and JSON of each file that broke while it was read."""
        rows = self._checked.where(F.col(REFUSED).isNotNull() & F.col(ROW_NUMBER).isNull()).select(SPAN, REFUSED)
        return [(row[SPAN], row[REFUSED]) for row in rows.collect()]


def _only_row(frame: DataFrame) -> list[Any]:
    return [column[0].as_py() for column in frame.toArrow().columns]


def _values(frame: DataFrame, aggregates: Sequence[Column]) -> list[Any]:
    """Of many aggregates, _AT_ONCE in one look at the rows."""
    found: list[Any] = []
    for at in range(0, len(aggregates), _AT_ONCE):
        found += _only_row(frame.agg(*aggregates[at : at + _AT_ONCE]))
    return found


def quoted(name: str) -> Column:
    """The column of exactly this name, dots and backticks included."""
    return F.col("`" + name.replace("`", "``") + "`")


def _none(kind: str) -> Column:
    """An empty array."""
    return F.array().cast(f"array<{kind}>")
