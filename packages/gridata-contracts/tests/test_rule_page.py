"""The reference of rules: what is committed is what the catalogue says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.rules.listing import rule_json
from gridata_contracts.rules.page import page, sql_of
from gridata_contracts.sql.duckdb import DuckDb

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "rules.md"


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RULES.values()), "Run make render."


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_is_plain_data_with_typed_arguments(rule: Rule) -> None:
    plain = json.loads(json.dumps(rule_json(rule)))

    assert plain["name"] == rule.name
    assert {each["name"] for each in plain["arguments"]} == set(rule.arguments)
    assert plain["nulls"]


@pytest.mark.parametrize("level", [Level.ROW, Level.AGGREGATE])
def test_rules_of_the_scan_show_their_sql(level: Level) -> None:
    assert all(sql_of(rule, DuckDb()) for rule in RULES.values() if rule.level is level)
