"""The table of values: which text and which JSON token is which value of a type, and where DuckDB's casts differ."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridata_contracts.emit.duckdb_type import duckdb_type
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.types import (
    Boolean,
    Date,
    Decimal,
    Field,
    Floating,
    Integer,
    List,
    LogicalType,
    String,
    Struct,
    Timestamp,
)
from gridata_contracts.values import NumberToken, Refusal, describe, parse_json_scalar, parse_text
from gridata_jobs.read.duck import text_literal
from gridata_jobs.read.grammar import text_scalar

INVALID, RANGE, WRONG = ReasonCode.INVALID_VALUE, ReasonCode.OUT_OF_RANGE, ReasonCode.WRONG_TYPE
N, D = NumberToken, decimal.Decimal
INT, LONG, MONEY, WIDE, WHOLE = Integer(32), Integer(64), Decimal(12, 2), Decimal(38, 4), Decimal(15, 0)
SHARE, ROUNDED, FINEST = Decimal(3, 3), Decimal(5, 2, round_half_up=True), Decimal(38, 38)
FLOAT, DOUBLE, ANY = Floating(32), Floating(64), Floating(64, allow_nan=True)
AT, BERLIN = Timestamp(), Timestamp("Europe/Berlin")


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type,misc]


TEXTS: list[tuple[LogicalType, str, object]] = [
    (String(), "a", "a"), (String(), " ", " "), (String(), "é漢😀\n\x7f\u2028", "é漢😀\n\x7f\u2028"),
    (String(), "a\0b", INVALID), (String(), "\ud800", INVALID), (String(), "x" * 10_000, "x" * 10_000),
    (Boolean(), "true", True), (Boolean(), "True", True), (Boolean(), "FALSE", False), (Boolean(), "tRUE", INVALID),
    (Boolean(), "yes", INVALID), (Boolean(), "1", INVALID), (Boolean(), "t", INVALID), (Boolean(), "true ", INVALID),
    (INT, "0", 0), (INT, "-0", 0), (INT, "2147483647", 2**31 - 1), (INT, "-2147483648", -(2**31)),
    (INT, "2147483648", RANGE), (INT, "-2147483649", RANGE), (INT, "9" * 5000, RANGE), (INT, "007", INVALID),
    (INT, "+1", INVALID), (INT, "1.0", INVALID), (INT, "1e3", INVALID), (INT, "1_0", INVALID), (INT, "0x10", INVALID),
    (INT, " 1", INVALID), (INT, "1\n", INVALID), (INT, "", INVALID), (INT, "٣", INVALID), (INT, "NaN", INVALID),
    (LONG, "9223372036854775807", 2**63 - 1), (LONG, "-9223372036854775808", -(2**63)),
    (LONG, "9223372036854775808", RANGE), (LONG, "-9223372036854775809", RANGE),
    (MONEY, "1", D("1.00")), (MONEY, "1.5", D("1.50")), (MONEY, "-1.50", D("-1.50")), (MONEY, "1.500000", D("1.50")),
    (MONEY, "-0.00", D("0.00")), (MONEY, "0.001", INVALID), (MONEY, "1.005", INVALID), (MONEY, "01.5", INVALID),
    (MONEY, "9999999999.99", D("9999999999.99")), (MONEY, "10000000000", RANGE), (MONEY, "1e2", INVALID),
    (MONEY, ".5", INVALID), (MONEY, "5.", INVALID), (MONEY, "1,5", INVALID), (MONEY, "$1", INVALID),
    (MONEY, "1_0.0", INVALID), (MONEY, "NaN", INVALID), (MONEY, "Infinity", INVALID), (MONEY, "1.5 ", INVALID),
    (WIDE, "12345678901234567.89", D("12345678901234567.8900")), (WIDE, "9" * 34 + ".9999", D("9" * 34 + ".9999")),
    (WIDE, "1" + "0" * 34, RANGE), (WIDE, "0" * 39, INVALID), (WIDE, "1." + "0" * 300, D("1.0000")),
    (WIDE, "1." + "0" * 500, INVALID), (WHOLE, "1.0", D(1)), (WHOLE, "-7", D(-7)), (WHOLE, "1.5", INVALID),
    (SHARE, "0.125", D("0.125")), (SHARE, "-0.999", D("-0.999")), (SHARE, "0", D("0.000")), (SHARE, "1", RANGE),
    (SHARE, "0.0625", INVALID), (FINEST, "0." + "9" * 38, D("0." + "9" * 38)), (FINEST, "1.0", RANGE),
    (ROUNDED, "1.005", D("1.01")), (ROUNDED, "-1.005", D("-1.01")), (ROUNDED, "1.0049", D("1.00")),
    (ROUNDED, "-0.004", D("0.00")), (ROUNDED, "999.994", D("999.99")), (ROUNDED, "999.995", RANGE),
    (DOUBLE, "1.5", 1.5), (DOUBLE, "-0", -0.0), (DOUBLE, "1e3", 1000.0), (DOUBLE, "-1.5E-3", -0.0015),
    (DOUBLE, "1e308", 1e308), (DOUBLE, "1e309", RANGE), (DOUBLE, "1e-400", 0.0), (DOUBLE, "NaN", INVALID),
    (DOUBLE, "Infinity", INVALID), (DOUBLE, "inf", INVALID), (DOUBLE, "0x1p3", INVALID), (DOUBLE, "1_0", INVALID),
    (DOUBLE, ".5", INVALID), (DOUBLE, "1.", INVALID), (DOUBLE, "1" * 500, INVALID), (DOUBLE, "0.1", 0.1),
    (FLOAT, "0.1", 0.10000000149011612), (FLOAT, "16777217", 16777216.0), (FLOAT, "1e39", RANGE),
    (FLOAT, "1e-60", 0.0), (ANY, "NaN", math.nan), (ANY, "Infinity", math.inf), (ANY, "-Infinity", -math.inf),
    (ANY, "nan", INVALID), (ANY, "+Infinity", INVALID), (ANY, "1e309", RANGE),
    (Date(), "2024-02-29", dt.date(2024, 2, 29)), (Date(), "2000-02-29", dt.date(2000, 2, 29)),
    (Date(), "0001-01-01", dt.date(1, 1, 1)), (Date(), "9999-12-31", dt.date(9999, 12, 31)),
    (Date(), "1900-02-29", INVALID), (Date(), "2023-02-29", INVALID), (Date(), "2024-04-31", INVALID),
    (Date(), "0000-01-01", INVALID), (Date(), "2024-1-1", INVALID), (Date(), "20240101", INVALID),
    (Date(), "2024-W01-1", INVALID), (Date(), "2024-01-01T00:00:00Z", INVALID), (Date(), "01/02/2024", INVALID),
    (Date(), "12024-01-01", INVALID), (Date(), "2024", INVALID), (Date(), "2024-01-01 ", INVALID),
    (AT, "2024-02-29T23:59:59Z", utc(2024, 2, 29, 23, 59, 59)), (AT, "2024-01-01 00:00:00+00:00", utc(2024, 1, 1)),
    (AT, "2024-01-01T00:00:00.1Z", utc(2024, 1, 1, 0, 0, 0, 100_000)),
    (AT, "2024-01-01T00:00:00-00:00", utc(2024, 1, 1)),
    (AT, "2024-01-01T00:00:00.123456+02:00", utc(2023, 12, 31, 22, 0, 0, 123_456)),
    (AT, "2024-01-01T00:00:00+14:59", utc(2023, 12, 31, 9, 1)), (AT, "2024-01-01T00:00:00-14:00", utc(2024, 1, 1, 14)),
    (AT, "2024-01-01T00:00:00", INVALID), (AT, "2024-01-01T00:00:00.1234567Z", INVALID), (AT, "2024-01-01", INVALID),
    (AT, "2024-01-01T24:00:00Z", INVALID), (AT, "2024-01-01T23:59:60Z", INVALID), (AT, "2024-02-30T00:00:00Z", INVALID),
    (AT, "2024-01-01T00:00:00z", INVALID), (AT, "2024-01-01T00:00:00+0200", INVALID),
    (AT, "2024-01-01T00:00Z", INVALID),
    (AT, "2024-01-01T00:00:00+15:00", INVALID), (AT, "2024-01-01T00:00:00,5Z", INVALID), (AT, "1704067200", INVALID),
    (AT, "2024-01-01T00:00:00 Z", INVALID), (AT, "20240101T000000Z", INVALID), (AT, "2024-01-01t00:00:00Z", INVALID),
    (AT, "0001-01-01T00:00:00+14:00", RANGE), (AT, "9999-12-31T23:59:59-01:00", RANGE),
    (BERLIN, "2024-01-01T00:00:00", utc(2023, 12, 31, 23)), (BERLIN, "2024-07-01T00:00:00", utc(2024, 6, 30, 22)),
    (BERLIN, "2024-03-31T02:30:00", INVALID), (BERLIN, "2024-10-27T02:30:00", utc(2024, 10, 27, 0, 30)),
    (BERLIN, "2024-10-27T02:30:00+01:00", utc(2024, 10, 27, 1, 30)), (BERLIN, "0001-01-01T00:00:00", RANGE),
]  # fmt: skip

TOKENS: list[tuple[LogicalType, object, object]] = [
    (String(), "a", "a"), (String(), "", ""), (String(), N("1"), WRONG), (String(), True, WRONG),
    (String(), "\udc00", INVALID), (String(), {}, WRONG), (String(), [], WRONG),
    (Boolean(), True, True), (Boolean(), False, False), (Boolean(), "true", WRONG), (Boolean(), N("1"), WRONG),
    (INT, N("12"), 12), (INT, N("-0"), 0), (INT, N("1.0"), INVALID), (INT, N("1e3"), INVALID), (INT, "12", WRONG),
    (INT, True, WRONG), (INT, [], WRONG), (LONG, N("9223372036854775808"), RANGE),
    (MONEY, N("1.5"), D("1.50")), (MONEY, N("1e3"), D("1000.00")), (MONEY, N("15E-1"), D("1.50")),
    (MONEY, N("1.000"), D("1.00")), (MONEY, N("1e-3"), INVALID), (MONEY, N("1e10"), RANGE), (MONEY, "1.5", D("1.50")),
    (MONEY, "1e3", INVALID), (MONEY, "", INVALID), (MONEY, True, WRONG), (MONEY, {}, WRONG),
    (MONEY, N("0e999999999999999999999"), D("0.00")), (MONEY, N("-0e-999999999999999999999"), D("0.00")),
    (MONEY, N("1e999999999999999999999"), RANGE), (MONEY, N("1e-999999999999999999999"), INVALID),
    (MONEY, N("1e-999"), INVALID), (MONEY, N("1e999999"), RANGE), (MONEY, N("1" * 401), INVALID),
    (MONEY, N("1" + "0" * 390 + "e-390"), D("1.00")), (ROUNDED, N("1e-999999999999999999999"), D("0.00")),
    (ROUNDED, N("1e-9"), D("0.00")), (ROUNDED, N("5e-3"), D("0.01")),
    (WIDE, N("12345678901234567.89"), D("12345678901234567.8900")),
    (DOUBLE, N("1"), 1.0), (DOUBLE, N("1e400"), RANGE), (DOUBLE, N("-0"), -0.0), (DOUBLE, "1.5", WRONG),
    (DOUBLE, "NaN", INVALID), (ANY, "NaN", math.nan), (ANY, "-Infinity", -math.inf), (ANY, "nan", WRONG),
    (ANY, "1.5", WRONG), (DOUBLE, False, WRONG), (FLOAT, N("0.1"), 0.10000000149011612), (FLOAT, N("3.5e38"), RANGE),
    (Date(), "2024-02-29", dt.date(2024, 2, 29)), (Date(), N("20240229"), WRONG), (Date(), "", INVALID),
    (AT, "2024-01-01T00:00:00Z", utc(2024, 1, 1)), (AT, N("1704067200"), WRONG), (AT, True, WRONG),
    (Struct((Field("a", INT),)), "x", WRONG), (List(INT), N("1"), WRONG),
]  # fmt: skip


def shown(value: object) -> str:
    """Type, sign of zero and scale count; NaN equals itself."""
    return value.code.value if isinstance(value, Refusal) else repr(value)


@pytest.mark.parametrize(("logical", "text", "expected"), TEXTS)
def test_text_is_this_value_or_refused(logical, text, expected):
    assert shown(parse_text(logical, text)) == (expected.value if isinstance(expected, ReasonCode) else repr(expected))


@pytest.mark.parametrize(("logical", "token", "expected"), TOKENS)
def test_json_token_is_this_value_or_refused(logical, token, expected):
    found = parse_json_scalar(logical, token)

    assert shown(found) == (expected.value if isinstance(expected, ReasonCode) else repr(expected))


FAST = [
    case
    for case in TEXTS
    if not isinstance(case[0], String) and re.fullmatch(text_scalar(case[0]), case[1]) is not None
]


@pytest.mark.parametrize(("logical", "text", "expected"), FAST)
def test_what_the_fast_path_casts_duckdb_casts_to_the_same_value(duck, logical, text, expected):
    through = f"CAST({text_literal(text)} AS DOUBLE)" if logical == FLOAT else text_literal(text)

    found = duck.select(f"SELECT CAST({through} AS {duckdb_type(logical)}) AS v").column("v").to_pylist()

    assert found == [expected]
    assert str(found[0]) == str(expected)  # the sign of zero, the scale


@settings(max_examples=300, deadline=None)
@given(
    logical=st.sampled_from([MONEY, WIDE, WHOLE, SHARE, FINEST, ROUNDED]),
    value=st.decimals(allow_nan=False, allow_infinity=False),
)
def test_a_decimal_is_its_own_value_with_the_scales_digits_or_none(logical, value):
    found = parse_json_scalar(logical, NumberToken(f"{value:E}".replace("E+", "e")))

    if isinstance(found, Refusal):
        fits = abs(value) < 10 ** (logical.precision - logical.scale) and value.as_tuple().exponent >= -logical.scale
        assert not fits
    else:
        assert isinstance(found, decimal.Decimal)
        assert found.as_tuple().exponent == -logical.scale
        assert found == value or logical.round_half_up


@settings(max_examples=200, deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_is_read_back_from_its_text(value):
    assert shown(parse_json_scalar(DOUBLE, NumberToken(repr(value).replace("e+", "e")))) == repr(value)


@settings(max_examples=200, deadline=None)
@given(value=st.datetimes())
def test_every_instant_is_read_back_from_its_text(value):
    assert parse_text(AT, value.isoformat() + "Z") == value.replace(tzinfo=dt.UTC)


@settings(max_examples=200, deadline=None)
@given(logical=st.sampled_from([INT, MONEY, DOUBLE, ANY, Date(), AT, BERLIN, Boolean(), String()]), text=st.text())
def test_any_text_is_a_value_or_refused_in_words(logical, text):
    found = parse_text(logical, text)

    assert not isinstance(found, Refusal) or found.expected


def test_a_refusal_describes_what_is_accepted():
    assert describe(MONEY) == "a decimal number with at most 10 digits before and at most 2 after the point"
    assert describe(BERLIN).endswith("[Z or +HH:MM, else Europe/Berlin]")
