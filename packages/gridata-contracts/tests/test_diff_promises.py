"""`contract diff` tells every change; one that takes something from people has to be confirmed by name."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from gridata_contracts.diff import accept, compare, is_breaking
from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


Changes = tuple[tuple[str, str], ...]

ROOT = Path(__file__).parents[3]
NEW_VERSION = ("version: 1.0.0", "version: 1.1.0")
FORMAT = "  - {property: gridata.format, value: jsonl}"
TEAM = "team: {name: shop-team}"
CODE = "{name: code, logicalType: string}"
WORDS = "{name: words, logicalType: array, items: {logicalType: string}}"
SIZE = "{name: size, logicalType: integer, physicalType: int}"


def setting(name: str, value: str) -> tuple[str, str]:
    return FORMAT, f"{FORMAT}\n  - {{property: gridata.{name}, value: {value}}}"


def sla(name: str, value: int, unit: str, element: str) -> tuple[str, str]:
    level = f"{{property: {name}, value: {value}, unit: {unit}, element: {element}}}"
    return TEAM, f"{TEAM}\nslaProperties:\n  - {level}"


def code(more: str) -> tuple[str, str]:
    return CODE, f"{CODE[:-1]}, {more}}}"


def rule(terms: str = "", severity: str = "error") -> tuple[str, str]:
    call = f"{{rule: is_between, min: 1{terms}}}"
    quality = f"[{{type: custom, engine: gridata, severity: {severity}, implementation: {call}}}]"
    return SIZE, f"{SIZE[:-1]}, quality: {quality}}}"


CONFIRMED: dict[str, tuple[Changes, Changes, str]] = {
    "shorter retention of rows": (
        (sla("retention", 10, "y", "table"),),
        (sla("retention", 1, "d", "table"),),
        "retention.table: 3650 days → 1 days. Rows are deleted sooner.",
    ),
    "an end of rows that had none": (
        (),
        (sla("retention", 1, "y", "table"),),
        "retention.table: no end → 365 days. Rows are deleted sooner.",
    ),
    "shorter retention of files": (
        (),
        (sla("retention", 30, "d", "landing"),),
        "retention.landing: 90 days → 30 days. Landed files are deleted sooner.",
    ),
    "shorter retention of rejects": (
        (),
        (sla("retention", 7, "d", "quarantine"),),
        "retention.quarantine: 30 days → 7 days. Rejected records are deleted sooner.",
    ),
    "weaker freshness": (
        (sla("latency", 6, "h", "sold_at"),),
        (sla("latency", 2, "d", "sold_at"),),
        "freshness: 21600 s → 172800 s. Tables may be older.",
    ),
    "no freshness": (
        (sla("latency", 6, "h", "sold_at"),),
        (),
        "freshness: 21600 s → no promise. Tables may be older.",
    ),
    "same content published no more": (
        (),
        (setting("sameContent", "duplicate"),),
        "gridata.sameContent: publish → duplicate. Records sent again under another name are no longer published.",
    ),
    "personal no more": (
        (code("classification: restricted, tags: [pii]"),),
        (code("classification: restricted"),),
        "parts[*].code: restricted, personal → restricted. Values that were protected may be shown from now on.",
    ),
    "lower classification": (
        (code("classification: confidential"),),
        (),
        "parts[*].code: confidential → internal. Values that were protected may be shown from now on.",
    ),
}

TOLD: dict[str, tuple[Changes, Changes, str]] = {
    "longer retention": ((), (sla("retention", 1, "y", "landing"),), "retention.landing: 90 days → 365 days."),
    "rows for ever": ((sla("retention", 1, "y", "table"),), (), "retention.table: 365 days → no end."),
    "a promise of freshness": ((), (sla("latency", 1, "h", "sold_at"),), "freshness: no promise → 3600 s."),
    "same content published": (
        (setting("sameContent", "duplicate"),),
        (),
        "gridata.sameContent: duplicate → publish.",
    ),
    "another alias": ((), (setting("aliases", "[raw/things/]"),), "gridata.aliases: raw/things/ added."),
    "owner": ((), (("name: shop-team", "name: thing-team"),), "owner: shop-team → thing-team."),
    "purpose": ((), (("is one thing.", "is a thing."),), "description.purpose: One row is one thing. → One row is a"),
    "usage": ((), (("one thing.}", "one thing., usage: Reports.}"),), "description.usage: none → Reports."),
    "status": ((), (("status: active", "status: deprecated"),), "status: active → deprecated."),
    "title": ((), (("status: active", "status: active\nname: Things"),), "name: things → Things."),
    "tags": ((), (("status: active", "status: active\ntags: [core]"),), "tags: none → core."),
    "own setting": ((), (setting("x.cost", "7"),), "gridata.x.cost: none → 7."),
    "personal from now on": ((), (code("tags: [pii]"),), "parts[*].code: internal → confidential, personal."),
    "a column's description": ((), (code("description: Of it."),), "parts[*].code: description none → Of it.."),
    "a column's examples": ((), (code("examples: [a]"),), "parts[*].code.examples: none → ['a']."),
    "words of items": (
        (),
        ((WORDS, WORDS.replace("string}", "string, description: One.}")),),
        "words[*].description: none → One..",
    ),
    "members of the team": (
        (),
        ((TEAM, "team: {name: shop-team, members: [{username: a}]}"),),
        "team.members: none → [{'username': 'a'}].",
    ),
    "informative level": ((), (sla("availability", 99, "d", "x"),), "slaProperties.availability.value: none → 99."),
    "columns in another order": (
        (),
        ((f"      - {SIZE}\n", ""), ("      - {name: made_on", f"      - {SIZE}\n      - {{name: made_on")),
        "columns: in another order.",
    ),
    "milder action": ((rule(),), (rule(", action: flag"),), "size.is_between: quarantine → flag."),
    "some failures tolerated": (
        (rule(),),
        (rule(", threshold: 1 %"),),
        "size.is_between: tolerates none → 1 %.",
    ),
    "null no longer fails": ((rule(", nulls: fail"),), (rule(),), "size.is_between: nulls fail → pass."),
    "fewer rows asked": ((rule(),), (rule(", where: price > 0"),), "size.is_between: where none → price > 0."),
}

REFUSED: dict[str, tuple[Changes, Changes, str]] = {
    "stricter action": (
        (rule(", action: flag"),),
        (rule(),),
        "size.is_between: flag → quarantine. Make it a new major version.",
    ),
    "fewer failures tolerated": (
        (rule(", threshold: 5 %"),),
        (rule(", threshold: 1 %"),),
        "size.is_between: tolerates 5 % → 1 %. Make it a new major version.",
    ),
    "null fails": (
        (rule(),),
        (rule(", nulls: fail"),),
        "size.is_between: nulls pass → fail. Make it a new major version.",
    ),
    "more rows asked": (
        (rule(", where: price > 0"),),
        (rule(),),
        "size.is_between: where price > 0 → none. Make it a new major version.",
    ),
    "items now required": (
        (),
        ((WORDS, WORDS.replace("string}", "string, required: true}")),),
        "words[*].is_not_null: added: a value. Make it a new major version.",
    ),
}


@pytest.mark.parametrize("name", CONFIRMED)
def test_change_that_takes_something_from_people_waits_until_it_is_accepted(build: Build, name: str) -> None:
    before, after, message = CONFIRMED[name]

    changes = compare(build(*before), build(NEW_VERSION, *after))
    where = message.partition(": ")[0]

    assert f"confirm {message} Say so with --accept {where}, or make it a new major version." in map(str, changes)
    assert is_breaking(changes)
    assert not is_breaking(accept(changes, [where]))


@pytest.mark.parametrize("name", TOLD)
def test_change_that_takes_nothing_is_told(build: Build, name: str) -> None:
    before, after, message = TOLD[name]

    changes = compare(build(*before), build(NEW_VERSION, *after))

    assert [str(change) for change in changes if str(change).startswith(f"allowed {message}")], list(map(str, changes))
    assert not is_breaking(changes)


@pytest.mark.parametrize("name", REFUSED)
def test_stricter_terms_of_a_check_are_refused(build: Build, name: str) -> None:
    before, after, message = REFUSED[name]

    changes = compare(build(*before), build(NEW_VERSION, *after))

    assert [str(change) for change in changes] == [f"refused {message}", "allowed version: 1.0.0 → 1.1.0."]


@pytest.mark.parametrize("name", [*CONFIRMED, *TOLD])
def test_change_that_people_see_asks_for_a_new_version(build: Build, name: str) -> None:
    before, after, _ = (CONFIRMED | TOLD)[name]

    changes = compare(build(*before), build(*after))

    assert str(changes[-1]) == "refused version: 1.0.0 → 1.0.0 although the contract changed. Set 1.1.0."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("computeProfile", "large", "gridata.computeProfile: small → large."),
        ("lane", "spark", "gridata.lane: auto → spark."),
        ("laneThreshold", "1GiB", "gridata.laneThreshold: 17179869184 → 1073741824."),
    ],
)
def test_change_that_only_operators_see_is_told_and_asks_for_no_version(
    build: Build, name: str, value: str, message: str
) -> None:
    changes = compare(build(), build(setting(name, value)))

    assert [str(change) for change in changes] == [f"allowed {message}"]


def test_one_name_accepts_a_column_with_its_fields_and_no_refused_change(build: Build) -> None:
    before = build(("- name: parts", "- name: parts\n        tags: [pii]"))
    after = build(NEW_VERSION, (CODE, CODE.replace("string", "date")))

    changes = accept(compare(before, after), ["parts"])

    verdicts = {(change.where, change.verdict.value) for change in changes}
    assert {("parts", "allowed"), ("parts[*].code", "refused"), ("parts[*].weight", "allowed")} <= verdicts


def test_name_that_waits_for_nothing_cannot_be_accepted(build: Build) -> None:
    before, after, _ = CONFIRMED["shorter retention of rows"]
    changes = compare(build(*before), build(NEW_VERSION, *after))

    with pytest.raises(UsageError, match=r"got 'retention\.tabel', allowed retention\.table\. Did you mean"):
        accept(changes, ["retention.tabel"])


def test_optional_column_whose_own_rule_refuses_null_is_refused(build: Build) -> None:
    quality = "[{type: custom, engine: gridata, implementation: {rule: is_not_null}}]"
    color = f"{{name: color, logicalType: string, quality: {quality}}}"

    changes = compare(build(), build(NEW_VERSION, (f"- {SIZE}", f"- {SIZE}\n      - {color}")))

    assert "refused color.is_not_null: added: a value. Make it a new major version." in map(str, changes)


def test_changed_document_is_never_no_change(build: Build) -> None:
    before, after = (build((SIZE, f"{SIZE[:-1]}, enum: [{{value: 1, label: {label}}}]}}")) for label in ("One", "Eins"))

    assert [str(change) for change in compare(before, after)] == [
        "allowed document: words changed that have no name here.",
        "refused version: 1.0.0 → 1.0.0 although the contract changed. Set 1.1.0.",
    ]
