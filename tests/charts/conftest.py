"""The charts as Helm renders them. Helm itself is built from its pinned source where it is missing (needs Go)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHARTS = ROOT / "helm" / "charts"
Object = dict[str, Any]


@pytest.fixture(scope="session")
def helm() -> str:
    """Path of the binary; a machine without Go fails here, loudly."""
    built = subprocess.run([str(ROOT / "scripts/build_tool.sh"), "helm"], check=True, stdout=subprocess.PIPE, text=True)
    return built.stdout.splitlines()[-1]


@pytest.fixture(scope="session")
def render(helm: str) -> Callable[..., list[Object]]:
    """Objects of a chart: an environment's values, then single ones in JSON: `render("minio", "replicas=4")`."""

    def rendered(
        chart: str, *settings: str, release: str = "r", namespace: str = "here", values: str | None = None
    ) -> list[Object]:
        command = [helm, "template", release, str(CHARTS / chart), "--namespace", namespace]
        command += ["--values", str(ROOT / "helm/values" / values / f"{chart}.yaml")] if values else []
        for setting in settings:
            command += ["--set-json", setting]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ValueError(done.stderr)
        return [found for found in yaml.safe_load_all(done.stdout) if found]

    return rendered
