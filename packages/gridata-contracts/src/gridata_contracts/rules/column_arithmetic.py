"""Rules that calculate with other columns of the row: sums, products, differences."""

from __future__ import annotations

from decimal import Decimal

from gridata_contracts import types as t
from gridata_contracts.argument_relations import (
    differs_exactly,
    differs_in_percent,
    multiplies_columns,
    sums_columns,
    sums_items,
)
from gridata_contracts.exact_digits import MOST
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.literals import exact_literal
from gridata_contracts.sql.subject import Subject

_OTHER_NULL = "null passes, and so does a null in another column"


@row_rule(
    Group.CROSS_COLUMN,
    "Equals the sum of `plus` less the sum of `minus` (null counts as 0), within `tolerance`.",
    applies=Applies.NUMERIC,
    required={"plus": Argument.COLUMNS},
    optional={"minus": Argument.COLUMNS, "tolerance": Argument.NUMBER},
    relation=sums_columns,
    expected="the sum of {plus}[ less {minus}]",
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
    scale = max(s.scale(path) for path in (s.check.column or "", *number))
    return s.equals(f"({total}{''.join(f' - {number[path]}' for path in s.texts('minus'))})", scale)


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
    return s.equals(s.dialect.total(array, item, term, total), scale)


@row_rule(
    Group.CROSS_COLUMN,
    "Equals the product of `factors`, within `tolerance`.",
    applies=Applies.NUMERIC,
    required={"factors": Argument.COLUMNS},
    optional={"tolerance": Argument.NUMBER},
    relation=multiplies_columns,
    expected="the product of {factors}",
    nulls=_OTHER_NULL,
    example=Example(
        {"value": t.Decimal(14, 4), "quantity": t.Integer(32), "price": t.Decimal(12, 2)},
        {"factors": ["quantity", "price"]},
        {"value": "7.5000", "quantity": 3, "price": "2.50"},
        {"value": "7.5001", "quantity": 3, "price": "2.50"},
    ),
)
def is_product_of_columns(s: Subject) -> str:
    paths = s.texts("factors")
    product = " * ".join(s.number(s.other(path), path) for path in paths)
    return s.equals(f"({product})", max(s.scale(s.check.column or ""), sum(map(s.scale, paths))))


def _near(arguments: dict[str, object], passes: str, fails: str) -> Example:
    columns = {"value": t.Decimal(12, 2), "other": t.Decimal(12, 2)}
    return Example(
        columns, {"column": "other", **arguments}, {"value": passes, "other": "100"}, {"value": fails, "other": "100"}
    )


@row_rule(
    Group.CROSS_COLUMN,
    "Differs from another column by at most `max_difference`.",
    applies=Applies.NUMERIC,
    required={"column": Argument.COLUMN, "max_difference": Argument.NUMBER},
    relation=differs_exactly,
    expected="within {max_difference} of {column}",
    nulls=_OTHER_NULL,
    example=_near({"max_difference": 0.5}, "99.50", "100.51"),
)
def is_within_of_column(s: Subject) -> str:
    path = s.text("column")
    return s.equals(s.number(s.other(path), path), max(s.scale(s.check.column or ""), s.scale(path)), "max_difference")


@row_rule(
    Group.CROSS_COLUMN,
    "Differs from another column by at most `max_percent` hundredths of it; exact types only.",
    applies=Applies.EXACT,
    required={"column": Argument.COLUMN, "max_percent": Argument.NUMBER},
    relation=differs_in_percent,
    expected="within {max_percent} % of {column}",
    nulls=_OTHER_NULL,
    example=_near({"max_percent": 2.5}, "97.50", "102.51"),
)
def is_within_percent_of_column(s: Subject) -> str:
    path = s.text("column")
    own, other = s.number(s.value, s.check.column or ""), s.number(s.other(path), path)
    hundred, percent = (exact_literal(s.dialect, Decimal(str(number))) for number in (100, s.argument("max_percent")))
    return f"abs({own} - {other}) * {hundred} <= {percent} * abs({other})"
