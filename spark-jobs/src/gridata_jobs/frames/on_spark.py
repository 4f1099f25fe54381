"""Frames checked by Spark, classic or Connect: only columns and SQL, so nothing of ours has to be on the executors."""

from __future__ import annotations

from datetime import datetime
from functools import reduce

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Observation
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
        self._writes_once = wanted is Wanted.FILES and _decides_each_row(contract) and not is_remote(self._session)
        counts_only = wanted is Wanted.NUMBERS and all(_is_scanned(check) for check in contract.checks)
        looks_once = counts_only or self._writes_once  # else places are of one evaluation, which is kept
        self._rows = CheckedFrame(
            _with_places(frame, constant=looks_once), contract, as_of, lookup,
            measures_columns=measures_columns, keep=not looks_once,
        )  # fmt: skip

    def report(self) -> Report:
        """Evaluate and count."""
        decision = with_columns(self._rows.decision, self._schema)
        return report_of(decision, self._rows.tally.checked, self._rows.measured_columns())

    def valid(self) -> DataFrame:
        """The frame's columns of rows that are kept, and FLAGS."""
        return self._rows.valid().select(*map(quoted, self._names), FLAGS)

    def rejected(self) -> DataFrame:
        """The frame's columns of rows that are not, and REASONS."""
        checks = enumerate(self._rows.all_checks)
        reasons = F.array_compact(F.array(*(self._reason(c, F.array_contains(BROKEN, i)) for i, c in checks)))
        return self._rows.broken(*self._names).select(*map(quoted, self._names), reasons.alias(REASONS))

    def write(self, valid: str, rejected: str) -> Report:
        """Write both parts to Parquet folders; in one evaluation where no row waits for the end."""
        folders = None if is_remote(self._session) else TwoFolders(self._session, valid, rejected)
        if folders is None or not self._writes_once:
            reasons = self.rejected().schema[REASONS].dataType
            parts = (self.valid().withColumn(REASONS, F.lit(None).cast(reasons)), valid), (self._unflagged(), rejected)
            for part, folder in parts:
                part.write.mode("overwrite").option("compression", "zstd").parquet(folder)
            return self.report()
        observation = Observation()
        folders.write(self._marked(observation), PASSED)
        self._rows.count_observed(observation, self._session.read.parquet(valid))
        return self.report()

    def _unflagged(self) -> DataFrame:
        """The rejected rows, with FLAGS, null, where the valid ones have them."""
        none = F.lit(None).cast("array<string>").alias(FLAGS)
        return self.rejected().select(*map(quoted, self._names), none, REASONS)

    def _marked(self, observation: Observation) -> DataFrame:
        """The frame's columns, FLAGS, REASONS and PASSED of every row."""
        passed = self._rows.passed
        row_checks = [(i, check) for i, check in enumerate(self._rows.row_checks) if check.may_reject]
        reasons = F.array_compact(F.array(*(self._reason(check, self._rows.fails(i)) for i, check in row_checks)))
        return self._rows.observed(observation).select(
            *map(quoted, self._names),
            F.when(passed, self._rows.flags_of_passed()).alias(FLAGS),
            F.when(~passed, reasons).alias(REASONS),
            passed.alias(PASSED),
        )

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
