"""A Vault that another one unseals: recovery keys for people, and a run that is nobody special."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.vault.keys import Keys
from gridata_control.vault.policies import policy_steps
from gridata_control.vault.root import make_root_token

pytestmark = pytest.mark.integration

JWT_ROLE = {
    "role_type": "jwt",
    "user_claim": "sub",
    "bound_audiences": ["vault-bootstrap"],
    "token_policies": ["bootstrap"],
    "token_ttl": "10m",
}


@pytest.fixture(scope="module")
def outer(bench: Any) -> Any:
    """The Vault that unseals: it has `transit` and a key for it."""
    root = bench.as_(bench.root())
    root.write("transit/keys/unseal", {})
    return bench


@pytest.fixture(scope="module")
def make_sealed(make_bench: Callable[..., Any], outer: Any) -> Callable[[], Any]:
    def make() -> Any:
        policy = 'path "transit/+/unseal" { capabilities = ["update"] }'
        root = outer.as_(outer.root())
        root.write("sys/policies/acl/unseal", {"policy": policy})
        token = root.write("auth/token/create-orphan", {"policies": ["unseal"], "period": "24h"})["client_token"]
        stanza = (
            f'seal "transit" {{\n  address = "{outer.server.address}"\n  mount_path = "transit/"\n'
            '  key_name = "unseal"\n  disable_renewal = "true"\n}\n'
        )
        bench = make_bench(stanza, {"VAULT_TOKEN": str(token)})
        jwt = {"oidc_discovery_url": f"{outer.server.address}/v1/identity/oidc"}
        bench.lay_over({"config": {"auth/jwt/config": jwt, "auth/jwt/role/bootstrap": JWT_ROLE}})
        return bench

    return make


@pytest.fixture(scope="module")
def gpg() -> Iterator[Callable[..., bytes]]:
    """`gpg(arguments, input)` with a key ring of our own; its agent ends with it."""
    home = Path(tempfile.mkdtemp(prefix="gpg-"))  # short: the agent's socket lies in it
    environment = os.environ | {"GNUPGHOME": str(home)}

    def run(*arguments: str, given: bytes = b"") -> bytes:
        command = ["gpg", "--batch", "--quiet", "--pinentry-mode=loopback", "--passphrase=", *arguments]
        return subprocess.run(command, env=environment, input=given, check=True, capture_output=True).stdout

    for name in ("ann", "ben", "eve"):
        run("--quick-generate-key", f"{name}@example.com", "rsa2048", "encr", "never")
    yield run
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=environment, check=False)
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def holders(gpg: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Public keys of three people, one of them armoured."""
    folder = tmp_path_factory.mktemp("holders")
    (folder / "ann.asc").write_bytes(gpg("--armor", "--export", "ann@example.com"))
    for name in ("ben", "eve"):
        (folder / f"{name}.gpg").write_bytes(gpg("--export", f"{name}@example.com"))
    return ",".join(map(str, sorted(folder.iterdir())))


@pytest.fixture(scope="module")
def sealed(make_sealed: Callable[[], Any], holders: str) -> Any:
    """After its first run."""
    bench = make_sealed()
    bench.run(bench.with_(GRIDATA_VAULT_PGP_KEYS=holders))
    return bench


def test_recovery_keys_in_clear_are_refused_before_there_are_any(make_sealed: Callable[[], Any]) -> None:
    bench = make_sealed()

    with pytest.raises(UsageError, match="GRIDATA_VAULT_PGP_KEYS"):
        bench.run()
    assert not (bench.as_(None).read("sys/seal-status") or {})["initialized"]


def test_two_of_three_holders_make_a_root_token_and_one_does_not(sealed: Any, gpg: Callable[..., bytes]) -> None:
    kept = json.loads(sealed.keys.read_text())
    assert (kept["kind"], kept["threshold"], kept["encrypted"], len(kept["shares"])) == ("recovery", 2, True, 3)
    # Vault encrypts a share's hexadecimal text.
    shares = tuple(gpg("--decrypt", given=base64.b64decode(share)).decode() for share in kept["shares"])

    token = make_root_token(sealed.as_(None), Keys("recovery", 2, False, shares[1:]), "test")

    assert (sealed.as_(token).read("auth/token/lookup-self") or {})["policies"] == ["root"]
    with pytest.raises(PermanentError):
        make_root_token(sealed.as_(None), Keys("recovery", 1, False, shares[:1]), "test")
    sealed.as_(None).delete("sys/generate-root/attempt")


def test_no_root_token_is_kept_or_left(sealed: Any) -> None:
    assert json.loads(sealed.keys.read_text())["root_token"] is None
    with pytest.raises(PermanentError, match="only their holders can read"):
        sealed.run()


def test_a_second_run_as_a_pipeline_changes_nothing(sealed: Any, outer: Any, tmp_path: Path) -> None:
    (tmp_path / "jwt").write_text(outer.signed_token("ci", client_id="vault-bootstrap"))
    settings = sealed.with_(GRIDATA_VAULT_LOGIN="jwt", GRIDATA_VAULT_JWT_FILE=str(tmp_path / "jwt"))

    done = sealed.run(settings)

    assert {(each.kind, each.outcome) for each in done.changes if each.outcome != "same"} == {("database", "waits")}


def test_after_a_restart_it_opens_by_itself(sealed: Any) -> None:
    sealed.server.restart()
    sealed.as_(None).await_active()

    assert not (sealed.as_(None).read("sys/seal-status") or {})["sealed"]


def test_a_first_run_that_died_says_who_goes_on(
    make_sealed: Callable[[], Any], holders: str, gpg: Any, cluster: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    from gridata_control.vault import bootstrap as module

    bench = make_sealed()
    with monkeypatch.context() as patch:
        patch.setattr(module, "logged_in", _killed)
        with pytest.raises(KeyboardInterrupt):
            bench.run(bench.with_(GRIDATA_VAULT_PGP_KEYS=holders))
    (tmp_path / "jwt").write_text(cluster.token("vault", "vault-bootstrap"))
    assert json.loads(bench.keys.read_text())["root_token"] is None
    settings = {"GRIDATA_VAULT_LOGIN": "kubernetes", "GRIDATA_VAULT_JWT_FILE": str(tmp_path / "jwt")}

    with pytest.raises(PermanentError, match="holders of the recovery keys make a root token"):
        bench.run(bench.with_(**settings))

    made = _root_of(bench, gpg)
    bench.run(bench.with_(VAULT_TOKEN=made))

    assert bench.run(bench.with_(**settings)).changes
    assert len(_root_accessors(bench, _root_of(bench, gpg))) == 1  # neither that of the run that died nor the one after


def test_a_first_run_that_waits_for_an_answer_keeps_its_root_token(
    make_sealed: Callable[[], Any], holders: str, monkeypatch: Any
) -> None:
    from gridata_control.vault import bootstrap as module

    bench, asked = make_sealed(), []

    def once_away(*arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 1:
            raise TransientError("away")
        return policy_steps(*arguments)

    monkeypatch.setattr(module, "policy_steps", once_away)

    done = bench.run(bench.with_(GRIDATA_VAULT_PGP_KEYS=holders), wait_s=10)

    assert (done.initialised, len(asked)) == (True, 2)
    assert "refused" not in {each.outcome for each in done.changes}


def test_the_intermediate_is_signed_elsewhere_and_then_gives_certificates(sealed: Any, outer: Any, gpg: Any) -> None:
    from gridata_control.vault.pki import has_issuer, signing_request, take_signed

    authority = outer.as_(outer.root())
    authority.write("sys/mounts/root-ca", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    root_ca = authority.write("root-ca/root/generate/internal", {"common_name": "Root", "ttl": "87600h"})["certificate"]
    vault = sealed.as_(_root_of(sealed, gpg))
    operator = sealed.as_(vault.write("auth/token/create", {"policies": ["operator"]})["client_token"])

    assert not has_issuer(operator)
    csr = signing_request(operator)
    wanted = {"csr": csr, "common_name": "Gridata intermediate", "ttl": "43800h", "max_path_length": 0}
    certificate = authority.write("root-ca/root/sign-intermediate", wanted)["certificate"]
    with pytest.raises(PermanentError, match="private key"):
        take_signed(operator, "-----BEGIN PRIVATE KEY-----")
    assert take_signed(operator, f"{certificate}\n{root_ca}\n")

    assert has_issuer(operator)
    issued = vault.write("pki/issue/internal", {"common_name": "minio.gridata.svc", "ttl": "1h"})
    assert issued["ca_chain"]
    with pytest.raises(PermanentError, match="not allowed by this role"):
        vault.write("pki/issue/internal", {"common_name": "bank.example.com"})


def _root_of(bench: Any, gpg: Callable[..., bytes]) -> str:
    """As two holders make it."""
    kept = json.loads(bench.keys.read_text())
    shares = tuple(gpg("--decrypt", given=base64.b64decode(share)).decode() for share in kept["shares"])
    return make_root_token(bench.as_(None), Keys("recovery", 2, False, shares), "test")


def _root_accessors(bench: Any, token: str) -> list[str]:
    vault = bench.as_(token)
    accessors = vault.names("auth/token/accessors")
    looked = {each: vault.write("auth/token/lookup-accessor", {"accessor": each}) for each in accessors}
    return [each for each, found in looked.items() if found["policies"] == ["root"]]


def _killed(*_: object, **__: object) -> Any:
    raise KeyboardInterrupt
