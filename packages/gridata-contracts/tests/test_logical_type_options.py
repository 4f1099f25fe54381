"""`logicalTypeOptions` of ODCS v3.1: each becomes a check, or is refused with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Contract
from gridata_contracts.reference import broken_checks

AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
SIZE = "{name: size, logicalType: integer, physicalType: int}"
TEXT = "{name: size, logicalType: string}"
PRICE = "{name: size, logicalType: number, physicalType: 'decimal(12,2)'}"
RATIO = "{name: size, logicalType: number, physicalType: double}"
DAY = "{name: size, logicalType: date}"
AT = "{name: size, logicalType: timestamp}"
TAGS = "{name: size, logicalType: array, items: {logicalType: string}}"
PARTS = "{name: size, logicalType: array, items: {logicalType: object, properties: [{name: a, logicalType: string}]}}"
BOX = "{name: size, logicalType: object, properties: [{name: a, logicalType: string}, {name: b, logicalType: string}]}"


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


def options(column: str, written: str) -> tuple[str, str]:
    return SIZE, f"{column[:-1]}, logicalTypeOptions: {{{written}}}}}"


def asked(contract: Contract) -> list[tuple[str, str | None, Mapping[str, Any]]]:
    made = [check for check in contract.checks if "logicalTypeOptions" in check.source]
    return [(check.rule, check.column, check.arguments) for check in made]


ACCEPTED: dict[str, tuple[str, str, list[tuple[str, Mapping[str, Any]]]]] = {
    "lengths": (TEXT, "minLength: 1, maxLength: 3", [("has_length", {"min": 1, "max": 3})]),
    "pattern": (TEXT, "pattern: '[a-z]'", [("has_pattern", {"pattern": "[a-z]"})]),
    "email": (TEXT, "format: email", [("is_email", {})]),
    "uuid": (TEXT, "format: uuid", [("is_uuid", {})]),
    "url": (TEXT, "format: url", [("is_url", {})]),
    "hostname": (TEXT, "format: hostname", [("is_hostname", {})]),
    "ipv4": (TEXT, "format: ipv4", [("is_ipv4", {})]),
    "ipv6": (TEXT, "format: ipv6", [("is_ipv6", {})]),
    "date in text": (TEXT, "format: date", [("is_date_text", {"format": "YYYY-MM-DD"})]),
    "instant in text": (TEXT, "format: date-time", [("is_castable_to", {"type": "timestamp"})]),
    "byte": (TEXT, "format: byte", [("is_base64", {})]),
    "password": (TEXT, "format: password", []),
    "bounds": (PRICE, "minimum: 1, maximum: 2", [("is_between", {"min": 1, "max": 2})]),
    "exclusive bounds": (
        RATIO,
        "exclusiveMinimum: 1, exclusiveMaximum: 2",
        [("is_greater_than", {"value": 1}), ("is_less_than", {"value": 2})],
    ),
    "multiple": (SIZE, "multipleOf: 5", [("is_multiple_of", {"value": 5})]),
    "bits": ("{name: size, logicalType: integer}", "format: i32", []),
    "days": (DAY, "minimum: '2020-01-01', format: yyyy-MM-dd", [("is_between", {"min": "2020-01-01"})]),
    "instants": (
        AT,
        "exclusiveMaximum: '2030-01-01T00:00:00Z', format: yyyy-MM-ddTHH:mm:ssZ, timezone: true",
        [("is_less_than", {"value": "2030-01-01T00:00:00Z"})],
    ),
    "naive instants": (AT, "timezone: false, defaultTimezone: Europe/Berlin", []),
    "items": (TAGS, "minItems: 1, maxItems: 9", [("has_items", {"min": 1, "max": 9})]),
    "different items": (TAGS, "uniqueItems: true", [("has_unique_items", {})]),
    "equal items": (TAGS, "uniqueItems: false", []),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_option_becomes_a_check(build: Build, name: str) -> None:
    column, written, rules = ACCEPTED[name]

    assert asked(build(options(column, written))) == [(rule, "size", arguments) for rule, arguments in rules]


def test_required_fields_of_an_object_are_asked_for_where_the_object_is_there(build: Build) -> None:
    contract = build(options(BOX, "required: [a]"))

    assert asked(contract) == [("is_not_null", "size.a", {})]
    records = ({"size": None}, {"size": {"a": "x"}}, {"size": {"b": "x"}})
    found = [bool(broken_checks(contract, {"thing_id": "1", **record}, AS_OF)) for record in records]
    assert found == [False, False, True]


def test_field_that_is_required_itself_is_asked_for_once(build: Build) -> None:
    box = BOX.replace("{name: a, logicalType: string}", "{name: a, logicalType: string, required: true}")

    contract = build(options(box, "required: [a, b]"))

    assert [check.column for check in contract.checks if check.rule == "is_not_null"] == [
        "thing_id",
        "size.b",
        "size.a",
    ]


@pytest.mark.parametrize(
    ("text", "is_uri"),
    [
        ("https://example.com:8080/a?b=c#d", True), ("mailto:nina@example.com", True), ("urn:isbn:0451450523", True),
        ("http://[2001:db8::1]/", True), ("example.com/a", False), ("1a:b", False), ("a:b c", False), ("a:%zz", False),
    ],
)  # fmt: skip
def test_uri_is_a_scheme_and_what_may_follow_it(build: Build, text: str, is_uri: bool) -> None:
    contract = build(options(TEXT, "format: uri, pattern: '.*'"))

    assert [check.id for check in broken_checks(contract, {"thing_id": "1", "size": text}, AS_OF)] == (
        [] if is_uri else ["size.format"]
    )


REFUSED: dict[str, tuple[str, str, str, str]] = {
    "format of text": (TEXT, "format: emial", 'format: got "emial", allowed email,', "Did you mean 'email'?"),
    "format of a decimal": (PRICE, "format: f64", 'format: got "format", allowed minimum', "says all about it"),
    "format of a date": (DAY, "format: dd.MM.yyyy", "format: got \"dd.MM.yyyy\", allowed yyyy-MM-dd.", "is_date_text"),
    "format of an instant": (AT, "format: yyyyMMdd", 'format: got "yyyyMMdd", allowed yyyy-MM-dd', "ISO 8601"),
    "length of a number": (SIZE, "minLength: 1", 'minLength: got "minLength", allowed minimum', ""),
    "number of fields": (BOX, "minProperties: 1", 'minProperties: got "minProperties", allowed required.', "required"),
    "field": (BOX, "required: [c]", 'required[0]: got "c", allowed a field of size.', "Fields are a, b."),
    "no fields": (BOX, "required: true", "required: got true, allowed a list of fields.", "It has a, b."),
    "different": (TAGS, "uniqueItems: 1", "uniqueItems: got 1, allowed true or false.", ""),
    "different objects": (PARTS, "uniqueItems: true", "uniqueItems: got nothing, allowed the name of a field.", ""),
    "swapped": (SIZE, "minimum: 9, maximum: 1", "minimum: got 9, allowed at most max (1).", "Swap the bounds."),
    "no room": (SIZE, "minimum: 5, exclusiveMaximum: 5", "minimum: got 5, allowed less than exclusiveMaximum", "No"),
    "no room between": (PRICE, "exclusiveMinimum: 5, exclusiveMaximum: 4.5", "exclusiveMinimum: got 5", ""),
    "of another type": (DAY, "maximum: 5", "logicalTypeOptions.maximum: got 5", "size is date"),
    "pattern": (TEXT, r"pattern: 'a\b'", "logicalTypeOptions.pattern: got ", "portable subset"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_option_without_a_meaning_here_is_refused_with_a_reason(build: Build, name: str) -> None:
    column, written, problem, reason = REFUSED[name]

    with pytest.raises(ContractError) as caught:
        build(options(column, written))

    assert len(caught.value.problems) == 1, caught.value.problems
    assert problem in caught.value.problems[0]
    assert reason in caught.value.problems[0]
