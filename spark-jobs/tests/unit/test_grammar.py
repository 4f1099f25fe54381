"""The fast path learns how a file writes its records, and gives way where its automaton would be too large."""

from __future__ import annotations

import json
import random

import pytest

from gridata_contracts.model import Contract
from gridata_jobs.read.field_order import FieldOrder, learn_orders
from gridata_jobs.read.grammar import record_pattern

NESTED = """\
- name: items
  logicalType: array
  items:
    logicalType: object
    properties:
      - {name: n, logicalType: integer, required: true}
      - {name: at, logicalType: object, properties: [{name: city, logicalType: string}]}
"""


def columns(count: int, name: str = "c{}") -> str:
    return "\n".join(f"- {{name: {name.format(i)}, logicalType: integer}}" for i in range(count))


def lines(records: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def test_objects_inside_of_array_items_are_read_fast(read, contract_of):
    records: list[dict[str, object]] = [
        {"items": [{"n": i, "at": {"city": "x"}}, {"n": 2, "at": None}, {"n": 3}]} for i in range(20)
    ]

    assert read(contract_of(NESTED), lines(records)).fast == 20


@pytest.mark.parametrize("order", [list(range(6)), [5, 3, 1, 0, 2, 4]])
def test_fields_in_the_files_own_order_are_read_fast(read, contract_of, order):
    records: list[dict[str, object]] = [{f"c{i}": i for i in order} for _ in range(20)]

    assert read(contract_of(columns(6)), lines(records)).fast == 20


def test_the_order_of_fields_that_are_often_left_out_is_put_together(read, contract_of):
    dice = random.Random(1)
    records: list[dict[str, object]] = [
        {"c0": 0, **{f"c{i}": i for i in range(1, 15) if dice.random() < 0.5}} for _ in range(300)
    ]

    assert read(contract_of(columns(15)), lines(records)).fast > 290


def test_a_file_that_changes_its_order_is_learnt_anew(read, contract_of, monkeypatch):
    monkeypatch.setattr("gridata_jobs.read.blocks.BLOCK_RECORDS", 100)
    forward: list[dict[str, object]] = [{"c0": 0, "c1": 1}] * 100
    backward: list[dict[str, object]] = [{"c1": 1, "c0": 0}] * 100

    assert read(contract_of(columns(2)), lines(forward + backward)).fast == 200


def test_contradicting_orders_are_those_of_first_sight():
    order = FieldOrder()
    order.learn(["a", "b"])
    order.learn(["b", "a"])

    assert order.names() == ["a", "b"]


def test_lines_that_are_no_objects_teach_nothing():
    assert learn_orders(["[1]", "{", '{"a":{"b":1}}', '"x"']).keys() == {"", "a"}


def test_many_fields_a_file_always_writes_are_read_fast(read, contract_of):
    record: dict[str, object] = {f"c{i}": i for i in range(300)}

    assert read(contract_of(columns(300)), lines([record] * 30)).fast == 30


def test_many_fields_that_are_often_left_out_are_read_exactly(read, contract_of):
    contract: Contract = contract_of(columns(200, "a_rather_long_name_of_a_field_{}"))
    names = [column.name for column in contract.columns]
    records: list[dict[str, object]] = [{name: 1 for name in names if name != left_out} for left_out in names]

    assert record_pattern(contract.columns, learn_orders(lines(records).decode().splitlines())) is None
    assert read(contract, lines(records)).rows.keys() == set(range(1, 201))
