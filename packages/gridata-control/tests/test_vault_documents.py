"""What `gridata vault` is told: documents, keys, settings, and how what Vault says is compared."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from gridata_contracts.errors import ContractError, PermanentError, UsageError
from gridata_control.vault.compare import differing
from gridata_control.vault.document import filled, load_desired, references
from gridata_control.vault.key_place import FilePlace
from gridata_control.vault.keys import Keys
from gridata_control.vault.pgp import public_key
from gridata_control.vault.settings import VaultSettings

POLICIES = Path(__file__).parents[3] / "policies" / "vault"
AUDIT = "audit:\n  one: {type: file, options: {file_path: /a}}\n  two: {type: file, options: {file_path: /b}}\n"
KEYS = Keys("unseal", 1, False, ("share-one",), "the-root-token")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return tmp_path / "platform.yaml"


def test_the_platforms_documents_hold_for_every_environment() -> None:
    desired = load_desired((POLICIES / "platform.yaml", POLICIES / "local.yaml"))

    assert {"bootstrap", "operator", "snapshots", "syncer"} == desired.policies.keys()
    assert desired.audit["file"] == {"type": "file", "options": {"file_path": "/vault/data/audit.log"}}
    assert {entry["type"] for entry in desired.auth.values()} == {"jwt", "kubernetes"}


def test_the_laptops_document_leaves_out_what_needs_a_cluster() -> None:
    desired = load_desired((POLICIES / "platform.yaml", POLICIES / "laptop.yaml"))

    assert [path for path in (*desired.config, *desired.auth) if "kubernetes" in path] == []
    assert (set(desired.auth), set(desired.sync)) == ({"jwt"}, set())


def test_no_login_of_the_platform_gives_a_policy_that_is_not_there() -> None:
    desired = load_desired((POLICIES / "platform.yaml",))
    given = {str(name) for entry in desired.config.values() for name in entry.get("token_policies", [])}  # type: ignore[attr-defined]

    assert given - desired.policies.keys() == set()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("audit: {one: {type: file}}\n", "got 1 devices, allowed 2 or more"),
        (f"{AUDIT}mount: {{}}\n", "got sections mount, allowed audit"),
        (f"{AUDIT}mounts: {{secret: {{options: {{}}}}}}\n", "mounts.secret"),
        (f"{AUDIT}mounts: {{secret: {{type: kv, option: 1}}}}\n", "mounts.secret"),
        (f"{AUDIT}config: {{Sys/X: {{}}}}\n", "got 'Sys/X', allowed a path"),
        (f"{AUDIT}config: {{../sys/x: {{}}}}\n", "got '../sys/x', allowed a path"),
        (f"{AUDIT}config: [1]\n", "allowed a mapping"),
        (f"{AUDIT}generated: {{a: {{password: {{make: luck}}}}}}\n", "generated.a.password"),
        (f"{AUDIT}sync: {{gridata/x: {{a: '${{platform/x:y}}'}}}}\n", "platform/x:y, which `generated` does not have"),
        (f"{AUDIT}sync: {{x: {{a: b}}}}\n", "sync.x"),
        ("- 1\n", "got list"),
        ("a: [\n", "got no YAML"),
    ],
)
def test_a_wrong_document_is_told_by_its_place(document: Path, text: str, told: str) -> None:
    document.write_text(text)

    with pytest.raises(ContractError, match=r"platform\.yaml") as error:
        load_desired((document,))
    assert told in str(error.value)


def test_a_missing_document_names_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="GRIDATA_VAULT_DOCUMENTS"):
        load_desired((tmp_path / "none.yaml",))


def test_a_later_document_is_laid_over_and_null_removes(document: Path, tmp_path: Path) -> None:
    document.write_text(f"{AUDIT}config:\n  a/b: {{x: 1, y: [1, 2]}}\n  c/d: {{z: 1}}\n")
    (tmp_path / "over.yaml").write_text("config:\n  a/b: {x: 2}\n  c/d: null\n")

    assert load_desired((document, tmp_path / "over.yaml")).config == {"a/b": {"x": 2, "y": [1, 2]}}


@pytest.mark.parametrize(
    ("want", "have"),
    [("24h", 86400), ("1h30m", "5400"), ("90d", "2160h0m0s"), (["a", "b"], ["b", "a"]), ("a,b", ["a", "b"]), (2, "2"),
     ("2", 2), (True, True), ({"k": "1h"}, {"k": 3600}), ("text ", "text")],
)  # fmt: skip
def test_what_vault_says_in_other_words_is_the_same(want: object, have: object) -> None:
    assert differing({"field": want}, {"field": have, "more": 1}) == []


@pytest.mark.parametrize(
    ("want", "have"),
    [("24h", 86401), (["a"], ["a", "b"]), (["a", "a"], ["a"]), (True, False), (False, None), ("x", None),
     ({"k": 1}, {}), ({"k": 1}, {"k": 1, "l": 2}), ([], ["a"]), ("5m", "5minutes"), (1, True)],
)  # fmt: skip
def test_what_differs_is_named(want: object, have: object) -> None:
    assert differing({"field": want}, {"field": have}) == ["field"]


def test_references_are_found_and_filled() -> None:
    value = "postgresql://${a/b:user}:${a/b:pass}@host/${db}"

    assert references(value) == [("a/b", "user"), ("a/b", "pass")]
    assert filled(value, lambda path, field: f"<{path} {field}>") == "postgresql://<a/b user>:<a/b pass>@host/${db}"


def test_keys_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    place = FilePlace(tmp_path / "new" / "keys.json")
    place.try_out()
    assert place.read() is None

    place.write(KEYS)
    place.write(KEYS)

    assert place.read() == KEYS
    assert [(path.name, path.stat().st_mode & 0o777) for path in (tmp_path / "new").iterdir()] == [("keys.json", 0o600)]
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    place = FilePlace(tmp_path / "keys.json")
    place.write(KEYS)
    (tmp_path / "keys.json").chmod(0o640)

    with pytest.raises(PermanentError, match="got mode 640, allowed 600"):
        place.read()


@pytest.mark.parametrize("marker", [".git/HEAD", ".git"])
def test_keys_are_not_written_into_a_repository(tmp_path: Path, marker: str) -> None:
    (tmp_path / marker).parent.mkdir(exist_ok=True)
    (tmp_path / marker).write_text("")

    with pytest.raises(UsageError, match="outside of any"):
        FilePlace(tmp_path / "deep" / "keys.json").try_out()
    assert not (tmp_path / "deep").exists()


def test_a_place_that_refuses_is_found_before_there_are_keys(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="cannot be written"):
        FilePlace(tmp_path / "file" / "keys.json").try_out()


def test_something_else_in_the_place_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"shares": "canary"')
    (tmp_path / "keys.json").chmod(0o600)

    with pytest.raises(PermanentError, match=r"keys\.json: got something else") as told:
        FilePlace(tmp_path / "keys.json").read()
    assert "canary" not in str(told.value)


def test_nothing_secret_is_in_a_repr() -> None:
    environment = {"VAULT_TOKEN": "canary-1", "GRIDATA_VAULT_DATABASE_PASSWORD": "canary-2"}

    assert "canary" not in repr(VaultSettings.load(environment))
    assert "share-one" not in repr(KEYS)
    assert "the-root-token" not in repr(KEYS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDATA_VAULT_URL", "vault:8200"),
        ("GRIDATA_VAULT_KEYS", "keys.json"),
        ("GRIDATA_VAULT_KEYS", "file://relative"),
        ("GRIDATA_VAULT_KEYS", "secret://vault"),
        ("GRIDATA_VAULT_LOGIN", "root"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: got '{value}', allowed "):
        VaultSettings.load({name: value})


def test_a_public_key_is_taken_armoured_or_not(tmp_path: Path) -> None:
    binary = b"\x99\x01\x0d" + bytes(range(200))
    body = base64.encodebytes(binary).decode()
    (tmp_path / "binary").write_bytes(binary)
    begin, end = ("-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----")
    (tmp_path / "armoured").write_text(f"{begin}\nComment: x\n\n{body}=abcd\n{end}\n")

    expected = base64.b64encode(binary).decode()
    assert [public_key(tmp_path / name) for name in ("binary", "armoured")] == [expected, expected]


@pytest.mark.parametrize("content", [b"", b"text", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n"])
def test_what_is_no_public_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)

    with pytest.raises(UsageError, match="allowed a public key"):
        public_key(tmp_path / "key")
