"""Strings that break programs go through every reader unchanged."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridata_contracts.model import Format

NAUGHTY: list[str] = json.loads((Path(__file__).parents[1] / "data/naughty_strings/blns.json").read_text())
TEXT = "- {name: n, logicalType: integer}\n- {name: text, logicalType: string}"
TAGS = "\n- {name: tags, logicalType: array, items: {logicalType: string}}"
RECORDS = [{"n": i, "text": text, "tags": [text]} for i, text in enumerate(NAUGHTY, 1)]
ROWS = {i: repr({"_row_number": i, **record, "_extra": None}) for i, record in enumerate(RECORDS, 1)}


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_naughty_strings_round_trip_through_json(read, contract_of, fast, ascii_only):
    data = "".join(json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in RECORDS).encode()

    reading = read(contract_of(TEXT + TAGS), data, fast=fast)

    assert reading.refused == {}
    assert reading.rows == ROWS
    assert reading.fast == (reading.count if fast else 0)


@pytest.mark.parametrize("fast", [True, False])
def test_naughty_strings_round_trip_through_csv(read, contract_of, fast):
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["n", "text"], *enumerate(NAUGHTY, 1)])

    reading = read(contract_of(TEXT, format_="csv"), file.getvalue().encode(), fast=fast)

    assert reading.refused == {}
    assert reading.rows == {
        i: repr({"_row_number": i, "n": i, "text": text or None, "_extra": None}) for i, text in enumerate(NAUGHTY, 1)
    }


def test_naughty_strings_round_trip_through_parquet(read, contract_of, tmp_path):
    pq.write_table(pa.Table.from_pylist(RECORDS), tmp_path / "file")

    reading = read(contract_of(TEXT + TAGS), (tmp_path / "file").read_bytes(), format_=Format.PARQUET)

    assert reading.refused == {}
    assert reading.rows == ROWS
    assert reading.fast == reading.count
