"""A real Vault, and what it asks: a second one that unseals it and signs tokens, and who is who in a cluster."""

from __future__ import annotations

import base64
import importlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from gridata_control.vault.bootstrap import Bootstrapped, bootstrap
from gridata_control.vault.client import Vault
from gridata_control.vault.settings import VaultSettings

POLICIES = Path(__file__).parents[5] / "policies" / "vault"


@dataclass(frozen=True)
class Bench:
    """A server, the settings of a run against it, and the document that is laid over the platform's."""

    server: Any
    environment: dict[str, str]
    overlay: Path
    keys: Path

    @property
    def settings(self) -> VaultSettings:
        return VaultSettings.load(self.environment)

    def with_(self, **settings: str) -> VaultSettings:
        return VaultSettings.load(self.environment | settings)

    def run(self, settings: VaultSettings | None = None, **options: Any) -> Bootstrapped:
        return bootstrap(settings or self.settings, lambda line: None, **options)

    def as_service_account(self, cluster: Cluster, **settings: str) -> VaultSettings:
        """Settings of the job in the cluster."""
        jwt = self.overlay.with_name("jwt")
        jwt.write_text(cluster.token("vault", "vault-bootstrap"))
        return self.with_(GRIDATA_VAULT_LOGIN="kubernetes", GRIDATA_VAULT_JWT_FILE=str(jwt), **settings)

    def lay_over(self, changes: dict[str, Any]) -> None:
        """Add to the overlay; sections merge by entry."""
        document = yaml.safe_load(self.overlay.read_text())
        for section, entries in changes.items():
            document.setdefault(section, {}).update(entries)
        self.overlay.write_text(yaml.safe_dump(document))

    def as_(self, token: str | None) -> Vault:
        return Vault(self.settings, token)

    def root(self) -> str:
        """A root token, made of the kept keys as an operator would."""
        from gridata_control.vault.key_place import FilePlace
        from gridata_control.vault.root import make_root_token

        keys = FilePlace(self.keys).read()
        assert keys is not None
        return make_root_token(self.as_(None), keys, "test")

    def signed_token(self, role: str, **fields: object) -> str:
        """A token signed by this Vault under a new role of OIDC, for somebody with an entity: root gets none."""
        root = self.as_(self.root())
        root.write(f"identity/oidc/key/{role}", {"allowed_client_ids": [fields["client_id"]]})
        root.write(f"identity/oidc/role/{role}", {"key": role, "ttl": "10m"} | fields)
        accessor = root.read("sys/auth")["token/"]["accessor"]  # type: ignore[index]
        root.write(f"identity/entity/name/{role}", {})
        entity = root.read(f"identity/entity/name/{role}") or {}
        root.write("identity/entity-alias", {"name": role, "canonical_id": entity["id"], "mount_accessor": accessor})
        policy = f'path "identity/oidc/token/{role}" {{ capabilities = ["read"] }}'
        root.write(f"sys/policies/acl/{role}", {"policy": policy})
        root.write(f"auth/token/roles/{role}", {"allowed_entity_aliases": [role], "allowed_policies": [role]})
        made = root.write(f"auth/token/create/{role}", {"entity_alias": role, "policies": [role]})
        return str((self.as_(str(made["client_token"])).read(f"identity/oidc/token/{role}") or {})["token"])


class Cluster(ThreadingHTTPServer):
    """Answers as an API server does: TokenReviews (a signature says itself whether it is good), and Secrets by apply.

    Attributes:
        secrets: by `namespace/name`.
        forbidden: those that our service account may not write.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Api)
        self.secrets: dict[str, dict[str, Any]] = {}
        self.forbidden: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def token(self, namespace: str, name: str, *, audience: str = "vault", signature: bytes = b"good") -> str:
        """A service account's token."""
        now = int(time.time())
        claims = {
            "iss": "https://kubernetes.default.svc",
            "aud": [audience],
            "exp": now + 600,
            "iat": now,
            "nbf": now,
            "sub": f"system:serviceaccount:{namespace}:{name}",
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": f"uid-{name}"}},
        }
        parts = (json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), signature)
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class _Api(BaseHTTPRequestHandler):
    server: Cluster

    def do_GET(self) -> None:
        found = self.server.secrets.get(self._name())
        self._answer(200 if found else 404, found or {"kind": "Status", "code": 404})

    def do_PATCH(self) -> None:
        assert self.headers["Content-Type"] == "application/apply-patch+yaml"
        assert "fieldManager=gridata-vault" in self.path
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._name() in self.server.forbidden:
            self._answer(403, {"kind": "Status", "message": f"forbidden: {sent}"})
            return
        if "dryRun=All" in self.path:
            self._answer(200, sent)
            return
        kept = self.server.secrets.setdefault(self._name(), {"metadata": {}, "data": {}})
        kept["data"] |= sent["data"]
        kept["metadata"].setdefault("labels", {}).update(sent["metadata"]["labels"])
        self._answer(200, kept)

    def _name(self) -> str:
        assert self.headers["Authorization"] == "Bearer pod"
        _, _, namespace, _, name = self.path.partition("?")[0].removeprefix("/api/").split("/")
        return f"{namespace}/{name}"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["spec"]
        payload, signature = asked["token"].split(".")[1:]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        good = base64.urlsafe_b64decode(signature + "==") == b"good"
        good = good and set(asked.get("audiences") or claims["aud"]) & set(claims["aud"]) != set()
        uid = claims["kubernetes.io"]["serviceaccount"]["uid"]
        user = {"username": claims["sub"], "uid": uid, "groups": []}
        status = {"authenticated": good} | ({"user": user, "audiences": claims["aud"]} if good else {})
        self._answer(201, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status})

    def _answer(self, code: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing to read in a test's output."""


@pytest.fixture(scope="session", autouse=True)
def servers_on_path() -> None:
    """tests/servers stands beside the packages and is none."""
    folder = str(Path(__file__).parents[5] / "tests")
    if folder not in sys.path:
        sys.path.append(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def make_bench(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Callable[..., Bench]]:
    """`make_bench()`: a fresh, empty Vault; `make_bench(seal=…)`: one that unseals itself."""
    with ExitStack() as stack:

        def make(seal: str = "", variables: dict[str, str] | None = None) -> Bench:
            folder = tmp_path_factory.mktemp("vault")
            server = stack.enter_context(
                importlib.import_module("servers.vault").vault(folder / "server", seal, variables)
            )
            overlay = folder / "overlay.yaml"
            overlay.write_text(yaml.safe_dump(_overlay(server, cluster)))
            keys = folder / "kept" / "keys.json"
            environment = {
                "GRIDATA_VAULT_URL": server.address,
                "GRIDATA_VAULT_KEYS": f"file://{keys}",
                "GRIDATA_VAULT_DOCUMENTS": f"{POLICIES / 'platform.yaml'},{overlay}",
            }
            return Bench(server, environment, overlay, keys)

        yield make


@pytest.fixture(scope="module")
def bench(make_bench: Callable[..., Bench]) -> Bench:
    """A Vault after its first run; tests that share it leave it as they found it."""
    made = make_bench()
    made.run()
    return made


def _overlay(server: Any, cluster: Cluster) -> dict[str, Any]:
    return {
        "audit": {
            "file": {"type": "file", "options": {"file_path": str(server.folder / "audit.log")}},
            "stdout": {"type": "file", "options": {"file_path": str(server.folder / "audit-2.log")}},
        },
        "config": {
            "auth/kubernetes/config": {"kubernetes_host": cluster.address, "disable_local_ca_jwt": True},
            "identity/oidc/config": {"issuer": server.address},
        },
    }
