"""What a contract says in words is kept and told, and never looks as if it were checked."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from gridata_contracts.diff import compare
from gridata_contracts.emit import datahub
from gridata_contracts.lint import lint
from gridata_contracts.model import Contract, Note
from gridata_contracts.policy import Policy

SIZE = "{name: size, logicalType: integer, physicalType: int}"
TABLE = "  - name: things\n"
TEAM = "team: {name: shop-team}"
TEXT = "{type: text, id: measured, description: Sizes are measured by hand.}"


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


def test_text_is_a_note_and_no_check(build: Build) -> None:
    plain, noted = build(), build((SIZE, f"{SIZE[:-1]}, quality: [{TEXT}]}}"))

    assert noted.checks == plain.checks
    assert noted.notes == (Note("size", "Sizes are measured by hand.", "schema[0].properties[1].quality[0]"),)


def test_service_level_that_nothing_evaluates_is_a_note(build: Build) -> None:
    levels = "[{property: availability, value: 99.9, unit: percent}, {property: teaBreaks, description: At four.}]"

    contract = build((TEAM, f"{TEAM}\nslaProperties: {levels}"))

    assert [(note.about, note.text) for note in contract.notes] == [
        ("slaProperties.availability", "availability: 99.9 percent"),
        ("slaProperties.teaBreaks", "teaBreaks: At four."),
    ]


def test_lint_tells_notes_beside_problems(tmp_path: Path, minimal: str) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(minimal.replace(TABLE, f"{TABLE}    quality: [{TEXT}]\n"))

    report = lint([path], Policy(column_descriptions=False, table_retention=False))

    assert report.problems == ()
    assert report.notes == (f"{path}: schema[0].quality[0]: Sizes are measured by hand. (a note, not evaluated)",)


def test_catalog_shows_notes(build: Build) -> None:
    contract = build((SIZE, f"{SIZE[:-1]}, quality: [{TEXT}]}}"))

    properties = datahub.aspects(contract)["datasetProperties"]

    assert isinstance(properties, dict)
    assert isinstance(properties["customProperties"], dict)
    assert properties["customProperties"]["note 1"] == "size: Sizes are measured by hand."


def test_changed_note_is_a_change_that_is_told(build: Build) -> None:
    old = build((SIZE, f"{SIZE[:-1]}, quality: [{TEXT}]}}"))
    new = build(
        (SIZE, f"{SIZE[:-1]}, quality: [{TEXT.replace('hand', 'laser')}]}}"), ("version: 1.0.0", "version: 1.1.0")
    )

    assert any("laser" in str(change) for change in compare(old, new))
