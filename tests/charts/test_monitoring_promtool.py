"""The alert rules as Prometheus's own tool reads them: well formed, and right in every case of `rules/`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.charts

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "helm/charts/gridata/rules").glob("*.yaml"))
CASES = sorted((Path(__file__).parent / "rules").glob("*_test.yaml"))


@pytest.fixture(scope="session")
def promtool() -> str:
    """Path of the binary: GRIDATA_PROMTOOL, else what the script finds or fetches; it fails loudly."""
    if found := os.environ.get("GRIDATA_PROMTOOL"):
        return found
    command = [str(ROOT / "scripts/install_promtool.sh")]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]


def test_rules_are_well_formed(promtool: str) -> None:
    done = subprocess.run(
        [promtool, "check", "rules", "--lint=all", "--lint-fatal", *map(str, RULES)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_alerts_fire_hold_back_bear_absence_and_recover(promtool: str, cases: Path) -> None:
    done = subprocess.run([promtool, "test", "rules", str(cases)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
