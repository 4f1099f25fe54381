"""CSV by RFC 4180: csv-spectrum is read as it says, and the fast path reads what the exact path reads."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridata_contracts import types as t
from gridata_contracts.model import Column, Contract, Csv, Format, Landing
from gridata_contracts.reasons import ReasonCode
from gridata_jobs.read.grammar import text_scalar
from gridata_jobs.read.source import FileRefusedError

SPECTRUM = Path(__file__).parents[1] / "data/csv_spectrum"
ANY = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
SCALARS = [
    t.Boolean(), t.Integer(32), t.Integer(64), t.Decimal(38, 4), t.Decimal(15, 0), t.Decimal(12, 2), t.Decimal(3, 3),
    t.Decimal(38, 38), t.Decimal(5, 2, round_half_up=True), t.Floating(32), t.Floating(64), t.Date(), t.Timestamp(),
    t.Timestamp("Europe/Berlin"),
]  # fmt: skip
CELLS = [
    "", "", "a", "é漢😀", " ", '"quoted"', '"a,b"', '"a ""b"""', '"two\nlines"', '"two\r\nlines"', '5" pipe', 'x"',
    '""', "true", "TRUE", "True", "yes", "1", "-0", "0", "007", "+1", "1_000", "0x10", "1.5", "1.50", "-1.5e3", "1e3",
    ".5", "99999999999999999999", "2147483647", "2147483648", "-9223372036854775808", "9223372036854775808",
    "12345678.901",
    "0.1", "-0.0", "1e400", "NaN", "nan", "Infinity", "-Infinity", "inf", "2024-02-29", "2023-02-29", "1900-02-29",
    "2024-1-1", "2024", "0001-01-01", "9999-12-31", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00.123456+02:00",
    "2024-01-01T00:00:00", "2024-03-31T02:30:00", "2024-10-27T02:30:00", "2024-01-01T25:00:00Z", " 1", "1 ", "\t",
    "{}", '"{""label"":""x""}"', '"{""label"":""x"",""colour"":1}"', '"[1,2]"', '"[""a"",null]"', '"{"', "null", "NULL",
    "\x00", "\x7f", "\xa0", "a\rb",
]  # fmt: skip


def of_columns(contract: Contract, *columns: Column, csv: Csv | None = None) -> Contract:
    return replace(contract, columns=columns, checks=(), landing=Landing(Format.CSV, csv=csv or Csv()))


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECTRUM.glob("*.csv")))
def test_csv_spectrum_is_read_to_its_json(read, every_type, name):
    raw = (SPECTRUM / f"{name}.csv").read_bytes()
    expected = json.loads((SPECTRUM / f"{name}.json").read_text())
    contract = of_columns(every_type, *(Column(key, key, t.String()) for key in expected[0]))

    reading = read(contract, raw, fast=False)

    rows = [{key: cell or None for key, cell in row.items()} for row in expected]  # an empty cell is null
    assert reading.refused == {}
    assert reading.rows == {i: repr({"_row_number": i, **row, "_extra": None}) for i, row in enumerate(rows, 1)}
    assert read(contract, raw, fast=True).rows == reading.rows


@settings(parent=ANY, max_examples=25)
@given(seed=st.integers(0, 2**40))
def test_fast_path_reads_the_values_and_reasons_of_the_exact_path(read, every_type, seed):
    dice = random.Random(seed)
    names = [column.name for column in every_type.columns if dice.random() < 0.9 or column.required]
    names += ["colour"] * (dice.random() < 0.3)
    dice.shuffle(names)
    calm = {column.name: CALM.get(type(column.type), "") for column in every_type.columns}
    share = dice.choice([0.0, 0.02, 0.3])
    lines = [",".join(names)]
    for _ in range(200):
        cells = [dice.choice(CELLS) if dice.random() < share else calm.get(name, "") for name in names]
        cells += ["more"] * (dice.random() < share / 10)
        lines.append(",".join(cells))
    data = dice.choice(["\n", "\r\n"]).join(lines).encode()
    contract = replace(every_type, landing=Landing(Format.CSV))

    fast, exact = read(contract, data, fast=True), read(contract, data, fast=False)

    assert fast.refused == exact.refused
    assert fast.rows == exact.rows
    assert exact.fast == 0
    assert fast.fast > 0 or share > 0


CALM = {
    t.String: "text", t.Boolean: "true", t.Integer: "12", t.Decimal: "0", t.Floating: "1.25", t.Date: "2024-02-29",
    t.Timestamp: "2024-02-29T01:02:03.5+01:00",
}  # fmt: skip


@pytest.mark.parametrize("logical", SCALARS, ids=str)
@settings(parent=ANY, max_examples=8)
@given(data=st.data())
def test_duckdb_reads_every_cell_of_the_grammar_to_its_value(read, every_type, logical, data):
    cells = data.draw(
        st.lists(st.from_regex(re.compile(text_scalar(logical)), fullmatch=True), min_size=1, max_size=60)
    )
    contract = of_columns(every_type, Column("v", "v", logical))
    raw = "\n".join(["v", *cells]).encode()

    fast, exact = read(contract, raw, fast=True), read(contract, raw, fast=False)

    assert exact.refused == {}
    assert fast.fast == fast.count
    assert fast.rows == exact.rows


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"a;b\n1;2\n", ReasonCode.HEADER_MISMATCH),
        (b"b\n1\n", ReasonCode.HEADER_MISMATCH),
        (b"a,b,a\n1,2,3\n", ReasonCode.HEADER_MISMATCH),
        (b'"a,b\n1,2\n', ReasonCode.HEADER_MISMATCH),
        (b"a,b\r1,2\r", ReasonCode.HEADER_MISMATCH),
        (b"\xe9,b\n1,2\n", ReasonCode.INVALID_ENCODING),
    ],
    ids=["delimiter", "missing column", "doubled column", "open quote", "old line ends", "encoding"],
)
def test_a_header_that_cannot_be_the_contracts_refuses_the_file(read, contract_of, raw, code):
    contract = contract_of(
        "- {name: a, logicalType: string, required: true}\n- {name: b, logicalType: string}", format_="csv"
    )

    with pytest.raises(FileRefusedError) as refused:
        read(contract, raw)

    assert refused.value.reason.code is code


def test_the_hint_names_the_delimiter_the_file_uses(read, contract_of):
    contract = contract_of("- {name: a, logicalType: string, required: true}", format_="csv")

    with pytest.raises(FileRefusedError) as refused:
        read(contract, b"a;b\n1;2\n")

    assert refused.value.reason.expected == "the columns a separated by ',' (the file seems to use ';')"


@pytest.mark.parametrize(
    ("header", "expected", "got"),
    [
        (b"id,e_mail,x", "the columns email (the header has 'e_mail')", "id, e_mail, 1 other names"),
        (b"ID,E-Mail", "the columns id (the header has 'ID'), email (the header has 'E-Mail')", "ID, E-Mail"),
        (b"id,colour", "the columns email", "id, 1 other names"),
        (b"7,Emil", "the columns id, email", "2 other names"),
        (b"ID,anna@example.com", "the columns id (the header has 'ID'), email", "ID, 1 other names"),
    ],
)
def test_header_is_shown_with_the_name_that_was_meant_unless_it_may_be_a_record(
    read, contract_of, header, expected, got
):
    contract = contract_of(
        "- {name: id, logicalType: string, required: true}\n- {name: email, logicalType: string, required: true}",
        format_="csv",
    )

    with pytest.raises(FileRefusedError) as refused:
        read(contract, header + b"\n1,2\n")

    assert (refused.value.reason.expected, refused.value.reason.got) == (expected, got)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b"1", "FIELD_COUNT"), (b"1,2,3", "FIELD_COUNT"), (b'"1"x,2', "INVALID_CSV"), (b'"1,2', "INVALID_CSV"),
        (b"1,\xe9", "INVALID_ENCODING"), (b"1\r,2", "INVALID_CSV"), (b"1,\x00", "INVALID_VALUE"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("fast", [True, False])
def test_a_record_that_is_no_csv_is_refused_alone(read, contract_of, record, code, fast):
    contract = contract_of("- {name: a, logicalType: string}\n- {name: b, logicalType: string}", format_="csv")

    reading = read(contract, b"a,b\n1,2\n" + record + b"\n", fast=fast)

    assert sorted(reading.rows) == [1]
    assert [reason["code"] for reason in reading.refused[2]] == [code]


@pytest.mark.parametrize("fast", [True, False])
def test_a_quote_left_open_tells_how_many_lines_it_took(read, contract_of, fast):
    contract = contract_of("- {name: a, logicalType: string}\n- {name: b, logicalType: string}", format_="csv")

    reading = read(contract, b'a,b\n"1,2\n3,4\n5,6\n', fast=fast)

    (reason,) = reading.refused[1]
    assert reason["expected"].endswith("is a quote left open? 3 lines were read as one record)")
