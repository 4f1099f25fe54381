"""The fast path's licence for JSON: whatever is in a file, it is read to the values and reasons of the exact path."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridata_contracts import types as t
from gridata_contracts.model import Column, Contract, Format, Landing
from gridata_jobs.read.field_order import learn_orders
from gridata_jobs.read.grammar import json_scalar, record_pattern
from gridata_jobs.read.open import open_source
from gridata_jobs.read.record import RecordReader
from gridata_jobs.read.source import FAST_FROM_BYTES
from gridata_jobs.read.staging import Staged

LINES = 250
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False)

WILD = [
    "null", "true", "false", "0", "1", "-1", "1.5", "1.0", "1e3", "1E+2", "-0", "-0.0", "0.0", "1e400", "1e-400",
    "-1e-7", "9" * 25, "9" * 500, "1e99999999999999999999", "0e9", "12345678901234567.89", "0.1234567890123456789",
    '""', '" "', '"yes"', '"true"', '"1"', '"1.5"', '"1e3"', '"-0.00"', '"00"', '"+1"', '" 1"', '"1_0"', '"0x10"',
    '"NaN"', '"Infinity"', '"-Infinity"', '"nan"', '"infinity"', '"2024"', '"2024-01-01"', '"2024-1-1"',
    '"1900-02-29"', '"2000-02-29"', '"2023-02-29"', '"2024-02-30"', '"0001-01-01"', '"9999-12-31"', '"0000-01-01"',
    '"2024-01-01T00:00:00Z"', '"2024-01-01T00:00:00"', '"2024-01-01 00:00:00+00:00"', '"2024-01-01T24:00:00Z"',
    '"2024-01-01T23:59:60Z"', '"2024-01-01T00:00:00.1234567Z"', '"2024-01-01T00:00:00+0200"',
    '"2024-01-01T00:00:00z"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"',
    '"2024-03-31T02:30:00"', '"2024-10-27T02:30:00"', '"epoch"', '"now"', '"2024-01-01 BC"',
    r'"\ud800"', r'"\udc00\ud800"', r'"\u0000"', r'"\u00e9\/\b\f\n\r\t\"\\"',
    r'"\ud83d\ude00"', '"\x7f\ufffd\U0010ffff"',
    "{}", "[]", "[null]", "[[]]", "[1]", '["a"]', "[{}]", '{"a":1}', '{"label":"x"}', '{"n":1}', '[{"n":1,"n":2}]',
    "NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "0x1", "1_0", "tru", "'a'", '"\t"', '"', "{", "]", "[1,]",
    "",
]  # fmt: skip
PIECES = [
    "a", "Z", "0", " ", "é", "漢", "😀", "\x7f", "\u2028", r"\n", r"\"", r"\\", r"\/", r"\u00E9", r"\ud83D\uDe00",
    r"\u0001", "'", ",", "{",
]  # fmt: skip
ZONES = ["Z", "+00:00", "-00:00", "+02:00", "-14:00", "+14:59", "-14:59", "+15:00", "", "z", " Z", "+0000"]


class Scribe:
    """Writes JSON records of a contract: mostly right, in many spellings, and wrong now and then."""

    def __init__(self, seed: int, contract: Contract) -> None:
        self.dice = random.Random(seed)
        self.columns = contract.columns
        self.sparse = self.dice.choice([0.0, 0.02, 0.15])  # fields left out
        self.edge = self.dice.choice([0.0, 0.01, 0.2])  # values at the bounds of their type and just beyond
        self.wild = self.dice.choice([0.0, 0.004, 0.03])  # anything

    def lines(self) -> Iterator[bytes]:
        for _ in range(LINES):
            yield self._line() + self.dice.choice([b"\n", b"\n", b"\n", b"\r\n", b"\n\n", b" \t\n"])

    def _line(self) -> bytes:
        text = self._object(self.columns)
        text = self._some(0.05, " \t", "") + text + self._some(0.05, "\r ", "")
        if self._happens(0.02):
            at = self.dice.randrange(len(text))
            text = self.dice.choice(
                [text[:at], text + text, text + ",", text[:at] + "\x00" + text[at:], f"[{text}]", "1"]
            )
        raw = text.encode("utf-8", "surrogatepass")
        return raw.replace(b"e", b"\xe9", 1) if self._happens(0.01) else raw

    def _object(self, columns: tuple[Column, ...]) -> str:
        fields = [(c.name, self._value(c, c.type)) for c in columns if not self._happens(self.sparse)]
        if self._happens(self.wild):
            self.dice.shuffle(fields)
        if self._happens(self.wild):
            fields.insert(self.dice.randrange(len(fields) + 1), (self.dice.choice(["colour", "a\\u0062", ""]), '"red"'))
        if fields and self._happens(self.wild):
            fields.append(self.dice.choice(fields))
        gap = self._some(0.03, " ", "")
        return "{" + gap + ",".join(f'"{n}"{gap}:{gap}{v}{gap}' for n, v in fields) + "}"

    def _value(self, column: Column, logical: t.LogicalType) -> str:  # noqa: C901 # one case per type
        if self._happens(self.wild):
            return self.dice.choice(WILD)
        if self._happens(0.1):
            return "null"
        match logical:
            case t.Struct():
                return self._object(column.children)
            case t.List(item):
                return "[" + ",".join(self._value(column, item) for _ in range(self.dice.choice([0, 1, 1, 2, 3]))) + "]"
            case t.String():
                return '"' + "".join(self.dice.choice(PIECES) for _ in range(self.dice.randrange(6))) + '"'
            case t.Boolean():
                return self.dice.choice(["true", "false"])
            case t.Integer(bits):
                edge = self.dice.choice([2 ** (bits - 1), 10**9, 10**18, 10**19])
                near = edge if self._happens(self.edge) else 10 ** self.dice.randrange(9 if bits == 32 else 18) - 1
                return str(self.dice.choice([1, -1]) * (near + self._pick(0, 0, -1, 1)))
            case t.Decimal(precision, scale):
                return self._decimal(precision - scale, scale)
            case t.Floating():
                return self._decimal(self.dice.randrange(1, 17), self.dice.randrange(18), exponent=True)
            case t.Date():
                return f'"{self._day()}"'
            case t.Timestamp(zone):
                zones = ZONES if self._happens(self.edge) else ["Z", "+02:00", "-14:00", "" if zone else "+14:59"]
                time = f"{self._two(24)}:{self._two(60)}:{self._two(60)}{self._fraction()}"
                return f'"{self._day()}{self.dice.choice("T ")}{time}{self.dice.choice(zones)}"'

    def _decimal(self, whole: int, scale: int, *, exponent: bool = False) -> str:
        beyond = self._happens(self.edge)
        digits = self._pick(whole, whole - 1, min(whole, 5)) + beyond * self._pick(0, 1)
        places = self._pick(scale, scale, min(scale, 2), 0) + beyond * self._pick(0, 1)
        text = self._pick("", "", "-") + (str(self.dice.randrange(10**digits)) if digits > 0 else "0")
        text += "." + "".join(self.dice.choice("0123456789") for _ in range(places)) if places else ""
        if exponent:
            return text + (self._pick("e2", "E-3", "e+300") if beyond else "")
        return f'"{text}"' if self._happens(0.5) or (len(text) > 15 and not beyond) else text

    def _day(self) -> str:
        if self._happens(self.edge):
            year = self._pick("0001", "1899", "1900", "2023", "2100", "2200", "9999")
            return f"{year}-{self._pick('02-29', '02-30', '04-31', '01-01')}"
        year, month = self._pick(1900, 1999, 2000, 2024, 2199), self.dice.randrange(1, 13)
        return f"{year}-{month:02}-{self._pick('01', '15', '28')}"

    def _two(self, below: int) -> str:
        return f"{self.dice.choice([0, below - 1, self.dice.randrange(below)]):02}"

    def _fraction(self) -> str:
        return self._pick("", "", ".5", ".123456", ".000001", ".999999", ".1200")

    def _pick(self, *choices):
        return self.dice.choice(choices)

    def _happens(self, share: float) -> bool:
        return self.dice.random() < share

    def _some(self, share: float, text: str, otherwise: str) -> str:
        return text if self._happens(share) else otherwise


@SLOW
@given(seed=st.integers(0, 2**40))
def test_fast_path_reads_the_values_and_reasons_of_the_exact_path(read, every_type, seed):
    data = b"".join(Scribe(seed, every_type).lines())

    fast, exact = read(every_type, data, fast=True), read(every_type, data, fast=False)

    assert exact.fast == 0
    assert_same(fast, exact, data)


def test_fast_path_takes_most_orderly_records(read, every_type):
    reading = read(every_type, b"".join(_calm(every_type).lines()))

    assert reading.fast > 0.5 * reading.count  # the rest has times without an offset, numerals beyond a double


@SLOW
@given(lines=st.data())
def test_a_record_that_matches_the_grammar_is_a_row_of_the_exact_path(every_type, lines):
    orders = learn_orders([line.decode(errors="replace") for line in _calm(every_type).lines()])
    pattern = record_pattern(every_type.columns, orders)
    reader = RecordReader(every_type)

    assert pattern is not None
    for text in lines.draw(st.lists(st.from_regex(re.compile(pattern), fullmatch=True), min_size=1, max_size=5)):
        record = reader.read_json(text.encode())

        assert record.reasons == [], text
        assert record.extra == {}, text


SCALARS = [
    t.String(), t.Boolean(), t.Integer(32), t.Integer(64), t.Decimal(38, 4), t.Decimal(15, 0), t.Decimal(12, 2),
    t.Decimal(3, 3), t.Decimal(38, 20), t.Decimal(38, 38), t.Decimal(38, 0), t.Decimal(18, 17), t.Decimal(1, 0),
    t.Decimal(5, 2, round_half_up=True), t.Floating(32), t.Floating(64), t.Date(), t.Timestamp(),
    t.Timestamp("Asia/Tokyo"),
]  # fmt: skip


@pytest.mark.parametrize("logical", SCALARS, ids=str)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_duckdb_reads_every_token_of_the_grammar_to_its_value(read, every_type, logical, data):
    contract = _with_only(every_type, logical)
    token = st.from_regex(re.compile(json_scalar(logical)), fullmatch=True)
    lines = "".join(f'{{"v":{each}}}\n' for each in data.draw(st.lists(token, min_size=1, max_size=60))).encode()

    fast, exact = read(contract, lines, fast=True), read(contract, lines, fast=False)

    assert fast.fast == fast.count
    assert_same(fast, exact, lines)


@pytest.mark.parametrize("format_", [Format.JSONL, Format.CSV])
def test_block_that_is_too_small_for_a_query_to_pay_is_read_exactly(every_type, duck, tmp_path, format_):
    contract = replace(_with_only(every_type, t.String()), landing=Landing(format_))
    header, line = ("", '{"v":"text"}\n') if format_ is Format.JSONL else ("v\n", "text\n")
    small = header + line * 100
    large = header + line * (FAST_FROM_BYTES // len(line) + 1)

    def read_fast(text: str) -> tuple[int, int]:
        (tmp_path / "file").write_text(text)
        source = open_source(Staged(tmp_path / "file", format_, len(text)), contract, duck)
        blocks = [source.read(span) for span in source.spans()]
        return sum(len(block.rows) for block in blocks), sum(block.fast for block in blocks)

    assert read_fast(small) == (100, 0)
    rows, fast = read_fast(large)
    assert rows == fast == FAST_FROM_BYTES // len(line) + 1


def assert_same(fast, exact, data: bytes) -> None:
    """Equal row by row, so that a failure names the record."""
    records = [line for line in data.split(b"\n") if line.strip(b" \t\r\n")]
    for row in range(1, exact.count + 1):
        assert fast.rows.get(row) == exact.rows.get(row), records[row - 1]
        assert fast.refused.get(row) == exact.refused.get(row), records[row - 1]
    assert fast.count == exact.count == len(records)


def _calm(contract: Contract) -> Scribe:
    scribe = Scribe(7, contract)
    scribe.sparse = scribe.edge = scribe.wild = 0.0
    return scribe


def _with_only(contract: Contract, logical: t.LogicalType) -> Contract:
    return replace(contract, columns=(Column("v", "v", logical),), checks=())
