"""Frames checked by Spark, classic or Connect: only columns and SQL, so nothing of ours has to be on the executors."""

from __future__ import annotations

from datetime import datetime
from functools import reduce

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import DataType, TimestampNTZType

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Check, Contract
from gridata_contracts.reasons import MASK
from gridata_contracts.rules import RULES, Level
from gridata_contracts.sql.paths import Place, columns_by_path, place
from gridata_contracts.sql.spark import SparkSql
from gridata_contracts.types import Date, Timestamp
from gridata_jobs.checks.lookup import Lookup
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.frames.columns import PASSED, REASONS, with_columns
from gridata_jobs.frames.report import Report, report_of
from gridata_jobs.frames.two_folders import TwoFolders, is_remote
from gridata_jobs.frames.wanted import Wanted
from gridata_jobs.lanes.spark_frame import BROKEN, CheckedFrame, quoted
from gridata_jobs.lanes.spark_read import REFUSED, SPAN
from gridata_jobs.quarantine import reason_of
from gridata_jobs.read.json_text import SHORT_CHARS
from gridata_jobs.read.source import EXTRA, ROW_NUMBER

_ROW_BITS = 33
"""Spark numbers the rows of a partition in so many bits."""
_FEW_QUERIES = 2
_SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
"""What the rules' SQL means the same under as on the other engine."""


def arrow_schema(frame: DataFrame) -> pa.Schema:
    """Columns of a frame; of those that Arrow or our types cannot hold the type is null."""
    return pa.schema([pa.field(field.name, _arrow_type(field.dataType)) for field in frame.schema.fields])


class SparkFrame:
    """A frame with its checks.

    Close it after the last look at the parts of a split: until then the executors keep the checked rows.
    """

    def __init__(
        self,
        frame: DataFrame,
        contract: Contract,
        as_of: datetime,
        lookup: Lookup,
        *,
        measures_columns: bool,
        wanted: Wanted,
    ) -> None:
        _require_settings(frame, contract)
        self._names, self._contract, self._schema = frame.columns, contract, arrow_schema(frame)
        self._session = frame.sparkSession
        exact = self._session.conf.get("spark.sql.parquet.outputTimestampType") != "TIMESTAMP_MILLIS"
        at_once = exact and _decides_each_row(contract) and not is_remote(self._session)
        self._writes_once = wanted is Wanted.FILES and at_once
        counts_only = wanted is Wanted.NUMBERS and _is_counted(contract)

        def checked(*, keep: bool) -> CheckedFrame:
            rows = _with_places(frame, constant=not keep)  # places are of one evaluation, so it is kept
            return CheckedFrame(rows, contract, as_of, lookup, measures_columns=measures_columns, keep=keep)

        self._counts_only, self._checked = counts_only, checked
        self._rows = checked(keep=not (counts_only or self._writes_once))

    @property
    def _columns(self) -> list[Column]:
        return list(map(quoted, self._names))

    def report(self) -> Report:
        """Evaluate and count."""
        if self._counts_only and self._rows.takes_rows_from_others:
            self._rows.close()
            self._rows = self._checked(keep=True)
            self._counts_only = False
        decision = with_columns(self._rows.decision, self._schema)
        return report_of(decision, self._rows.tally.checked, self._rows.measured_columns())

    def valid(self) -> DataFrame:
        """The frame's columns of rows that are kept, and FLAGS."""
        return self._rows.valid().select(*self._columns, FLAGS)

    def rejected(self) -> DataFrame:
        """The frame's columns of rows that are not, and REASONS."""
        checks = enumerate(self._rows.all_checks)
        reasons = F.array_compact(F.array(*(self._reason(c, F.array_contains(BROKEN, i)) for i, c in checks)))
        return self._rows.broken(*self._names).select(*self._columns, reasons.alias(REASONS))

    def write(self, valid: str, rejected: str) -> Report:
        """Write both parts to Parquet folders; in one evaluation where no row waits for the end."""
        if is_remote(self._session):
            self._write_each(valid, rejected)
        elif self._writes_once:
            self._write_once(valid, rejected)
        else:
            TwoFolders(self._session, valid, rejected)  # refuses what is not two
            self._write_each(valid, rejected)
        return self.report()

    def _write_each(self, valid: str, rejected: str) -> None:
        for part, folder in ((self.valid(), valid), (self.rejected(), rejected)):
            part.write.mode("overwrite").option("compression", "zstd").parquet(folder)

    def _write_once(self, valid: str, rejected: str) -> None:
        """Every row goes to its folder with the checks it fails; of few rejected ones reasons are made afterwards."""
        with TwoFolders(self._session, valid, rejected) as folders:
            passed, failed = folders.write(self._rows.parted(PASSED).select(*self._columns, FLAGS, PASSED), PASSED)
            self._rows.count_written(passed, failed)
            row_checks = [check for check in self._rows.row_checks if check.may_reject]
            reasons = F.array_compact(F.array(*(self._reason(c, F.array_contains(FLAGS, c.id)) for c in row_checks)))
            folders.settle(failed.select(*self._columns, reasons.alias(REASONS)))

    def close(self) -> None:
        """Let the executors forget the rows."""
        self._rows.close()

    def _reason(self, check: Check, fails: Column) -> Column:
        """The struct of a check that a row fails; null for others."""
        columns = columns_by_path(self._contract)
        words = reason_of(check, {}, columns)
        column = columns.get(check.column or "")
        if column is None or words.code != "CHECK_FAILED":
            got = F.lit(None).cast("string")
        else:
            got = F.lit(MASK) if column.is_protected else _shown(place(column.path, SparkSql()))
        said = [F.lit(value).cast("string").alias(name) for name, value in words.to_dict().items() if name != "got"]
        return F.when(fails, F.struct(*said, got.alias("got")))


def _with_places(frame: DataFrame, *, constant: bool) -> DataFrame:
    """Add what the lane's rows have: a place, and nothing refused."""
    number = F.monotonically_increasing_id().bitwiseAND(F.lit((1 << _ROW_BITS) - 1))
    span, row = (F.lit(0), F.lit(0).cast("long")) if constant else (F.spark_partition_id(), number)
    return frame.withColumns(
        {SPAN: span, ROW_NUMBER: row, EXTRA: F.lit(None).cast("string"), REFUSED: F.lit(None).cast("string")}
    )


def _decides_each_row(contract: Contract) -> bool:
    """Whether what a row fails says at once if it is rejected: no threshold, no check over many rows."""
    return all(
        _is_scanned(check)
        and (RULES[check.rule].level is not Level.ROW or check.rejects_each_row or not check.may_reject)
        for check in contract.checks
    )


def _is_counted(contract: Contract) -> bool:
    """Whether nothing has to be told apart: no check but `is_unique` marks rows by looking at others.

    A query per key evaluates the rejecting row checks once more, so many of them rather share what is kept.
    """
    keyed = [check for check in contract.checks if not _is_scanned(check)]
    marking = [check for check in keyed if RULES[check.rule].marks_rows and check.rule != "is_unique"]
    rejects = any(_is_scanned(check) and check.rejects_each_row for check in contract.checks)
    return not marking and (len(keyed) <= _FEW_QUERIES or not rejects)


def _is_scanned(check: Check) -> bool:
    return RULES[check.rule].level in (Level.ROW, Level.AGGREGATE, Level.SCHEMA)


def _shown(where: Place) -> Column:
    """What a reason tells of a value: at most SHORT_CHARS characters, an array's items side by side."""
    inner = reduce(
        lambda inner, scope: f"transform({scope.array}, {scope.variable} -> {inner})",
        reversed(where.scopes),
        f"CAST({where.value} AS STRING)",
    )
    for _ in where.scopes[1:]:
        inner = f"flatten({inner})"
    text = F.expr(f"array_join({inner}, ', ')" if where.scopes else inner)
    return F.when(F.length(text) <= SHORT_CHARS, text).otherwise(
        F.concat(F.left(text, F.lit(SHORT_CHARS - 1)), F.lit("…"))
    )


def _arrow_type(kind: DataType) -> pa.DataType:
    if isinstance(kind, TimestampNTZType):
        return pa.null()  # Spark compares it with no instant
    try:
        return to_arrow_type(kind)
    except PySparkException:
        return pa.null()


def _require_settings(frame: DataFrame, contract: Contract) -> None:
    is_temporal = any(isinstance(each.type, Date | Timestamp) for each in columns_by_path(contract).values())
    for name, wanted in _SETTINGS.items():
        got = frame.sparkSession.conf.get(name)
        if got != wanted and (is_temporal or not name.endswith("timeZone")):
            raise UsageError(f"spark session: got {name} = {got}, allowed {wanted}. Set it before the check.")
