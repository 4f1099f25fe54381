"""Rows with their verdicts, one by one, for people and for comparing the lanes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from gridata_contracts.model import Contract, JsonValue
from gridata_contracts.reasons import Reason
from gridata_jobs.checks.decision import Decision, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.lookup import Lookup
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.lanes.held_rows import HeldRows
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.quarantine import Explainer, Rejected
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.record import TypedTree
from gridata_jobs.read.source import ROW_NUMBER, FileRefusedError, Source
from gridata_jobs.read.staging import Staged
from gridata_jobs.split import explain_rows, split


@dataclass(frozen=True)
class FileToCheck:
    """A staged file under the name its owner knows, or why it is refused whole."""

    name: str
    staged: Staged | None
    refusal: Reason | None


@dataclass(frozen=True)
class CheckedRow:
    """One row, or (row None) one refused file.

    Attributes:
        reasons: empty for a valid row.
        values: the typed record as JSON; None for records that could not be read.
        flags: checks that a kept row fails.
    """

    file: str
    row: int | None
    reasons: tuple[Reason, ...]
    values: JsonValue = None
    flags: tuple[str, ...] = ()


Decided = Callable[[Decision, int], None]
"""Told the verdict about everything, and how many records that is by the readers' own counter."""


def check_on_duckdb(
    contract: Contract,
    files: Sequence[FileToCheck],
    as_of: dt.datetime,
    folder: Path,
    decided: Decided,
    lookup: Lookup | None = None,
) -> Iterator[CheckedRow]:
    """Verdicts file by file, in row order.

    Rows stream until a block comes that holds rows whose fate the end decides; from there on they wait for it.

    Args:
        contract: what the files are checked against.
        files: staged, or refused already.
        as_of: the instant that stands for now.
        folder: takes what waits.
        decided: told before the last row is given.
        lookup: tables that checks look values up in.
    """
    duck, reading = Duck(spill_dir=folder), Duck()  # two: blocks are read ahead in another thread
    check = _Check(
        contract, files, DuckChecks(contract, duck, as_of, lookup), reading, HeldRows(folder, contract.checks)
    )
    waiting: list[_Block] = []
    try:
        for block in check.blocks():
            if waiting or block.waits:
                waiting.append(block)
            else:
                yield from block.rows
        decision = check.decide()
        decided(decision, check.records)
        settled = check.settled(decision)
        for block in waiting:
            rows = [*block.rows, *(next(settled) if block.waits else ())]
            yield from sorted(rows, key=lambda row: row.row or 0)
    finally:
        reading.close()
        duck.close()


@dataclass(frozen=True)
class _Block:
    """Rows of a block of a file; `waits` says that further ones are held."""

    rows: list[CheckedRow]
    waits: bool = False


@dataclass
class _Check:
    """Files on their way through one set of checks."""

    contract: Contract
    files: Sequence[FileToCheck]
    checks: DuckChecks
    reading: Duck
    held: HeldRows
    tally: Tally = field(default_factory=Tally)
    records: int = 0

    def __post_init__(self) -> None:
        self._explainer = Explainer(self.contract, keep_values=True)

    def blocks(self) -> Iterator[_Block]:
        """Every block of every file, checked."""
        for position, file in enumerate(self.files):
            if file.staged is None:
                yield _Block([CheckedRow(file.name, None, (file.refusal,) if file.refusal else ())])
                continue
            try:
                for block in split(self._source(position), self.checks, self._explainer, JobMetrics("check")):
                    self.tally.add(block.tally)
                    self.records += block.span.count
                    self.held.add(block, block.held, position)
                    rows = [*self._valid_rows(position, block.valid), *self._rejected_rows(position, block.rejected)]
                    yield _Block(sorted(rows, key=lambda row: row.row or 0), len(block.held) > 0)
            except FileRefusedError as refused:
                yield _Block([CheckedRow(file.name, None, (refused.reason,))])

    def decide(self) -> Decision:
        """The verdict about everything."""
        return self.checks.decide(self.tally)

    def settled(self, decision: Decision) -> Iterator[list[CheckedRow]]:
        """Held rows, block by block."""
        for block in self.held.decided(decision, self.checks):
            rejected = []
            if block.broken:
                rejected = explain_rows(self._source(block.position), block.span, self._explainer, block.broken)
            yield [*self._valid_rows(block.position, block.valid), *self._rejected_rows(block.position, rejected)]

    def _source(self, position: int) -> Source:
        staged = self.files[position].staged
        assert staged is not None  # files without one are refused before
        return open_source(staged, self.contract, self.reading)

    def _valid_rows(self, position: int, rows: pa.Table) -> Iterator[CheckedRow]:
        return (_valid(self.files[position].name, row) for row in rows.to_pylist())

    def _rejected_rows(self, position: int, rejected: Iterable[Rejected]) -> Iterator[CheckedRow]:
        name = self.files[position].name
        return (CheckedRow(name, each.row, each.reasons, to_json(each.values)) for each in rejected)


def _valid(name: str, row: dict[str, TypedTree]) -> CheckedRow:
    number, flags = row.pop(ROW_NUMBER), row.pop(FLAGS)
    return CheckedRow(name, int(str(number)), (), to_json(row), flags_of(flags))


def flags_of(flags: object) -> tuple[str, ...]:
    """Ids of the checks that a kept row fails."""
    return tuple(map(str, flags)) if isinstance(flags, list) else ()


def to_json(values: Mapping[str, TypedTree] | None) -> JsonValue:
    """Typed values as JSON that keeps every digit: decimals, dates and instants as text."""
    return None if values is None else {name: to_json_value(value) for name, value in values.items()}


def to_json_value(value: TypedTree) -> JsonValue:
    """One typed value as JSON."""
    match value:
        case Decimal():
            return f"{value:f}"
        case dt.datetime():
            return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case dt.date():
            return value.isoformat()
        case float() if not math.isfinite(value):
            return str(value)
        case dict():
            return {name: to_json_value(child) for name, child in value.items()}
        case list():
            return [to_json_value(child) for child in value]
        case _:
            return value
