"""Rules of other people's modules: one decorated function, named by GRIDATA_RULES, before anything else is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RULE = """
from gridata_contracts.rules import Applies, Group, on, row_rule
from gridata_contracts.types import Integer

@row_rule(Group.CUSTOM, "The number is even.", applies=Applies.EXACT, expected="an even number",
          example=on(Integer(), {}, 2, 3), aliases=("evens",))
def is_even(s):
    return f"{s.value} % 2 = 0"
"""
DECIDE = """
import datetime as dt
import sys
from pathlib import Path

import duckdb

from gridata_contracts.load import load_contract
from gridata_contracts.rules import RULES
from gridata_contracts.sql.duckdb import DuckDb
from gridata_contracts.sql.paths import columns_by_path, place
from gridata_contracts.sql.subject import Subject

contract = load_contract(Path(sys.argv[1]))
(check,) = [check for check in contract.checks if check.rule == "is_even"]
columns, dialect = columns_by_path(contract), DuckDb()
where, kind = place(check.column, dialect), columns[check.column].type
subject = Subject(check, where, kind, columns, dialect, dt.datetime.now(dt.UTC))
holds = RULES[check.rule].holds(subject)
rows = duckdb.sql(f"SELECT {holds} FROM (VALUES (2), (3), (NULL)) AS things(size)").fetchall()
print(check.expected, [holds for (holds,) in rows])
"""


def run(script: str, folder: Path, modules: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A new interpreter, as the catalogue is filled once per process."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "GRIDATA_RULES": modules}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def message(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of what a failed interpreter says."""
    assert done.returncode == 1, done.stdout
    return done.stderr.strip().splitlines()[-1]


def test_contract_may_use_a_rule_of_a_named_module_and_its_sql_runs(tmp_path: Path, minimal: str) -> None:
    (tmp_path / "house_rules.py").write_text(RULE)
    size = "{name: size, logicalType: integer, physicalType: int"
    quality = ", quality: [{type: custom, engine: gridata, implementation: {rule: Evens}}]"
    contract = tmp_path / "contract.odcs.yaml"
    contract.write_text(minimal.replace(size, size + quality))

    done = run(DECIDE, tmp_path, "house_rules", str(contract))

    assert (done.stdout, done.stderr) == ("an even number [True, False, None]\n", "")


def test_rule_is_not_there_without_its_module(tmp_path: Path) -> None:
    (tmp_path / "house_rules.py").write_text(RULE)

    done = run("from gridata_contracts.rules import find_rule; print(find_rule('is_even'))", tmp_path, "")

    assert (done.stdout, done.stderr) == ("None\n", "")


def test_module_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    done = run("import gridata_contracts.rules", tmp_path, "hose_rules")

    assert message(done) == (
        "gridata_contracts.errors.UsageError: rules hose_rules: cannot be imported (No module named 'hose_rules'), "
        "allowed an installed module. Check GRIDATA_RULES."
    )


def test_name_of_another_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "house_rules.py").write_text(RULE.replace("is_even", "is_in_set"))

    done = run("import gridata_contracts.rules", tmp_path, "house_rules")

    assert message(done) == (
        "gridata_contracts.errors.UsageError: rule is_in_set: got a name of is_in_set, allowed a new one. Rename it."
    )


def test_alias_of_another_rule_is_refused_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "house_rules.py").write_text(RULE.replace("evens", "VALIDVALUES"))

    done = run("import gridata_contracts.rules", tmp_path, "house_rules")

    assert "rule VALIDVALUES: got a name of is_in_set, allowed a new one." in message(done)
