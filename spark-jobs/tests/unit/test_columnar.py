"""Parquet and ORC: the table of accepted types, whole columns at once where that is exact, slices of bounded size."""

from __future__ import annotations

import ast
import datetime as dt
import io
import json
import random
from collections.abc import Sequence
from decimal import Context
from decimal import Decimal as Dec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridata_contracts.model import Format
from gridata_contracts.reasons import ReasonCode
from gridata_jobs.read import columnar_slices
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import FileRefusedError
from gridata_jobs.read.staging import Staged

NAN, INF = float("nan"), float("inf")
NS = 1_704_067_200_000_000_000  # 2024-01-01
AT, EPOCH = dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

STRING, BOOL, INT, LONG = (
    "logicalType: string",
    "logicalType: boolean",
    *(f"logicalType: integer, physicalType: {bits}" for bits in ("int", "bigint")),
)
MONEY, DAY, INSTANT = (
    "logicalType: number, physicalType: 'decimal(12,2)'",
    "logicalType: date",
    "logicalType: timestamp",
)
FLOAT, DOUBLE = (f"logicalType: number, physicalType: {name}" for name in ("float", "double"))
ANY = f"{DOUBLE}, customProperties: [{{property: gridata.allowNan, value: true}}]"
UTC, BERLIN = (f"{INSTANT}, logicalTypeOptions: {{defaultTimezone: {zone}}}" for zone in ("UTC", "Europe/Berlin"))
POINT = f"logicalType: object, properties: [{{name: x, {INT}}}, {{name: note, {STRING}}}]"
POINTS = f"logicalType: array, items: {{{POINT}}}"
TAGS = f"logicalType: array, items: {{{STRING}}}"


def parquet(table: pa.Table, **options) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def orc_bytes(table: pa.Table, **options) -> bytes:
    file = io.BytesIO()
    orc.write_table(table, file, **options)
    return file.getvalue()


def stamps(unit: str, *ticks: int | None, tz: str | None = "UTC") -> pa.Array:
    return pa.array(ticks, pa.int64()).cast(pa.timestamp(unit, tz=tz))


@pytest.fixture
def columns_of(contract_of):
    return lambda **columns: contract_of("\n".join(f"- {{name: {name}, {type_}}}" for name, type_ in columns.items()))


CASES: list[tuple[str, pa.Array, list[object]]] = [
    (STRING, pa.array(["a", "", None, "é😀"]), ["a", "", None, "é😀"]),
    (STRING, pa.array(["a", "b", None, "a"]).dictionary_encode(), ["a", "b", None, "a"]),
    (STRING, pa.array(["a"], pa.large_string()), ["a"]),
    (STRING, pa.array(["a\0b", "ok"]), ["INVALID_VALUE", "ok"]),
    (BOOL, pa.array([True, None, False]), [True, None, False]),
    (BOOL, pa.array(["true", "TRUE", "tRue", "1"]), [True, True, "WRONG_TYPE", "WRONG_TYPE"]),
    (INT, pa.array([1, None, -5], pa.int8()), [1, None, -5]),
    (INT, pa.array([2**31 - 1, 2**31, -(2**31) - 1]), [2**31 - 1, "OUT_OF_RANGE", "OUT_OF_RANGE"]),
    (INT, pa.array(["12", "1.0", "x"]), [12, "INVALID_VALUE", "INVALID_VALUE"]),
    (LONG, pa.array([2**63, 7], pa.uint64()), ["OUT_OF_RANGE", 7]),
    (LONG, pa.array([2**32 - 1], pa.uint32()), [2**32 - 1]),
    (MONEY, pa.array([Dec("1.50"), None], pa.decimal128(12, 2)), [Dec("1.50"), None]),
    (MONEY, pa.array([Dec("1.5"), Dec("99999.9")], pa.decimal128(6, 1)), [Dec("1.50"), Dec("99999.90")]),
    (MONEY, pa.array([Dec("1.5000"), Dec("1.2345")], pa.decimal128(20, 4)), [Dec("1.50"), "INVALID_VALUE"]),
    (MONEY, pa.array([Dec(10**10), Dec(10**10 - 1)], pa.decimal128(38, 0)), ["OUT_OF_RANGE", Dec("9999999999.00")]),
    (MONEY, pa.array([Dec("1.50"), Dec("1.505")], pa.decimal256(50, 3)), [Dec("1.50"), "INVALID_VALUE"]),
    (MONEY, pa.array([5, -(10**10)], pa.int64()), [Dec("5.00"), "OUT_OF_RANGE"]),
    (MONEY, pa.array([2**64 - 1, 3], pa.uint64()), ["OUT_OF_RANGE", Dec("3.00")]),
    (MONEY, pa.array(["1.5", "1e3"]), [Dec("1.50"), "INVALID_VALUE"]),
    (DOUBLE, pa.array([1.5, None, -0.0]), [1.5, None, -0.0]),
    (DOUBLE, pa.array([NAN, INF, 1.0]), ["INVALID_VALUE", "INVALID_VALUE", 1.0]),
    (ANY, pa.array([NAN, INF, -INF, None]), [NAN, INF, -INF, None]),
    (DOUBLE, pa.array([0.1], pa.float32()), [0.10000000149011612]),
    (DOUBLE, pa.array([1.5], pa.float16()), [1.5]),
    (DOUBLE, pa.array([2**53 + 1, None]), [float(2**53), None]),
    (DOUBLE, pa.array(["1e3", "NaN"]), [1000.0, "INVALID_VALUE"]),
    (FLOAT, pa.array([0.1, 1e39, 1e-60]), [0.10000000149011612, "OUT_OF_RANGE", 0.0]),
    (FLOAT, pa.array([2**24 + 1]), [float(2**24)]),
    (DAY, pa.array([dt.date(2024, 2, 29), None]), [dt.date(2024, 2, 29), None]),
    (DAY, pa.array([-719_162, -719_163, 2_932_896, 2_932_897], pa.int32()).cast(pa.date32()),
     [dt.date.min, "INVALID_VALUE", dt.date.max, "INVALID_VALUE"]),
    (DAY, pa.array(["2024-02-29", "2023-02-29"]), [dt.date(2024, 2, 29), "INVALID_VALUE"]),
    (INSTANT, stamps("s", NS // 10**9, None), [AT, None]),
    (INSTANT, stamps("ms", NS // 10**6), [AT]),
    (INSTANT, stamps("us", NS // 1000, 2**62), [AT, "INVALID_VALUE"]),
    (INSTANT, stamps("ns", NS, NS + 1000, NS + 1), [AT, AT.replace(microsecond=1), "INVALID_VALUE"]),
    (INSTANT, stamps("ns", NS, tz="Europe/Berlin"), [AT]),
    (INSTANT, stamps("ms", 2**60, -(2**62), 0), ["INVALID_VALUE", "INVALID_VALUE", EPOCH]),
    (UTC, stamps("ns", NS, NS + 1, None, tz=None), [AT, "INVALID_VALUE", None]),
    (BERLIN, stamps("us", NS // 1000, 1_711_852_200_000_000, tz=None), [AT - dt.timedelta(hours=1), "INVALID_VALUE"]),
    (INSTANT, pa.array(["2024-01-01T00:00:00Z", "2024"]), [AT, "INVALID_VALUE"]),
    (INT, pa.nulls(2), [None, None]),
    (POINT, pa.array([{"note": "a", "x": 1}, None, {"note": None, "x": 2**40}]),
     [{"x": 1, "note": "a"}, None, "OUT_OF_RANGE"]),
    (POINT, pa.array([{"x": 1}]), [{"x": 1, "note": None}]),
    (POINTS, pa.array([[{"x": 1, "note": "a"}, None], [], None, [{"x": 2**40, "note": "b"}], [{"x": 3, "note": "c"}]]),
     [[{"x": 1, "note": "a"}, None], [], None, "OUT_OF_RANGE", [{"x": 3, "note": "c"}]]),
    (TAGS, pa.array([["a", None], None, ["b\0"]], pa.large_list(pa.string())), [["a", None], None, "INVALID_VALUE"]),
    (TAGS, pa.array([["a", "b"], None], pa.list_(pa.string(), 2)), [["a", "b"], None]),
    (POINT, pa.nulls(1), [None]),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "found", "expected"), CASES)
@pytest.mark.parametrize("fast", [True, False])
def test_a_columns_values_are_taken_or_refused_one_by_one(read, columns_of, type_, found, expected, fast):
    table = pa.table({"id": [f"r{i}" for i in range(len(found))], "v": found})

    reading = read(columns_of(id=STRING, v=type_), parquet(table), fast=fast, format_=Format.PARQUET)

    refused = {i: value for i, value in enumerate(expected, 1) if isinstance(value, str) and value.isupper()}
    assert {i: reasons[0]["code"] for i, reasons in reading.refused.items()} == refused
    assert reading.rows == {
        i: repr({"_row_number": i, "id": f"r{i - 1}", "v": _in_utc(value), "_extra": None})
        for i, value in enumerate(expected, 1)
        if i not in refused
    }


def _in_utc(value: object) -> object:
    """The value as Arrow gives it back."""
    if not isinstance(value, dt.datetime):
        return value
    return pa.scalar(value, pa.timestamp("us", tz="UTC")).as_py()


MISMATCHES = [
    (INT, pa.array([1.0])), (INT, pa.array([True])), (BOOL, pa.array([1])), (STRING, pa.array([1])),
    (MONEY, pa.array([1.5])), (STRING, pa.array([b"a"])), (DOUBLE, pa.array([Dec("1.5")])), (DAY, stamps("us", 0)),
    (INSTANT, stamps("us", 0, tz=None)), (INSTANT, pa.array([dt.date(2024, 1, 1)])), (POINT, pa.array(["{}"])),
    (TAGS, pa.array([[1]])), (INSTANT, pa.array([1])), (POINT, pa.array([{"x": 1.5}])), (STRING, pa.array([["a"]])),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "found"), MISMATCHES)
def test_a_column_of_another_type_refuses_the_file(read, columns_of, type_, found):
    with pytest.raises(FileRefusedError) as refused:
        read(columns_of(v=type_), parquet(pa.table({"v": found})), format_=Format.PARQUET)

    assert refused.value.reason.code is ReasonCode.SCHEMA_MISMATCH
    assert (refused.value.reason.column or "").startswith("v")


def test_instants_without_a_zone_are_refused_for_the_zone(read, contract_of):
    contract = contract_of("- {name: at, logicalType: timestamp}")
    naive = pa.table({"at": pa.array([0], pa.timestamp("us"))})

    with pytest.raises(FileRefusedError) as refused:
        read(contract, parquet(naive), format_=Format.PARQUET)

    assert (refused.value.reason.expected or "").endswith(
        "at: timestamp with a zone, such as UTC (without one nobody knows the instant), not timestamp[us]"
    )


def test_missing_column_is_refused_with_the_name_that_was_meant(read, contract_of):
    contract = contract_of("- {name: email, logicalType: string, required: true}")

    with pytest.raises(FileRefusedError) as refused:
        read(contract, parquet(pa.table({"e_mail": ["a"]})), format_=Format.PARQUET)

    assert (refused.value.reason.expected or "").endswith("email: present (the file has 'e_mail')")


def test_every_problem_of_a_files_columns_is_named_at_once(read, contract_of):
    contract = contract_of(f"- {{name: a, {INT}, required: true}}\n- {{name: b, {DAY}}}\n- {{name: c, {POINT}}}")
    table = pa.table(
        [pa.array(["x"]), pa.array([1]), pa.array([{"x": "1", "note": 1}]), pa.array([2])], ["q", "b", "c", "q"]
    )

    with pytest.raises(FileRefusedError) as refused:
        read(contract, parquet(table), format_=Format.PARQUET)

    assert (refused.value.reason.expected or "").endswith(
        "q: once; a: present; b: date, not int64; c.note: string, not int64"
    )


def test_columns_that_are_missing_or_undeclared_do_not_slow_the_file_down(read, columns_of):
    table = pa.table({"b": [1, 2, 3], "more": [None, "x", None], "less": [[1], None, None], "none": pa.nulls(3)})

    reading = read(columns_of(a=STRING, b=LONG, c=POINT), parquet(table), format_=Format.PARQUET)

    assert reading.fast == 3
    extras = ['{"less":[1]}', '{"more":"x"}', None]
    assert list(reading.rows.values()) == [
        repr({"_row_number": i, "a": None, "b": i, "c": None, "_extra": extra}) for i, extra in enumerate(extras, 1)
    ]


def test_undeclared_columns_of_any_type_are_kept_as_text(read, columns_of):
    undeclared = {
        "at": stamps("ns", NS + 1), "far": stamps("us", 2**62), "time": pa.array([dt.time(1, 2, 3)]),
        "raw": pa.array([b"\xff"]), "long": pa.array([dt.timedelta(seconds=1)]), "number": pa.array([Dec("1.10")]),
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "nan": pa.array([NAN]),
        "in": pa.array([{"day": dt.date(2024, 1, 1), "no": None}]),
    }  # fmt: skip
    contract, data = columns_of(v=INT), parquet(pa.table({"v": [1], **undeclared}))

    fast, exact = (read(contract, data, fast=fast, format_=Format.PARQUET) for fast in (True, False))

    assert fast.rows == exact.rows
    assert fast.fast == 1
    extra = {
        "at": "2024-01-01T00:00:00.000000001Z", "far": "4611686018427387904 us since 1970", "time": "01:02:03",
        "raw": "ff", "long": "0:00:01", "number": 1.1, "map": "[('k', 1)]", "nan": "NaN", "in": {"day": "2024-01-01"},
    }  # fmt: skip
    assert json.loads(ast.literal_eval(fast.rows[1])["_extra"]) == extra


def test_undeclared_values_are_rejected_where_the_contract_says_so(read, contract_of):
    rejecting = contract_of(f"- {{name: v, {INT}}}", settings="- {property: gridata.unknownFields, value: reject}")

    reading = read(rejecting, parquet(pa.table({"v": [1, 2], "more": [None, "x"]})), format_=Format.PARQUET)

    assert list(reading.rows) == [1]
    assert [(r["code"], r["column"]) for r in reading.refused[2]] == [("UNDECLARED_FIELD", "more")]


def test_bytes_that_are_no_text_are_refused_row_by_row(read, columns_of):
    offsets = pa.py_buffer(np.array([0, 1, 3], dtype=np.int32).data)
    text = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"a\xff\xfe")])

    reading = read(columns_of(v=STRING), parquet(pa.table({"v": text})), format_=Format.PARQUET)

    assert list(reading.rows) == [1]
    assert reading.refused[2][0]["code"] == "INVALID_VALUE"


def test_orc_is_read_like_parquet(read, columns_of):
    contract = columns_of(s=STRING, n=INT, m=MONEY, d=DAY, at=INSTANT, local=UTC, p=POINTS, f=DOUBLE)
    table = pa.table(
        {
            "s": ["a", None], "n": [1, 2], "m": pa.array([Dec("1.50"), Dec("2.00")], pa.decimal128(10, 2)),
            "d": [dt.date(2024, 2, 29), None], "at": stamps("us", NS // 1000, 0),
            "local": stamps("us", NS // 1000, 1, tz=None), "p": [[{"x": 1, "note": "a"}], None], "f": [1.5, NAN],
            "extra": [None, "x"],
        }
    )  # fmt: skip

    from_orc = read(contract, orc_bytes(table), format_=Format.ORC)
    from_parquet = read(contract, parquet(table), format_=Format.PARQUET)

    assert from_orc == from_parquet
    assert from_orc.fast == 1


@pytest.mark.parametrize("write", [parquet, orc_bytes], ids=["parquet", "orc"])
@pytest.mark.parametrize("damage", ["cut", "garbled"])
def test_a_broken_file_is_unreadable(read, columns_of, write, damage):
    table = pa.table({"s": [f"{i * 7919:x}" * 9 for i in range(5000)]})
    data = write(table, compression="snappy") if write is parquet else write(table, compression="zlib")
    broken = data[: len(data) // 2] if damage == "cut" else data[:1000] + bytes(2000) + data[3000:]

    with pytest.raises(FileRefusedError) as refused:
        read(columns_of(s=STRING), broken, format_=Format.PARQUET if write is parquet else Format.ORC)

    assert refused.value.reason.code is ReasonCode.UNREADABLE_FILE


@pytest.mark.parametrize("format_", [Format.PARQUET, Format.ORC])
def test_a_large_group_is_read_in_slices(duck, columns_of, tmp_path: Path, monkeypatch, format_):
    monkeypatch.setattr(columnar_slices, "SLICE_ROWS", 300)
    monkeypatch.setattr(columnar_slices, "_LEAST_ROWS", 300)
    table = pa.table({"n": range(1, 2501), "extra": ["x" if i % 7 == 0 else None for i in range(2500)]})
    data = parquet(table, row_group_size=1000) if format_ is Format.PARQUET else orc_bytes(table)
    (tmp_path / "file").write_bytes(data)
    contract = columns_of(n=LONG)

    source = open_source(Staged(tmp_path / "file", format_, len(data)), contract, duck)
    spans = list(source.spans())

    assert sum(span.count for span in spans) == 2500
    assert max(span.count for span in spans) == 300
    for span in [*spans, *reversed(spans), spans[3], spans[3]]:  # in order, backwards, again
        block = source.read(span)
        assert block.rows.column("n").to_pylist() == list(range(span.first_row, span.first_row + span.count))
        assert block.fast == span.count
        last = span.first_row + span.count - 1
        records = list(source.records(span, [span.first_row, last]))
        assert [(raw.row, raw.record.values["n"]) for raw in records] == [(n, n) for n in (span.first_row, last)]


def test_looking_up_broken_rows_does_not_turn_back_what_is_read_ahead(duck, columns_of, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(columnar_slices, "SLICE_ROWS", 1024)
    opened: list[int] = []
    batches = columnar_slices.ParquetGroups.batches

    def noted(self, group: int):
        opened.append(group)
        return batches(self, group)

    monkeypatch.setattr(columnar_slices.ParquetGroups, "batches", noted)
    (tmp_path / "file").write_bytes(parquet(pa.table({"n": range(5000)})))
    source = open_source(Staged(tmp_path / "file", Format.PARQUET, 0), columns_of(n=LONG), duck)

    *_, last = spans = list(source.spans())
    source.read(spans[0])
    for behind, span in pairwise(spans):
        source.read(span)
        assert [raw.record.values["n"] for raw in source.records(behind, [behind.first_row])] == [behind.first_row - 1]

    assert last.first_row > 1
    assert opened == [0, 0]  # once to read, once to look up


def test_rows_of_a_slice_are_bounded_by_bytes_too():
    assert columnar_slices._slice_rows(1) == columnar_slices.SLICE_ROWS
    assert columnar_slices._slice_rows(10**4) == columnar_slices.SLICE_BYTES // 10**4
    assert columnar_slices._slice_rows(10**9) == 1


def some(type_: pa.DataType, calm: Sequence[object], edge: Sequence[object] | None = None):
    """A column of mostly calm values, null now and then."""

    def make(dice: random.Random, rows: int) -> pa.Array:
        picks = ((edge or calm) if dice.random() < 0.03 else [None, *calm, *calm] for _ in range(rows))
        return pa.array([dice.choice(pick) for pick in picks], type_)

    return make


def decimals(precision: int, scale: int):
    digits = [0, 1, -1, 10**precision - 1, -(10**precision) + 1, 10 ** (precision // 2) * 5]
    values = [Dec(n).scaleb(-scale, EXACT) for n in digits]
    return some(pa.decimal128(precision, scale), values[:1], values)  # zero fits every type


EXACT = Context(prec=60)
INTS = [
    some(pa.int8(), [0], [1, -128]), some(pa.int32(), [0], [5, 2**31 - 1, -(2**31)]),
    some(pa.uint64(), [0], [2**63, 2**64 - 1]),
    some(pa.int64(), [0], [1, -1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63), 10**10, 2**53 + 1]),
]  # fmt: skip
FORMS = [(38, 4), (12, 2), (3, 3), (6, 1), (20, 8), (38, 0), (38, 38), (5, 2), (15, 0)]
DECIMALS = [*INTS, *(decimals(*form) for form in FORMS)]
FLOATS = [
    *INTS, some(pa.float64(), [0.5, -0.0, 1e10], [NAN, INF, -INF, 1e39, 1e-320, 0.1, 2.0**24 + 1]),
    some(pa.float32(), [0.5, -0.0], [NAN, INF, 1e38]), some(pa.float16(), [0.5], [NAN, INF]),
]  # fmt: skip
DAYS = [some(pa.date32(), [dt.date(2024, 2, 29)]), some(pa.int32(), [0, 19_000], [-719_163, 2_932_897, 2**31 - 1])]
STAMPS = [some(pa.int64(), [0, NS // 1000], [1, -1, NS + 1, 2**63 - 1, -(2**63), -62_135_596_800, 253_402_300_800])]
FOUND = {
    "text": [some(pa.string(), ["a", "é", ""], ["x\0"]), some(pa.dictionary(pa.int32(), pa.string()), ["a", "b"]),
             some(pa.large_string(), ["a"], ["\0"])],
    "flag": [some(pa.bool_(), [True, False])],
    "small": INTS, "big": INTS, "wide": DECIMALS, "whole": DECIMALS, "money": DECIMALS, "share": DECIMALS,
    "rounded": DECIMALS, "fine": DECIMALS, "finest": DECIMALS, "single": FLOATS, "real": FLOATS, "any_real": FLOATS,
    "day": DAYS, "at": STAMPS, "local": STAMPS,
}  # fmt: skip


def random_table(dice: random.Random, rows: int) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    spelled = dice.choice([*FOUND, *[None] * 50])  # a column of text: then every row is read exactly
    for name, makers in FOUND.items():
        array = dice.choice(makers)(dice, rows)
        if name == spelled:
            array = array.cast(pa.string())
        elif name == "day":
            array = array.cast(pa.date32())
        elif name in ("at", "local"):
            zone = "UTC" if name == "at" or dice.random() < 0.9 else None
            unit = dice.choice(["ms", "us", "ns"])
            array = array.cast(pa.timestamp(unit, tz=zone))  # type: ignore[call-overload] # its stubs want literals
        if name == "text" or dice.random() < 0.95:
            columns[name] = array
    box = pa.StructArray.from_arrays(
        [
            some(pa.string(), ["x"], ["\0"])(dice, rows), decimals(20, 4)(dice, rows),
            some(pa.int8(), [], [1])(dice, rows),
        ],
        ["label", "price", "colour"], mask=pa.array([dice.random() < 0.1 for _ in range(rows)]),
    )  # fmt: skip
    flat = 2 * rows
    parts = pa.StructArray.from_arrays(
        [some(pa.int64(), [1, 2], [2**31])(dice, flat), some(pa.float64(), [0.5], [NAN])(dice, flat)], ["n", "ratio"]
    )
    offsets = sorted(dice.randrange(flat + 1) for _ in range(rows + 1))
    columns |= {"box": box, "parts": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), parts)}
    columns["extra"] = some(pa.string(), [], [None, "red"])(dice, rows)
    return pa.table(columns)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**40))
def test_whole_columns_give_the_values_and_reasons_of_the_exact_path(read, every_type, seed):
    data = parquet(random_table(random.Random(seed), rows=60), row_group_size=25)

    fast, exact = (read(every_type, data, fast=fast, format_=Format.PARQUET) for fast in (True, False))

    assert fast.refused == exact.refused
    assert fast.rows == exact.rows
    assert exact.fast == 0
