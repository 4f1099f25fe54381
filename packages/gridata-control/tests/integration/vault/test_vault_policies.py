"""What each policy may not do, asked of Vault and tried for real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gridata_contracts.errors import PermanentError
from gridata_control.vault.client import RefusedError, Vault
from gridata_control.vault.document import load_desired

pytestmark = pytest.mark.integration

DATA = ["secret/data/platform/minio", "secret/data/other", "database/creds/ledger", "transit/decrypt/gridata",
        "transit/export/encryption-key/gridata", "transit/datakey/plaintext/gridata", "identity/oidc/token/step",
        "pki/issue/internal", "sys/raw/core", "sys/storage/raft/snapshot"]  # fmt: skip
ESCALATION = ["sys/policies/acl/bootstrap", "auth/kubernetes/role/bootstrap", "auth/jwt/role/bootstrap",
              "auth/token/create", "auth/token/create-orphan", "auth/token/roles/any", "identity/entity",
              "sys/generate-root/attempt", "sys/rekey/init"]  # fmt: skip
CONFIGURATION = ["sys/policies/acl/syncer", "auth/kubernetes/role/syncer", "sys/audit/file", "sys/mounts/secret",
                 "sys/auth/kubernetes", "database/config/postgres", "database/roles/ledger", "transit/keys/gridata",
                 "identity/oidc/role/step"]  # fmt: skip
CHANGES = {"create", "update", "patch", "delete", "sudo", "root"}
READS = CHANGES | {"read", "list"}

MAY_NOT: dict[str, dict[str, set[str]]] = {
    "bootstrap": dict.fromkeys(DATA, READS - {"create"})
    | dict.fromkeys(DATA[1:], READS)
    | dict.fromkeys(ESCALATION, CHANGES)
    | {"sys/audit/file": {"delete"}, "sys/mounts/secret": {"delete"}, "sys/auth/kubernetes": {"delete"}}
    | {"transit/keys/gridata": {"delete"}, "sys/policies/acl/syncer": {"delete"}},
    "operator": dict.fromkeys([*DATA, *ESCALATION[3:]], READS) | dict.fromkeys([*ESCALATION, *CONFIGURATION], CHANGES),
    "snapshots": dict.fromkeys([*DATA[:-1], *ESCALATION, *CONFIGURATION, "sys/storage/raft/snapshot-force"], READS)
    | {"sys/storage/raft/snapshot": CHANGES},
    "syncer": dict.fromkeys([*DATA[1:], *ESCALATION, *CONFIGURATION, "secret/metadata/platform"], READS)
    | {"secret/data/platform/minio": CHANGES | {"list"}},
}


@pytest.fixture(scope="module")
def as_policy(bench: Any) -> Callable[[str], Vault]:
    root = bench.as_(bench.root())

    def token(policy: str) -> Vault:
        made = root.write("auth/token/create", {"policies": [policy], "ttl": "10m", "no_default_policy": False})
        return bench.as_(made["client_token"])

    return token


def test_every_policy_has_its_limits_written_down(bench: Any) -> None:
    assert MAY_NOT.keys() == load_desired(bench.settings.documents).policies.keys()


@pytest.mark.parametrize("policy", sorted(MAY_NOT))
def test_a_policy_has_no_capability_beyond_its_purpose(as_policy: Callable[[str], Vault], policy: str) -> None:
    somebody = as_policy(policy)
    found = somebody.write("sys/capabilities-self", {"paths": sorted(MAY_NOT[policy])})

    excess = {path: sorted({*_listed(found[path])} & forbidden) for path, forbidden in MAY_NOT[policy].items()}
    assert {path: some for path, some in excess.items() if some} == {}


@pytest.mark.parametrize("policy", sorted(MAY_NOT))
@pytest.mark.parametrize("path", ["secret/data/platform/minio", "secret/data/other", "sys/policies/acl/bootstrap",
                                  "database/creds/ledger", "auth/token/accessors"])  # fmt: skip
def test_what_is_not_granted_is_refused(as_policy: Callable[[str], Vault], policy: str, path: str) -> None:
    granted = {
        ("syncer", "secret/data/platform/minio"),
        ("bootstrap", "sys/policies/acl/bootstrap"),
        ("operator", "sys/policies/acl/bootstrap"),
    }
    somebody = as_policy(policy)

    if (policy, path) in granted:
        assert somebody.read(path)
    else:
        with pytest.raises(RefusedError):
            somebody.read(path)


def test_bootstrap_cannot_overwrite_a_secret_or_give_itself_more(as_policy: Callable[[str], Vault], bench: Any) -> None:
    somebody = as_policy("bootstrap")

    attempts: dict[str, dict[str, object]] = {
        "secret/data/platform/minio": {"data": {"password": "known"}},
        "secret/data/elsewhere": {"data": {"password": "known"}},
        "sys/policies/acl/bootstrap": {"policy": 'path "*" { capabilities = ["sudo"] }'},
        "auth/kubernetes/role/bootstrap": {"token_policies": ["root"]},
        "auth/token/create": {"policies": ["syncer"]},
        "transit/decrypt/gridata": {"ciphertext": "vault:v1:x"},
    }
    for path, fields in attempts.items():
        with pytest.raises(RefusedError):
            somebody.write(path, fields)
    for path in ("sys/audit/file", "sys/mounts/secret", "sys/auth/kubernetes", "transit/keys/gridata"):
        with pytest.raises(RefusedError):
            somebody.delete(path)


def test_a_key_of_transit_is_neither_exported_nor_deleted_even_by_root(bench: Any) -> None:
    root = bench.as_(bench.root())

    with pytest.raises(PermanentError, match="not exportable"):
        root.read("transit/export/encryption-key/gridata")
    with pytest.raises(PermanentError, match="not allowed"):
        root.delete("transit/keys/gridata")


def test_snapshots_is_enough_for_a_backup(
    as_policy: Callable[[str], Vault], bench: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    from pyarrow.fs import LocalFileSystem

    from gridata_control.backup.place import Place
    from gridata_control.backup.vault import keep_snapshot

    root = bench.as_(bench.root())
    made = root.write("auth/token/create", {"policies": ["snapshots"], "ttl": "10m"})
    monkeypatch.setenv("VAULT_TOKEN", str(made["client_token"]))

    keep_snapshot(bench.server.address, Place(LocalFileSystem(), str(tmp_path), f"file://{tmp_path}"), "vault.snap")

    assert (tmp_path / "vault.snap").read_bytes()[:2] == b"\x1f\x8b"


def _listed(value: object) -> list[str]:
    assert isinstance(value, list)
    return value
