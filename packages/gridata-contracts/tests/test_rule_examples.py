"""Every rule's documented example: its good rows pass and its bad rows fail, by the plain-Python reading."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gridata_contracts import types as t
from gridata_contracts.literals import literal_value
from gridata_contracts.reference import HOLDS, broken_checks
from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.rules.example_contract import example_contract

AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
ROW_RULES = [rule for rule in RULES.values() if rule.level is Level.ROW]


def record_of(rule: Rule, row: dict[str, Any]) -> dict[str, Any]:
    """Scalars of an example may be written as a contract writes literals."""
    typed = dict(row)
    for name, kind in rule.example.columns.items():
        if isinstance(row.get(name), str) and isinstance(kind, t.Decimal | t.Date | t.Timestamp):
            typed[name] = literal_value(kind, row[name])
    return typed


@pytest.mark.parametrize("rule", ROW_RULES, ids=lambda rule: rule.name)
def test_example_row_passes_or_fails_as_documented(rule: Rule) -> None:
    contract = example_contract(rule)

    assert broken_checks(contract, record_of(rule, rule.example.passes), AS_OF) == []
    assert [check.rule for check in broken_checks(contract, record_of(rule, rule.example.fails), AS_OF)] == [rule.name]


def test_every_row_rule_has_a_plain_reading() -> None:
    assert set(HOLDS) == {rule.name for rule in ROW_RULES}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_says_what_it_asks_what_null_means_and_what_it_expects(rule: Rule) -> None:
    assert rule.name.startswith(("is_", "has_"))
    assert rule.summary.endswith(".")
    assert rule.nulls
    assert rule.expected
