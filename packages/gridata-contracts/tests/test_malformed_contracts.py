"""What an author reads when a contract is wrong: one change to a correct contract, one message."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from gridata_contracts.errors import ContractError, UsageError
from gridata_contracts.load import load_contract, load_contracts
from gridata_contracts.model import Contract


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


SIZE = "{name: size, logicalType: integer, physicalType: int}"
PRICE = "{name: price, logicalType: number, physicalType: 'decimal(12,2)'}"
CODE = "{name: code, logicalType: string}"
WORDS = "{name: words, logicalType: array, items: {logicalType: string}}"
KEY = "{name: thing_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}"


def rule(column: str, call: str) -> tuple[str, str]:
    """The column with one rule on it."""
    return column, f"{column[:-1]}, quality: [{{type: custom, engine: gridata, implementation: {{{call}}}}}]}}"


def sla(entry: str) -> tuple[str, str]:
    return "customProperties:", f"slaProperties: [{entry}]\ncustomProperties:"


CASES = {
    "key of a column": (
        (SIZE, SIZE.replace("logicalType:", "logicaltype:")),
        'properties[1].logicaltype: got "logicaltype", allowed',
        "Did you mean 'logicalType'?",
    ),
    "relationship to nowhere": (
        (CODE, f"{CODE[:-1]}, relationships: [{{to: customers.customer_id}}]}}"),
        'relationships[0].to: got "customers.customer_id", allowed <domain>.<dataset>.v<N>.<column>',
        "such as ecommerce.customers.v1.customer_id",
    ),
    "relationship of a kind": (
        (CODE, f"{CODE[:-1]}, relationships: [{{type: parent, to: a.b.v1.c}}]}}"),
        'relationships[0].type: got "parent", allowed foreignKey.',
        "",
    ),
    "relationship of an array's items": (
        (
            WORDS,
            WORDS.replace(
                "items: {logicalType: string}", "items: {logicalType: string, relationships: [{to: a.b.v1.c}]}"
            ),
        ),
        'got "is_found_in", allowed a column with one value per row',
        "words[*] has many values per row.",
    ),
    "key of the document": (("team:", "teem:"), 'teem: got "teem", allowed', "Did you mean 'team'?"),
    "logical type": (
        ("logicalType: date}", "logicalType: dat}"),
        'properties[3].logicalType: got "dat", allowed string, boolean, integer, number, date',
        "Did you mean 'date'?",
    ),
    "time": (
        ("logicalType: date}", "logicalType: time}"),
        'got "time"',
        "Use a string with a pattern, or a timestamp.",
    ),
    "unsigned": (
        ("physicalType: int}", "physicalType: uint32}"),
        'properties[1].physicalType: got "uint32", allowed int or long.',
        "Unsigned types do not exist in Iceberg",
    ),
    "number without size": (
        (PRICE, "{name: price, logicalType: number}"),
        "properties[2].physicalType: got nothing, allowed decimal(p,s), double or float.",
        "Use decimal(p,s) for money.",
    ),
    "decimal too wide": (
        ("decimal(12,2)'}\n      - {name: made", "decimal(39,2)'}\n      - {name: made"),
        "39",
        "1 <= p <= 38",
    ),
    "rule name": (
        rule(SIZE, "rule: is_betwen, min: 1"),
        'quality[0].implementation.rule: got "is_betwen", allowed one of',
        "Did you mean 'is_between'?",
    ),
    "rule for another type": (
        rule(SIZE, "rule: has_length, min: 1"),
        'implementation.rule: got "has_length", allowed a rule for int (has_length is for text columns).',
        "Choose another rule or change the column's type.",
    ),
    "argument name": (
        rule(SIZE, "rule: is_between, mn: 1"),
        'implementation.mn: got "mn", allowed min, max, exclusive_min, exclusive_max.',
        "Did you mean 'min'?",
    ),
    "argument missing": (
        rule(SIZE, "rule: is_in_set"),
        "implementation.values: got nothing, allowed values, which is_in_set needs.",
        "Add the argument.",
    ),
    "bound missing": (
        rule(SIZE, "rule: is_between"),
        "got nothing, allowed at least one of min, max.",
        "needs a bound",
    ),
    "literal of another type": (
        rule(SIZE, "rule: is_between, min: one"),
        'implementation.min: got "one", allowed a whole number of 32 bits (size is int).',
        "",
    ),
    "literal out of range": (
        rule(SIZE, "rule: is_in_set, values: [1, 3000000000]"),
        "values[1]: got 3000000000",
        "32 bits",
    ),
    "literal with lost digits": (
        rule(PRICE, "rule: is_less_than, value: 1234567890.123456"),
        "implementation.value: got 1234567890.123456",
        "quoted when it has more than 15 digits",
    ),
    "literal without zone": (
        ("logicalType: timestamp}", "logicalType: timestamp, logicalTypeOptions: {minimum: '2020-01-01T00:00:00'}}"),
        'logicalTypeOptions.minimum: got "2020-01-01T00:00:00"',
        "with Z or +HH:MM",
    ),
    "bounds swapped": (
        rule(SIZE, "rule: is_between, min: 9, max: 1"),
        "implementation.min: got 9, allowed at most max (1).",
        "Swap the bounds.",
    ),
    "column reference": (
        rule(SIZE, "rule: is_at_most_column, column: sise"),
        'implementation.column: got "sise", allowed the path of a column of this contract.',
        "Did you mean 'size'?",
    ),
    "column reference into an array": (
        rule(PRICE, "rule: is_at_most_column, column: 'parts[*].cost'"),
        'implementation.column: got "parts[*].cost", allowed a column outside of parts, or of the same item of it.',
        "It has many values per row.",
    ),
    "columns that do not compare": (
        rule(PRICE, "rule: is_at_most_column, column: made_on"),
        'got "made_on", allowed a column that compares with price, which is decimal(12,2).',
        "made_on is date; align the types.",
    ),
    "item field": (
        rule(PRICE, "rule: is_sum_of_items, array: parts, factors: [cst]"),
        'factors[0]: got "cst", allowed a field of one item of parts.',
        "Did you mean 'cost'?",
    ),
    "item field of another kind": (
        rule(PRICE, "rule: is_sum_of_items, array: parts, factors: [weight]"),
        'factors[0]: got "weight", allowed a whole number or decimal, as price is.',
        "weight is double.",
    ),
    "pattern": (
        (CODE, "{name: code, logicalType: string, logicalTypeOptions: {pattern: '^[A-Z]\\b'}}"),
        r"logicalTypeOptions.pattern: got '\\b' at position 6, allowed the portable subset.",
        "the whole text is matched",
    ),
    "option of another type": (
        (SIZE, SIZE.replace("}", ", logicalTypeOptions: {maxLength: 3}}")),
        'logicalTypeOptions.maxLength: got "maxLength", allowed minimum, maximum',
        "",
    ),
    "rule twice": (
        rule(KEY, "rule: is_not_null"),
        'got "thing_id.is_not_null", allowed each check id once.',
        "It is also schema[0].properties[0].required",
    ),
    "unknown action": (
        rule(SIZE, "rule: is_between, min: 1, action: quarantin"),
        'quality[0].implementation.action: got "quarantin", allowed quarantine, flag, fail_batch.',
        "Did you mean 'quarantine'?",
    ),
    "threshold in words": (
        rule(SIZE, "rule: is_between, min: 1, threshold: few"),
        'quality[0].implementation.threshold: got "few", allowed a number of rows, a share such as "1 %",',
        "",
    ),
    "null policy of a rule about nulls": (
        rule(SIZE, "rule: is_not_null, nulls: skip"),
        'quality[0].implementation.nulls: got "skip", allowed no nulls for is_not_null.',
        "It decides about nulls itself",
    ),
    "severity": (
        (SIZE, SIZE.replace("}", ", quality: [{metric: nullValues, mustBe: 0, severity: eror}]}")),
        'quality[0].severity: got "eror", allowed error, warning.',
        "Did you mean 'error'?",
    ),
    "engine": (
        (SIZE, SIZE.replace("}", ", quality: [{type: custom, engine: soda, implementation: x}]}")),
        'quality[0].engine: got "soda", allowed gridata.',
        "",
    ),
    "reserved column": (
        ("name: size", "name: _size"),
        '.name: got "_size"',
        "Names that start with _ are the platform's",
    ),
    "same name in another case": (
        ("name: size", "name: PRICE"),
        "names that differ in more than case",
        "properties[1].name",
    ),
    "key inside an object": (
        (CODE, "{name: code, logicalType: string, primaryKey: true}"),
        'primaryKey: got "parts[*].code", allowed top-level columns only.',
        "",
    ),
    "quarantine longer than landing": (
        sla("{property: retention, value: 100, unit: d, element: quarantine}"),
        'slaProperties: got "landing 90 d, quarantine 100 d", allowed landing retention >= quarantine retention.',
        "Replay reads the landed file",
    ),
    "retention element": (
        sla("{property: retention, value: 10, unit: d, element: landin}"),
        'slaProperties[0].element: got "landin", allowed landing, quarantine, table or the path of a column.',
        "Did you mean 'landing'?",
    ),
    "own setting": (
        ("gridata.format, value", "gridata.formt, value"),
        'customProperties[0].property: got "gridata.formt", allowed gridata.format,',
        "Did you mean 'gridata.format'?",
    ),
    "format": (
        ("value: jsonl", "value: jsonlines"),
        'customProperties[0].value: got "jsonlines", allowed jsonl, json',
        "",
    ),
    "nesting in CSV": (("value: jsonl", "value: csv"), 'got "parts", allowed scalar columns in CSV.', "Use jsonl"),
    "alias": (
        ("value: jsonl}", "value: jsonl}\n  - {property: gridata.aliases, value: [landing/x/]}"),
        'customProperties.gridata.aliases[0]: got "landing/x/", allowed a prefix outside of landing, rejected',
        "",
    ),
    "order by": (
        ("value: jsonl}", "value: jsonl}\n  - {property: gridata.orderBy, value: solt_at}"),
        'got "solt_at"',
        "Did you mean 'sold_at'?",
    ),
    "id": (("id: shop.things.v1", "id: things"), 'id: got "things", allowed <domain>.<dataset>.v<N>', ""),
    "version of another major": (("version: 1.0.0", "version: 2.0.0"), "allowed 1.x.y, as the id says v1.", ""),
    "version as a number": (
        ("version: 1.0.0", "version: 1.0"),
        "version: got 1.0, allowed a valid string.",
        "Quote it.",
    ),
    "api version": (("v3.1.0", "v2.2.2"), 'apiVersion: got "v2.2.2", allowed v3.1.0, v3.2.0.', ""),
    "owner": (("team: {name: shop-team}", "team: {}"), "team.name: got nothing", "Add team: {name: …}."),
    "zone": (
        ("logicalType: timestamp}", "logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Europe/Berln}}"),
        'defaultTimezone: got "Europe/Berln", allowed an IANA time zone.',
        "Did you mean 'Europe/Berlin'?",
    ),
    "naive without zone": (
        ("logicalType: timestamp}", "logicalType: timestamp, logicalTypeOptions: {timezone: false}}"),
        "logicalTypeOptions.timezone: got false, allowed false only with defaultTimezone.",
        "Name the zone of the source.",
    ),
    "key twice": (
        ("status: active", "status: active\nstatus: draft"),
        'line 6: got "status", allowed each key once.',
        "line 5",
    ),
    "tab": (("team: {name: shop-team}", "team:\n\tname: x"), "line 9, column 1: got", "allowed YAML"),
    "anchor": (("team: {name: shop-team}", "team: &a {name: x}\nroles: *a"), 'got "*a", allowed no anchors', ""),
    "tag": (("name: shop-team", "name: !!python/name:os.system x"), "allowed plain values without tags", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_problem_says_what_was_got_what_is_allowed_and_what_to_do(build: Build, name: str) -> None:
    change, problem, next_step = CASES[name]

    with pytest.raises(ContractError) as caught:
        build(change)

    # Two where a misspelt key also leaves the right one missing.
    assert len(caught.value.problems) <= 2, caught.value.problems
    assert problem in caught.value.problems[0]
    assert next_step in caught.value.problems[0]


def test_problem_names_the_line_of_the_value(build: Build) -> None:
    with pytest.raises(ContractError, match=r"0\.yaml:16: schema\[0\]\.properties\[2\]\.physicalType"):
        build((PRICE, "{name: price, logicalType: number, physicalType: decimal}"))


def test_all_problems_come_at_once(build: Build) -> None:
    with pytest.raises(ContractError) as caught:
        build(
            ("status: active", "status: activ"),
            ("logicalType: date}", "logicalType: dat}"),
            rule(SIZE, "rule: is_at_most_column, column: nothing"),
            ("{name: shop-team}", "{nam: shop-team}"),
            ("value: jsonl", "value: json1"),
        )

    assert len(caught.value.problems) >= 5


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[1, 2]", b"just text", b"a: " + b"[" * 2000, b"\x00", b"a: 1\n" * 300_000, b"? [a]\n: 1"],
)
def test_what_is_no_document_is_a_problem_and_no_stack_trace(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "contract.yaml"
    path.write_bytes(content)

    with pytest.raises(ContractError, match="allowed"):
        load_contract(path)


def test_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="got no such file"):
        load_contract(tmp_path / "none.yaml")


def put(folder: Path, dataset: str, text: str) -> None:
    path = folder / "shop" / dataset / "v1" / "contract.odcs.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_alias_that_overlaps_another_dataset_is_refused(tmp_path: Path, minimal: str) -> None:
    alias = "value: jsonl}}\n  - {{property: gridata.aliases, value: [{}]}}"
    put(tmp_path, "things", minimal.replace("value: jsonl}", alias.format("raw/shop/")))
    other = minimal.replace("shop.things.v1", "shop.others.v1").replace("name: things", "name: others")
    put(tmp_path, "others", other.replace("value: jsonl}", alias.format("raw/shop/others/")))

    with pytest.raises(
        ContractError, match=r"got 'raw/shop/', allowed prefixes of its own. It overlaps 'raw/shop/others/'"
    ):
        load_contracts(tmp_path)


def test_contract_in_the_wrong_folder_is_refused(tmp_path: Path, minimal: str) -> None:
    put(tmp_path, "thing", minimal)

    with pytest.raises(ContractError, match=r"got shop.things.v1, allowed the dataset of its folder. Move the file to"):
        load_contracts(tmp_path)


def test_problems_of_all_contracts_come_together(tmp_path: Path, minimal: str) -> None:
    put(tmp_path, "things", minimal.replace("status: active", "status: on"))
    put(tmp_path, "others", minimal.replace("shop.things.v1", "shop.others.v1"))

    with pytest.raises(ContractError) as caught:
        load_contracts(tmp_path)

    assert len(caught.value.problems) == 2


def test_rules_that_name_a_column_of_a_refused_type_are_no_further_problem(build: Build) -> None:
    named = "quality: [{type: custom, engine: gridata, implementation: {rule: is_at_most_column, column: price}}]"

    with pytest.raises(ContractError) as caught:
        build(
            (SIZE, SIZE.replace("}", f", {named}}}")),
            ("physicalType: 'decimal(12,2)'}\n      - {name: made", "physicalType: money}\n      - {name: made"),
        )

    assert len(caught.value.problems) == 1
    assert "money" in caught.value.problems[0]
