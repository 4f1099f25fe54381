"""Vault's snapshot over HTTP, against a server that answers as Vault's API does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pyarrow.fs import LocalFileSystem

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.backup.place import Place
from gridata_control.backup.vault import keep_snapshot, put_snapshot

SNAPSHOT = bytes(range(256)) * 9000


class Vault(ThreadingHTTPServer):
    """Has a snapshot; answers each request with `status`."""

    status = 200
    restored = b""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Vault

    def do_GET(self) -> None:
        assert (self.path, self.headers["X-Vault-Token"]) == ("/v1/sys/storage/raft/snapshot", "token")
        self._answer(SNAPSHOT if self.server.status == 200 else b'{"errors":["no"]}')

    def do_POST(self) -> None:
        assert self.path == "/v1/sys/storage/raft/snapshot-force"
        self.server.restored = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing to read in a test's output."""


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    monkeypatch.setenv("VAULT_TOKEN", "token")
    with Vault(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(LocalFileSystem(), str(tmp_path), f"file://{tmp_path}")


def test_a_snapshot_is_kept_and_put_back_to_the_byte(vault: Vault, place: Place) -> None:
    sha256 = keep_snapshot(vault.address, place, "sets/1/vault.snap")
    put_snapshot(vault.address, place, "sets/1/vault.snap", sha256)

    assert sha256 == hashlib.sha256(SNAPSHOT).hexdigest()
    assert place.read("sets/1/vault.snap") == vault.restored == SNAPSHOT


def test_a_damaged_snapshot_is_not_put_back(vault: Vault, place: Place) -> None:
    sha256 = keep_snapshot(vault.address, place, "sets/1/vault.snap")
    place.write("sets/1/vault.snap", b"rot" + SNAPSHOT)

    with pytest.raises(PermanentError, match="take an earlier set"):
        put_snapshot(vault.address, place, "sets/1/vault.snap", sha256)
    assert vault.restored == b""


def test_a_snapshot_of_a_set_without_its_hash_is_put_back(vault: Vault, place: Place) -> None:
    keep_snapshot(vault.address, place, "sets/1/vault.snap")
    put_snapshot(vault.address, place, "sets/1/vault.snap", None)

    assert vault.restored == SNAPSHOT


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, TransientError) for status in (412, 429, 500, 502, 503, 504)),
        *((status, PermanentError) for status in (400, 403, 404)),
    ],
)
def test_a_sealed_vault_is_asked_again_and_one_that_refuses_is_not(
    vault: Vault, place: Place, status: int, kind: type[Exception]
) -> None:
    vault.status = status

    with pytest.raises(kind, match="Vault http"):
        keep_snapshot(vault.address, place, "sets/1/vault.snap")


def test_a_vault_that_is_not_there_is_asked_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "token")
    with pytest.raises(TransientError, match="Is it up"):
        keep_snapshot("http://127.0.0.1:1", place, "sets/1/vault.snap")


def test_without_a_token_it_says_which_policy_is_needed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    with pytest.raises(UsageError, match="sys/storage/raft/snapshot"):
        keep_snapshot("http://127.0.0.1:1", place, "sets/1/vault.snap")
