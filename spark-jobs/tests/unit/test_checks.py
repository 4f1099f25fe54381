"""Checks on DuckDB: every rule on rows worked out by hand, and on random rows against the plain-Python reference."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Context, Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridata_contracts import types as t
from gridata_contracts.load import load_contract
from gridata_contracts.model import Action, Contract, Severity
from gridata_contracts.reference import broken_checks, repeated_rows
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.read.source import row_schema

Row = dict[str, object]
DATA = Path(__file__).parents[1] / "data"
AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
FIRST, LAST = (dt.datetime.fromisoformat(text) for text in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"))
NAN, INF = float("nan"), float("inf")
D = Decimal

COLUMNS = """\
- {{name: text, logicalType: string{text}}}
- {{name: other, logicalType: string}}
- {{name: n, logicalType: integer, physicalType: bigint{n}}}
- {{name: m, logicalType: number, physicalType: 'decimal(12,2)'{m}}}
- {{name: m2, logicalType: number, physicalType: 'decimal(10,3)'}}
- name: f
  logicalType: number
  physicalType: double
  customProperties: [{{property: gridata.allowNan, value: true}}]
  {f}
- {{name: f32, logicalType: number, physicalType: float{f32}}}
- {{name: day, logicalType: date{day}}}
- {{name: at, logicalType: timestamp, logicalTypeOptions: {{defaultTimezone: Europe/Berlin}}{at}}}
- {{name: flag, logicalType: boolean{flag}}}
- name: box
  logicalType: object
  properties:
    - {{name: label, logicalType: string{label}}}
    - {{name: inner, logicalType: object, properties: [{{name: x, logicalType: integer, physicalType: int{x}}}]}}
- name: items
  logicalType: array
  items:
    logicalType: object
    properties:
      - {{name: k, logicalType: string{k}}}
      - {{name: q, logicalType: integer, physicalType: int{q}}}
      - {{name: p, logicalType: number, physicalType: 'decimal(12,2)'{p}}}
      - {{name: d, logicalType: number, physicalType: double{d}}}
      - name: subs
        logicalType: array
        items: {{logicalType: object, properties: [{{name: z, logicalType: integer, physicalType: int{z}}}]}}
  {items}
"""


@pytest.fixture
def with_rule(contract_of):
    """The contract with one rule on one of its columns."""

    def with_rule(column: str, call: str, severity: str = "error") -> Contract:
        rule = f"quality: [{{type: custom, engine: gridata, severity: {severity}, implementation: {{{call}}}}}]"
        names = ["text", "n", "m", "f", "f32", "day", "at", "flag", "label", "x", "k", "q", "p", "d", "z", "items"]
        places = dict.fromkeys(names, "") | {column: rule if column in ("f", "items") else f", {rule}"}
        return contract_of(COLUMNS.format(**places))

    return with_rule


def table(contract: Contract, rows: Sequence[Row], first: int = 1) -> pa.Table:
    numbered = [{"_row_number": i, **row} for i, row in enumerate(rows, first)]
    return pa.Table.from_pylist(numbered, schema=row_schema(contract))


CASES: list[tuple[str, str, list[Row], list[Row]]] = [
    # column, rule, rows that pass, rows that fail
    ("text", "rule: is_not_null", [{"text": ""}], [{"text": None}]),
    ("label", "rule: is_not_null", [{"box": None}, {"box": {"label": "a"}}], [{"box": {"label": None}}]),
    ("x", "rule: is_not_null", [{"box": None}, {"box": {"inner": None}}, {"box": {"inner": {"x": 1}}}],
     [{"box": {"inner": {"x": None}}}]),
    ("q", "rule: is_not_null", [{"items": []}, {"items": None}, {"items": [{"q": 1}]}],
     [{"items": [{"q": 1}, {"q": None}]}, {"items": [None]}]),
    ("z", "rule: is_not_null", [{"items": [{"subs": []}, {"subs": None}, {"subs": [{"z": 1}]}]}],
     [{"items": [{"subs": [{"z": 1}]}, {"subs": [{"z": None}]}]}]),
    ("text", "rule: is_not_null_where, column: n, values: [1, 2]",
     [{"n": 3}, {"n": None}, {"n": 1, "text": "a"}], [{"n": 2}]),
    ("text", "rule: is_not_blank", [{"text": None}, {"text": " a"}, {"text": "\u00a0"}],
     [{"text": ""}, {"text": " \t\n\v\f\r"}]),
    ("text", "rule: is_in_set, values: [a, \"it's\"]", [{"text": "it's"}, {"text": None}],
     [{"text": "A"}, {"text": "a "}]),
    ("f32", "rule: is_in_set, values: [0.1]", [{"f32": 0.1}], [{"f32": 0.2}]),
    ("f", "rule: is_in_set, values: [NaN, 1]", [{"f": NAN}, {"f": 1.0}], [{"f": INF}]),
    ("flag", "rule: is_in_set, values: [true]", [{"flag": True}], [{"flag": False}]),
    ("n", "rule: is_not_in_set, values: [0]", [{"n": 1}, {"n": None}], [{"n": 0}]),
    ("m", "rule: is_between, min: 0.1, max: 1", [{"m": D("0.10")}, {"m": D("1.00")}],
     [{"m": D("0.09")}, {"m": D("1.01")}]),
    ("f", "rule: is_between, max: 1", [{"f": 1.0}, {"f": -INF}], [{"f": NAN}, {"f": INF}]),
    ("f32", "rule: is_between, max: 0.1", [{"f32": 0.1}], [{"f32": 0.2}]),
    ("day", "rule: is_between, min: '2024-02-29'", [{"day": dt.date(2024, 2, 29)}], [{"day": dt.date(2024, 2, 28)}]),
    ("at", "rule: is_between, min: '2024-01-01T00:00:00'", [{"at": dt.datetime(2023, 12, 31, 23, tzinfo=dt.UTC)}],
     [{"at": dt.datetime(2023, 12, 31, 22, 59, 59, tzinfo=dt.UTC)}]),
    ("text", "rule: is_greater_than, value: b", [{"text": "ba"}, {"text": "é"}], [{"text": "b"}, {"text": "B"}]),
    ("n", "rule: is_greater_than, value: 9223372036854775806", [{"n": 2**63 - 1}], [{"n": 2**63 - 2}, {"n": -(2**63)}]),
    ("m", "rule: is_less_than, value: 0.01", [{"m": D("0.00")}], [{"m": D("0.01")}]),
    ("text", "rule: has_length, min: 1, max: 2", [{"text": "😀é"}], [{"text": ""}, {"text": "e\u0301e"}]),
    ("text", "rule: has_pattern, pattern: '[a-z]+'", [{"text": "ab"}, {"text": None}],
     [{"text": "ab\n"}, {"text": "aB"}, {"text": ""}]),
    ("m", "rule: is_multiple_of, value: 0.05", [{"m": D("-1.15")}, {"m": D("0.00")}], [{"m": D("1.16")}]),
    ("n", "rule: is_multiple_of, value: 7", [{"n": -14}], [{"n": 2**63 - 2}]),
    ("items", "rule: has_items, min: 1, max: 2", [{"items": [None]}, {"items": None}],
     [{"items": []}, {"items": [None] * 3}]),
    ("items", "rule: has_unique_items, field: k",
     [{"items": [{"k": None}, {"k": None}, None, {"k": "a"}]}, {"items": []}],
     [{"items": [{"k": "a"}, {"k": "b"}, {"k": "a"}]}]),
    ("n", "rule: is_at_most_column, column: m", [{"n": 1, "m": D("1.00")}, {"n": 9, "m": None}],
     [{"n": 2, "m": D("1.99")}]),
    ("q", "rule: is_at_most_column, column: n", [{"n": 2, "items": [{"q": 2}]}, {"n": None, "items": [{"q": 2}]}],
     [{"n": 2, "items": [{"q": 1}, {"q": 3}]}]),
    ("z", 'rule: is_at_most_column, column: "items[*].q"',
     [{"items": [{"q": 5, "subs": [{"z": 5}]}, {"q": 1, "subs": []}]}],
     [{"items": [{"q": 5, "subs": []}, {"q": 1, "subs": [{"z": 2}]}]}]),
    ("m", "rule: is_at_least_column, column: m2", [{"m": D("1.01"), "m2": D("1.005")}],
     [{"m": D("1.00"), "m2": D("1.005")}]),
    ("text", "rule: is_equal_to_column, column: other", [{"text": "a", "other": "a"}, {"text": "a"}],
     [{"text": "a", "other": "A"}]),
    ("m", "rule: is_sum_of_columns, plus: [n, m2], minus: [n], tolerance: 0.01",
     [{"m": D("1.01"), "n": 2**63 - 1, "m2": D("1.000")}, {"m": None, "n": 1}],
     [{"m": D("1.02"), "n": 5, "m2": D("1.009")}]),
    ("n", "rule: is_sum_of_columns, plus: [n], minus: [m]", [{"n": 0}],
     [{"n": 2**63 - 1, "m": D("-0.01")}, {"n": -(2**63), "m": D("0.01")}]),
    ("f", "rule: is_sum_of_columns, plus: [f32]", [{"f": 0.5, "f32": 0.5}], [{"f": 1e308, "f32": -1.0}]),
    ("m", "rule: is_sum_of_items, array: items, factors: [q, p], tolerance: 0.01",
     [{"m": D("5.01"), "items": [{"q": 2, "p": D("2.50")}, None]}, {"m": D("0.00"), "items": None}],
     [{"m": D("5.02"), "items": [{"q": 2, "p": D("2.50")}]},
      {"m": D("1.00"), "items": [{"q": 2**31 - 1, "p": D("9999999999.99")}]}]),
    ("f", "rule: is_sum_of_items, array: items, factors: [q, d]", [{"f": 2.5, "items": [{"q": 1, "d": 2.5}]}],
     [{"f": 3.0, "items": [{"q": 1, "d": 2.5}]}, {"f": 1.0, "items": [{"q": 9, "d": 1e308}]}]),
    ("at", "rule: is_not_after_as_of, slack_s: 60", [{"at": AS_OF + dt.timedelta(seconds=60)}],
     [{"at": AS_OF + dt.timedelta(seconds=60, microseconds=1)}, {"at": dt.datetime.max.replace(tzinfo=dt.UTC)}]),
    ("day", "rule: is_not_after_as_of", [{"day": dt.date(2025, 6, 1)}], [{"day": dt.date(2025, 6, 2)}]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "call", "passing", "failing"), CASES)
def test_rule_decides_by_hand_worked_rows(with_rule, duck, column, call, passing, failing):
    contract = with_rule(column, call)

    verdicts = DuckChecks(contract, duck, AS_OF).check(table(contract, [*passing, *failing]))

    failed = range(len(passing) + 1, len(passing) + len(failing) + 1)
    assert [(row.row, [check.rule for check in row.checks]) for row in verdicts.broken] == [
        (row, [contract.checks[0].rule]) for row in failed
    ]
    assert verdicts.valid.column("_row_number").to_pylist() == list(range(1, len(passing) + 1))


def test_a_warning_counts_and_keeps_the_row(with_rule, duck):
    contract = with_rule("n", "rule: is_in_set, values: [1]", severity="warning")

    verdicts = DuckChecks(contract, duck, AS_OF).check(table(contract, [{"n": 1}, {"n": 2}]))

    assert len(verdicts.valid) == 2
    assert verdicts.broken == []
    assert verdicts.tally.failed == {"n.is_in_set": 1}
    assert verdicts.valid.column("_flags").to_pylist() == [None, ["n.is_in_set"]]


KEYS = "- {name: a, logicalType: string}\n- {name: b, logicalType: integer}"


@pytest.mark.parametrize("columns", [["a"], ["a", "b"]])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.tuples(st.sampled_from([None, "x", "y", "X"]), st.sampled_from([None, 1, 2])), max_size=12),
    cut=st.integers(0, 12),
)
def test_the_first_row_of_a_key_wins_across_blocks(contract_of, duck, columns, rows, cut):
    quality = (
        f"- {{type: custom, engine: gridata, implementation: {{rule: is_unique, columns: [{', '.join(columns)}]}}}}"
    )
    contract = contract_of(KEYS, quality=quality)
    records = [{"a": a, "b": b} for a, b in rows]
    checks = DuckChecks(contract, duck, AS_OF)

    blocks = [checks.check(table(contract, records[:cut])), checks.check(table(contract, records[cut:], cut + 1))]

    repeated = [row.row - 1 for block in blocks for row in block.broken]
    assert repeated == repeated_rows(contract.checks[0], records)


def test_a_row_that_breaks_another_check_does_not_hold_its_key(contract_of, duck):
    quality = "- {type: custom, engine: gridata, implementation: {rule: is_unique, columns: [a]}}"
    required = "- {name: a, logicalType: string}\n- {name: b, logicalType: integer, required: true}"
    contract = contract_of(required, quality=quality)

    verdicts = DuckChecks(contract, duck, AS_OF).check(table(contract, [{"a": "x", "b": None}, {"a": "x", "b": 1}]))

    assert [row.row for row in verdicts.broken] == [1]


def test_columns_may_have_the_names_our_sql_uses(contract_of, duck):
    names = ["row", "rows", "w0", "i1", "a1", "r", "v", "s", "k", "n", "nth", "line", "select", "seen_0", "total"]
    columns = "\n".join(f"- {{name: {name}, logicalType: string, required: true}}" for name in names)
    items = (
        "\n- name: items\n  logicalType: array\n  items: {logicalType: object, properties: "
        "[{name: i1, logicalType: string, quality: [{type: custom, engine: gridata, implementation: "
        "{rule: is_equal_to_column, column: i1}}]}]}"
    )
    quality = "\n".join(
        f"- {{type: custom, engine: gridata, implementation: {{rule: is_unique, columns: [{name}]}}}}" for name in names
    )
    contract = contract_of(columns + items, quality=quality)
    good: Row = {**dict.fromkeys(names, "a"), "items": [{"i1": "a"}]}
    others: list[Row] = [{**dict.fromkeys(names, f"{i}"), "items": [{"i1": "b"}]} for i in range(2)]

    verdicts = DuckChecks(contract, duck, AS_OF).check(
        table(contract, [good, others[0], {**others[1], "nth": None}, good])
    )

    found = {row.row: [check.id for check in row.checks] for row in verdicts.broken}
    assert found == {
        2: ["items[*].i1.is_equal_to_column"],
        3: ["nth.is_not_null", "items[*].i1.is_equal_to_column"],
        4: ["row.is_unique"],
    }


def test_more_checks_than_a_word_has_bits(contract_of, duck):
    columns = "\n".join(f"- {{name: c{i}, logicalType: string, required: true}}" for i in range(130))
    contract = contract_of(columns)
    checks = DuckChecks(contract, duck, AS_OF)

    verdicts = checks.check(table(contract, [{f"c{i}": "x" for i in range(130) if i not in (0, 61, 62, 124, 129)}]))

    assert len(checks.plan.words) == 3
    assert [check.id for check in verdicts.broken[0].checks] == [f"c{i}.is_not_null" for i in (0, 61, 62, 124, 129)]


EXACT = Context(prec=60)


def random_value(dice: random.Random, logical: t.LogicalType) -> object:  # noqa: C901 # one case per type
    """Null, a common value, or one at the edge of what the type holds; no NaN, about which Python has its own mind."""
    if dice.random() < 0.15:
        return None
    match logical:
        case t.Struct(fields):
            return {field.name: random_value(dice, field.type) for field in fields}
        case t.List(item):
            return [random_value(dice, item) for _ in range(dice.choice([0, 1, 2, 3, 11]))]
        case t.String():
            return dice.choice(
                ["", " ", "a", "b", "abc", "it's", "forbidden", "ab\n", "é😀x", "k" * dice.randrange(13), "A1"]
            )
        case t.Boolean():
            return dice.random() < 0.8
        case t.Integer(bits):
            return dice.choice([0, 1, 2, 5, 10, 11, -1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1))])
        case t.Decimal(precision, scale):
            digits = dice.choice([0, 1, 5, 250, 500, 1000, 10**precision - 1, -(10**precision) + 1])
            return D(digits).scaleb(-scale, EXACT)
        case t.Floating():
            return dice.choice([0.0, -0.0, 0.1, 0.5, 1.0, 1.0000000000000002, 1e300, INF, -INF])
        case t.Date():
            return dice.choice(
                [dt.date.min, dt.date.max, dt.date(2000, 1, 1), dt.date(2030, 12, 31), dt.date(2031, 1, 1)]
            )
        case t.Timestamp():
            return dice.choice([FIRST, LAST, AS_OF, AS_OF + dt.timedelta(seconds=60), AS_OF + dt.timedelta(seconds=61)])


@pytest.mark.parametrize("name", ["every_rule", "widest"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**40))
def test_duckdb_breaks_the_checks_the_reference_breaks(duck, contracts, name, seed):
    contract, dice = contracts[name], random.Random(seed)
    rows: list[Row] = [{column.name: random_value(dice, column.type) for column in contract.columns} for _ in range(80)]
    checks = (replace(check, severity=Severity.ERROR, action=Action.QUARANTINE) for check in contract.checks)
    everything = replace(contract, checks=tuple(checks))

    verdicts = DuckChecks(everything, duck, AS_OF).check(table(contract, rows))

    broken = {row.row: [check.id for check in row.checks if check.rule != "is_unique"] for row in verdicts.broken}
    expected = {i: [check.id for check in broken_checks(everything, row, AS_OF)] for i, row in enumerate(rows, 1)}
    assert {row: ids for row, ids in broken.items() if ids} == {row: ids for row, ids in expected.items() if ids}


@pytest.mark.parametrize("name", ["every_rule", "widest"])
def test_verdicts_are_never_null(duck, contracts, name):
    contract, dice = contracts[name], random.Random(5)
    rows: list[Row] = [{column.name: None for column in contract.columns}]
    rows += [{column.name: random_value(dice, column.type) for column in contract.columns} for _ in range(50)]
    plan = DuckChecks(contract, duck, AS_OF).plan

    nulls = " OR ".join(f"({sql}) IS NULL" for sql in plan.words)

    assert duck.select(f"SELECT count(*) AS n FROM rows WHERE {nulls}", rows=table(contract, rows)).column(
        "n"
    ).to_pylist() == [0]


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    """`widest` calculates with as many digits as a contract may ask for."""
    return {name: load_contract(DATA / f"{name}/v1/contract.odcs.yaml") for name in ("every_rule", "widest")}
