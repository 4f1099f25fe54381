"""Rules about forms, on values that standards and authorities publish as examples, by the plain reading."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gridata_contracts import codes
from gridata_contracts import types as t
from gridata_contracts.reference import broken_checks
from gridata_contracts.rules import RULES
from gridata_contracts.suite import Ask, suite

AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
KNOWN = yaml.safe_load((Path(__file__).parent / "data" / "known_values.yaml").read_text(encoding="utf-8"))


def holds(rule: str, arguments: dict[str, Any], value: str) -> bool:
    contract = suite({"value": t.String()}, [Ask(rule, "value", arguments)])
    return broken_checks(contract, {"value": value}, AS_OF) == []


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known['rule']} {known.get('arguments', '')}")
def test_known_good_values_pass_and_bad_ones_fail(known: dict[str, Any]) -> None:
    def passes(value: str) -> bool:
        return holds(known["rule"], known.get("arguments", {}), value)

    assert [value for value in known["good"] if not passes(value)] == []
    assert [value for value in known["bad"] if passes(value)] == []


def test_every_country_of_the_iban_registry_has_an_account_number_of_15_to_34_characters() -> None:
    structures = codes.iban_structures()

    lengths = {country: 4 + sum(map(int, re.findall("[0-9]+", text))) for country, text in structures.items()}

    assert len(lengths) == 89
    assert {country: lengths[country] for country in ("NO", "DE", "MT", "RU")} == {
        "NO": 15,
        "DE": 22,
        "MT": 31,
        "RU": 33,
    }
    assert all(15 <= length <= 34 for length in lengths.values())


def test_code_lists_are_sorted_and_hold_each_code_once() -> None:
    alpha2, alpha3, numeric = (sorted(column) for column in zip(*codes.countries(), strict=True))
    lists = [alpha2, alpha3, numeric, codes.currencies(), codes.languages(), codes.time_zones()]

    assert [len(each) for each in lists] == [249, 249, 249, 178, 183, 597]
    assert all(list(each) == sorted(set(each)) for each in lists)


def test_every_choice_has_known_values() -> None:
    named = {
        (each["rule"], word) for each in KNOWN for word in each.get("arguments", {}).values() if isinstance(word, str)
    }
    rules = {each["rule"] for each in KNOWN} - {"is_vat_number", "has_no_pii"}

    choices = {(name, word) for name in rules for words in RULES[name].choices.values() for word in words}

    assert choices - named == {("is_country_code", "alpha2")}  # the default
