"""Staging tells content from names: what is whole becomes plain, what is not is refused whole, with a reason."""

from __future__ import annotations

import errno
import gzip
import json
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridata_contracts.errors import TransientError
from gridata_contracts.model import Format
from gridata_contracts.reasons import ReasonCode
from gridata_jobs.read.source import FileRefusedError
from gridata_jobs.read.staging import format_of, stage

LINES = b'{"a":1}\n' * 5000


def gzipped(content: bytes) -> bytes:
    """Without the time of day, which would be in the name of the test."""
    return gzip.compress(content, mtime=0)


def zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


@pytest.fixture
def staged(tmp_path: Path):
    def staged(data: bytes, announced: Format = Format.JSONL) -> bytes:
        landed = tmp_path / "file.landed"
        landed.write_bytes(data)
        result = stage(landed, announced)
        assert result.landed_bytes == len(data)
        assert [result.path] == list(tmp_path.iterdir()) or result.path == landed  # no copy is left behind
        return result.path.read_bytes()

    return staged


@pytest.fixture
def refusal(staged):
    def refusal(data: bytes, announced: Format = Format.JSONL) -> ReasonCode:
        with pytest.raises(FileRefusedError) as refused:
            staged(data, announced)
        return refused.value.reason.code

    return refusal


@pytest.mark.parametrize(
    "data",
    [LINES, gzipped(LINES), zstd(LINES), gzipped(LINES[:800]) + gzipped(LINES[800:]),
     zstd(LINES[:800]) + zstd(LINES[800:]), gzipped(LINES) + b"\0" * 512],
    ids=["plain", "gzip", "zstd", "gzip of two members", "zstd of two frames", "gzip padded with zeros"],
)  # fmt: skip
def test_whole_content_becomes_plain(staged, data):
    assert staged(data) == LINES


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("kept", [6, 0.5, -1], ids=["header only", "half", "all but one byte"])
def test_a_compressed_file_that_was_cut_is_unreadable(refusal, pack, kept):
    packed = pack(LINES)  # the zstandard package read a cut stream without a word

    assert refusal(packed[: int(kept * len(packed)) if kept == 0.5 else kept]) is ReasonCode.UNREADABLE_FILE


@pytest.mark.parametrize(
    "data",
    [gzipped(LINES) + b"rubbish", zstd(LINES) + b"rubbish", gzipped(LINES)[:-8] + b"\1" * 8,
     zstd(LINES)[:40] + b"\xff" + zstd(LINES)[41:], b"\x1f\x8b", b"\x28\xb5\x2f\xfd"],
    ids=["gzip and more", "zstd and more", "gzip's checksum", "a byte of zstd", "gzip's name", "zstd's name"],
)  # fmt: skip
def test_a_damaged_compressed_file_is_unreadable(refusal, data):
    assert refusal(data) is ReasonCode.UNREADABLE_FILE


@pytest.mark.parametrize(
    ("data", "announced"),
    [
        (b"PK\x03\x04 an archive", Format.JSONL),
        ('{"a":1}\n'.encode("utf-16"), Format.JSONL),
        (b"PAR1 and PAR1", Format.CSV),
        (b"PAR1\x15\x04 cut", Format.JSONL),
        (b"ORC\x08\x03 and ORC\x17", Format.JSON),
        (b"a,b\n1,2\n", Format.PARQUET),
        (b"PAR1 and PAR1", Format.ORC),
        (gzipped(gzipped(LINES)), Format.JSONL),
        (zstd(gzipped(LINES)), Format.JSONL),
        (b"%PDF-1.7", Format.CSV),
    ],
)
def test_content_of_another_format_is_refused(refusal, data, announced):
    assert refusal(data, announced) is ReasonCode.WRONG_FORMAT


@pytest.mark.parametrize("header", [b"ORCHID,price\n", b"ORC,a\n", b"PAR1,PAR2\n"])
def test_a_csv_header_may_begin_with_the_letters_of_a_binary_format(staged, header):
    assert staged(header + b"1,2\n", Format.CSV) == header + b"1,2\n"


@pytest.mark.parametrize(
    ("data", "announced"),
    [(b"", Format.PARQUET), (b"\n \t\r\n", Format.JSONL), (b"\xef\xbb\xbf", Format.CSV),
     (b"\xef\xbb\xbf \n", Format.JSON), (gzipped(b""), Format.JSONL), (zstd(b"\n\n"), Format.CSV),
     (b"[]", Format.JSON), (b" [ \n ] ", Format.JSON)],
)  # fmt: skip
def test_a_file_without_records_is_empty(refusal, data, announced):
    assert refusal(data, announced) is ReasonCode.EMPTY_FILE


def test_a_full_disk_is_a_reason_to_retry_not_to_refuse(staged, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)

    with pytest.raises(TransientError, match="No space left on device"):
        staged(gzipped(LINES))


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        ('[{"a":1},{"a":2}]', '{"a":1}\n{"a":2}\n'),
        ('\ufeff [\r\n  {\n    "a": [1,\n 2]\n  },\n  {"b": {}}\n]\n', '{     "a": [1,  2]   }\n{"b": {}}\n'),
        ("[1, \"a,]\\\"\", null, [], [[1],[2]]]", '1\n"a,]\\""\nnull\n[]\n[[1],[2]]\n'),
        ('{"a":1}\n{"a":2}', '{"a":1}\n{"a":2}\n'),
        ('{"a":1}{"a":2} true 1 "x y"', '{"a":1}\n{"a":2}\ntrue\n1\n"x y"\n'),
        ('{"a":[{"b":[{"c":[{"d":[{"e":"]"}]}]}]}]}', '{"a":[{"b":[{"c":[{"d":[{"e":"]"}]}]}]}]}\n'),
        ('[{"a":"x\ny"}]', '{"a":"x\x1fy"}\n'),
    ],
    ids=["array", "pretty", "any values", "documents", "documents in a row", "deep", "line feed in a string"],
)  # fmt: skip
def test_json_documents_become_lines(staged, document, lines):
    assert staged(document.encode(), Format.JSON).decode() == lines


@pytest.mark.parametrize(
    "document",
    ['[{"a":1},]', "[,1]", "[1,,2]", '[{"a":1}', "[", '[{"a":1}] 2', '[1]]', '{"a":1', '{"a":1},{"a":2}', '{"a":1}]',
     '[{"a":"x}]', "[{]}, {}", '"', '{"a":1}"', "]"],
)  # fmt: skip
def test_a_json_document_whose_structure_does_not_close_is_refused(refusal, document):
    assert refusal(document.encode(), Format.JSON) is ReasonCode.INVALID_JSON


def test_a_string_that_is_not_closed_is_found_in_one_pass(refusal):
    started = time.process_time()

    assert refusal(b'[{"a":"' + b"a" * 1_000_000, Format.JSON) is ReasonCode.INVALID_JSON  # took 2^n steps

    assert time.process_time() - started < 5


def test_brackets_that_never_close_are_found_in_one_pass(refusal):
    started = time.process_time()

    assert refusal(b'[{"a":' * 100_000, Format.JSON) is ReasonCode.INVALID_JSON

    assert time.process_time() - started < 5


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(records=st.lists(trees, min_size=1, max_size=5), indent=st.sampled_from([None, 0, 3]))
def test_every_array_becomes_its_elements(tmp_path_factory, records, indent):
    landed = tmp_path_factory.mktemp("array") / "file.landed"
    landed.write_text(json.dumps(records, indent=indent, ensure_ascii=False), newline="")

    lines = stage(landed, Format.JSON).path.read_bytes().split(b"\n")

    assert [json.loads(line) for line in lines[:-1]] == records


@pytest.mark.parametrize(
    ("key", "format_"),
    [("a/b.jsonl", Format.JSONL), ("a.NDJSON.GZ", Format.JSONL), ("x.csv.zst", Format.CSV), ("x.json", Format.JSON),
     ("x.parquet", Format.PARQUET), ("x", Format.ORC), ("x.tar", Format.ORC), ("2024.01/x", Format.ORC)],
)  # fmt: skip
def test_a_name_announces_the_format_or_the_contract_does(key, format_):
    assert format_of(key, Format.ORC) is format_
