"""A real sample has faults: a few are put up with and named at the head of the suggestion, many are refused."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from gridata_contracts.columns import walk
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract
from gridata_contracts.naming import parse_dataset_id
from gridata_contracts.sample import read_sample
from gridata_contracts.suggest import suggest_contract
from gridata_contracts.types import Date, Decimal, Integer

THINGS = parse_dataset_id("shop.things.v1")
BIG = 100


def suggest(sample: Path) -> Contract:
    path = sample.parent / "contract.odcs.yaml"
    path.write_text(suggest_contract(sample, THINGS))
    return load_contract(path)


def write(path: Path, records: list[str]) -> Path:
    path.write_text("".join(f"{record}\n" for record in records))
    return path


def notes(contract: Contract) -> list[str]:
    """The head comment without its two lines of greeting."""
    return [line for line in contract.path.read_text().splitlines() if line.startswith("# ")][2:]


@pytest.mark.parametrize("form", ["parquet", "orc"])
@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
def test_compressed_columnar_sample_is_read_as_the_plain_one(tmp_path: Path, form: str, compression: str) -> None:
    table = pa.table({"id": pa.array(range(3), pa.int32()), "at": pa.array([dt.date(2024, 1, 1)] * 3)})
    plain = tmp_path / f"things.{form}"
    (pq.write_table if form == "parquet" else orc.write_table)(table, plain)
    path = tmp_path / f"things.{form}{compression}"
    content = plain.read_bytes()
    if compression:
        packed = gzip.compress(content) if compression == ".gz" else pa.compress(content, "zstd", asbytes=True)
        path.write_bytes(packed)

    sample = read_sample(path)

    assert sample.records == [{"id": str(i), "at": "2024-01-01"} for i in range(3)]
    assert sample.types == {"id": Integer(32), "at": Date()}


def test_broken_json_line_is_skipped_and_told(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i}) for i in range(BIG)]
    path = write(tmp_path / "a.jsonl", [*lines[:6], '{"id": 3', *lines[6:]])

    contract = suggest(path)

    assert notes(contract) == ["# Skipped as broken: 1 records (line 7: not one JSON value)."]
    assert [column.type for column in contract.columns] == [Integer(64)]


def test_line_that_is_not_utf8_is_skipped_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"name": "a"}\n' * 3 + b'{"name": "\xe9"}\n')

    assert notes(suggest(path)) == ["# Skipped as broken: 1 records (line 4: not UTF-8)."]


def test_ragged_csv_rows_are_skipped_and_told(tmp_path: Path) -> None:
    rows = [f"{i},x{i}" for i in range(BIG)]
    path = write(tmp_path / "a.csv", ["id,text", *rows[:3], "1,2,3", *rows[3:], "7"])

    contract = suggest(path)

    assert notes(contract) == [
        "# Skipped as broken: 2 records (line 5: 3 fields, the header has 2; line 103: 1 fields, the header has 2)."
    ]
    assert [type(column.type).__name__ for column in contract.columns] == ["Integer", "String"]


def test_type_is_that_of_nearly_all_values_and_the_others_are_told(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [{"size": i, "made_on": "2024-01-01", "parts": [{"n": 1}]} for i in range(BIG)]
    records[3]["size"] = "n/a"
    records[9]["size"] = {"value": 4}
    records[5]["made_on"] = "01.02.2024"
    records[7]["parts"] = "none"
    records[8]["parts"] = [{"n": "many"}]

    contract = suggest(write(tmp_path / "a.jsonl", [json.dumps(record) for record in records]))

    kinds = {column.path: type(column.type).__name__ for column in walk(contract.columns)}
    assert kinds == {"size": "Integer", "made_on": "Date", "parts": "List", "parts[*].n": "Integer"}
    assert notes(contract) == [
        '# Would be rejected: size, 2 of 100 values are no long ("n/a", an object).',
        '# Would be rejected: made_on, 1 of 100 values are no date ("01.02.2024").',
        '# Would be rejected: parts, 1 of 100 values are no array ("none").',
        '# Would be rejected: parts[*].n, 1 of 99 values are no long ("many").',
    ]


def test_wrong_cell_of_a_csv_column_does_not_make_it_text(tmp_path: Path) -> None:
    cells = [f"{i}.50" for i in range(BIG)]

    contract = suggest(write(tmp_path / "a.csv", ["price", *cells[:50], "free", *cells[50:]]))

    assert [column.type for column in contract.columns] == [Decimal(18, 2)]
    assert notes(contract) == ['# Would be rejected: price, 1 of 101 values are no decimal(18,2) ("free").']


def test_misfit_of_a_personal_column_is_not_shown(tmp_path: Path) -> None:
    lines = [json.dumps({"who": {"birth_date": "1970-01-01"}}) for _ in range(BIG)]
    lines[1] = json.dumps({"who": {"birth_date": "May 5th 1981"}})

    contract = suggest(write(tmp_path / "a.jsonl", lines))

    assert notes(contract) == ["# Would be rejected: who.birth_date, 1 of 100 values are no date (***)."]


def test_column_of_many_types_is_left_out(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "mixed": i if i % 10 else "text"}) for i in range(BIG)]

    contract = suggest(write(tmp_path / "a.jsonl", lines))

    assert [column.name for column in contract.columns] == ["id"]
    assert notes(contract) == ["# Left out, so kept in _extra: mixed (empty, or values of different types)."]


def test_name_with_a_line_break_stays_in_the_comment(tmp_path: Path) -> None:
    contract = suggest(write(tmp_path / "a.jsonl", [json.dumps({"id": 1, "a\nid: x": 2})]))

    assert notes(contract) == ["# Left out, so kept in _extra: a id: x (name)."]
