"""Blocks cut a file into whole records, numbered from 1, wherever lines, quotes, pieces and blocks end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gridata_contracts.model import Csv
from gridata_jobs.read import blocks
from gridata_jobs.read.blocks import TextFile

THINGS = "- {name: a, logicalType: string}\n- {name: b, logicalType: string}"
ANY_SIZE = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Cuts bytes into (record number, record), by blocks, pieces and record counts of any size."""

    def cut(data: bytes, csv: Csv | None = None, block: int = 1 << 20, piece: int = 1 << 20, most: int = 1 << 20):
        (tmp_path / "file").write_bytes(data)
        monkeypatch.setattr(blocks, "_PIECE_BYTES", piece)
        monkeypatch.setattr(blocks, "BLOCK_RECORDS", most)
        file = TextFile(tmp_path / "file", csv)
        found = []
        for span in file.spans(block):
            each = file.block(span)
            assert len(each) == span.count <= most
            assert each.offsets[-1] == len(each.data)
            found += [(int(row), each.record(i)) for i, row in enumerate(each.rows)]
        return found

    return cut


def pieces(of: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(of), max_size=40).map(b"".join)


def numbered(*records: bytes) -> list[tuple[int, bytes]]:
    return list(enumerate(records, 1))


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b'{"a":1}\n{"a":2}\n', [b'{"a":1}', b'{"a":2}']),
        (b'{"a":1}\n{"a":2}', [b'{"a":1}', b'{"a":2}']),
        (b'{"a":1}\r\n{"a":2}\r\n', [b'{"a":1}', b'{"a":2}']),
        (b'\xef\xbb\xbf{"a":1}\n', [b'{"a":1}']),
        (b'\n\n \t\r\n{"a":1}\n\n\r\n{"a":2}\n\n', [b'{"a":1}', b'{"a":2}']),
        (b' {"a":1} \n', [b' {"a":1} ']),
        (b"1\r\r\n2", [b"1\r", b"2"]),
        (b"\x0b\n\xff\n", [b"\x0b", b"\xff"]),
        (b"\n\n", []),
    ],
    ids=[
        "plain",
        "no last line end",
        "crlf",
        "bom",
        "blank lines",
        "indented",
        "two returns",
        "other bytes",
        "nothing",
    ],
)
def test_lines_that_are_not_blank_are_records(cut, data, records):
    assert cut(data) == numbered(*records)


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b"a,b\n1,2\n3,4", [b"1,2", b"3,4"]),
        (b'\xef\xbb\xbf"a",b\r\n"1\r\n2",3\r\n', [b'"1\r\n2",3']),
        (b"\n \na,b\n\n1,2\n\n", [b"1,2"]),
        (b'a,b\n"x\n\ny",1\n\n2,3\n', [b'"x\n\ny",1', b"2,3"]),
        (b'a,b\n"he said ""no""\n",1\n2,3\n', [b'"he said ""no""\n",1', b"2,3"]),
        (b'a,b\n5" pipe,1\n6",2\n', [b'5" pipe,1', b'6",2']),
        (b'a,b\n7",8"\n9,1\n', [b'7",8"', b"9,1"]),
        (b'a,b\n"x"y,1\n"x"y",2\n', [b'"x"y,1', b'"x"y",2']),
        (b'a,b\n"""",1\n"","\n"\n', [b'"""",1', b'"","\n"']),
        (b'a,b\n"never closed,1\n2,3\n', [b'"never closed,1\n2,3']),
        (b'a,b\n"never closed, to the end', [b'"never closed, to the end']),
        (b"a,b\n,\n", [b","]),
        (b"a,b", []),
    ],
    ids=["plain", "bom and crlf", "blank lines", "line in quotes", "doubled quotes", "inch signs", "quotes behind",
         "text behind quotes", "only quotes", "open quote", "open quote at the end", "empty cells", "header only"],
)  # fmt: skip
def test_csv_records_end_outside_of_quotes(cut, data, records):
    assert cut(data, Csv()) == numbered(*records)


def test_a_line_of_empty_cells_is_a_record_where_tabs_delimit(cut):
    assert cut(b"a\tb\n\t\n \n1\t2\n", Csv(delimiter="\t")) == numbered(b"\t", b"1\t2")


@ANY_SIZE
@given(
    data=pieces([b'{"a":1}', b"\n", b"\n", b"\r", b" ", b"\t", b"\xff", b'"']),
    block=st.integers(1, 50),
    piece=st.integers(1, 20),
    most=st.integers(1, 5),
)
@example(data=b"a\n\n\n\n\nb", block=2, piece=1, most=1)
def test_json_lines_are_counted_like_lines(cut, data, block, piece, most):
    lines = data.split(b"\n")
    ends = [line.removesuffix(b"\r") if i < len(lines) - 1 else line for i, line in enumerate(lines)]
    records = [line for line in ends if line.strip(b" \t\r\n")]

    assert cut(data or b"\n", block=block, piece=piece, most=most) == numbered(*records)


@ANY_SIZE
@given(
    data=pieces([b"a", b'"', b'"', b'""', b",", b"\n", b"\r\n", b"\r", b" "]),
    block=st.integers(1, 50),
    piece=st.integers(1, 20),
    most=st.integers(1, 5),
)
@example(data=b'","\n', block=50, piece=1, most=1)
@example(data=b'"a"",\n"b",c\n', block=6, piece=3, most=2)
def test_csv_records_are_counted_like_by_a_character_loop(cut, data, block, piece, most):
    data = b"a,b\n" + data

    records = [record for record in csv_records(data, Csv()) if record.strip(b" \t\r\n")]

    assert cut(data, Csv(), block, piece, most) == numbered(*records[1:])


@ANY_SIZE
@given(
    cells=st.lists(st.tuples(st.text('a"\n\r, ', max_size=6), st.text("b", min_size=1, max_size=2)), max_size=8),
    quote=st.sampled_from(["'", '"']),
    delimiter=st.sampled_from([";", "\t"]),
)
def test_what_a_csv_writer_writes_is_cut_into_its_rows(cut, cells, quote, delimiter):
    csv = Csv(delimiter, quote)
    lines = [delimiter.join(quote + c.replace(quote, 2 * quote) + quote for c in row) for row in cells]

    found = cut("".join(f"{line}\r\n" for line in ["a" + delimiter + "b", *lines]).encode(), csv, block=7, piece=3)

    assert [record.decode() for _, record in found] == lines


def csv_records(data: bytes, csv: Csv) -> Iterator[bytes]:
    """Records without their line ends, by RFC 4180 one character at a time."""
    record, inside, at_start, closed = bytearray(), False, True, False
    for byte in data:
        character = chr(byte)
        if inside:
            inside = character != csv.quote
            closed = not inside
        elif character == csv.quote and (at_start or closed):
            inside, closed = True, False
        elif character == "\n":
            yield bytes(record).removesuffix(b"\r")
            record, at_start, closed = bytearray(), True, False
            continue
        else:
            closed = False
        at_start = not inside and character == csv.delimiter
        record.append(byte)
    if record:  # the file ends in it, quotes open or not
        yield bytes(record).removesuffix(b"\r\n" if record.endswith(b"\r\n") else b"\n")


@pytest.mark.parametrize("fast", [True, False])
def test_a_record_that_is_too_large_is_refused_and_its_neighbours_are_read(read, contract_of, monkeypatch, fast):
    for module in ("json_lines", "text_lines", "source"):
        monkeypatch.setattr(f"gridata_jobs.read.{module}.MAX_RECORD_BYTES", 50)
    large = b'{"a":"' + b"x" * 50 + b'"}'

    reading = read(contract_of(THINGS), b'{"a":"1"}\n' + large + b'\n{"a":"2"}\n', fast=fast)

    assert sorted(reading.rows) == [1, 3]
    assert [reason["code"] for reason in reading.refused[2]] == ["RECORD_TOO_LARGE"]
    assert reading.refused[2][0]["got"] == "58 bytes"


@pytest.mark.parametrize("fast", [True, False])
def test_a_record_beyond_what_text_offsets_can_hold_is_not_turned_into_text(read, contract_of, monkeypatch, fast):
    for module in ("csv_file", "text_lines", "source"):
        monkeypatch.setattr(f"gridata_jobs.read.{module}.MAX_RECORD_BYTES", 50)
    monkeypatch.setattr("gridata_jobs.read.text_lines.BLOCK_BYTES", 0)  # as if the block were larger than 2 GiB

    reading = read(contract_of(THINGS, format_="csv"), b'a,b\n"' + b"x,1\n" * 20, fast=fast)

    assert [reason["code"] for reason in reading.refused[1]] == ["RECORD_TOO_LARGE"]
