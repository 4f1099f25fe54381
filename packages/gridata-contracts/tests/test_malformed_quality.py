"""What an author reads when an entry of the standard's `quality` is wrong: path, got, allowed, next step."""

from __future__ import annotations

from typing import Protocol

import pytest

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Contract

SIZE = "{name: size, logicalType: integer, physicalType: int}"
COLOR = "{name: color, logicalType: string}"
WORDS = "{name: words, logicalType: array, items: {logicalType: string}}"
TABLE = "  - name: things\n"
AT = "schema[0].properties[1].quality[0]"


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


def on(column: str, entry: str) -> tuple[str, str]:
    return SIZE, f"{column[:-1]}, quality: [{{{entry}}}]}}"


def on_table(entry: str) -> tuple[str, str]:
    return TABLE, f"{TABLE}    quality: [{{{entry}}}]\n"


def nulls(operators: str) -> tuple[str, str]:
    return on(SIZE, f"metric: nullValues, {operators}")


def invalid(arguments: str, column: str = COLOR) -> tuple[str, str]:
    return on(column, f"metric: invalidValues, arguments: {{{arguments}}}, mustBe: 0")


METRICS = "nullValues, missingValues, invalidValues, duplicateValues, rowCount"
CASES: dict[str, tuple[tuple[str, str], str, str]] = {
    # change, problem, next step
    "metric": (
        on(SIZE, "metric: nullValue, mustBe: 0"),
        f'{AT}.metric: got "nullValue", allowed {METRICS}.',
        "Did you mean 'nullValues'?",
    ),
    "no metric": (
        on(SIZE, "mustBe: 0"), f"{AT}.metric: got nothing, allowed {METRICS}.", "Any rule can be asked with engine"
    ),
    "deprecated rule": (
        on(SIZE, "rule: freshness, mustBe: 0"), f'{AT}.rule: got "freshness", allowed {METRICS}.', ""
    ),
    "type": (
        on(SIZE, "type: libary, metric: nullValues, mustBe: 0"),
        f'{AT}.type: got "libary", allowed library, text, sql, custom.',
        "Did you mean 'library'?",
    ),
    "no operator": (
        on(SIZE, "metric: nullValues"), f"{AT}: got nothing, allowed one of mustBe, mustNotBe,", "Say what the number"
    ),
    "two operators": (
        nulls("mustBe: 0, mustBeLessThan: 5"),
        f'{AT}: got {{"mustBe": 0, "mustBeLessThan": 5}}, allowed one operator, or one lower and one upper bound.',
        "Write a second entry.",
    ),
    "two upper bounds": (nulls("mustBeLessThan: 5, mustBeLessOrEqualTo: 3"), "allowed one operator, or one lower", ""),
    "three operators": (
        nulls("mustBeGreaterThan: 1, mustBeLessThan: 5, mustNotBe: 3"), "allowed one operator, or one lower", ""
    ),
    "contradiction": (
        nulls("mustBeGreaterThan: 10, mustBeLessThan: 5"),
        f'{AT}: got {{"mustBeGreaterThan": 10, "mustBeLessThan": 5}}, allowed bounds that some number keeps to.',
        "The lower bound has to be the smaller one.",
    ),
    "nothing between": (
        nulls("mustBeGreaterThan: 5, mustBeLessThan: 5"), "allowed bounds that some number keeps to.", ""
    ),
    "no whole number between": (
        nulls("mustBeBetween: [1, 2]"),
        f"{AT}.mustBeBetween: got [1, 2], allowed bounds that a whole number >= 0 keeps to.",
        "Its bounds are not within, as the standard says.",
    ),
    "between swapped": (
        nulls("mustBeBetween: [9, 1]"),
        f"{AT}.mustBeBetween: got [9, 1], allowed two different numbers, the smaller one first.",
        "Swap them",
    ),
    "less than none": (
        nulls("mustBeLessThan: 0"),
        f"{AT}.mustBeLessThan: got 0, allowed bounds that a whole number >= 0 keeps to.", "",
    ),
    "part of a row": (nulls("mustBe: 1.5"), f"{AT}.mustBe: got 1.5, allowed bounds that a whole number >= 0", ""),
    "other than part of a row": (nulls("mustNotBe: 1.5"), f"{AT}.mustNotBe: got 1.5, allowed bounds", "breaks"),
    "text": (
        nulls("mustBe: none"), f'{AT}.mustBe: got "none", allowed a number.', "are compared by rules with engine"
    ),
    "truth": (nulls("mustBe: true"), f"{AT}.mustBe: got true, allowed a number.", ""),
    "percent": (
        nulls("mustBeLessThan: 101, unit: percent"),
        f"{AT}.mustBeLessThan: got 101, allowed a percentage from 0 to 100.",
        "Or count with unit: rows.",
    ),
    "below no percent": (
        nulls("mustBeLessThan: 0, unit: percent"), f"{AT}.mustBeLessThan: got 0, allowed bounds that a percentage", ""
    ),
    "unit": (
        nulls("mustBe: 0, unit: percents"),
        f'{AT}.unit: got "percents", allowed rows, percent.', "Did you mean 'percent'?",
    ),
    "rows in percent": (
        on_table("metric: rowCount, mustBeLessThan: 5, unit: percent"),
        'schema[0].quality[0].unit: got "percent", allowed rows.', "All rows are a hundred percent.",
    ),
    "rows of a property": (
        on(SIZE, "metric: rowCount, mustBe: 5"),
        f'{AT}.metric: got "rowCount", allowed a metric of one property.', "Move it to the schema's quality.",
    ),
    "nulls of the schema": (
        on_table("metric: nullValues, mustBe: 0"),
        'schema[0].quality[0].metric: got "nullValues", allowed duplicateValues or rowCount.', "Move it to the",
    ),
    "argument": (
        invalid("validValue: [red]"),
        f'{AT}.arguments.validValue: got "validValue", allowed validValues, pattern.', "Did you mean 'validValues'?",
    ),
    "argument of nulls": (
        nulls("mustBe: 0, arguments: {validValues: [1]}"),
        f'{AT}.arguments.validValues: got "validValues", allowed no arguments for nullValues.', "",
    ),
    "no validity": (
        on(COLOR, "metric: invalidValues, mustBe: 0"),
        f"{AT}.arguments: got nothing, allowed validValues, pattern or both.", "Say what a valid value is.",
    ),
    "no missing values": (
        on(COLOR, "metric: missingValues, mustBe: 0"),
        f"{AT}.arguments.missingValues: got nothing, allowed a list of values", "Say what stands for",
    ),
    "pattern outside of the subset": (
        invalid("pattern: '^a(?=b)'"), f"{AT}.arguments.pattern: got ", "allowed the portable subset"
    ),
    "pattern of a number": (
        invalid("pattern: '[0-9]+'", SIZE), f'{AT}.arguments.pattern: got "has_pattern", allowed a rule for int', ""
    ),
    "pattern of a number, counted": (
        on(SIZE, "metric: invalidValues, arguments: {pattern: '[0-9]+'}, mustBeGreaterThan: 1"),
        f'{AT}.arguments.pattern: got "[0-9]+", allowed no pattern for int.', "List the valid values.",
    ),
    "value of another type": (
        invalid("validValues: [1, two]", SIZE),
        f'{AT}.arguments.validValues[1]: got "two", allowed a whole number of 32 bits (size is int).', "",
    ),
    "missing value of another type": (
        on(SIZE, "metric: missingValues, arguments: {missingValues: [null, '']}, mustBe: 0"),
        f'{AT}.arguments.missingValues[0]: got ""', "size is int",
    ),
    "value that does not match": (
        invalid("validValues: [red, Blue], pattern: '[a-z]+'"),
        f'{AT}.arguments.validValues[1]: got "Blue", allowed text that matches [a-z]+.', "or mend the pattern",
    ),
    "no columns": (
        on_table("metric: duplicateValues, mustBe: 0"),
        "quality[0].arguments.properties: got nothing, allowed a list of property names.", "move the metric to one",
    ),
    "missing column": (
        on_table("metric: duplicateValues, arguments: {properties: [size, colour]}, mustBe: 0"),
        'quality[0].arguments.properties[1]: got "colour", allowed the path of a column', "Columns are",
    ),
    "column twice": (
        on_table("metric: duplicateValues, arguments: {properties: [size, size]}, mustBe: 0"),
        'quality[0].arguments.properties[1]: got "size", allowed each item once.', "Remove the repetition.",
    ),
    "items counted": (
        (WORDS, WORDS.replace("string}", "string, quality: [{metric: nullValues, mustBe: 3}]}")),
        "allowed a column with one value per row (has_null_count measures rows)", "words[*] has many values per row.",
    ),
    "id": (nulls("mustBe: 0, id: a b"), f'{AT}.id: got "a b", allowed letters, digits', ""),
    "severity": (nulls("mustBe: 0, severity: fatal"), f'{AT}.severity: got "fatal", allowed error, warning.', ""),
    "operator of a custom rule": (
        on(SIZE, "type: custom, engine: gridata, mustBe: 0, implementation: {rule: is_positive}"),
        f"{AT}.mustBe: got 0, allowed no operator for type custom.", "Use the rule's own arguments.",
    ),
    "operator of a text": (
        on(SIZE, "type: text, description: Few., mustBeLessThan: 5"),
        f"{AT}.mustBeLessThan: got 5, allowed no operator for type text.", "Use a metric",
    ),
    "text without words": (on(SIZE, "type: text"), f"{AT}.description: got nothing, allowed a sentence.", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_problem_names_path_value_allowed_and_next_step(build: Build, name: str) -> None:
    change, problem, next_step = CASES[name]

    with pytest.raises(ContractError) as caught:
        build(change)

    assert len(caught.value.problems) == 1, caught.value.problems
    assert problem in caught.value.problems[0]
    assert next_step in caught.value.problems[0]


def test_same_id_twice_is_refused_with_the_first_place(build: Build) -> None:
    entries = "id: full, metric: nullValues, mustBe: 0}, {id: full, metric: duplicateValues, mustBe: 0"

    with pytest.raises(ContractError, match=r'quality\[1\]: got "full", allowed each check id once. It is also schema'):
        build(on(SIZE, entries))


def test_all_problems_of_all_entries_come_at_once(build: Build) -> None:
    entries = ", ".join(
        [
            "metric: nullValue, mustBe: 0}",
            "{metric: nullValues, mustBeGreaterThan: 10, mustBeLessThan: 5}",
            "{type: sql, query: SELECT 1, mustBe: 0}",
            "{metric: invalidValues, arguments: {pattern: '(?=a)'}, mustBeLessThan: 101, unit: percent",
        ]
    )

    with pytest.raises(ContractError) as caught:
        build(on(COLOR, entries))

    assert len(caught.value.problems) == 4, caught.value.problems


def test_an_entry_beside_others_is_counted_as_it_is_written_although_its_columns_type_is_wrong(build: Build) -> None:
    column = "{name: size, logicalType: integer, physicalType: money"
    entries = "quality: [{metric: nullValues, mustBe: 0}, {type: custom, engine: soda}]}"

    with pytest.raises(ContractError) as raised:
        build((SIZE, f"{column}, {entries}"))

    [told] = [problem for problem in raised.value.problems if "engine" in problem]
    assert 'quality[1].engine: got "soda"' in told
