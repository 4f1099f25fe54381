"""Rules about columns and types: decided where a contract is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Contract
from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.rules.schema import Schematic
from gridata_contracts.suite import Ask, suite
from gridata_contracts.types import Decimal, Integer, List, LogicalType, String

SCHEMATIC = [rule for rule in RULES.values() if rule.level is Level.SCHEMA]
COLUMNS: dict[str, LogicalType | None] = {"id": Integer(), "total": Decimal(9, 2), "tags": List(String()), "blob": None}


def against(rule: str, found: dict[str, LogicalType | None], arguments: Mapping[str, object]) -> str:
    (check,) = suite({"any": String()}, [Ask(rule, None, arguments)]).checks
    evaluation = RULES[rule].evaluation
    assert isinstance(evaluation, Schematic)
    return evaluation.against(check, found)


@pytest.mark.parametrize("rule", SCHEMATIC, ids=lambda rule: rule.name)
def test_every_rule_passes_and_fails_its_example(rule: Rule) -> None:
    def said(names: Sequence[str]) -> str:
        return against(rule.name, dict.fromkeys(names, String()), rule.example.arguments)

    assert said(rule.example.passes) == ""
    assert said(rule.example.fails) != ""


@pytest.mark.parametrize(
    ("rule", "arguments", "problem"),
    [
        ("has_columns", {"columns": ["id", "no", "nor"]}, "no no, nor"),
        ("has_only_columns", {"columns": ["id", "total", "tags"]}, "blob"),
        ("has_no_columns", {"columns": ["blob", "email"]}, "blob"),
        ("has_columns_in_order", {"columns": ["total", "id", "tags", "blob"]}, "id, total, tags, blob"),
        ("has_columns_in_order", {"columns": ["id", "total", "tags", "blob"]}, ""),
        ("has_column_count", {"min": 5}, "4 columns"),
        ("has_column_count", {"min": 4, "max": 4}, ""),
        ("has_column_type", {"column": "id", "type": "number"}, ""),
        ("has_column_type", {"column": "id", "type": "decimal"}, "id of another type"),
        ("has_column_type", {"column": "tags", "type": "array"}, ""),
        ("has_column_type", {"column": "blob", "type": "text"}, "blob of another type"),
        ("has_column_type", {"column": "no", "type": "text"}, "no no"),
    ],
)
def test_what_is_against_it_is_said(rule: str, arguments: dict[str, object], problem: str) -> None:
    assert against(rule, COLUMNS, arguments) == problem


def test_a_contract_whose_columns_are_not_what_it_asks_is_refused(build: Callable[..., Contract]) -> None:
    def asking(column: str) -> tuple[str, str]:
        implementation = f"{{rule: has_no_columns, columns: [{column}]}}"
        quality = f"quality: [{{type: custom, engine: gridata, implementation: {implementation}}}]"
        return "  - name: things\n", f"  - name: things\n    {quality}\n"

    with pytest.raises(ContractError, match=r'quality\[0\].*got "size", allowed no columns size'):
        build(asking("size"))
    assert "email.has_no_columns" in {check.id for check in build(asking("email")).checks}
