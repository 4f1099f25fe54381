"""Rules that compare a value with other columns of its row."""

from __future__ import annotations

from decimal import Decimal

from gridata_contracts import types as t
from gridata_contracts.argument_relations import compares, sums_columns, sums_items
from gridata_contracts.exact_digits import MOST
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.subject import Subject

_OTHER_NULL = "null passes, and so does a null in the other column"


def _two(passes: tuple[int, int], fails: tuple[int, int]) -> Example:
    def row(pair: tuple[int, int]) -> dict[str, int]:
        return {"value": pair[0], "other": pair[1]}

    return Example({"value": t.Integer(), "other": t.Integer()}, {"column": "other"}, row(passes), row(fails))


@row_rule(
    Group.CROSS_COLUMN,
    "Less than or equal to another column.",
    applies=Applies.ORDERED,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="at most {column}",
    nulls=_OTHER_NULL,
    example=_two((1, 1), (2, 1)),
)
def is_at_most_column(s: Subject) -> str:
    return f"{s.value} <= {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Greater than or equal to another column.",
    applies=Applies.ORDERED,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="at least {column}",
    nulls=_OTHER_NULL,
    example=_two((1, 1), (0, 1)),
)
def is_at_least_column(s: Subject) -> str:
    return f"{s.value} >= {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Equal to another column.",
    applies=Applies.ANY,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="equal to {column}",
    nulls=_OTHER_NULL,
    example=_two((1, 1), (1, 2)),
)
def is_equal_to_column(s: Subject) -> str:
    return f"{s.value} = {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Equals the sum of `plus` less the sum of `minus` (null counts as 0), within `tolerance`.",
    applies=Applies.NUMERIC,
    required={"plus": Argument.COLUMNS},
    optional={"minus": Argument.COLUMNS, "tolerance": Argument.NUMBER},
    relation=sums_columns,
    expected="the sum of {plus} less {minus}",
    nulls="null passes; a null among the others counts as 0",
    example=Example(
        {"value": t.Integer(), "net": t.Integer(), "tax": t.Integer()},
        {"plus": ["net", "tax"]},
        {"value": 12, "net": 10, "tax": 2},
        {"value": 12, "net": 10, "tax": 3},
    ),
)
def is_sum_of_columns(s: Subject) -> str:
    number = {path: f"coalesce({s.number(s.other(path), path)}, 0)" for path in s.texts("plus") + s.texts("minus")}
    total = " + ".join(number[path] for path in s.texts("plus"))
    return s.equals(f"({total}{''.join(f' - {number[path]}' for path in s.texts('minus'))})")


@row_rule(
    Group.CROSS_COLUMN,
    "Equals the sum of `factors` multiplied, less `minus`, over an array's items, within `tolerance`; null is 0.",
    applies=Applies.NUMERIC,
    required={"array": Argument.COLUMN, "factors": Argument.STRINGS},
    optional={"minus": Argument.STRING, "tolerance": Argument.NUMBER},
    relation=sums_items,
    expected="the sum of {factors} over {array}",
    nulls="null passes; a null in an item counts as 0",
    example=Example(
        {"value": t.Integer(), "items": t.List(t.Struct((t.Field("n", t.Integer(32)), t.Field("p", t.Integer(32)))))},
        {"array": "items", "factors": ["n", "p"]},
        {"value": 7, "items": [{"n": 2, "p": 3}, {"n": 1, "p": 1}]},
        {"value": 8, "items": [{"n": 2, "p": 3}, {"n": 1, "p": 1}]},
    ),
)
def is_sum_of_items(s: Subject) -> str:
    array_path = s.text("array")
    item, array = "_a1", s.other(array_path)
    paths = {name: f"{array_path}[*].{name}" for name in s.texts("factors") + s.texts("minus")}
    number = {name: f"coalesce({s.number(s.dialect.field(item, name), path)}, 0)" for name, path in paths.items()}
    term = " * ".join(number[name] for name in s.texts("factors"))
    term += "".join(f" - {number[name]}" for name in s.texts("minus"))
    product_scale = sum(s.scale(paths[name]) for name in s.texts("factors"))
    scale = max([product_scale, s.scale(s.check.column or ""), *(s.scale(paths[name]) for name in s.texts("minus"))])
    total = t.Floating() if isinstance(s.type, t.Floating) else t.Decimal(MOST - 1, scale)
    return s.equals(s.dialect.total(array, item, term, total))
