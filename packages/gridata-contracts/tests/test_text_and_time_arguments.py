"""Arguments of rules about text and time that contradict each other or the column are refused with what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gridata_contracts import types as t
from gridata_contracts.errors import ContractError
from gridata_contracts.suite import Ask, suite

COLUMNS: Mapping[str, t.LogicalType] = {"text": t.String(), "at": t.Timestamp(), "day": t.Date(), "n": t.Integer()}
REFUSED = [
    ("is_castable_to", "text", {"type": "number"}, "decimal(p,s)"),
    ("is_castable_to", "text", {"type": "decimal(39,2)"}, "decimal(p,s)"),
    ("is_castable_to", "text", {"type": "decimal(2,3)"}, "decimal(p,s)"),
    ("is_date_text", "text", {"format": "YYYY-MM"}, "each of YYYY MM DD once"),
    ("is_date_text", "text", {"format": "YYYY-MM-DD HH:mm"}, "each of YYYY MM DD once"),
    ("is_date_text", "text", {"format": "yyyy-MM-dd"}, "each of YYYY MM DD once"),
    ("is_date_text", "text", {"format": "DD-MM-YYYY-DD"}, "each of YYYY MM DD once"),
    ("is_timestamp_text", "text", {"format": "YYYY-MM-DD"}, "each of YYYY MM DD HH mm once"),
    ("is_timestamp_text", "text", {"format": "YYYY-MM-DD HH:mm.SSS"}, "A fraction needs ss"),
    ("is_timestamp_text", "text", {"format": "YYYY-MM-DD HH:mm:ss.SSSSSSSSS"}, "at most once"),
    ("has_json_keys", "text", {"keys": [f"k{i}" for i in range(21)]}, "at most 20"),
    ("has_case", "text", {"case": "Upper"}, "upper"),
    ("has_word_count", "text", {"min": 2, "max": 1}, "at most max"),
    ("has_word_count", "text", {}, "at least one of"),
    ("is_within_hours", "at", {"from": "8:00", "to": "17:00"}, "HH:MM from 00:00 to 24:00"),
    ("is_within_hours", "at", {"from": "08:00", "to": "08:00"}, "other than `from`"),
    ("is_within_hours", "at", {"from": "24:00", "to": "08:00"}, "Write 00:00"),
    ("is_within_hours", "day", {"from": "08:00", "to": "17:00"}, "for instant columns"),
    ("is_on_weekdays", "day", {"days": ["monday"]}, "mon"),
    ("is_older_than", "day", {"days": 0.5}, "a whole number"),
    ("is_not_older_than", "at", {"days": 4_000_001}, "at most 4000000"),
    ("is_days_before_as_of", "day", {"min": 2, "max": 1}, "at most max"),
    ("is_not_after_as_of", "at", {"slack_s": 345_600_000_001}, "at most 345600000000"),
    ("is_later_than_column_by", "at", {"column": "n", "min_s": 1}, "a date or timestamp"),
    ("is_within_time_of_column", "at", {"column": "day", "max_s": 345_600_000_001}, "at most 345600000000"),
]


@pytest.mark.parametrize(("rule", "column", "arguments", "told"), REFUSED)
def test_arguments_that_do_not_fit_are_refused(rule: str, column: str, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError) as error:
        suite(COLUMNS, [Ask(rule, column, arguments)])

    assert told in str(error.value)


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        ("is_castable_to", {"type": "decimal(38, 38)"}),
        ("is_date_text", {"format": "DDMMYYYY"}),
        ("is_timestamp_text", {"format": "YYYY-MM-DDTHH:mm:ss.SSSSSSZ"}),
    ],
)
def test_formats_and_types_that_exist_are_accepted(rule: str, arguments: dict[str, Any]) -> None:
    assert suite(COLUMNS, [Ask(rule, "text", arguments)]).checks[0].arguments == arguments
