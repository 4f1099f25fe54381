"""`gridata vault` as it is typed: exit codes, what it says, and what it never says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def fresh(make_bench: Callable[..., Any]) -> Any:
    return make_bench()


@pytest.fixture
def gridata(fresh: Any) -> Run:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDATA_", "VAULT_"))}

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from gridata_control.cli import main; main()", "vault", *arguments]
        environment = clean | fresh.environment | settings
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    return run


def test_from_empty_to_open_and_open_again(gridata: Run, fresh: Any, tmp_path: Path) -> None:
    empty = gridata("status")
    planned = gridata("bootstrap", "--dry-run")
    first = gridata("bootstrap", "--json", "--wait", "10")
    second = gridata("bootstrap")
    after = gridata("status", "--json")
    fresh.server.restart()
    sealed, opened, again = gridata("status"), gridata("unseal"), gridata("unseal")

    assert (empty.returncode, "not initialised" in empty.stdout) == (1, True)
    assert (planned.returncode, f"keys go to {fresh.keys}" in planned.stdout) == (4, True)
    assert (first.returncode, json.loads(first.stdout)["initialised"]) == (4, True)  # the database's login waits
    assert f"unseal keys are in {fresh.keys}" in first.stderr
    number = len(json.loads(first.stdout)["changes"])
    assert f"{number - 1} of {number} as they should be." in second.stdout
    assert (after.returncode, json.loads(after.stdout)["sealed"]) == (0, False)
    assert (sealed.returncode, ": sealed; it opens with key shares" in sealed.stdout) == (1, True)
    assert [(each.returncode, each.stdout.strip()) for each in (opened, again)] == [(0, "opened."), (0, "was open.")]
    secrets = [*json.loads(fresh.keys.read_text())["shares"], fresh.root()]
    said = "".join(run.stdout + run.stderr for run in (planned, first, second, after, opened))
    assert [secret for secret in secrets if secret in said] == []


def test_the_ceremony_of_the_intermediate(gridata: Run, fresh: Any, tmp_path: Path) -> None:
    root = fresh.as_(fresh.root())
    token = str(root.write("auth/token/create", {"policies": ["operator"]})["client_token"])
    root.write("sys/mounts/offline", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    authority = root.write("offline/root/generate/internal", {"common_name": "Root", "ttl": "87600h"})["certificate"]

    asked = gridata("pki", "csr", "--output", str(tmp_path / "request.pem"), VAULT_TOKEN=token)
    wanted = {"csr": (tmp_path / "request.pem").read_text(), "common_name": "Intermediate", "ttl": "43800h"}
    certificate = root.write("offline/root/sign-intermediate", wanted)["certificate"]
    (tmp_path / "chain.pem").write_text(f"{certificate}\n{authority}\n")
    taken = gridata("pki", "signed", str(tmp_path / "chain.pem"), VAULT_TOKEN=token)
    again = gridata("pki", "signed", str(tmp_path / "chain.pem"), VAULT_TOKEN=token)

    assert asked.returncode == 0, asked.stderr
    assert (taken.returncode, again.returncode) == (0, 0), taken.stderr
    assert (taken.stdout.strip(), again.stdout.strip()) == ("2 new issuers.", "was there already.")


def test_without_a_token_the_ceremony_says_what_is_missing(gridata: Run, tmp_path: Path) -> None:
    refused = gridata("pki", "csr", "--output", str(tmp_path / "request.pem"))

    assert refused.returncode == 2
    assert "VAULT_TOKEN: got nothing" in refused.stderr


def test_a_vault_that_is_not_there_is_worth_a_retry(gridata: Run) -> None:
    away = gridata("bootstrap", GRIDATA_VAULT_URL="http://127.0.0.1:1")

    assert away.returncode == 4
    assert "Is it up?" in away.stderr


def test_secrets_outside_of_a_cluster_say_so(gridata: Run) -> None:
    outside = gridata("sync-secrets", KUBERNETES_SERVICE_HOST="")

    assert outside.returncode == 2
    assert "this is no pod" in outside.stderr
