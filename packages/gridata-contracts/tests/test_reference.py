"""The meaning of rules, case by case: one value, broken or not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from gridata_contracts.reference import broken_checks, repeated_rows

AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
SIZE = "{name: size, logicalType: integer, physicalType: int}"
PRICE = "{name: price, logicalType: number, physicalType: 'decimal(12,2)'}"
SOLD = "{name: sold_at, logicalType: timestamp}"
MADE = "{name: made_on, logicalType: date}"
CODE = "{name: code, logicalType: string}"
COST = "{name: cost, logicalType: number, physicalType: 'decimal(12,2)'}"
PARTS = "- name: parts\n        logicalType: array"

D = Decimal
CASES: list[tuple[str, str, dict[str, Any], bool]] = [
    (SIZE, "rule: is_not_null", {"size": None}, True),
    (SIZE, "rule: is_not_null", {"size": 0}, False),
    (SIZE, "rule: is_not_null_where, column: price, values: [1.5]", {"size": None, "price": D("1.50")}, True),
    (SIZE, "rule: is_not_null_where, column: price, values: [1.5]", {"size": None, "price": None}, False),
    (SIZE, "rule: is_not_null_where, column: price, values: [1.5]", {"size": 1, "price": D("1.50")}, False),
    (CODE, "rule: is_not_blank", {"parts": [{"code": "a"}, {"code": " \t\n\v\f\r"}]}, True),
    (CODE, "rule: is_not_blank", {"parts": [{"code": "\u00a0"}, {"code": None}, None]}, False),
    (CODE, "rule: is_not_null", {"parts": [{"code": "a"}, {}]}, True),
    (CODE, "rule: is_not_null", {"parts": [None]}, True),
    (CODE, "rule: is_not_null", {"parts": []}, False),
    (CODE, "rule: is_not_null", {"parts": None}, False),
    (SIZE, "rule: is_in_set, values: [1, 2]", {"size": 3}, True),
    (SIZE, "rule: is_in_set, values: [1, 2]", {"size": None}, False),
    (SIZE, "rule: is_not_in_set, values: [1, 2]", {"size": 2}, True),
    (SIZE, "rule: is_not_in_set, values: [1, 2]", {"size": None}, False),
    (PRICE, "rule: is_between, min: 0.1, max: '9.99'", {"price": D("0.10")}, False),
    (PRICE, "rule: is_between, min: 0.1, max: '9.99'", {"price": D("10.00")}, True),
    (PRICE, "rule: is_between, min: 0.1", {"price": D("0.09")}, True),
    (MADE, "rule: is_between, max: '2024-02-29'", {"made_on": dt.date(2024, 3, 1)}, True),
    (SIZE, "rule: is_greater_than, value: 1", {"size": 1}, True),
    (SIZE, "rule: is_less_than, value: 1", {"size": 0}, False),
    (SIZE, "rule: is_less_than, value: 1", {"size": 1}, True),
    (CODE, "rule: has_length, min: 1, max: 2", {"parts": [{"code": "😀😀"}]}, False),
    (CODE, "rule: has_length, min: 1, max: 2", {"parts": [{"code": "e\u0301e"}]}, True),
    (CODE, "rule: has_pattern, pattern: '[a-z]+'", {"parts": [{"code": "ab\n"}]}, True),
    (CODE, "rule: has_pattern, pattern: '[a-z]+'", {"parts": [{"code": "ab"}]}, False),
    (PRICE, "rule: is_multiple_of, value: 0.05", {"price": D("1.15")}, False),
    (PRICE, "rule: is_multiple_of, value: 0.05", {"price": D("1.16")}, True),
    (PARTS, "rule: has_items, min: 1, max: 2", {"parts": []}, True),
    (PARTS, "rule: has_items, min: 1, max: 2", {"parts": [None, None]}, False),
    (PARTS, "rule: has_unique_items, field: code", {"parts": [{"code": "a"}, {"code": "a"}]}, True),
    (PARTS, "rule: has_unique_items, field: code", {"parts": [{"code": None}, {"code": None}, None]}, False),
    (SIZE, "rule: is_at_most_column, column: price", {"size": 2, "price": D("1.99")}, True),
    (SIZE, "rule: is_at_most_column, column: price", {"size": 2, "price": None}, False),
    (SIZE, "rule: is_at_least_column, column: price", {"size": 1, "price": D("1.01")}, True),
    (SIZE, "rule: is_equal_to_column, column: price", {"size": 1, "price": D("1.00")}, False),
    (SIZE, "rule: is_equal_to_column, column: price", {"size": 1, "price": D("1.01")}, True),
    (COST, "rule: is_at_most_column, column: price", {"price": D(2), "parts": [{"cost": D(1)}, {"cost": D(3)}]}, True),
    (COST, "rule: is_at_most_column, column: price", {"price": D(3), "parts": [{"cost": D(1)}, {"cost": D(3)}]}, False),
    (PRICE, "rule: is_sum_of_columns, plus: [size], minus: [size]", {"price": D(0), "size": 5}, False),
    (PRICE, "rule: is_sum_of_columns, plus: [size]", {"price": D("5.01"), "size": 5}, True),
    (PRICE, "rule: is_sum_of_columns, plus: [size], tolerance: 0.01", {"price": D("5.01"), "size": 5}, False),
    (PRICE, "rule: is_sum_of_columns, plus: [size]", {"price": D(0), "size": None}, False),
    (PRICE, "rule: is_sum_of_items, array: parts, factors: [cost]", {"price": D(4), "parts": [{"cost": 4}, {}]}, False),
    (PRICE, "rule: is_sum_of_items, array: parts, factors: [cost]", {"price": D(4), "parts": None}, True),
    (PRICE, "rule: is_sum_of_items, array: parts, factors: [cost], minus: cost",
     {"price": D(1), "parts": [{"cost": D(9)}]}, True),
    (SOLD, "rule: is_not_after_as_of, slack_s: 60", {"sold_at": AS_OF + dt.timedelta(seconds=60)}, False),
    (SOLD, "rule: is_not_after_as_of", {"sold_at": AS_OF + dt.timedelta(microseconds=1)}, True),
    (MADE, "rule: is_not_after_as_of", {"made_on": AS_OF.date()}, False),
    (MADE, "rule: is_not_after_as_of", {"made_on": dt.date(2025, 6, 2)}, True),
]  # fmt: skip


@pytest.mark.parametrize(("column", "call", "record", "broken"), CASES)
def test_rule_decides_a_record(build: Any, column: str, call: str, record: dict[str, Any], broken: bool) -> None:
    quality = f"[{{type: custom, engine: gridata, implementation: {{{call}}}}}]"
    written = f"{column}\n        quality: {quality}" if column is PARTS else f"{column[:-1]}, quality: {quality}}}"
    contract = build((column, written), ("required: true, primaryKey: true, primaryKeyPosition: 1", "required: false"))

    assert [check.rule for check in broken_checks(contract, record, AS_OF)] == ([call.split()[1].rstrip(",")] * broken)


def test_first_row_of_a_key_wins_and_null_keys_do_not_compare(build: Any) -> None:
    contract = build()
    (unique,) = [check for check in contract.checks if check.rule == "is_unique"]
    records = [{"thing_id": key} for key in ("a", "b", "a", None, None, "b", "a")]

    assert repeated_rows(unique, records) == [2, 5, 6]


def test_field_of_a_missing_object_is_not_asked_for(build: Any) -> None:
    box = "{name: box, logicalType: object, properties: [{name: w, logicalType: integer, required: true}]}"
    contract = build((SIZE, box))

    assert broken_checks(contract, {"thing_id": "a", "box": None}, AS_OF) == []
    assert [check.id for check in broken_checks(contract, {"thing_id": "a", "box": {}}, AS_OF)] == ["box.w.is_not_null"]
