"""Counting records without an engine."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import orc, parquet

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.model import Contract
from gridata_contracts.naming import DatasetId
from gridata_control.verify import recount
from gridata_control.verify.recount import _JsonCounter, count_records


@pytest.fixture
def contract(shop_catalogue: Catalogue, orders: DatasetId) -> Contract:
    return shop_catalogue[orders]


@pytest.mark.parametrize(
    ("name", "content", "records"),
    [
        ("a.jsonl", b'{"a":1}\n{"a":2}', 2),
        ("a.jsonl", b'\xef\xbb\xbf{"a":1}\r\n\r\n  \t\n{"a":2}\n\n', 2),
        ("a.jsonl", b"not json\n\xff\xfe\n{}\n", 3),
        ("a.jsonl", '{"a":"line\u2028separator"}\n'.encode(), 1),
        ("a.csv", b"id,amount\n1,2\n3,4\n", 2),
        ("a.csv", b'id,amount\r\n"1\r\nstill 1","2,3"\r\n\r\n4,5', 2),
        ("a.csv", b"id,amount\n", 0),
        ("a.csv", b"id,amount\n1\n1,2,3\n\xff,1\n", 3),
        ("a.csv", b"id,amount\n1\r2,3\n" + b"x" * 200_000 + b",1\n", 2),
        ("a.csv", b'id\n""\n\n" "\n', 2),
        ("a.csv", b'\xef\xbb\xbf"id\n",amount\n"1', 1),
        ("a.json", b'[{"a": [1, 2, {"b": "]},{"}]}, {}, 3, "x", null]', 5),
        ("a.json", b'1[]2"x"', 4),
        ("a.json", b"  []  ", 0),
        ("a.json", b'{"a": "\\"}{"}\n {"b": [1,2]} 7 "x"', 4),
        ("a.json", b"\xef\xbb\xbf[1,\n2]", 2),
        ("a.unknown", b"{}\n{}\n{}\n", 3),
    ],
)
@pytest.mark.parametrize("compression", ["", "gzip", "zstd"])
def test_records_are_counted_whatever_the_compression(
    tmp_path: Path, contract: Contract, name: str, content: bytes, records: int, compression: str
) -> None:
    path = tmp_path / "object"
    if compression == "gzip":
        path.write_bytes(gzip.compress(content))
    elif compression == "zstd":
        with pa.output_stream(path, compression="zstd") as stream:
            stream.write(content)
    else:
        path.write_bytes(content)

    assert count_records(path, f"landing/shop/orders/v1/{name}", contract) == records


def test_columnar_files_are_counted_by_their_footer(tmp_path: Path, contract: Contract) -> None:
    table = pa.table({"id": ["a", "b", "c"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    orc.write_table(table, tmp_path / "a.orc")

    for name in ("a.parquet", "a.orc"):
        assert count_records(tmp_path / name, name, contract) == 3


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(values=st.lists(_JSON, max_size=5), indent=st.none() | st.integers(0, 2), chunk=st.integers(1, 7))
def test_an_array_is_counted_as_json_loads_it_however_it_is_cut(
    values: list[object], indent: int | None, chunk: int
) -> None:
    content = json.dumps(values, indent=indent, ensure_ascii=False).encode()

    assert _count(content, chunk) == len(json.loads(content))


@given(
    values=st.lists(st.dictionaries(st.text(max_size=4), _JSON, max_size=3), min_size=1, max_size=4),
    chunk=st.integers(1, 7),
)
def test_documents_in_a_row_are_counted_one_by_one(values: list[object], chunk: int) -> None:
    assert _count("\n".join(map(json.dumps, values)).encode(), chunk) == len(values)


class _Pieces:
    """Gives back at most `size` bytes at a time, whatever is asked."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    def read(self, _: int) -> bytes:
        piece, self._content = self._content[: self._size], self._content[self._size :]
        return piece


def _count(content: bytes, chunk: int) -> int:
    return _JsonCounter().count(_Pieces(content, chunk))  # type: ignore[arg-type]  # it only reads


def test_the_counter_looks_at_no_engine() -> None:
    source = Path(recount.__file__).read_text()
    assert "duckdb" not in source
    assert "spark" not in source
