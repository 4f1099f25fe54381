"""Kubernetes' API server and its etcd, with nothing behind them: no scheduler, no kubelet, no controller.

What they say of objects, permissions, quotas and pods' security is what a cluster says; nothing moves by itself, so a
test plays who would move it. `with api_server(folder) as server: server.url, server.admin_token, server.certificate`.
"""

from __future__ import annotations

import secrets
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.process import Server, free_port  # type: ignore[import-not-found]  # tests/ is put on the path by who starts servers

_BUILD = Path(__file__).parents[2] / "scripts" / "build_tool.sh"


@dataclass
class ApiServer:
    """A running API server; its objects outlive it.

    Attributes:
        url: of its API.
        admin_token: of a user who may do everything.
        certificate: it shows this one, and signed it itself.
        key: of the certificate.
    """

    url: str
    admin_token: str
    certificate: Path
    key: Path
    _command: Sequence[str]
    _log: Path
    _server: Server | None = None

    def start(self) -> None:
        """Start it, at the address it had before.

        Raises:
            ServerError: it ended, or was not ready in time.
        """
        self._server = Server.start(self._command, {}, self._log, self._is_ready)

    def kill(self) -> None:
        """End it without a word to anybody who watches. Safe to call twice."""
        if self._server is not None:
            self._server.process.kill()
            self._server.process.wait()
            self._server = None

    def _is_ready(self) -> bool:
        asked = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {self.admin_token}"})
        try:
            with urllib.request.urlopen(asked, context=ssl.create_default_context(cafile=self.certificate), timeout=2):
                return True
        except OSError:  # no certificate yet, nobody listens, or 500: not everything in it has started
            return False


@contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """An API server with its data below the folder, stopped at the end."""
    etcd_url, peers_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    etcd_command = [str(binary("etcd")), f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn"]
    etcd_command += [f"--listen-client-urls={etcd_url}", f"--advertise-client-urls={etcd_url}"]
    etcd_command += [f"--listen-peer-urls={peers_url}", f"--initial-advertise-peer-urls={peers_url}"]
    etcd_command += [f"--initial-cluster=default={peers_url}"]
    server = _api_server(folder, etcd_url)
    etcd = Server.start(etcd_command, {}, folder / "etcd.log", lambda: _answers(f"{etcd_url}/health"))
    try:
        server.start()
        yield server
    finally:
        server.kill()
        etcd.stop()


def binary(name: str) -> Path:
    """The binary of the pinned source, built when it is missing (Kubernetes takes long, and needs Go)."""
    built = subprocess.run([str(_BUILD), name], check=True, stdout=subprocess.PIPE, text=True)
    return Path(built.stdout.splitlines()[-1])


def _api_server(folder: Path, etcd_url: str) -> ApiServer:
    """Not started yet."""
    port, token, issuer_key, tokens = free_port(), secrets.token_hex(16), folder / "issuer.key", folder / "tokens.csv"
    subprocess.run(["openssl", "genrsa", "-out", str(issuer_key), "2048"], check=True, capture_output=True)
    tokens.touch(mode=0o600)
    tokens.write_text(f"{token},admin,admin,system:masters\n")
    certificates = folder / "certificates"
    flags = {
        "advertise-address": "127.0.0.1",
        "authorization-mode": "RBAC",
        "bind-address": "127.0.0.1",
        "cert-dir": certificates,  # it makes itself a certificate where it finds none
        "endpoint-reconciler-type": "none",  # nobody reaches it by a service, least of all at a loopback address
        "etcd-servers": etcd_url,
        "kubelet-preferred-address-types": "InternalIP",
        "secure-port": port,
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": issuer_key,
        "service-account-signing-key-file": issuer_key,
        "service-cluster-ip-range": "10.0.0.0/24",
        "token-auth-file": tokens,
    }
    command = [str(binary("kube-apiserver")), *(f"--{name}={value}" for name, value in flags.items())]
    shown, key = certificates / "apiserver.crt", certificates / "apiserver.key"
    return ApiServer(f"https://127.0.0.1:{port}", token, shown, key, command, folder / "kube-apiserver.log")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
