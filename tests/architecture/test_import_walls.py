"""Which part may import which; the static half is import-linter's (pyproject.toml)."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ENGINES = {"duckdb", "pyiceberg", "pyspark"}
LOADED = """
import importlib, json, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(package: str) -> set[str]:
    """Top-level modules in memory once every module of the package was imported in a fresh interpreter."""
    printed = subprocess.run([sys.executable, "-c", LOADED, package], check=True, capture_output=True, text=True)
    return set(json.loads(printed.stdout.splitlines()[-1]))


def imported_by(folder: Path) -> dict[str, set[str]]:
    """Top-level module -> files that import it anywhere, also inside a function."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.append(node.module)
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(path.name)
    return found


def test_contracts_load_no_engine_and_no_orchestrator():
    assert (
        loaded_by("gridata_contracts") & (ENGINES | {"airflow", "datahub", "gridata_control", "gridata_jobs"}) == set()
    )


def test_control_loads_neither_spark_nor_airflow_nor_jobs():
    assert loaded_by("gridata_control") & {"pyspark", "airflow", "gridata_jobs"} == set()


def test_the_probe_sees_a_forbidden_import():
    assert "pyspark" in loaded_by("gridata_jobs")


@pytest.mark.parametrize("folder", ["airflow/src", "airflow/dags"])
def test_airflow_never_imports_an_engine_a_job_or_the_control_package(root, folder):
    forbidden = ENGINES | {"gridata_control", "gridata_jobs"}
    assert {name: files for name, files in imported_by(root / folder).items() if name in forbidden} == {}


def test_airflow_requires_no_engine(root):
    project = tomllib.loads((root / "airflow" / "pyproject.toml").read_text())
    required = [
        *project["project"]["dependencies"],
        *(line for group in project["dependency-groups"].values() for line in group),
    ]
    assert [line for line in required if re.match("pyspark|duckdb|pyiceberg|gridata-(jobs|control)", line)] == []


def test_the_declared_walls_hold():
    linter = str(Path(sys.executable).with_name("lint-imports"))
    checked = subprocess.run([linter, "--no-cache"], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
