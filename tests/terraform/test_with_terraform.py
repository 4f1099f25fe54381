"""Terraform's own word on every module and environment, each in a copy, so that nothing of it stays in the repository.

Providers come from their registry, or from where Terraform's own `TF_CLI_CONFIG_FILE` says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.charts

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted({path.parent.relative_to(ROOT) for path in (ROOT / "terraform").rglob("versions.tf")})


@pytest.fixture(scope="session")
def terraform() -> str:
    """Path of the binary."""
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("terraform is not installed: NO module was validated or tested")
    return found


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what modules read: themselves, charts, values, versions."""
    copy = tmp_path_factory.mktemp("repository")
    left_out = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*", "*.tfvars")
    for name in ("terraform", "helm"):
        shutil.copytree(ROOT / name, copy / name, ignore=left_out)
    return copy


def say(terraform: str, folder: Path, *arguments: str) -> None:
    """Run it; a machine that reaches no registry skips, loudly."""
    environment = {**os.environ, "NO_COLOR": "1", "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        [terraform, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if "Failed to query available provider packages" in done.stderr:
        pytest.skip(f"no providers could be had: {folder} was NOT validated or tested")
    assert done.returncode == 0, f"{folder.name}: terraform {' '.join(arguments)}\n{done.stdout}{done.stderr}"


def test_every_file_is_formatted(terraform: str) -> None:
    say(terraform, ROOT / "terraform", "fmt", "-check", "-recursive", "-diff")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_a_folder_is_valid_and_its_tests_pass(folder: Path, terraform: str, copied: Path) -> None:
    here = copied / folder
    say(terraform, here, "init", "-backend=false", "-input=false")
    say(terraform, here, "validate")
    if (here / "tests").is_dir():
        say(terraform, here, "test")
