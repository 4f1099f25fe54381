"""Rules about membership in a list."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_relations import scalar_values
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.SETS,
    "The value is one of `values`, compared exactly.",
    applies=Applies.ANY,
    required={"values": Argument.VALUES},
    relation=scalar_values,
    expected="one of {values}",
    aliases=("validValues",),
    example=on(t.String(), {"values": ["EUR", "USD"]}, "EUR", "eur"),
)
def is_in_set(s: Subject) -> str:
    return f"{s.value} IN ({s.listed()})"


@row_rule(
    Group.SETS,
    "The value is none of `values`.",
    applies=Applies.ANY,
    required={"values": Argument.VALUES},
    relation=scalar_values,
    expected="none of {values}",
    example=on(t.String(), {"values": ["test"]}, "prod", "test"),
)
def is_not_in_set(s: Subject) -> str:
    return f"{s.value} NOT IN ({s.listed()})"
