"""No protected value and nothing of an undeclared field leaves the reader: in a reason, a record or a refusal."""

from __future__ import annotations

import datetime as dt
import json
import random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridata_contracts.model import Contract
from gridata_jobs.quarantine import Explainer, Origin, Rejected, to_arrow
from gridata_jobs.read.columnar_record import ColumnarReader
from gridata_jobs.read.record import RecordReader
from gridata_jobs.read.source import FileRefusedError, RawRecord

PII = "customProperties: [{property: gridata.pii, value: true}]"
RULES = "quality: [{type: custom, engine: gridata, implementation: {rule: %s}}]"
PEOPLE = f"""\
- {{name: id, logicalType: string, required: true, {RULES % 'has_pattern, pattern: "[A-Z]"'}}}
- {{name: email, logicalType: string, {PII}, {RULES % "has_length, max: 5"}}}
- {{name: age, logicalType: integer, {PII}, {RULES % "is_between, min: 0"}}}
- {{name: born, logicalType: date, {PII}}}
- {{name: salary, logicalType: integer, classification: confidential, {RULES % "is_between, min: 0"}}}
- {{name: pin, logicalType: string, classification: restricted, {RULES % "has_length, max: 5"}}}
- {{name: deal, logicalType: object, classification: restricted, properties: [{{name: terms, logicalType: string}}]}}
- {{name: rich, logicalType: number, physicalType: "decimal(5,2)", {PII}}}
- {{name: nicknames, logicalType: array, {PII}, items: {{logicalType: string}}, {RULES % "has_items, min: 1"}}}
- {{name: home, logicalType: object, {PII}, properties: [{{name: street, logicalType: string}}]}}
- name: work
  logicalType: object
  properties:
    - {{name: firm, logicalType: string}}
    - {{name: desk, logicalType: string, {PII}, {RULES % "is_in_set, values: [a]"}}}
- name: friends
  logicalType: array
  items:
    logicalType: object
    properties:
      - {{name: since, logicalType: date}}
      - {{name: name, logicalType: string, {PII}, {RULES % "is_not_blank"}}}
- name: teams
  logicalType: array
  items:
    logicalType: array
    items: {{logicalType: object, properties: [{{name: lead, logicalType: string, {PII}}}]}}
"""
CANARY = "c4n4ry"
ORIGIN = Origin("f", "b", "file:///x", dt.datetime(2025, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def people(contract_of) -> Contract:
    return contract_of(PEOPLE)


def told(contract: Contract, rejected: Rejected) -> str:
    """Everything the quarantine table holds of a rejected record; the reason file is made from it."""
    table = to_arrow([rejected], ORIGIN, contract)
    table.validate(full=True)
    return json.dumps(table.to_pylist(), default=str, ensure_ascii=False)


def anything(dice: random.Random, depth: int = 3) -> object:
    """A JSON value of any kind that carries the canary wherever it can."""
    kinds = [CANARY, f"{CANARY} \ud800", f'{{"street":"{CANARY}"}}', None, True]
    if depth == 0:
        return dice.choice(kinds)
    names = ["street", "desk", "firm", "name", "since", "lead", "other"]
    nested = {dice.choice(names): anything(dice, depth - 1) for _ in range(2)}
    return dice.choice([*kinds, nested, [anything(dice, depth - 1) for _ in range(2)], [nested]])


def person(dice: random.Random) -> dict[str, object]:
    """A record whose protected and undeclared fields hold the canary, and some of whose values are of a wrong kind."""
    secret: list[object] = [CANARY, 4, None]
    record: dict[str, object] = {
        "id": dice.choice(["A", "a", None]),
        "email": CANARY,
        "age": dice.choice(secret),
        "born": CANARY,
        "salary": CANARY,
        "pin": CANARY,
        "deal": {"terms": CANARY},
        "rich": CANARY,
        "nicknames": [CANARY],
        "home": {"street": CANARY, "other": CANARY},
        "work": {"firm": "f", "desk": CANARY, "other": CANARY},
        "friends": [{"since": "2024-01-01", "name": CANARY, "other": CANARY}],
        "teams": [[{"lead": CANARY}]],
        "unknown": anything(dice),
    }
    for name in ["email", "age", "born", "salary", "pin", "deal", "rich", "nicknames", "home"]:
        if dice.random() < 0.3:
            record[name] = anything(dice)
    for name in ["work", "friends", "teams"]:
        if dice.random() < 0.4:
            record[name] = _without_public(anything(dice))
    return record


def _without_public(value: object) -> object:
    """`firm` and `since` are nobody's secret: what stands there is shown."""
    if isinstance(value, dict):
        return {name: _without_public(inner) for name, inner in value.items() if name not in ("firm", "since")}
    return [_without_public(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**40))
def test_no_protected_or_undeclared_value_of_a_json_record_is_told(people, seed):
    record = person(random.Random(seed))
    raw = json.dumps(record).encode()
    explainer, read = Explainer(people), RecordReader(people).read_json(raw)

    for rejected in (
        explainer.refused(RawRecord(1, read, memoryview(raw))),
        explainer.broken(RawRecord(1, read, memoryview(raw)), people.checks),
    ):
        assert CANARY not in told(people, rejected), record


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**40), cut=st.integers(0, 600))
def test_no_value_of_a_broken_json_text_is_told(people, seed, cut):
    raw = json.dumps(person(random.Random(seed))).replace(CANARY, CANARY + "\x01" * (seed % 2)).encode()[:cut]
    read = RecordReader(people).read_json(raw)

    assert CANARY not in told(people, Explainer(people).refused(RawRecord(1, read, memoryview(raw))))


@pytest.mark.parametrize("cells", [[CANARY] * 6, [CANARY], ["A", CANARY, CANARY, CANARY, CANARY, f'["{CANARY}"]', "{"]])
def test_no_personal_or_undeclared_cell_is_told(people, cells):
    header = ["id", "email", "age", "born", "rich", "home", "unknown"]
    read = RecordReader(people).read_cells(header, cells)
    rejected = Explainer(people).broken(RawRecord(1, read, memoryview(b"")), people.checks)

    assert CANARY not in told(people, Explainer(people).refused(RawRecord(1, read, memoryview(b""))))
    assert CANARY not in told(people, rejected)


def test_no_personal_or_undeclared_value_of_a_columnar_row_is_told(people):
    rows = pa.table(
        {"id": ["a"], "email": [CANARY], "age": [CANARY], "work": [{"desk": CANARY, "x": CANARY}], "y": [CANARY]}
    )
    [read] = ColumnarReader(people, rows.schema).records(rows)

    for rejected in (
        Explainer(people).refused(RawRecord(1, read, None)),
        Explainer(people).broken(RawRecord(1, read, None), people.checks),
    ):
        assert CANARY not in told(people, rejected)


@pytest.mark.parametrize(
    "header", [f"A,{CANARY},{CANARY}x", f"id;{CANARY}", f"id,email,{CANARY},{CANARY}", f'"{CANARY}']
)
def test_no_value_is_told_of_a_csv_file_without_a_header(read, contract_of, header):
    contract = contract_of(
        "- {name: id, logicalType: string, required: true}\n- {name: email, logicalType: string}", format_="csv"
    )

    with pytest.raises(FileRefusedError) as refused:
        read(contract, f"{header}\n".encode())

    assert CANARY not in str(refused.value.reason.to_dict())


def test_confidential_and_restricted_values_are_masked_in_the_record_and_in_refusals(people):
    raw = json.dumps({"salary": CANARY, "pin": CANARY, "deal": CANARY, "work": {"firm": "f"}}).encode()
    record = RecordReader(people).read_json(raw)

    rejected = Explainer(people).refused(RawRecord(1, record, memoryview(raw)))

    assert [(reason.column, reason.got) for reason in rejected.reasons] == [("salary", "***"), ("deal", "***")]
    assert json.loads(rejected.record or "") == {
        "salary": "***",
        "pin": "***",
        "deal": "***",
        "work": {"firm": "f"},
    }


def test_public_values_are_shown_and_long_ones_cut(people):
    raw = json.dumps({"id": "x" * 200, "work": {"firm": {"a": 1}}}).encode()
    record = RecordReader(people).read_json(raw)

    reasons = Explainer(people).refused(RawRecord(7, record, memoryview(raw))).reasons
    broken = Explainer(people).broken(RawRecord(7, record, memoryview(raw)), people.checks[:2]).reasons

    assert [(reason.column, reason.got) for reason in reasons] == [("work.firm", "an object with 1 fields")]
    assert [(reason.check, reason.got) for reason in broken] == [
        ("id.is_not_null", None),
        ("id.has_pattern", "x" * 79 + "…"),
    ]


@pytest.mark.parametrize(
    "raw", [rb'{"\ud800":1,"\ud800":2}', rb'{"\ud800":1}', rb'{"id":"\ud800"}', b'{"' + b"n" * 10**6 + b'":1}']
)
def test_names_and_values_that_no_table_takes_are_written_escaped_and_cut(contract_of, raw):
    rejecting = contract_of(PEOPLE, settings="- {property: gridata.unknownFields, value: reject}")
    read = RecordReader(rejecting).read_json(raw)
    rejected = Explainer(rejecting).refused(RawRecord(1, read, memoryview(raw)))

    assert rejected.reasons
    assert len(str(rejected.reasons)) < 600
    assert told(rejecting, rejected).encode()
