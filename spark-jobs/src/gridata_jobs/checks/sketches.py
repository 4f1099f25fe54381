"""Sketches taken on a table of keys: the engine counts, and what it counted becomes a small summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gridata_contracts.measures import Number
from gridata_contracts.measures.measure import bounded, judged
from gridata_contracts.model import Check
from gridata_contracts.rules.keyed import KeyRows
from gridata_contracts.rules.sketched import Sketched
from gridata_contracts.sketches import Bins, Categories, Registers, Sketch, SketchKind
from gridata_contracts.sketches.registers import REGISTERS, rank_of
from gridata_contracts.types import Integer
from gridata_jobs.checks.decision import Measured

Rows = Iterable[Sequence[Any]]


def take(rows: KeyRows, kind: SketchKind, counted: Rows) -> Sketch:
    """The sketch of what the query of `Sketched` gave."""
    match kind:
        case SketchKind.BINS:
            return Bins({int(number): int(count) for number, count in counted}, isinstance(rows.type, Integer))
        case SketchKind.CATEGORIES:
            counts = {name: int(count) for name, count in counted}
            every = counts.pop(None)
            return Categories(counts, every - sum(counts.values()))
        case SketchKind.REGISTERS:
            return _registers(counted)


def _registers(counted: Rows) -> Registers:
    ranks, records = bytearray(REGISTERS), 0
    for register, least, count in counted:
        ranks[int(register, 16)] = rank_of(least)
        records += int(count)
    return Registers(bytes(ranks), records)


def measured(check: Check, evaluation: Sketched, sketch: Sketch, *, keeps: bool) -> Measured:
    """What a check says of this batch's sketch alone; one that needs history is not decided by it.

    Args:
        check: of the column.
        evaluation: of its rule.
        sketch: of the column.
        keeps: whether later batches may see it: registers tell a little of the values that they counted.
    """
    kept = sketch if keeps else None
    if evaluation.needs_history:
        return Measured(None, holds=True, sketch=kept)
    number, possible = ALONE[evaluation.method](check, sketch)
    bounds = bounded(check, None)
    return Measured(number, any(bounds.hold(judged(each)) for each in possible), kept)


Estimate = tuple[Number, Sequence[Number]]
"""The number, and what the true one may be: a check holds where it holds for one of them."""


def _distinct(_check: Check, sketch: Sketch) -> Estimate:
    assert isinstance(sketch, Registers)  # as the rule asked for
    number = round(sketch.estimate())
    return number, (number,)


def _quantile(check: Check, sketch: Sketch) -> Estimate:
    assert isinstance(sketch, Bins)  # as the rule asked for
    share = float(str(check.arguments["quantile"]))
    number, bounds = sketch.quantile(share), sketch.quantile_bounds(share)
    if bounds is None:
        return number, (number,)
    low, high = bounds
    asked = [float(str(check.arguments[name])) for name in ("min", "max") if name in check.arguments]
    return number, (low, high, *(min(max(each, low), high) for each in asked))


ALONE: dict[str, Callable[[Check, Sketch], Estimate]] = {"distinct": _distinct, "quantile": _quantile}
"""By the method of a rule that needs no history."""
