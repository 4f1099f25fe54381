"""Rules of the contract's author: conditions in SQL's words."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.expressions import emit
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.CUSTOM,
    "The condition about the row is true; what it may say is listed under Conditions in checks.md.",
    applies=Applies.TABLE,
    required={"expression": Argument.EXPRESSION},
    expected="{expression}",
    nulls="a condition that is null passes; say what null means with IS NULL or coalesce",
    about_null=True,
    aliases=("satisfies", "expression_is_true"),
    example=Example(
        {"net": t.Decimal(12, 2), "gross": t.Decimal(12, 2), "country": t.String()},
        {"expression": "net < gross OR country = 'US'"},
        {"net": "1.00", "gross": "1.00", "country": "US"},
        {"net": "1.00", "gross": "1.00", "country": "DE"},
    ),
)
def is_true(s: Subject) -> str:
    return emit(s.check.expressions["expression"], s.dialect)
