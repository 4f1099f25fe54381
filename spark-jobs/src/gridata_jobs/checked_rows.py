"""Rows with their verdicts, one by one, for people and for comparing the lanes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gridata_contracts.model import Contract, JsonValue
from gridata_contracts.reasons import Reason
from gridata_jobs.checks.decision import Decision, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.lanes.held_rows import is_rejected
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.quarantine import Explainer, Rejected
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.record import TypedTree
from gridata_jobs.read.source import ROW_NUMBER, FileRefusedError
from gridata_jobs.read.staging import Staged
from gridata_jobs.split import SplitBlock, split


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


def check_on_duckdb(
    contract: Contract, files: Sequence[FileToCheck], as_of: dt.datetime, decided: Callable[[Decision], None]
) -> Iterator[CheckedRow]:
    """Verdicts of every row, file by file, in row order.

    Rows stream until one comes whose fate the end decides (it fails only checks with a threshold); from there on they
    wait for it.

    Args:
        contract: what the files are checked against.
        files: staged, or refused already.
        as_of: the instant that stands for now.
        decided: told the verdict about all of it, before the last row is given.
    """
    duck, reading = Duck(), Duck()  # two: blocks are read ahead in another thread
    checks, tally = DuckChecks(contract, duck, as_of), Tally()
    waiting: list[CheckedRow | _HeldRow] = []
    try:
        for row in _rows(contract, files, checks, reading, tally):
            if waiting or isinstance(row, _HeldRow):
                waiting.append(row)
            else:
                yield row
        decision = checks.decide(tally)
        decided(decision)
        yield from (row.decide(decision) if isinstance(row, _HeldRow) else row for row in waiting)
    finally:
        reading.close()
        duck.close()


@dataclass(frozen=True)
class _HeldRow:
    """A row that is valid, or rejected for these reasons if their checks are broken."""

    valid: CheckedRow
    would_be: Rejected

    def decide(self, decision: Decision) -> CheckedRow:
        if not is_rejected(self.would_be, decision.rejecting):
            return self.valid
        return replace(self.valid, reasons=self.would_be.reasons, flags=())


def _rows(
    contract: Contract, files: Sequence[FileToCheck], checks: DuckChecks, reading: Duck, tally: Tally
) -> Iterator[CheckedRow | _HeldRow]:
    explainer, metrics = Explainer(contract, keep_values=True), JobMetrics("check")
    for file in files:
        if file.staged is None:
            yield CheckedRow(file.name, None, (file.refusal,) if file.refusal else ())
            continue
        try:
            for block in split(open_source(file.staged, contract, reading), checks, explainer, metrics):
                tally.add(block.tally)
                yield from sorted(_of_block(file.name, block), key=_place)
        except FileRefusedError as refused:
            yield CheckedRow(file.name, None, (refused.reason,))


def _of_block(name: str, block: SplitBlock) -> Iterator[CheckedRow | _HeldRow]:
    for row in block.valid.to_pylist():
        yield _valid(name, row)
    for each in block.rejected:
        yield CheckedRow(name, each.row, each.reasons, to_json(each.values))
    for row, each in zip(block.held.to_pylist(), block.holding, strict=True):
        yield _HeldRow(_valid(name, row), each)


def _valid(name: str, row: dict[str, TypedTree]) -> CheckedRow:
    number, flags = row.pop(ROW_NUMBER), row.pop(FLAGS)
    return CheckedRow(name, int(str(number)), (), to_json(row), flags_of(flags))


def flags_of(flags: object) -> tuple[str, ...]:
    """Ids of the checks that a kept row fails."""
    return tuple(map(str, flags)) if isinstance(flags, list) else ()


def _place(row: CheckedRow | _HeldRow) -> int:
    return (row.valid.row if isinstance(row, _HeldRow) else row.row) or 0


def to_json(values: Mapping[str, TypedTree] | None) -> JsonValue:
    """Typed values as JSON that keeps every digit: decimals, dates and instants as text."""
    return None if values is None else {name: _json(value) for name, value in values.items()}


def _json(value: TypedTree) -> JsonValue:
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
            return {name: _json(child) for name, child in value.items()}
        case list():
            return [_json(child) for child in value]
        case _:
            return value
