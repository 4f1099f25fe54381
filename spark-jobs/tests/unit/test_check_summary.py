"""What `gridata-job check` tells a person beside the rejected rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gridata_contracts.model import Contract
from gridata_jobs.check import check

COLUMNS = """\
- name: id
  logicalType: string
- name: reason
  logicalType: string
  quality: [{metric: invalidValues, arguments: {validValues: [broken]}, mustBe: 0, severity: warning}]
"""

Said = Callable[..., str]


@pytest.fixture
def said(contract_of: Callable[..., Contract]) -> Said:
    def said(file: Path, *words: str) -> str:
        arguments = ["--contract", str(contract_of(COLUMNS).path), "--file", str(file), "--lane", "duckdb", *words]
        return CliRunner().invoke(check, arguments, standalone_mode=False, catch_exceptions=False).stdout

    return said


def test_a_broken_warning_is_told(said: Said, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"id": "a", "reason": "lost"}\n')

    assert said(file).splitlines()[0] == "warning: reason.is_in_set: expected one of broken, 1 of 1 rows fail"
    assert said(file).splitlines()[-1].startswith("1 file, 1 row: 1 valid, 0 rejected, 0 files rejected")


@pytest.mark.parametrize("name", ["rows.txt", "rows\x1b[31m.jsonl"])
def test_a_name_that_would_be_refused_when_sent_is_told_without_moving_the_terminal(
    said: Said, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text('{"id": "a", "reason": 1}\n')

    assert "would be refused when sent: " in said(file)
    assert "\x1b" not in said(file)
    (misnamed,) = json.loads(said(file, "--json").splitlines()[-1])["misnamed"]
    assert misnamed["problem"].startswith("name: got ")


def test_a_given_format_makes_the_ending_no_matter(said: Said, tmp_path: Path) -> None:
    file = tmp_path / "rows.txt"
    file.write_text('{"id": "a"}\n')

    assert "would be refused" not in said(file, "--format", "jsonl")
