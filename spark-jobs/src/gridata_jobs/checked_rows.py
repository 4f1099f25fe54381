"""Rows with their verdicts, one by one, for people and for comparing the lanes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gridata_contracts.model import Contract, JsonValue
from gridata_contracts.reasons import Reason
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.quarantine import Explainer
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.record import TypedTree
from gridata_jobs.read.source import ROW_NUMBER, FileRefusedError
from gridata_jobs.read.staging import Staged
from gridata_jobs.split import split


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
    """

    file: str
    row: int | None
    reasons: tuple[Reason, ...]
    values: JsonValue = None


def check_on_duckdb(contract: Contract, files: Sequence[FileToCheck], as_of: dt.datetime) -> Iterator[CheckedRow]:
    """Verdicts of every row, file by file, in row order."""
    duck, reading = Duck(), Duck()  # two: blocks are read ahead in another thread
    try:
        checks, explainer, metrics = (
            DuckChecks(contract, duck, as_of),
            Explainer(contract, keep_values=True),
            JobMetrics("check"),
        )
        for file in files:
            if file.staged is None:
                yield CheckedRow(file.name, None, (file.refusal,) if file.refusal else ())
                continue
            try:
                for block in split(open_source(file.staged, contract, reading), checks, explainer, metrics):
                    rows = [
                        CheckedRow(file.name, int(row.pop(ROW_NUMBER)), (), to_json(row))
                        for row in block.valid.to_pylist()
                    ]
                    rows += [CheckedRow(file.name, r.row, r.reasons, to_json(r.values)) for r in block.rejected]
                    yield from sorted(rows, key=lambda each: each.row or 0)
            except FileRefusedError as refused:
                yield CheckedRow(file.name, None, (refused.reason,))
    finally:
        reading.close()
        duck.close()


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
