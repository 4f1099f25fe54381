"""A suggested contract loads, and the sample it was made from breaks none of its checks."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.columns import walk
from gridata_contracts.errors import UsageError
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract, Format
from gridata_contracts.naming import parse_dataset_id
from gridata_contracts.reference import broken_checks, repeated_rows
from gridata_contracts.reference_record import typed_record
from gridata_contracts.sample import read_sample
from gridata_contracts.suggest import suggest_contract

ROOT = Path(__file__).parents[3]
THINGS = parse_dataset_id("shop.things.v1")
AS_OF = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def suggest(sample: Path) -> Contract:
    path = sample.parent / "contract.odcs.yaml"
    path.write_text(suggest_contract(sample, THINGS))
    return load_contract(path)


def assert_accepts(contract: Contract, sample: Path) -> None:
    records = []
    for fields in read_sample(sample).records:
        record, refusals = typed_record(contract, fields)
        assert refusals == []
        assert broken_checks(contract, record, AS_OF) == []
        records.append(record)
    for check in contract.checks:
        if check.rule == "is_unique":
            assert repeated_rows(check, records) == []


def rows(count: int = 40) -> list[dict[str, Any]]:
    return [
        {
            "thing_id": f"T{i:06}",
            "email": f"p{i}@example.com",
            "country": ("DE", "FR", "NO")[i % 3],
            "state": ("new", "used")[i % 2],
            "size": i,
            "price": i + 0.5,
            "weight": i * 0.123456789,
            "made_on": f"2024-01-{i % 28 + 1:02}",
            "updated_at": f"2024-02-01T00:00:{i:02}Z",
            "local": "2024-02-01 10:00:00",
            "ok": i % 2 == 0,
            "note": None if i % 2 else "text",
            "parts": [{"code": f"A-{i:04}", "n": i}] if i % 3 else [],
            "address": {"street": f"Road {i}", "lines": ["a"]} if i % 5 else None,
        }
        for i in range(count)
    ]


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    path = tmp_path / "things.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


def test_json_lines_give_types_keys_sets_patterns_and_personal_data(jsonl: Path) -> None:
    contract = suggest(jsonl)
    checks = {check.id: check.arguments for check in contract.checks}

    assert {column.path: type(column.type).__name__ for column in walk(contract.columns)} == {
        "thing_id": "String", "email": "String", "country": "String", "state": "String", "size": "Integer",
        "price": "Decimal", "weight": "Floating", "made_on": "Date", "updated_at": "Timestamp", "local": "Timestamp",
        "ok": "Boolean", "note": "String", "parts": "List", "parts[*].code": "String", "parts[*].n": "Integer",
        "address": "Struct", "address.street": "String", "address.lines": "List",
    }  # fmt: skip
    assert contract.primary_key == ("thing_id",)
    assert contract.order_by == "updated_at"
    assert checks["country.is_in_set"] == {"values": ["DE", "FR", "NO"]}
    assert checks["thing_id.has_pattern"] == {"pattern": "T[0-9]{6}"}
    assert checks["parts[*].code.has_pattern"] == {"pattern": r"A-[0-9]{4}"}
    assert {column.path for column in walk(contract.columns) if column.pii} == {"email", "note", "address.street"}
    assert not {column.path for column in walk(contract.columns) if column.required} & {"note", "address"}


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "json", "csv", "csv;", "parquet"])
def test_sample_is_accepted_by_its_own_suggestion(tmp_path: Path, form: str) -> None:
    data = rows()
    path = tmp_path / f"things.{form.rstrip(';')}"
    text = "".join(json.dumps(row) + "\n" for row in data)
    if form == "jsonl":
        path.write_text(text)
    elif form == "jsonl.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif form == "json":
        path.write_text(json.dumps(data))
    elif form == "parquet":
        typed = [{**row, "price": decimal.Decimal(str(row["price"]))} for row in data]
        pq.write_table(pa.Table.from_pylist(typed), path)
    else:
        with path.open("w", newline="") as stream:
            names = [name for name in data[0] if name not in ("parts", "address")]
            writer = csv.DictWriter(stream, names, delimiter=";" if form == "csv;" else ",")
            writer.writeheader()
            writer.writerows({name: row[name] for name in names} for row in data)

    contract = suggest(path)

    assert_accepts(contract, path)
    assert contract.landing.format is Format(form.split(".", maxsplit=1)[0].rstrip(";"))


def test_samples_of_the_repository_are_accepted_by_their_suggestions(contracts: Catalogue, tmp_path: Path) -> None:
    for contract in contracts.values():
        for sample in sorted((contract.path.parent / "samples" / "valid").iterdir()):
            path = tmp_path / contract.id.dataset / sample.name
            path.parent.mkdir()
            path.write_bytes(sample.read_bytes())

            assert_accepts(suggest(path), path)


leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["2024-01-01", "2024-01-01T00:00:00Z", "1.50", "-0", "007", "NaN"])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abAB_é "), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["id", "x", "price", "Name", "name"]), values, max_size=4), min_size=1))
def test_suggestion_for_any_json_loads_and_accepts_all_but_what_it_names(
    tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    path = tmp_path / "any.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    try:
        contract = suggest(path)
        if "# Would be rejected: " in contract.path.read_text():
            return
    except UsageError as error:
        assert "no column of one type" in str(error) or "no records" in str(error)  # noqa: PT017 it says why
        return

    assert_accepts(contract, path)


@pytest.mark.parametrize("items", ['[null, {"a": false}]', '[{"a": false}, null]'])
def test_a_null_among_an_arrays_items_keeps_their_fields_from_being_required(tmp_path: Path, items: str) -> None:
    path = tmp_path / "any.jsonl"
    path.write_text(f'{{"id": {items}}}\n')
    contract = suggest(path)

    if "# Would be rejected: " not in contract.path.read_text():
        assert_accepts(contract, path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "got no records"),
        ("a.jsonl", b'{"a": 1', "no readable jsonl"),
        ("a.jsonl", b"[1]\n", "no readable jsonl"),
        ("a.jsonl", b'{"a": NaN}\n', "no readable jsonl"),
        ("a.csv", b"a,b\n1\n", r"no readable csv: 1 of 1 records are broken \(line 2: 1 fields, the header has 2\)"),
        (
            "a.csv",
            b"a\n1\n2\n" + b'"3\n' * 3,
            r"3 of 5 records are broken \(line 4: .*\(a quote is left open\?\); line 5:",
        ),
        ("a.jsonl", b"{}\n" * 50 + b"{\n[]\n", r"2 of 52 records .*\(line 51: not one JSON value; line 52: not a JSON"),
        ("a.json", b'[{"a": 1},\n{"a": }]', r"no readable json \(Expecting value: line 2 column 7"),
        ("a.parquet.gz", gzip.compress(b"PAR1", mtime=0), "no readable parquet"),
        ("a.jsonl.gz", b"\x1f\x8b\x08", "no readable jsonl"),
        ("a.parquet", b"PAR1", "no readable parquet"),
        ("a.jsonl", b"\xff\n", "no readable jsonl"),
        ("a.xlsx", b"", "got '.xlsx', allowed .jsonl"),
    ],
)
def test_what_cannot_be_a_sample_is_a_usage_error(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UsageError, match=message):
        suggest_contract(path, THINGS)
