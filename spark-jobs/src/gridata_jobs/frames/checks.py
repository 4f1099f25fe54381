"""Checks for frames of whatever kind: counted, or with the rows parted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract
from gridata_contracts.rules import RULES
from gridata_contracts.rules.keyed import references_of
from gridata_contracts.suite import Ask
from gridata_jobs.ahead import ahead
from gridata_jobs.checks.lookup import GivenTables
from gridata_jobs.frames.arrow_input import open_input, schema_of
from gridata_jobs.frames.columns import contract_of
from gridata_jobs.frames.on_duckdb import DuckFrame
from gridata_jobs.frames.report import Report
from gridata_jobs.frames.wanted import Wanted
from gridata_jobs.read.source import ROW_NUMBER

if TYPE_CHECKING:
    from gridata_jobs.frames.on_spark import SparkFrame


@dataclass(frozen=True)
class Split:
    """A frame in two parts, of the kind that was given; a DuckDB relation comes back as Arrow tables.

    Close it (or use it in `with`) after the last look at parts on Spark: until then the executors keep the rows.

    Attributes:
        valid: rows that no broken check rejects, with `_flags`: the checks they fail all the same, null for none.
        rejected: the others, with `_reasons`: per check that may reject them code, check, column, expected, got.
    """

    report: Report
    valid: Any
    rejected: Any
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)

    def close(self) -> None:
        """Let go of what the parts stand on."""
        self._stack.close()

    def __enter__(self) -> Split:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_PARQUET: Mapping[str, Any] = {
    "compression": "zstd",
    "store_decimal_as_integer": True,
    "dictionary_pagesize_limit": 128 * 1024,
}
"""A third faster and a tenth smaller than Arrow's defaults: it fills dictionaries of 1 MB before it gives them up."""


class _Writer:
    """One Parquet file, complete or not there."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        if not self._path.parent.is_dir():
            raise UsageError(
                f"write_split: got {str(path)!r}, allowed a file in a folder that is there. Make it first."
            )
        self._part = self._path.with_name(f".{self._path.name}.part")
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _Writer:
        return self

    def write(self, rows: pa.Table) -> None:
        """Append rows; the first ones, of which there may be none, give the columns."""
        rows = rows.drop_columns([ROW_NUMBER])
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._part, rows.schema, **_PARQUET)
        if len(rows):
            self._writer.write_table(rows)

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        if failed is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)


class Checks:
    """Some checks, ready for any number of frames."""

    def __init__(
        self,
        *rules: Ask,
        as_of: datetime | None = None,
        tables: Mapping[str, pa.Table] | None = None,
        masked: Collection[str] = (),
        measures_columns: bool = False,
    ) -> None:
        """Say what is asked.

        Args:
            *rules: from `rule`.
            as_of: aware; stands for now in rules about time, so that a second run says the same. None = now.
            tables: what rules look values up in, by the name that they give, such as `shop.customers`.
            masked: top-level columns whose values no reason may show.
            measures_columns: give completeness, bounds, mean, deviation and lengths of every column besides.
        """
        for each in rules:
            _require_rule(each)
        _require_instant(as_of)
        for name, table in (tables or {}).items():
            _require_table(name, table)
        self._rules, self._as_of, self._masked = rules, as_of, masked
        self._tables = dict(tables or {})
        self._lookup = GivenTables(**self._tables)
        self._measures_columns = measures_columns

    def check(self, frame: Any) -> Report:
        """Count the rows that fail, looking only at the columns that are asked about.

        The frame is asked where it lies: about rows in one query, about keys in further ones. So it should say the same
        twice; a stream (of a relation its `to_arrow_reader()`) is read once.

        Raises:
            UsageError: it is no frame we know, or has columns that cannot be checked.
            ContractError: what is wrong with the checks, all at once, before any row is read.
        """
        if _is_spark(frame):
            with closing(self._on_spark(frame, Wanted.NUMBERS)) as spark:
                return spark.report()
        return self._on_duckdb(frame)[0].report()

    def split(self, frame: Any) -> Split:
        """Part the rows by the same evaluation. Raises as `check`."""
        if _is_spark(frame):
            with ExitStack() as stack:
                spark = self._on_spark(frame, Wanted.PARTS)
                stack.callback(spark.close)
                return Split(spark.report(), spark.valid(), spark.rejected(), stack.pop_all())
        duck, given_back = self._on_duckdb(frame)
        reports: list[Report] = []
        parts = list(duck.parts(reports))
        valid, rejected = (_in_order([getattr(part, name) for part in parts]) for name in ("valid", "rejected"))
        return Split(reports[0], given_back(valid), given_back(rejected))

    def write_split(self, frame: Any, valid: Path | str, rejected: Path | str) -> Report:
        """Part the rows into two Parquet files; memory stays bounded whatever the frame. Raises as `check`.

        Of a Spark DataFrame they are folders, on any file system that Spark knows. Where no check has a threshold or
        looks at many rows, they come from one evaluation of the frame: each row is written once, to the folder it
        belongs to.

        Args:
            frame: any.
            valid: file (of Spark: folder) to write, or to replace.
            rejected: likewise.
        """
        if (str(valid) == str(rejected)) or (
            not _is_spark(frame) and Path(valid).resolve() == Path(rejected).resolve()
        ):
            raise UsageError(
                f"write_split: got {str(valid)!r} twice, allowed two files. Give the rejected rows their own."
            )
        if _is_spark(frame):
            with closing(self._on_spark(frame, Wanted.FILES)) as spark:
                return spark.write(str(valid), str(rejected))
        duck, _ = self._on_duckdb(frame)
        reports: list[Report] = []
        with _Writer(valid) as valid_rows, _Writer(rejected) as rejected_rows:
            for part in ahead(duck.parts(reports)):  # the next block is checked while this one is written
                valid_rows.write(part.valid)
                rejected_rows.write(part.rejected)
        return reports[0]

    def _contract(self, schema: pa.Schema) -> Contract:
        contract = contract_of(schema, self._rules, self._masked, everything=self._measures_columns)
        alone = [check.id for check in contract.checks if RULES[check.rule].needs_history]
        if alone:
            raise UsageError(
                f"checks {', '.join(alone)}: got a frame, allowed batches of a dataset, which have a history. "
                "Ask them in a contract."
            )
        for check in contract.checks:
            reference = references_of(check)
            if reference is not None and reference.table not in self._tables:
                raise UsageError(
                    f"check {check.id}: got no table {reference.table}, allowed those that were given: "
                    f"{', '.join(self._tables) or 'none'}. Give it to Checks(tables={{{reference.table!r}: ...}})."
                )
        return contract

    def _on_duckdb(self, frame: Any) -> tuple[DuckFrame, Any]:
        source = open_input(frame)
        contract = self._contract(source.schema)
        duck = DuckFrame(source, contract, self._instant(), self._lookup, self._measures_columns)
        return duck, source.given_back

    def _on_spark(self, frame: Any, wanted: Wanted) -> SparkFrame:
        from gridata_jobs.frames.on_spark import SparkFrame, arrow_schema  # loads Spark

        contract = self._contract(arrow_schema(frame))
        return SparkFrame(
            frame,
            contract,
            self._instant(),
            self._lookup,
            measures_columns=self._measures_columns,
            wanted=wanted,
        )

    def _instant(self) -> datetime:
        return self._as_of or datetime.now(UTC)


def check(frame: Any, *rules: Ask) -> Report:
    """Count the rows of a frame that fail each rule. Raises as `Checks.check`."""
    return Checks(*rules).check(frame)


def split(frame: Any, *rules: Ask) -> Split:
    """Part the rows of a frame into valid and rejected ones. Raises as `Checks.check`."""
    return Checks(*rules).split(frame)


def schema_of_frame(frame: Any) -> pa.Schema:
    """Columns of any frame. Raises `UsageError` when it is none."""
    if _is_spark(frame):
        from gridata_jobs.frames.on_spark import arrow_schema  # loads Spark

        return arrow_schema(frame)
    return schema_of(frame)


def _require_rule(given: object) -> None:
    if not isinstance(given, Ask):
        raise UsageError(f"checks: got {given!r}, allowed what rule() gives, such as rule('is_not_null', 'id').")


def _require_instant(given: object) -> None:
    if given is not None and (not isinstance(given, datetime) or given.tzinfo is None):
        raise UsageError(f"as_of: got {given!r}, allowed a datetime with a time zone, such as datetime.now(UTC).")


def _require_table(name: str, given: object) -> None:
    if not isinstance(given, pa.Table):
        got = f"{type(given).__module__}.{type(given).__qualname__}"
        raise UsageError(f"tables[{name!r}]: got {got}, allowed an Arrow table. Convert it first.")


def _is_spark(frame: Any) -> bool:
    return type(frame).__module__.startswith("pyspark.sql")


def _in_order(tables: Sequence[pa.Table]) -> pa.Table:
    """One table in the frame's order."""
    table = pa.concat_tables(tables)
    numbers = table.column(ROW_NUMBER).to_numpy()
    return table if (numbers[:-1] <= numbers[1:]).all() else table.sort_by(ROW_NUMBER)
