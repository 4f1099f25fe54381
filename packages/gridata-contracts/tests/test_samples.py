"""Samples beside each contract: valid ones break nothing, invalid ones exactly what expected.yaml says."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from gridata_contracts.document import read_document
from gridata_contracts.emit.checks import reason_code
from gridata_contracts.model import Check, Contract, Format, Severity
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.reference import broken_checks, repeated_rows
from gridata_contracts.reference_record import typed_record
from gridata_contracts.rules import RULES, Level
from gridata_contracts.rules.keyed import references_of
from gridata_contracts.values import NumberToken

AS_OF = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
VALUE_REASONS = {ReasonCode.WRONG_TYPE, ReasonCode.INVALID_VALUE, ReasonCode.OUT_OF_RANGE}


def fields_of(path: Path, contract: Contract) -> list[dict[str, Any]]:
    if contract.landing.format is Format.CSV:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return [json.loads(line, parse_int=NumberToken, parse_float=NumberToken) for line in text.splitlines()]


def records_of(path: Path, contract: Contract) -> list[dict[str, Any]]:
    if contract.landing.format is Format.PARQUET:
        return list(pq.ParquetFile(path).read().to_pylist())
    typed = [typed_record(contract, fields) for fields in fields_of(path, contract)]
    assert [refusals for _, refusals in typed if refusals] == []
    return [record for record, _ in typed]


def expected_of(contract: Contract) -> Iterator[tuple[Path, dict[str, Any]]]:
    folder = contract.path.parent / "samples" / "invalid"
    for name, entries in read_document(folder / "expected.yaml").data.items():
        for entry in entries:  # type: ignore[union-attr]
            yield folder / name, entry  # type: ignore[misc]


def test_valid_samples_break_no_check(contract: Contract) -> None:
    paths = sorted((contract.path.parent / "samples" / "valid").iterdir())

    broken = {
        (path.name, row): [check.id for check in broken_checks(contract, record, AS_OF)]
        for path in paths
        for row, record in enumerate(records_of(path, contract), start=1)
    }

    assert len(broken) >= 2
    assert set(map(tuple, broken.values())) == {()}


def test_each_invalid_sample_breaks_exactly_the_checks_it_names(contract: Contract) -> None:
    checks = {check.id: check for check in contract.checks}
    for path, entry in expected_of(contract):
        if "check" not in entry:
            continue
        named = checks[entry["check"]]
        records = records_of(path, contract)
        if RULES[named.rule].level is not Level.ROW:
            assert repeated_rows(named, records) == [entry["row"] - 1], path.name
            continue
        broken = broken_checks(contract, records[entry["row"] - 1], AS_OF)
        rejected = any(check.severity is Severity.ERROR for check in broken)

        assert {check.id for check in broken} == {named.id, *entry.get("also", ())}, path.name
        assert entry["reason"] == reason_code(named), path.name
        assert entry["verdict"] == ("rejected" if rejected else "valid"), path.name


def test_each_sample_named_after_a_value_reason_is_refused_for_it(contract: Contract) -> None:
    for path, entry in expected_of(contract):
        if "check" not in entry and entry["reason"] in VALUE_REASONS:
            _, refusals = typed_record(contract, fields_of(path, contract)[entry["row"] - 1])

            assert [(where, refusal.code) for where, refusal in refusals] == [(entry["column"], entry["reason"])]


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_sample_file_is_expected_and_every_expected_file_is_there(contract: Contract, kind: str) -> None:
    folder = contract.path.parent / "samples" / kind
    files = {path.name for path in folder.iterdir()} - {"expected.yaml"}

    assert files
    if kind == "invalid":
        assert files == {path.name for path, _ in expected_of(contract)}


def broken_by_a_record(contract: Contract) -> list[Check]:
    """Without references, which no file breaks alone, and without checks about the batch, which no record breaks."""
    return [check for check in contract.checks if references_of(check) is None and RULES[check.rule].marks_rows]


def test_every_rule_of_a_contract_has_a_sample_that_breaks_it(contract: Contract) -> None:
    named = {entry.get("check") for _, entry in expected_of(contract)}
    alone = broken_by_a_record(contract)

    assert {check.rule for check in alone} == {check.rule for check in alone if check.id in named}


def test_every_single_check_has_a_sample_where_samples_are_text(contract: Contract) -> None:
    named = {entry.get("check") for _, entry in expected_of(contract)}

    if contract.landing.format is not Format.PARQUET:  # binary samples are few: nobody can read them in a review
        assert {check.id for check in broken_by_a_record(contract)} - named == set()
