"""Terraform's own word on every module and environment, each in a copy, so that nothing of it stays in the repository.

Providers come from their registry, or from where Terraform's own `TF_CLI_CONFIG_FILE` says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.charts

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted({path.parent.relative_to(ROOT) for path in (ROOT / "terraform").rglob("versions.tf")})

CLUSTER = '{ node_selectors = { system = { pool = "system" } }, storage_classes = { rwo = "fast" } }'
SCRAPES = '{ vault = { labels = { a = "b" }, namespace = "vault", params = { c = "d" }, path = "/e", port = "http" } }'
OURS = {
    "gridata": (
        "gridata",
        {
            "airflow": '{ login_secret = "login", namespace = "airflow", service_accounts = ["a"], url = "http://a" }',
            "datahub_url": "http://datahub:8080",
            "monitoring": '{ components = { vault = true }, operator = true, scrapers_from = ["a"], scrapes = '
            f"{SCRAPES} }}",
            "spark_history": '{ host = "gridata.example", tls_secret = "tls", from_namespaces = ["ingress"] }',
            "store": '{ endpoint = "http://minio:9000" }',
        },
    ),
    "minio": ("minio", {"client_namespaces": '["jobs"]', "cluster": CLUSTER}),
    "monitoring-small": ("monitoring", {"alertmanager_secret": "addresses", "cluster": CLUSTER, "scrapes": SCRAPES}),
    "postgres": ("postgres", {"client_namespaces": '["jobs"]', "cluster": CLUSTER}),
}
"""Modules with a chart of ours: the chart, and every variable that becomes a value of it."""


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


@pytest.mark.timeout(600)
@pytest.mark.parametrize("module", sorted(OURS))
def test_our_chart_takes_every_value_that_its_module_computes(module: str, terraform: str, copied: Path) -> None:
    """The charts' values are closed, so one that is unknown or of another type is refused."""
    chart, variables = OURS[module]
    here = copied / "terraform/modules" / module
    say(terraform, here, "init", "-backend=false", "-input=false")
    given = {"environment": "local", "registry_mirror": "mirror.example", **variables}
    computed = subprocess.run(
        [terraform, "console", *(f"-var={name}={value}" for name, value in given.items())],
        cwd=here, input="jsonencode(local._values)", capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    helm = subprocess.run([str(ROOT / "scripts/build_tool.sh"), "helm"], check=True, stdout=subprocess.PIPE, text=True)
    environment = ROOT / "helm/values/local" / f"{chart}.yaml"
    command = [helm.stdout.splitlines()[-1], "template", chart, str(copied / "helm/charts" / chart)]
    command += ["--values", str(environment)] if environment.is_file() else []
    rendered = subprocess.run(
        [*command, "--values", "-"], input=json.loads(computed), capture_output=True, text=True, check=False
    )
    assert rendered.returncode == 0, rendered.stderr
    assert [found for found in yaml.safe_load_all(rendered.stdout) if found]
