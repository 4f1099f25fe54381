"""Rules over many rows on random batches, and what the plain-Python reading says of each batch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
from rule_rows import AS_OF, Row, any_value, nudged, record_of

from gridata_contracts import types as t
from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.model import Contract
from gridata_contracts.reference import FIGURES, MARKS
from gridata_contracts.reference.batch import Batch, look
from gridata_contracts.reference.figures import holds
from gridata_contracts.rules import RULES, Example, Rule
from gridata_contracts.rules.keyed import Figure, Marking, paths_of
from gridata_jobs.checks.lookup import GivenTables

PARENT = "shop_bronze.parents_v1"


Columns = Mapping[str, t.LogicalType]


def _variants() -> Iterator[tuple[str, str, Columns, Mapping[str, Any]]]:
    """Name of the case, of the rule, and another example's columns and arguments."""
    columns: Columns
    long, text, day = t.Integer(64), t.String(), t.Date()
    double, at, money = t.Floating(64, allow_nan=True), t.Timestamp("Europe/Berlin"), t.Decimal(12, 2)
    along = {"group": ["g"], "order_by": "o"}
    for name, kind in (("text", text), ("double", double), ("at", at)):
        yield f"is_increasing {name}", "is_increasing", {"value": kind}, {}
        columns = {"value": kind, "g": text, "o": long}
        yield f"is_decreasing {name}", "is_decreasing", columns, {**along, "strictly": True}
    yield "is_sequential wide", "is_sequential", {"value": t.Decimal(37, 4)}, {"step": 0.5}
    yield "is_sequential long", "is_sequential", {"value": long, "g": text}, {"group": ["g"], "step": 2}
    yield "has_gap_at_most at", "has_gap_at_most", {"value": at, "g": long}, {"max": 3600, "group": ["g"]}
    graph = {"a": ["b", "it's"], "b": [], "it's": ["a"]}
    columns = {"value": text, "g": text, "o": day}
    yield "states", "is_allowed_transition", columns, {**along, "transitions": graph, "initial": ["a"]}
    spans = {"start": "a", "end": "b", "group": ["g"]}
    for name in ("is_not_overlapping", "is_contiguous"):
        yield f"{name} at", name, {"a": at, "b": at, "g": text}, spans
    yield (
        "balance",
        "is_balance_after",
        {"value": long, "amount": money, "g": text},
        {"column": "amount", "group": ["g"]},
    )
    two: Columns = {"id": text, "n": long}
    yield "is_primary_key two", "is_primary_key", two, {"columns": ["id", "n"]}
    yield "has_rows_per_key two", "has_rows_per_key", two, {"columns": ["id", "n"], "min": 2}
    yield "is_same_for_key day", "is_same_for_key", {"value": day, "id": long}, {"columns": ["id"]}
    for name in ("is_within_sigmas", "is_within_mad"):
        yield f"{name} double", name, {"value": double}, {"max": 1}
        yield f"{name} money", name, {"value": money}, {"max": 0.5}
    yield "is_within_iqr double", "is_within_iqr", {"value": double}, {"factor": 0}
    for name in ("has_uniqueness", "has_unique_value_ratio", "has_duplicate_share", "has_entropy"):
        yield f"{name} two", name, two, {"columns": ["id", "n"], "max": 0.5}
    yield "has_distinct_count day", "has_distinct_count", {"id": day}, {"columns": ["id"], "max": 2}
    within = {"columns": ["id", "n"], "min": 0.2, "max": 0.5}
    yield "has_duplicate_share outside", "has_duplicate_share", two, {**within, "outside": True, "exclusive_min": True}
    yield "has_uniqueness exclusive", "has_uniqueness", two, {**within, "exclusive_min": True, "exclusive_max": True}
    for name in ("in_set", "containing_set", "equal_to_set"):
        values = ["1.00", 1, 2.5]
        yield f"distinct {name}", f"has_distinct_values_{name}", {"value": money}, {"values": values}
    yield "most common", "has_most_common_value_in_set", {"value": day}, {"values": ["2000-01-01"]}
    for name in ("has_median", "has_interquartile_range", "has_skewness", "has_kurtosis"):
        yield f"{name} double", name, {"value": t.Floating(64)}, {"max": 1}
    yield "quantile", "has_quantile", {"value": money}, {"quantile": 0.333, "min": 0}
    by_id: Mapping[str, Any] = {"columns": ["id"], "table": PARENT}
    columns = {"value": long, "id": text}
    yield "total of whole numbers", "is_total_in", columns, {**by_id, "of": "n", "tolerance": 1}
    columns = {"value": text, "id": text}
    yield "same of one name", "is_same_in", columns, by_id
    yield "days", "has_missing_days", {"value": at}, {"max": 10}
    yield "windows", "has_rows_per_window", {"value": at}, {"seconds": 7000, "max": 2}
    yield "freshness", "has_freshness_per_key", {"value": at, "id": text}, {"columns": ["id"], "max": 1}


def cases() -> dict[str, Rule]:
    """Rules with their documented examples, then with the variants."""
    own = {r.name: r for r in RULES.values() if isinstance(r.evaluation, Marking | Figure)}
    found = dict(own)
    for name, rule, columns, arguments in _variants():
        nothing: Row = {}
        found[name] = replace(own[rule], example=Example(columns, arguments, [nothing], [nothing]))
    return found


CASES = cases()


@dataclass(frozen=True)
class Expected:
    """What a batch should get: positions of broken rows, or a number and whether it is good."""

    broken: frozenset[int] = frozenset()
    number: Any = None
    good: bool = True


def batches_for(rule: Rule, seed: int, count: int) -> Iterator[list[Row]]:
    """The example's two batches, then random ones of up to 40 rows with few different values."""
    good, bad = ([record_of(rule, row) for row in rows] for rows in (rule.example.passes, rule.example.fails))
    yield good
    yield bad
    dice = random.Random(f"{rule.name} {seed}")
    for _ in range(count):
        pools = {name: _pool(dice, name, kind, [*good, *bad]) for name, kind in rule.example.columns.items()}
        rows = dice.choice([0, 1, 2, 7, 9, 20, 40])
        yield [{name: dice.choice(pool) for name, pool in pools.items()} for _ in range(rows)]


def _pool(dice: random.Random, name: str, kind: t.LogicalType, near: Sequence[Row]) -> list[object]:
    values = [row.get(name) for row in near]
    values += [any_value(dice, kind) for _ in range(dice.choice([1, 3, 6]))]
    values += [nudged(dice, kind, dice.choice(values)) for _ in range(3)]
    return values


def parents_of(rule: Rule) -> pa.Table:
    """The table that the rule's example looks up in, with a null and a repetition."""
    kind = next((each for name, each in rule.example.columns.items() if name in ("id", "value")), t.String())
    if "of" not in rule.example.arguments and not isinstance(kind, t.String):
        return pa.table({"id": pa.array([])})
    amounts = [None if each is None else Decimal(each) for each in ("1.25", "2.50", "2.50", None)]
    return pa.table(
        {
            "id": ["a", "b", "b", None],
            "label": ["A", "B", "C", None],
            "value": ["A", "B", "B", None],
            "amount": pa.array(amounts, arrow_type(t.Decimal(12, 2))),
            "n": pa.array([1, None, 3, 4], pa.int64()),
        }
    )


def lookup_of(rule: Rule) -> GivenTables:
    """Knows that table."""
    return GivenTables(**{PARENT: parents_of(rule)})


def expected(contract: Contract, rule: Rule, rows: Sequence[Row]) -> Expected:
    """What the plain-Python reading says."""
    (check,) = contract.checks
    evaluation = rule.evaluation
    assert isinstance(evaluation, Marking | Figure)
    filled = () if evaluation.keeps_nulls else paths_of(check, rule)
    seen = [(at, row) for at, row in enumerate(rows) if all(look(row, path) is not None for path in filled)]
    batch = Batch(check, rule.example.columns, seen, AS_OF, parents_of(rule).to_pylist())
    if isinstance(evaluation, Marking):
        return Expected(frozenset(MARKS[rule.name](batch)))
    number = FIGURES[rule.name](batch)
    return Expected(number=number, good=holds(batch, number))
