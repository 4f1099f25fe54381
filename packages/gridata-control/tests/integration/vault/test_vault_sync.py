"""Secrets of a cluster, from what Vault keeps; and keys of a local Vault in one."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.vault.client import RefusedError
from gridata_control.vault.document import load_desired
from gridata_control.vault.key_place import SecretPlace, key_place
from gridata_control.vault.keys import Keys
from gridata_control.vault.kubernetes import Kubernetes
from gridata_control.vault.login import logged_in_as
from gridata_control.vault.sync import LABELS, sync_secrets

pytestmark = pytest.mark.integration


@pytest.fixture
def pod(cluster: Any) -> Kubernetes:
    cluster.secrets.clear()
    cluster.forbidden.clear()
    return Kubernetes(cluster.address, "pod")


@pytest.fixture
def sync(bench: Any, cluster: Any, pod: Kubernetes, tmp_path: Path) -> Callable[..., dict[str, tuple[str, str]]]:
    """One run as the service account `vault-sync`: outcome and detail by Secret."""
    (tmp_path / "jwt").write_text(cluster.token("vault", "vault-sync"))
    settings = bench.with_(GRIDATA_VAULT_LOGIN="kubernetes", GRIDATA_VAULT_JWT_FILE=str(tmp_path / "jwt"))

    def run(**options: bool) -> dict[str, tuple[str, str]]:
        with logged_in_as(bench.as_(None), settings, "syncer") as somebody:
            changes = list(sync_secrets(somebody, pod, load_desired(settings.documents), **options))
        return {each.name: (each.outcome, each.detail) for each in changes}

    return run


def test_secrets_are_made_once_with_what_vault_keeps(sync: Any, bench: Any, pod: Kubernetes) -> None:
    first, second = sync(), sync()

    wanted = load_desired(bench.settings.documents).sync
    assert set(first) == set(wanted)
    assert set(first.values()) == {("made", "")}
    assert set(second.values()) == {("same", "")}
    kept = (bench.as_(bench.root()).read("secret/data/platform/airflow") or {})["data"]
    connection = pod.secret("airflow", "airflow-metadata")
    assert connection is not None
    host = "airflow-postgres.airflow.svc:5432/airflow"
    assert connection.data == {"connection": f"postgresql+psycopg2://airflow:{kept['database_password']}@{host}"}
    assert connection.labels == LABELS


def test_a_dry_run_writes_no_secret(sync: Any, cluster: Any) -> None:
    assert set(sync(dry_run=True).values()) == {("made", "")}
    assert cluster.secrets == {}


def test_a_changed_value_is_mended_and_others_stay(sync: Any, cluster: Any) -> None:
    sync()
    cluster.secrets["gridata/minio-root"]["data"] |= {"rootPassword": _encoded("known"), "more": _encoded("x")}

    assert sync()["gridata/minio-root"] == ("mended", "rootPassword")
    assert set(sync().values()) == {("same", "")}
    assert set(cluster.secrets["gridata/minio-root"]["data"]) == {"rootPassword", "rootUser", "more"}


def test_a_secret_of_somebody_else_is_left_alone(sync: Any, cluster: Any) -> None:
    mine = {"metadata": {"name": "postgres"}, "data": {"password": _encoded("mine")}}
    cluster.secrets["gridata/postgres"] = mine

    outcome, detail = sync()["gridata/postgres"]

    assert (outcome, "label it" in detail) == ("refused", True)
    assert mine["data"] == {"password": _encoded("mine")}


def test_a_refusal_of_the_cluster_shows_no_value(sync: Any, cluster: Any, bench: Any) -> None:
    cluster.forbidden.add("gridata/minio-root")

    with pytest.raises(PermanentError, match="Secret gridata/minio-root: 403") as told:
        sync()
    kept = (bench.as_(bench.root()).read("secret/data/platform/minio") or {})["data"]
    assert kept["password"] not in str(told.value)
    assert _encoded(kept["password"]) not in str(told.value)


def test_only_its_service_account_syncs(bench: Any, cluster: Any, tmp_path: Path) -> None:
    (tmp_path / "jwt").write_text(cluster.token("gridata", "vault-sync"))
    settings = bench.with_(GRIDATA_VAULT_LOGIN="kubernetes", GRIDATA_VAULT_JWT_FILE=str(tmp_path / "jwt"))

    with pytest.raises(RefusedError), logged_in_as(bench.as_(None), settings, "syncer"):
        pass


def test_a_cluster_that_is_not_there_is_asked_again() -> None:
    with pytest.raises(TransientError, match="Is it up"):
        Kubernetes("http://127.0.0.1:1", "pod").secret("gridata", "minio-root")


def test_keys_of_a_local_vault_go_into_a_secret(pod: Kubernetes, cluster: Any) -> None:
    place = key_place("secret://vault/vault-keys", pod)
    keys = Keys("unseal", 1, False, ("share",), None)
    assert isinstance(place, SecretPlace)
    assert place.read() is None

    place.try_out()
    assert place.read() is None
    place.write(keys)

    assert place.read() == keys
    cluster.forbidden.add("vault/other")
    with pytest.raises(PermanentError, match="get, create and patch"):
        key_place("secret://vault/other", pod).try_out()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
