"""Rules about values that are there."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_relations import bounds_in_order
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, on
from gridata_contracts.sql.literals import literal
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.COMPLETENESS,
    "The value is there.",
    applies=Applies.ANY,
    expected="a value",
    nulls="null fails; a field of an object that is itself null is not asked for",
    about_null=True,
    aliases=("IsComplete", "nullValues"),
    example=on(t.String(), {}, "", None),
)
def is_not_null(s: Subject) -> str:
    there = f"{s.value} IS NOT NULL"
    return f"({s.place.parent} IS NULL OR {there})" if s.place.parent else there


@row_rule(
    Group.COMPLETENESS,
    "The value is there whenever `column` holds one of `values`.",
    applies=Applies.ANY,
    required={"column": Argument.COLUMN, "values": Argument.OTHER_VALUES},
    expected="a value when {column} is one of {values}",
    nulls="null fails where the condition holds; a null `column` asks for nothing",
    about_null=True,
    example=Example(
        {"value": t.String(), "status": t.String()},
        {"column": "status", "values": ["shipped"]},
        {"value": None, "status": "placed"},
        {"value": None, "status": "shipped"},
    ),
)
def is_not_null_where(s: Subject) -> str:
    values = s.argument("values")
    other = s.columns[s.text("column")]
    listed = ", ".join(literal(s.dialect, v, other.type) for v in (values if isinstance(values, list) else [values]))
    return f"({s.value} IS NOT NULL OR {s.other(other.path)} NOT IN ({listed}))"


@row_rule(
    Group.COMPLETENESS,
    "At least one character that is not white space.",
    applies=Applies.TEXT,
    expected="text that is not blank",
    example=on(t.String(), {}, " a", " \t"),
)
def is_not_blank(s: Subject) -> str:
    return f"{s.dialect.trimmed(s.value)} <> ''"


@row_rule(
    Group.COMPLETENESS,
    "Number of items, inclusive bounds.",
    applies=Applies.ARRAY,
    optional={"min": Argument.INTEGER, "max": Argument.INTEGER},
    one_of=True,
    relation=bounds_in_order,
    expected="between {min} and {max} items",
    aliases=("minItems", "maxItems"),
    example=on(t.List(t.String()), {"min": 1, "max": 2}, ["a"], []),
)
def has_items(s: Subject) -> str:
    return s.within(s.dialect.count(s.value), str)
