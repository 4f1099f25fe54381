"""One pass over a file: what its columns hold, which of them are personal, and which suggested rules it keeps."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from gridata_contracts.columns import ITEM, walk
from gridata_contracts.literals import type_word
from gridata_contracts.load import load_contract
from gridata_contracts.model import Action, Check, Contract
from gridata_contracts.naming import DatasetId
from gridata_contracts.reasons import MASK
from gridata_contracts.rules import RULES, Level
from gridata_contracts.sample import Sample, read_sample
from gridata_contracts.suggest import Draft, draft_contract
from gridata_jobs.ahead import ahead
from gridata_jobs.checks.aggregates import MeasuredColumn
from gridata_jobs.checks.decision import Decision, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.profile.free_text import FreeText
from gridata_jobs.profile.personal import Finding, findings, personal_checks, text_columns
from gridata_jobs.profile.suggestion import SuggestedRule, drop, weigh
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import ReadBlock
from gridata_jobs.read.staging import Staged, format_of, stage

TRAINING_SHARE = 0.8
"""Of the sampled records, the first that suggest rules; all later ones of the file only judge them."""
_FEW = 50  # of so few records, all have to teach
_TELL_NOTHING = ("completeness", "min_length", "max_length", "mean_length")


@dataclass(frozen=True)
class ColumnProfile:
    """What is known of one column.

    Attributes:
        type: of the suggested contract, in its words.
        numbers: by name, such as `completeness`, of all records that are rows.
    """

    path: str
    type: str
    numbers: dict[str, float]


@dataclass(frozen=True)
class Profile:
    """What a file shows.

    Attributes:
        records: of the file.
        refused: those that are no rows of the suggested contract: broken, or a value of another type.
        trained_on: first records that suggested the rules.
        contract: text of the suggested contract.
    """

    records: int
    refused: int
    trained_on: int
    columns: Sequence[ColumnProfile]
    personal: Sequence[Finding]
    rules: Sequence[SuggestedRule]
    contract: str


def profile_file(source: Path, dataset: DatasetId, folder: Path, free_text: FreeText | None = None) -> Profile:
    """Profile a file.

    Args:
        source: its name says the format.
        dataset: the suggested contract's.
        folder: takes what has to lie on disk.
        free_text: reads the sampled texts for more kinds of personal data.

    Raises:
        UsageError: it has no records, or cannot be read.
        FileRefusedError: it breaks further on.
    """
    read = read_sample(source)
    training = _training(read)
    draft = draft_contract(training, dataset, source)
    contract = _load(draft, folder)
    decision, columns, counts = _evaluate(_stage(source, contract, folder), _only_counting(contract), folder)
    outcomes = {outcome.check.id: outcome for outcome in decision.outcomes}
    personal = list(findings(contract, outcomes))
    if free_text is not None:
        personal += free_text.findings(read, text_columns(contract))
    telling = _telling_values(contract, personal)
    rules = [weigh(outcomes[check.id]) for check in contract.checks if _is_suggested(check) and check not in telling]
    dropped = {rule.check for rule in rules if not rule.kept}
    drop(draft.document, [*telling, *(check for check in contract.checks if check.id in dropped)])
    _protect(draft.document, personal)
    draft.notes[:] = [_without_values(note, personal) for note in draft.notes]
    kept = _load(draft, folder)
    return Profile(
        counts["rows"] + counts["refused"],
        counts["refused"],
        len(training.records),
        [_column(each, columns, frozenset(one.column for one in personal)) for each in _paths(kept)],
        personal,
        rules,
        draft.text(source, read),
    )


def _training(read: Sample) -> Sample:
    count = len(read.records)
    return read if count < _FEW else replace(read, records=read.records[: int(count * TRAINING_SHARE)])


def _load(draft: Draft, folder: Path) -> Contract:
    path = folder / "suggested.odcs.yaml"
    path.write_text(yaml.safe_dump(draft.document, sort_keys=False, allow_unicode=True))
    return load_contract(path)


def _stage(source: Path, contract: Contract, folder: Path) -> Staged:
    copy = folder / "landed"
    shutil.copyfile(source, copy)
    return stage(copy, format_of(source.name, contract.landing.format))


def _is_suggested(check: Check) -> bool:
    return RULES[check.rule].marks_rows


def _without_values(note: str, personal: Sequence[Finding]) -> str:
    """A note about a personal column ends in values of it, in brackets."""
    about = any(f" {each.column}, " in note for each in personal)
    return f"{note.partition(' (')[0]} ({MASK})." if about else note


def _telling_values(contract: Contract, personal: Sequence[Finding]) -> list[Check]:
    """Rules that list values of personal columns, or what they look like; they are not even shown."""
    paths = {each.column for each in personal}
    return [check for check in contract.checks if check.column in paths and check.rule in ("is_in_set", "has_pattern")]


def _only_counting(contract: Contract) -> Contract:
    """Every check flags, so that each sees every row; those for personal data beside them, row rules first."""
    own = [replace(check, action=Action.FLAG, threshold=None) for check in contract.checks if _is_suggested(check)]
    ordered = sorted([*own, *personal_checks(contract)], key=lambda check: RULES[check.rule].level is not Level.ROW)
    return replace(contract, checks=tuple(ordered))


def _evaluate(staged: Staged, contract: Contract, folder: Path) -> tuple[Decision, list[MeasuredColumn], Counter[str]]:
    counts, tally = Counter[str](), Tally()
    reading, duck = Duck(), Duck(spill_dir=folder)
    try:
        source = open_source(staged, contract, reading)
        checks = DuckChecks(contract, duck, datetime.now(UTC))
        blocks = (source.read(span) for span in source.spans())
        for block in ahead(blocks):
            _count(block, counts)
            tally.add(checks.check(block.rows).tally)
        return checks.decide(tally), checks.measured_columns(), counts
    finally:
        reading.close()
        duck.close()


def _count(block: ReadBlock, counts: Counter[str]) -> None:
    counts["rows"] += len(block.rows)
    counts["refused"] += len(block.refused)


def _paths(contract: Contract) -> list[tuple[str, str]]:
    return [(column.path, type_word(column.type)) for column in walk(contract.columns)]


def _column(
    path_and_type: tuple[str, str], measured: Sequence[MeasuredColumn], personal: frozenset[str]
) -> ColumnProfile:
    """Of a personal column only numbers that show no value."""
    path, kind = path_and_type
    numbers = {each.metric: float(each.value) for each in measured if each.column == path}
    if path in personal:
        numbers = {name: value for name, value in numbers.items() if name in _TELL_NOTHING}
    return ColumnProfile(path, kind, numbers)


def _protect(document: dict[str, Any], personal: Sequence[Finding]) -> None:
    """Mark columns that are personal; an array is as personal as its items."""
    by_path = {each.column.removesuffix(ITEM) for each in personal}
    for path, item in _properties(document["schema"][0]["properties"], ""):
        if path in by_path and "tags" not in item:
            item.update(classification="restricted", tags=["pii"])


def _properties(properties: Sequence[dict[str, Any]], prefix: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for item in properties:
        path = f"{prefix}{item['name']}"
        found.append((path, item))
        inner, inside = item, path
        while "items" in inner:
            inner, inside = inner["items"], f"{inside}[*]"
        found += _properties(inner.get("properties", ()), f"{inside}.")
    return found
