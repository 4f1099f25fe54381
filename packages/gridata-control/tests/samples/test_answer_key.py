"""The answer key is right: a reader and checker that share no code with the generator find exactly the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract
from gridata_contracts.reasons import ReasonCode
from gridata_control.samples.answer_key import ExpectedReason, read_answer_key
from gridata_control.samples.click_faults import click_faults
from gridata_control.samples.customer_faults import customer_faults
from gridata_control.samples.faults import Fault, Rulebook, broken
from gridata_control.samples.manifest import Manifest
from gridata_control.samples.order_faults import order_faults
from gridata_control.samples.poison import Poisoner
from gridata_control.samples.product_faults import product_faults

ORDERS = Path(__file__).parents[4] / "data/contracts/ecommerce/orders/v1/contract.odcs.yaml"


def test_every_record_breaks_exactly_the_reasons_of_the_answer_key(
    sample: tuple[Path, Manifest],
    contract_of: Callable[[str], Contract | None],
    judge: Callable[[Contract, Path], list[tuple[int | None, str, str | None, str | None]]],
) -> None:
    out, manifest = sample
    found: Counter[tuple[object, ...]] = Counter()
    for drop in manifest.drops:
        contract = contract_of(drop.key)
        if drop.story == "duplicate" or drop.outcome != "PUBLISHED" or contract is None:
            continue
        found.update((drop.key, *reason) for reason in judge(contract, out / drop.path))
    expected = Counter(
        (each.file, each.row_number, each.reason.value, each.check, each.column)
        for each in read_answer_key(out)
        if each.row_number is not None
    )
    assert found == expected
    assert expected.total() > 150


def test_there_are_at_least_fifteen_kinds_of_faults_and_each_occurs(sample: tuple[Path, Manifest]) -> None:
    out, _ = sample
    kinds = {(each.reason, each.check, each.column) for each in read_answer_key(out)}
    declared = {
        (breach.code, breach.column)
        for faults in (order_faults(), click_faults(), customer_faults(), product_faults())
        for fault in faults
        for breach in fault.breaches
    }
    assert declared - {(reason, column) for reason, _, column in kinds} == set()
    assert len({reason for reason, _, _ in kinds}) >= 13
    assert len(kinds) >= 60


def test_fault_names_are_unique_in_each_dataset() -> None:
    for faults in (order_faults(), click_faults(), customer_faults(), product_faults()):
        names = [fault.name for fault in faults]
        assert len(names) == len(set(names))


def test_files_that_are_never_read_have_one_reason_for_the_whole_file(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    whole = {each.file: each.reason for each in read_answer_key(out) if each.row_number is None}
    unpublished = {drop.key for drop in manifest.drops if drop.outcome != "PUBLISHED"}
    assert set(whole) == unpublished
    assert sorted(whole.values()) == [
        ReasonCode.EMPTY_FILE,
        ReasonCode.FORBIDDEN_NAME,
        ReasonCode.UNKNOWN_DATASET,
        ReasonCode.UNREADABLE_FILE,
    ]


def test_a_contract_without_the_check_a_fault_breaks_stops_the_generator() -> None:
    rulebook = Rulebook(load_contract(ORDERS))
    with pytest.raises(PermanentError, match=r"checks is_in_set on tax: got 0, allowed 1"):
        rulebook.check_id(broken("tax", "is_in_set"))


def test_a_duplicate_follows_its_original_and_only_the_second_is_expected() -> None:
    twice: Fault[str, str] = Fault("twice", (broken("order_id", "is_unique"),), lambda row: row, keeps_original=True)
    poisoner = Poisoner(load_contract(ORDERS), [twice])
    assert list(poisoner.rows("key", ["a", "b", "c"], frozenset({1}), lambda row: row)) == ["a", "b", "b", "c"]
    assert poisoner.expected == [
        ExpectedReason("key", 3, ReasonCode.DUPLICATE_KEY, "order_id.is_unique", "order_id"),
    ]


def test_a_fault_waits_for_a_record_that_can_have_it() -> None:
    long_only: Fault[str, str] = Fault("long", (broken("notes", "has_length"),), str.upper, lambda row: len(row) > 1)
    short: Fault[str, str] = Fault("any", (broken("currency", "is_not_null"),), lambda row: "-")
    poisoner = Poisoner(load_contract(ORDERS), [long_only, short])
    rows = list(poisoner.rows("key", ["a", "bb", "c"], frozenset({0, 1, 2}), lambda row: row))
    assert rows == ["-", "BB", "-"]


def test_the_answer_key_is_read_back_as_it_was_written(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    lines = (out / "answer_key.jsonl").read_text().splitlines()
    assert len(lines) == len(read_answer_key(out)) == manifest.spoilt
    assert set(json.loads(lines[0])) == {"file", "row_number", "reason", "check", "column"}
