"""Expressions: what is read, what is refused and where, and what it means for a record."""

from __future__ import annotations

import datetime as dt
import decimal
import pickle
import subprocess
import sys
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from open_data_contract_standard.model import SchemaProperty

from gridata_contracts.columns import Place, Schema
from gridata_contracts.expressions import Expression, evaluate, parse_expression
from gridata_contracts.problems import Problems
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

NAN, INF = float("nan"), float("inf")
D = decimal.Decimal
COLUMNS: Mapping[str, LogicalType] = {
    "status": String(),
    "n": Integer(64),
    "i": Integer(32),
    "total": Decimal(12, 2),
    "wide": Decimal(38, 2),
    "part": Decimal(38, 38),
    "f": Floating(64, allow_nan=True),
    "g": Floating(32),
    "day": Date(),
    "date": Date(),
    "at": Timestamp("Europe/Berlin"),
    "seen": Timestamp(),
    "p": Boolean(),
    "q": Boolean(),
    "in": Boolean(),
    "shipping": Struct((Field("address", Struct((Field("city", String()),))),)),
    "shipping.address": Struct((Field("city", String()),)),
    "shipping.address.city": String(),
    "items": List(Struct((Field("price", Integer()),))),
}
SCHEMA = Schema(
    places={path: Place(path, kind, (), "schema") for path, kind in COLUMNS.items()}
    | {"items[*].price": Place("items[*].price", Integer(), ("items",), "schema")},
    properties={"broken": (SchemaProperty(name="broken"), "schema[0].properties[9]")},
)


def read(text: object) -> tuple[Expression | None, list[str]]:
    problems = Problems("c.yaml")
    return parse_expression(text, SCHEMA, "where", problems), problems.messages


def good(text: str) -> Expression:
    expression, messages = read(text)
    assert expression is not None, messages
    return expression


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("status='shipped'  and\n(total>10)", "status = 'shipped' AND total > 10"),
        ("p AND (q AND (n = 1)) AND p", "p AND q AND n = 1 AND p"),
        ("p OR q AND p", "p OR (q AND p)"),
        ("(p OR q) AND p", "(p OR q) AND p"),
        ("NOT p AND q", "NOT p AND q"),
        ("NOT (p AND q)", "NOT (p AND q)"),
        ("NOT n = 1", "NOT (n = 1)"),
        ("NOT n IN (1, 2)", "n NOT IN (1, 2)"),
        ("not (n in (1))", "NOT (n IN (1))"),
        ("n != 1", "n <> 1"),
        ("n between 1 and 2 or n is not null", "n BETWEEN 1 AND 2 OR n IS NOT NULL"),
        ("n + i * 2 > 0", "n + (i * 2) > 0"),
        ("(n + i) * 2 > 0", "(n + i) * 2 > 0"),
        ("n - i - 1 > 0", "(n - i) - 1 > 0"),
        ("n - -1 = - i", "n - (-1) = -i"),
        ("total = 1.50", "total = 1.5"),
        ("n = 1e3", "n = 1000"),
        ("total > -0.00", "total > 0"),
        ("f > 1", "f > 1.0"),
        ("g = 0.1", "g = 0.10000000149011612"),
        ("coalesce(g, 0.1) = 0.1", "coalesce(g, 0.10000000149011612) = 0.10000000149011612"),
        ("day >= '2024-01-31'", "day >= DATE '2024-01-31'"),
        ("'2024-01-31' <= date", "DATE '2024-01-31' <= date"),
        ("at < '2024-01-01T00:00:00'", "at < TIMESTAMP '2023-12-31 23:00:00+00:00'"),
        ("seen = timestamp '2024-01-01T00:00:00.5Z'", "seen = TIMESTAMP '2024-01-01 00:00:00.500000+00:00'"),
        ("shipping.address.city = 'Bonn'", "shipping.address.city = 'Bonn'"),
        ("shipping IS NULL OR items IS NULL", "shipping IS NULL OR items IS NULL"),
        ('"in" = TRUE', '"in" = TRUE'),
        ("status = 'it''s'", "status = 'it''s'"),
        ("LENGTH(Lower(status)) > 3", "length(lower(status)) > 3"),
        ("(n = 1) = p", "(n = 1) = p"),
        ("n = 99999999999999999999999999999999999999", "n = 99999999999999999999999999999999999999"),
    ],
)
def test_formatting_does_not_change_the_canonical_text(text: str, canonical: str) -> None:
    expression = good(text)

    assert expression.text == canonical
    assert good(canonical) == expression


def test_columns_are_the_paths_it_looks_at_once_each() -> None:
    assert good("n > i AND shipping.address.city = status AND n < 9").columns == (
        "n", "i", "shipping.address.city", "status",
    )  # fmt: skip


OUTSIDE = [
    # text, position, got
    ("1=1; DROP TABLE x", 3, ";"),
    ("status = 'x'; DROP TABLE x; --", 12, ";"),
    ("status = 'x' OR 1 = 1 -- ", 22, "-- "),
    ("status = 'x' /* all */", 13, "/* all */"),
    ("-- n = 1", 0, "-- n = 1"),
    ("n IN (SELECT i FROM other)", 13, "i"),
    ("EXISTS (SELECT 1)", 15, "1"),
    ("(SELECT n) = 1", 8, "n"),
    ("n = 1 UNION SELECT 2", 6, "UNION"),
    ("n = 1 LIMIT 1", 6, "LIMIT"),
    ("n = ANY (i)", 4, "ANY (i)"),
    ("status LIKE 'x%'", 7, "LIKE"),
    ("CASE WHEN p THEN q END", 5, "WHEN"),
    ("CAST(n AS int) = 1", 7, "AS"),
    ("n::int = 1", 1, ":"),
    ("n / 2 = 1", 2, "/"),
    ("n % 2 = 1", 2, "%"),
    ("status || 'x' = 'ax'", 7, "|"),
    ("items[*].price > 1", 5, "["),
    ("items[0].price > 1", 5, "["),
    ("items.price > 1", 0, "items.price"),
    ("items.* = 1", 0, "items.*"),
    ("count(*) > 1", 0, "count(*)"),
    ("lenght(status) > 1", 0, "lenght(status)"),
    ("n.abs(i) = 1", 0, "n.abs(i)"),
    ("random() > 1", 0, "random"),
    ("now() > at", 0, "now"),
    ("length(status) OVER () > 1", 15, "OVER"),
    ("length(DISTINCT status) > 1", 16, "status"),
    ("n BETWEEN 1 2", 12, "2"),
    ("n BETWEEN SYMMETRIC 1 AND 2", 20, "1"),
    ("n IN (1,)", 7, ","),
    ("n IN ()", 0, "n"),
    ("n IN i", 0, "n IN i"),
    ("coalesce(n,) = 1", 0, "coalesce(n)"),
    ("coalesce(n) = 1", 0, "coalesce(n)"),
    ("abs(n, i) = 1", 0, "abs(n, i)"),
    ("contains(status, lower('x'))", 17, "lower('x')"),
    ("n = + 1", 4, "+"),
    ("n = NULL", 4, "NULL"),
    ("NULL", 0, "NULL"),
    ("p IS TRUE", 0, "p IS TRUE"),
    ("n IS DISTINCT FROM i", 14, "FROM"),
    ("n = i = p", 0, "n = i"),
    ("p = NOT q", 4, "NOT"),
    ("n IS NULL = p", 0, "n IS NULL = p"),
    ("n <=> i", 4, ">"),
    ("n == i", 3, "="),
    ("n = @x", 4, "@"),
    ("n = :x", 4, ":"),
    ("n = ?", 4, "?"),
    ("status = $$x$$", 9, "$$x$$"),
    ("status = N'x'", 9, "N'x'"),
    ("status = 'a' 'b'", 13, "'b'"),
    ("status = 'x", 9, "'x"),
    ("status = 'x' AND status = 'y", 26, "'y"),
    ('status = "x', 9, '"x'),
    ("status = `x`", 9, "`"),
    ("{{ n }} = 1", 0, "{"),
    ("n = 0x10", 5, "x10"),
    ("n = 1_000", 5, "_000"),
    ("n = 007", 4, "007"),
    ("n = 1.", 4, "1."),
    ("n = .5", 4, "."),
    ("f = 1e999", 4, "1e999"),
    ("f = 1e99999999999999999999", 4, "1e99999999999999999999"),
    ("é = 1", 0, "é"),
    ("n = ", 2, "="),
    ("(n = 1", 5, "1"),
    ("n = 1)", 5, ")"),
    ("()", 0, "()"),
    ("(n, i) IS NULL", 1, "n, i"),
    ("AND", 0, "AND"),
]


@pytest.mark.parametrize(("text", "position", "got"), OUTSIDE)
def test_everything_else_is_refused_with_its_place(text: str, position: int, got: str) -> None:
    expression, messages = read(text)

    shown = got.replace('"', '\\"')
    assert expression is None
    assert len(messages) == 1
    assert messages[0].startswith(f'c.yaml: where: got "{shown}" at position {position}, allowed '), messages


MISTYPED = [
    ("n", "n", "a condition, true or false. It is long."),
    ("n + 1", "n + 1", "a condition, true or false. It is decimal(20,0)."),
    ("p AND n", "n", "a condition, true or false. It is long."),
    ("NOT n", "n", "a condition, true or false. It is long."),
    ("status = 5", "5", "text, as stand beside it. It is a number."),
    ("n = '5'", "'5'", "whole numbers and decimals, as stand beside it. It is text."),
    ("n IN (1, 'a')", "'a'", "whole numbers and decimals, as stand beside it. It is text."),
    ("n BETWEEN 1 AND f", "f", "whole numbers and decimals, as stand beside it. It is double."),
    ("f > n", "n", "binary numbers, as stand beside it. It is long."),
    ("f + total > 0", "total", "binary numbers, as stand beside it. It is decimal(12,2)."),
    ("day < at", "at", "dates, as stand beside it. It is timestamp."),
    ("at < DATE '2024-01-01'", "'2024-01-01'", "timestamps, as stand beside it. It is a date."),
    ("p < q", "p", "whole numbers and decimals or binary numbers or text or dates or timestamps. It is boolean."),
    ("shipping = shipping", "shipping", "It is object."),
    ("items = items", "items", "It is array."),
    ("length(n) = 1", "n", "text. It is long."),
    ("abs(status) = 1", "status", "whole numbers and decimals or binary numbers. It is string."),
    ("- status = 'x'", "status", "whole numbers and decimals or binary numbers. It is string."),
    ("coalesce(n, 'x') = 1", "'x'", "whole numbers and decimals, as stand beside it. It is text."),
    ("day = '2024-02-30'", "'2024-02-30'", "a date YYYY-MM-DD."),
    ("seen = '2024-01-01T00:00:00'", "'2024-01-01T00:00:00'", "an instant"),
    ("at = TIMESTAMP '2024-01-01T00:00:00'", "'2024-01-01T00:00:00'", "an instant"),
    ("at = '2024-03-31T02:30:00'", "'2024-03-31T02:30:00'", "a local time that exists in Europe/Berlin"),
    ("status = 'a\0b'", "'a\\u0000b'", "text without the character U+0000"),
    ("g > 1e300", "1e300", "a number"),
    ("statsu = 'x'", "statsu", "the path of a column. Did you mean 'status'?"),
    ("Status = 'x'", "Status", "the path of a column. Did you mean 'status'?"),
    ("shipping.city = 'x'", "shipping.city", "the path of a column. Did you mean 'shipping.address.city'?"),
    ('status = "shipped"', '\\"shipped\\"', "Text is written 'shipped'."),
    ("'a' = 'b'", "'a' = 'b'", "a condition that looks at a column"),
    ("TRUE", "TRUE", "a condition that looks at a column"),
]


@pytest.mark.parametrize(("text", "got", "said"), MISTYPED)
def test_values_that_do_not_belong_together_are_refused(text: str, got: str, said: str) -> None:
    expression, messages = read(text)

    assert expression is None
    assert len(messages) == 1
    assert f'got "{got}" at position' in messages[0]
    assert said in messages[0]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("wide > 0.001", "at most 38 digits together, not 39"),
        ("wide + wide > 0", "at most 38 digits together, not 39"),
        ("wide * n > 0", "at most 38 digits together, not 58"),
        ("n * n > 0", "at most 38 digits together, not 39"),
        ("part > 1", "at most 38 digits together, not 39"),
        ("coalesce(part, n) = 0", "at most 38 digits together, not 57"),
        ("abs(wide) > 0", "at most 34 digits, not 38"),
        ("-wide > 0", "at most 34 digits, not 38"),
    ],
)
def test_exact_arithmetic_that_engines_could_not_hold_is_refused(text: str, needed: str) -> None:
    expression, messages = read(text)

    assert expression is None
    assert [needed in message for message in messages] == [True]


@pytest.mark.parametrize("text", ["wide > 0", "part = 0", "n * i > 0", "n + n > 0", "wide = 0.01", "abs(n) > -n"])
def test_exact_arithmetic_that_engines_hold_is_read(text: str) -> None:
    assert good(text).text == text


def test_all_problems_of_an_expression_are_told_at_once() -> None:
    _, messages = read("statsu = 'x' AND total > 'a' OR (day > 'soon' AND n + 1)")

    assert [message.split(" at position ")[1].split(",")[0] for message in messages] == ["0", "25", "39", "50"]


def test_a_column_with_a_problem_of_its_own_is_not_told_twice() -> None:
    assert read("broken = 1") == (None, [])


@pytest.mark.parametrize("text", [None, 5, True, ["n = 1"], {"n": 1}, "", " \n"])
def test_what_is_no_condition_at_all_is_refused(text: object) -> None:
    expression, messages = read(text)

    assert expression is None
    assert len(messages) == 1
    assert "allowed a condition such as" in messages[0]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "n = 1" + ")" * 500,
        "(" * 17 + "n = 1" + ")" * 17,
        "NOT " * 400 + "p",
        "f = " + "- " * 800 + "f",
        "abs(" * 300 + "n" + ")" * 300 + " = 1",
        "p" + " BETWEEN 1 AND NOT p" * 90,
        "f" + " + f" * 400 + " = 1",
        "n = " + "1" * 3000,
        "p" + " OR p" * 20000,
        "n IN (" + "1," * 5000 + "1)",
    ],
)
def test_huge_or_deep_input_is_refused_not_crashed(text: str) -> None:
    expression, messages = read(text)

    assert expression is None
    assert len(messages) == 1


def test_long_chains_of_conditions_are_no_nesting() -> None:
    expression = good(" OR ".join(f"n = {i}" for i in range(150)))

    assert evaluate(expression, {"n": 149}) is True


@pytest.mark.parametrize("text", ["(" * 16 + "n = 1" + ")" * 16, "f" + " + f" * 37 + " > 1.0"])
def test_nesting_up_to_the_bound_is_read(text: str) -> None:
    assert good(text).columns in (("n",), ("f",))


WORDS = [
    "n", "i", "p", "f", "status", "day", "shipping.address.city", "'a'", "1", "1.5", "(", ")", ",", ".", "AND", "OR",
    "NOT", "=", "<>", "<", "IN", "BETWEEN", "IS", "NULL", "+", "-", "*", "TRUE", "DATE", "TIMESTAMP", "coalesce",
    "length", "'2024-01-01'", "--", "/*", ";", '"', "'", "%", "[*]", "SELECT", "AS", "CASE", "\x00", "\ud800", "é",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
@example("n BETWEEN 1 AND 2 AND p")
@example("p = (q)")
def test_any_text_is_refused_or_survives_its_canonical_form(text: str) -> None:
    expression, messages = read(text)

    assert (expression is None) is bool(messages)
    if expression is not None:
        assert good(expression.text) == expression


TRUTHS = (True, False, None)


@pytest.mark.parametrize(("a", "b"), list(product(TRUTHS, TRUTHS)))
def test_logic_has_the_three_values_of_sql(a: bool | None, b: bool | None) -> None:
    record = {"p": a, "q": b}

    both = False if False in (a, b) else (None if None in (a, b) else True)
    either = True if True in (a, b) else (None if None in (a, b) else False)
    assert evaluate(good("p AND q"), record) is both
    assert evaluate(good("p OR q"), record) is either
    assert evaluate(good("NOT p"), record) is (None if a is None else not a)
    assert evaluate(good("p = q"), record) is (None if None in (a, b) else a is b)
    assert evaluate(good("p IS NULL"), record) is (a is None)


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ("n IN (1, 2)", {"n": None}, None),
        ("n IN (1, i)", {"n": 1, "i": None}, True),
        ("n IN (1, i)", {"n": 2, "i": None}, None),
        ("n NOT IN (1, i)", {"n": 1, "i": None}, False),
        ("n NOT IN (1, i)", {"n": 2, "i": None}, None),
        ("n BETWEEN i AND 5", {"n": 6, "i": None}, False),
        ("n BETWEEN i AND 5", {"n": 4, "i": None}, None),
        ("n NOT BETWEEN i AND 5", {"n": 6, "i": None}, True),
        ("n = 1", {}, None),
        ("n + 1 > 0", {"n": None}, None),
        ("coalesce(n, 7) = 7", {"n": None}, True),
        ("coalesce(n, i) IS NULL", {}, True),
        ("shipping.address.city = 'Bonn'", {"shipping": {"address": {"city": "Bonn"}}}, True),
        ("shipping.address.city = 'Bonn'", {"shipping": None}, None),
        ("shipping.address IS NULL", {"shipping": {"address": None}}, True),
        ("n = total", {"n": 2, "total": D("2.00")}, True),
        ("n + n > 9223372036854775807", {"n": 2**63 - 1}, True),
        ("wide = 999999999999999999999999999999999999.99", {"wide": D("9" * 36 + ".99")}, True),
        ("n * total = 1.5", {"n": 3, "total": D("0.50")}, True),
        ("-n = 9223372036854775808", {"n": -(2**63)}, True),
        ("f = f AND f > 1e300", {"f": NAN}, True),
        ("f <> f", {"f": NAN}, False),
        ("f BETWEEN 1 AND f", {"f": NAN}, True),
        ("f = 0", {"f": -0.0}, True),
        ("f * 0 > 1", {"f": INF}, True),
        ("g = 0.1", {"g": 0.10000000149011612}, True),
        ("status < 'é'", {"status": "z"}, True),
        ("status < '\U0001f600'", {"status": "\uffff"}, True),
        ("length(status) = 2", {"status": "e\u0301"}, True),
        ("lower(status) = 'Éa' AND upper(status) = 'ÉA'", {"status": "Éa"}, True),
        ("starts_with(status, 'a_') OR ends_with(status, '%')", {"status": "abc"}, False),
        ("contains(status, '')", {"status": ""}, True),
        ("day < '2024-01-01'", {"day": dt.date(2023, 12, 31)}, True),
        ("at >= '2024-01-01T00:00:00'", {"at": dt.datetime(2023, 12, 31, 23, tzinfo=dt.UTC)}, True),
    ],
)
def test_a_record_fulfils_a_condition_or_not_or_it_is_not_known(
    text: str, record: dict[str, object], expected: bool | None
) -> None:
    assert evaluate(good(text), record) is expected


def test_an_expression_survives_pickling() -> None:
    expression = good("at < '2024-01-01T00:00:00' AND coalesce(total, 0) IN (1, 2.5) AND NOT abs(f) > 1")

    assert pickle.loads(pickle.dumps(expression)) == expression


def test_contracts_without_expressions_do_not_load_the_parser() -> None:
    script = "import sys; import gridata_contracts.expressions, gridata_contracts.load; print('sqlglot' in sys.modules)"

    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"
