"""Rules about a row beside the rows before it: order, steps, gaps, states, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_key_relations import along, intervals, steps_exactly, transitions
from gridata_contracts.rules.keyed import KeyRows, marking
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.literals import exact_literal

_ALONG = {"group": Argument.COLUMNS, "order_by": Argument.COLUMN}
_NULLS = "rows with a null in a named column are left out"
_BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


def _of(kind: t.LogicalType, arguments: dict[str, Any], passes: Sequence[Any], fails: Sequence[Any]) -> Example:
    return Example({"value": kind}, arguments, [{"value": v} for v in passes], [{"value": v} for v in fails])


def _spans(arguments: dict[str, Any], passes: Sequence[Any], fails: Sequence[Any]) -> Example:
    kinds: dict[str, t.LogicalType] = {"a": t.Integer(), "b": t.Integer()}
    rows = ([{"a": a, "b": b} for a, b in each] for each in (passes, fails))
    return Example(kinds, arguments, *rows)


@marking(
    Group.CROSS_COLUMN,
    "Not less than the value of the row before it (`strictly`: greater), per `group`, in the order of `order_by`, "
    "else as the rows came.",
    expected="[values that rise by {group}|values that rise]",
    example=_of(t.Integer(), {"strictly": True}, [1, 2], [1, 1]),
    applies=Applies.ORDERED,
    optional={"strictly": Argument.BOOLEAN, **_ALONG},
    relation=along,
    nulls=_NULLS,
    aliases=("expect_column_values_to_be_increasing",),
)
def is_increasing(k: KeyRows) -> str:
    return f"{k.value} {'>' if k.argument('strictly') else '>='} lag({k.value}) {k.over()}"


@marking(
    Group.CROSS_COLUMN,
    "Not greater than the value of the row before it (`strictly`: less), per `group`, in the order of `order_by`, "
    "else as the rows came.",
    expected="[values that fall by {group}|values that fall]",
    example=_of(t.Integer(), {"strictly": True}, [2, 1], [1, 1]),
    applies=Applies.ORDERED,
    optional={"strictly": Argument.BOOLEAN, **_ALONG},
    relation=along,
    nulls=_NULLS,
    aliases=("expect_column_values_to_be_decreasing",),
)
def is_decreasing(k: KeyRows) -> str:
    return f"{k.value} {'<' if k.argument('strictly') else '<='} lag({k.value}) {k.over()}"


@marking(
    Group.CROSS_COLUMN,
    "`step` (1 by default) more than the next smaller value of its `group`: no number is missing or there twice.",
    expected="[numbers without a gap by {group}|numbers without a gap]",
    example=_of(t.Integer(), {}, [3, 1, 2], [1, 3]),
    applies=Applies.EXACT,
    optional={"step": Argument.NUMBER, "group": Argument.COLUMNS},
    relation=steps_exactly,
    nulls=_NULLS,
    aliases=("sequential_values",),
)
def is_sequential(k: KeyRows) -> str:
    before = k.dialect.operand(f"lag({k.value}) {k.over(by=k.value)}", k.type)
    step = k.argument("step")
    literal = exact_literal(k.dialect, Decimal(str(1 if step is None else step)))
    return f"{k.dialect.operand(k.value, k.type)} - {before} = {literal}"


@marking(
    Group.TEMPORAL,
    "At most `max` seconds after the next earlier value of its `group`: the row that ends a gap fails.",
    expected="[at most {max} seconds after the value before it, by {group}|at most {max} seconds after the value "
    "before it]",
    example=_of(t.Date(), {"max": 86_400}, ["2025-01-02", "2025-01-01"], ["2025-01-01", "2025-01-03"]),
    applies=Applies.TEMPORAL,
    required={"max": Argument.INTEGER},
    optional={"group": Argument.COLUMNS},
    relation=along,
    nulls=_NULLS,
    aliases=("has_no_gaps_per_time_window",),
)
def has_gap_at_most(k: KeyRows) -> str:
    own, before = (k.dialect.epoch_us(v, k.type) for v in (k.value, f"lag({k.value}) {k.over(by=k.value)}"))
    return f"{own} - {before} <= {int(str(k.argument('max')))} * CAST(1000000 AS BIGINT)"


@marking(
    Group.CROSS_COLUMN,
    "A state that the state before it may turn into, per `group`, in the order of `order_by`, else as the rows came; "
    "the first row of a group is one of `initial`, where that is given.",
    expected="a state that may follow the one before it",
    example=_of(t.String(), {"transitions": {"new": ["paid"]}}, ["new", "paid"], ["paid", "new"]),
    applies=Applies.TEXT,
    required={"transitions": Argument.ANY},
    optional={"initial": Argument.STRINGS, **_ALONG},
    relation=transitions,
    nulls=_NULLS,
    aliases=("has_workflow",),
)
def is_allowed_transition(k: KeyRows) -> str:
    before = f"lag({k.value}) {k.over()}"
    graph: Any = k.argument("transitions")
    text = k.dialect.text
    follows = [
        f"({before} = {text(state)} AND {k.value} IN ({', '.join(map(text, after))}))"
        for state, after in graph.items()
        if after
    ]
    allowed = " OR ".join(follows) or "false"
    initial = [text(str(each)) for each in k.given("initial")]
    first = f"{k.value} IN ({', '.join(initial)})" if initial else "true"
    return f"CASE WHEN {before} IS NULL THEN {first} ELSE ({allowed}) END"


@marking(
    Group.CROSS_COLUMN,
    "The interval from `start` to `end` begins at or after the end of all intervals of its `group` that began earlier.",
    expected="intervals that do not overlap",
    example=_spans({"start": "a", "end": "b"}, [(1, 2), (2, 3)], [(1, 3), (2, 4)]),
    applies=Applies.TABLE,
    required={"start": Argument.COLUMN, "end": Argument.COLUMN},
    optional={"group": Argument.COLUMNS},
    relation=intervals,
    nulls=_NULLS,
    aliases=("mutually_exclusive_ranges",),
)
def is_not_overlapping(k: KeyRows) -> str:
    start, end = k.column("start"), k.column("end")
    return f"{start} >= max({end}) {k.over(by=f'{start}, {end}', frame=_BEFORE)}"


@marking(
    Group.CROSS_COLUMN,
    "The interval from `start` to `end` begins where the one before it in its `group` ends: neither gap nor overlap, "
    "as for versions of a row.",
    expected="intervals that begin where the one before ends",
    example=_spans({"start": "a", "end": "b"}, [(1, 2), (2, 3)], [(1, 2), (3, 4)]),
    applies=Applies.TABLE,
    required={"start": Argument.COLUMN, "end": Argument.COLUMN},
    optional={"group": Argument.COLUMNS},
    relation=intervals,
    nulls=_NULLS,
)
def is_contiguous(k: KeyRows) -> str:
    start, end = k.column("start"), k.column("end")
    return f"{start} = lag({end}) {k.over(by=f'{start}, {end}')}"


@marking(
    Group.CROSS_COLUMN,
    "The balance before it in its `group` plus the amount in `column`, in the order of `order_by`, else as the rows "
    "came.",
    expected="the balance before it plus {column}",
    example=Example(
        {"value": t.Decimal(12, 2), "amount": t.Decimal(12, 2)},
        {"column": "amount"},
        [{"value": "5.00", "amount": "5.00"}, {"value": "3.00", "amount": "-2.00"}],
        [{"value": "5.00", "amount": "5.00"}, {"value": "3.01", "amount": "-2.00"}],
    ),
    applies=Applies.EXACT,
    required={"column": Argument.COLUMN},
    optional=_ALONG,
    relation=steps_exactly,
    nulls=_NULLS,
)
def is_balance_after(k: KeyRows) -> str:
    own, amount = k.dialect.operand(k.value, k.type), k.dialect.operand(k.column("column"), k.column_type("column"))
    before = k.dialect.operand(f"lag({k.value}) {k.over()}", k.type)
    return f"{own} - {before} = {amount}"
