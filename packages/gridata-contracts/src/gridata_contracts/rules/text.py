"""Rules about text: its length and its form."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_relations import bounds_in_order
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.TEXT,
    "Length in code points, inclusive bounds.",
    applies=Applies.TEXT,
    optional={"min": Argument.INTEGER, "max": Argument.INTEGER},
    one_of=True,
    relation=bounds_in_order,
    expected="between {min} and {max} characters",
    aliases=("ColumnLength", "minLength", "maxLength"),
    example=on(t.String(), {"min": 1, "max": 3}, "abc", "abcd"),
)
def has_length(s: Subject) -> str:
    return s.within(s.dialect.length(s.value), str)


@row_rule(
    Group.TEXT,
    "The whole text matches the pattern.",
    applies=Applies.TEXT,
    required={"pattern": Argument.PATTERN},
    expected="text matching {pattern}",
    aliases=("matches", "pattern"),
    example=on(t.String(), {"pattern": "P[0-9]{5}"}, "P00001", "P1"),
)
def has_pattern(s: Subject) -> str:
    return s.dialect.matches(s.value, s.text("pattern"))
