"""`gridata vault bootstrap` on a real Vault: first run, second run, drift, and runs that ended half-way."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.vault import bootstrap as bootstrap_module
from gridata_control.vault.client import RefusedError
from gridata_control.vault.key_place import FilePlace, SecretPlace
from gridata_control.vault.keys import Keys
from gridata_control.vault.kubernetes import Kubernetes

pytestmark = pytest.mark.integration

POLICIES = Path(__file__).parents[5] / "policies" / "vault"

WAITING = {("database", "postgres", "waits")}
DEFAULTS = {"identity/oidc/config", "transit/keys/gridata/config"}
"""What Vault has already when it is made, and otherwise."""


def outcomes(done: Any, *which: str) -> set[tuple[str, str, str]]:
    """What happened, without what is as it should be."""
    found = {(each.kind, each.name, each.outcome) for each in done.changes if each.outcome != "same"}
    return {each for each in found if not which or each[2] in which}


def test_first_run_makes_everything_and_the_second_changes_nothing(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()

    first = bench.run()
    second = bench.run()

    assert first.initialised
    assert not second.initialised
    assert {each.outcome for each in first.changes if each.kind != "database"} == {"made", "mended"}
    assert {name for _, name, _ in outcomes(first, "mended")} == DEFAULTS
    assert outcomes(second) == WAITING


def test_keys_are_readable_by_their_owner_only_and_hold_no_root_token(bench: Any) -> None:
    kept = json.loads(bench.keys.read_text())

    assert stat.S_IMODE(bench.keys.stat().st_mode) == 0o600
    assert (kept["kind"], kept["encrypted"], kept["root_token"]) == ("unseal", False, None)


def test_the_root_token_is_dead_after_the_first_run(make_bench: Callable[..., Any], monkeypatch: Any) -> None:
    bench = make_bench()
    tokens: list[str | None] = []
    real = FilePlace.write

    def write(place: FilePlace, keys: Keys) -> None:
        tokens.append(keys.root_token)
        real(place, keys)

    monkeypatch.setattr(FilePlace, "write", write)

    bench.run()

    assert tokens[0] is not None
    assert tokens[1:] == [None]
    with pytest.raises(RefusedError):
        bench.as_(tokens[0]).read("auth/token/lookup-self")
    accessors = bench.as_(bench.root()).names("auth/token/accessors")
    assert len(accessors) == 1  # that of the root token that was just made to ask


def test_a_second_run_by_the_clusters_service_account_changes_nothing(bench: Any, cluster: Any) -> None:
    assert outcomes(bench.run(bench.as_service_account(cluster))) == WAITING


@pytest.mark.parametrize(
    "who",
    [
        {"namespace": "gridata", "name": "vault-bootstrap"},
        {"namespace": "vault", "name": "default"},
        {"namespace": "vault", "name": "vault-bootstrap", "audience": "other"},
        {"namespace": "vault", "name": "vault-bootstrap", "signature": b"bad"},
    ],
    ids=["namespace", "account", "audience", "signature"],
)
def test_nobody_else_of_the_cluster_is_let_in(bench: Any, cluster: Any, tmp_path: Path, who: dict[str, Any]) -> None:
    token = cluster.token(**who)
    (tmp_path / "jwt").write_text(token)
    settings = bench.with_(GRIDATA_VAULT_LOGIN="kubernetes", GRIDATA_VAULT_JWT_FILE=str(tmp_path / "jwt"))

    with pytest.raises(PermanentError, match="service account of the role bootstrap") as told:
        bench.run(settings)
    assert token not in str(told.value)


def test_drift_is_mended_and_told(bench: Any, cluster: Any) -> None:
    root = bench.as_(bench.root())
    root.write("sys/policies/acl/syncer", {"policy": 'path "*" { capabilities = ["read"] }'})
    root.write("auth/kubernetes/role/syncer", {"token_policies": ["syncer", "default", "operator"]})
    root.write("sys/mounts/database/tune", {"default_lease_ttl": "768h", "max_lease_ttl": "768h"})
    root.write("sys/policies/acl/foreign", {"policy": 'path "x" { capabilities = ["read"] }'})
    root.write(
        "auth/kubernetes/role/foreign", {"bound_service_account_names": "*", "bound_service_account_namespaces": "x"}
    )
    settings = bench.as_service_account(cluster)

    planned = bench.run(settings, dry_run=True)
    mended = bench.run(settings)

    drift = {
        ("policy", "syncer", "mended"),
        ("config", "auth/kubernetes/role/syncer", "mended"),
        ("mount", "database", "mended"),
        ("policy", "foreign", "foreign"),
        ("config", "auth/kubernetes/role/foreign", "foreign"),
    }
    assert outcomes(planned) - WAITING == outcomes(mended) - WAITING == drift
    root.delete("sys/policies/acl/foreign")
    root.delete("auth/kubernetes/role/foreign")
    assert outcomes(bench.run()) == WAITING


def test_what_the_service_account_may_not_mend_is_told_and_root_mends_it(
    make_bench: Callable[..., Any], cluster: Any
) -> None:
    bench = make_bench()
    bench.run()
    root = bench.as_(bench.root())
    text = (root.read("sys/policies/acl/bootstrap") or {})["policy"]
    root.write("sys/policies/acl/bootstrap", {"policy": f"{text}\n# more"})
    root.delete("sys/audit/stdout")
    root.write(
        "sys/audit/stdout", {"type": "file", "options": {"file_path": str(bench.server.folder / "elsewhere.log")}}
    )
    settings = bench.as_service_account(cluster)

    refused, by_root = bench.run(settings), bench.run()

    drift = [("policy", "bootstrap"), ("audit", "stdout")]
    assert outcomes(refused) - WAITING == {(*each, "refused") for each in drift}
    assert outcomes(by_root) - WAITING == {(*each, "mended") for each in drift}


def test_the_service_account_makes_what_a_new_version_adds(make_bench: Callable[..., Any], cluster: Any) -> None:
    bench = make_bench()
    bench.run()
    role = {"bound_service_account_names": ["x"], "bound_service_account_namespaces": ["x"], "audience": "vault"}
    config = {
        "auth/kubernetes/role/new": role | {"token_policies": ["syncer"]},
        "database/roles/new": {"db_name": "postgres", "creation_statements": ["SELECT 1"]},
        "identity/oidc/key/new": {"allowed_client_ids": ["x"]},
        "identity/oidc/role/new": {"key": "new", "client_id": "x", "template": "{}"},
        "pki/config/urls": {"crl_distribution_points": ["http://vault.example/crl"]},
        "pki/roles/new": {"allowed_domains": ["x.example"]},
        "transit/keys/new": {"type": "aes256-gcm96"},
        "transit/keys/new/config": {"auto_rotate_period": "24h"},
    }
    generated = {"platform/new": {"password": {"make": "word"}}}
    bench.lay_over({"config": config, "generated": generated, "mounts": {"more": {"type": "kv"}}})

    done = bench.run(bench.as_service_account(cluster))

    assert {name for _, name, _ in outcomes(done, "made", "mended")} == {*config, *generated, "more"}
    assert outcomes(done, "refused") == set()
    assert outcomes(bench.run(bench.as_service_account(cluster))) == WAITING


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"config": {"pki/roles/internal": {"max_tll": "1h"}}},
            r"pki/roles/internal: wrote max_tll, and it reads otherwise",
        ),
        ({"config": {"transit/keys/gridata": {"type": "rsa-4096"}}}, r"transit/keys/gridata: wrote type"),
        ({"mounts": {"secret": {"type": "transit"}}}, r"mount secret: got type kv, allowed transit"),
        ({"config": {"auth/kubernetes/role/syncer": {"alias_name_source": "name"}}}, r"auth/kubernetes/role/syncer"),
    ],
    ids=["misspelt", "fixed", "mounted", "refused"],
)
def test_what_vault_does_not_do_is_an_error(bench: Any, changes: dict[str, Any], told: str) -> None:
    before = bench.overlay.read_text()
    bench.lay_over(changes)
    try:
        with pytest.raises(PermanentError, match=told):
            bench.run()
    finally:
        bench.overlay.write_text(before)
    bench.run()


def test_a_secret_with_a_field_too_few_waits_and_is_not_overwritten(bench: Any) -> None:
    root = bench.as_(bench.root())
    kept = (root.read("secret/data/platform/grafana") or {})["data"]
    root.write("secret/data/platform/grafana", {"data": {"other": "x"}})

    done = bench.run()

    (change,) = (each for each in done.changes if each.name == "platform/grafana")
    assert (change.outcome, change.detail.startswith("password missing")) == ("waits", True)
    root = bench.as_(bench.root())
    assert (root.read("secret/data/platform/grafana") or {})["data"] == {"other": "x"}
    root.write("secret/data/platform/grafana", {"data": kept})


def test_a_run_killed_after_init_is_gone_on_with(make_bench: Callable[..., Any], monkeypatch: Any) -> None:
    bench = make_bench()
    with monkeypatch.context() as patch:
        patch.setattr(bootstrap_module, "_open", _killed)
        with pytest.raises(KeyboardInterrupt):
            bench.run()

    done = bench.run()

    assert not done.initialised
    assert outcomes(done, "made")
    assert json.loads(bench.keys.read_text())["root_token"] is None


@pytest.mark.parametrize("login", ["keys", "kubernetes"])
def test_a_run_killed_half_way_is_gone_on_with(
    make_bench: Callable[..., Any], cluster: Any, monkeypatch: Any, login: str
) -> None:
    bench = make_bench()
    with monkeypatch.context() as patch:
        patch.setattr(bootstrap_module, "policy_steps", _killed)
        with pytest.raises(KeyboardInterrupt):
            bench.run()

    done = bench.run(bench.as_service_account(cluster) if login == "kubernetes" else None)

    assert {kind for kind, _, _ in outcomes(done, "made")} >= {"mount", "config", "secret"}
    assert ("audit", "file", "made") not in outcomes(done)
    assert outcomes(bench.run()) == WAITING


def test_lost_keys_of_an_empty_vault_say_what_to_do(make_bench: Callable[..., Any], monkeypatch: Any) -> None:
    bench = make_bench()
    with monkeypatch.context() as patch:
        patch.setattr(FilePlace, "write", _killed)
        with pytest.raises(KeyboardInterrupt):
            bench.run()

    with pytest.raises(PermanentError, match="empty its storage, and run this again"):
        bench.run()


def test_keys_of_another_vault_are_not_overwritten(make_bench: Callable[..., Any], bench: Any) -> None:
    other = make_bench()

    with pytest.raises(UsageError, match="another one's"):
        other.run(other.with_(GRIDATA_VAULT_KEYS=f"file://{bench.keys}"))
    assert not (other.as_(None).read("sys/seal-status") or {})["initialized"]


def test_a_dry_run_leaves_an_empty_vault_empty(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()

    done = bench.run(dry_run=True)

    assert outcomes(done) == {("seal", "shamir", "waits")}
    assert not (bench.as_(None).read("sys/seal-status") or {})["initialized"]
    assert not bench.keys.exists()


def test_a_dry_run_of_an_open_vault_ends_nobodys_token(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    bench.run()
    handed_over, other = bench.root(), bench.root()

    for settings in (bench.with_(VAULT_TOKEN=handed_over), bench.settings):
        bench.run(settings, dry_run=True)

    for token in (handed_over, other):
        assert bench.as_(token).read("auth/token/lookup-self")


def test_keys_are_kept_by_a_later_try_where_their_place_is_away_for_a_moment(
    make_bench: Callable[..., Any], monkeypatch: Any
) -> None:
    bench, keep, tries = make_bench(), FilePlace.write, []

    def away_at_first(place: FilePlace, keys: Any) -> None:
        tries.append(keys)
        if len(tries) == 1:
            raise TransientError("away")
        keep(place, keys)

    monkeypatch.setattr(FilePlace, "write", away_at_first)

    assert bench.run().initialised
    assert outcomes(bench.run()) == WAITING


def test_a_pod_keeps_no_keys_in_files_that_go_with_it(make_bench: Callable[..., Any], monkeypatch: Any) -> None:
    bench = make_bench()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")

    with pytest.raises(UsageError, match="a pod's own files go with it"):
        bench.run(replace(bench.settings, keys_named=False))
    assert not (bench.as_(None).read("sys/seal-status") or {})["initialized"]


def test_trying_a_secret_out_leaves_keys_that_came_meanwhile(cluster: Any) -> None:
    place = SecretPlace(Kubernetes(cluster.address, "pod"), "vault", "keys-of-another-run")
    place.write(Keys("unseal", 1, False, ("share",), None))

    place.try_out()

    kept = place.read()
    assert kept is not None
    assert kept.shares == ("share",)


@pytest.mark.parametrize("name", ["laptop", "local"])
def test_the_documents_of_one_machine_are_taken_as_they_are(
    make_bench: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    bench = make_bench()
    devices = {device: {"options": {"file_path": str(tmp_path / f"{device}.log")}} for device in ("file", "stdout")}
    no_pod = {"auth/kubernetes/config": {"disable_local_ca_jwt": True}} if name == "local" else {}
    (tmp_path / "paths.yaml").write_text(json.dumps({"audit": devices, "config": no_pod}))
    documents = [POLICIES / "platform.yaml", POLICIES / f"{name}.yaml", tmp_path / "paths.yaml"]
    settings = bench.with_(GRIDATA_VAULT_DOCUMENTS=",".join(map(str, documents)))

    bench.run(settings)

    assert outcomes(bench.run(settings)) == WAITING


def test_after_a_restart_a_run_opens_it_and_two_devices_record(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    bench.run()
    bench.server.restart()

    assert outcomes(bench.run()) == WAITING
    one, two = (bench.server.audit_lines(name) for name in ("audit.log", "audit-2.log"))
    requests = [{each["request"]["id"] for each in lines if each["type"] == "request"} for lines in (one, two)]
    assert len(requests[0] & requests[1]) > 50
    assert bench.root() not in (bench.server.folder / "audit.log").read_text()


def _killed(*_: object, **__: object) -> Any:
    raise KeyboardInterrupt
