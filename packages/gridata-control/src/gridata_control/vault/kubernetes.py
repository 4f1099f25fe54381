"""Secrets of the cluster that a pod runs in: read one, write one."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, TransientError, UsageError

if TYPE_CHECKING:
    import httpx

_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_MANAGER = "gridata-vault"
_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Secret:
    """A Secret's values, decoded, and labels."""

    data: dict[str, str] = field(repr=False)
    labels: dict[str, str]


@dataclass(frozen=True)
class Kubernetes:
    """The API server and who we are there."""

    url: str
    token: str = field(repr=False)
    ca_file: Path | None = None

    @classmethod
    def of_pod(cls) -> Kubernetes:
        """Of the pod that this runs in, as its service account.

        Raises:
            UsageError: this is no pod, or it has no token.
        """
        host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        if not host or not (_POD / "token").is_file():
            raise UsageError("Kubernetes: this is no pod with a service account's token. Run it in the cluster.")
        host = f"[{host}]" if ":" in host else host
        return cls(f"https://{host}:{port}", (_POD / "token").read_text().strip(), _POD / "ca.crt")

    def secret(self, namespace: str, name: str) -> Secret | None:
        """One Secret; None where there is none."""
        answer = self._call("GET", namespace, name)
        if answer.status_code == 404:
            return None
        found = self._checked(answer, namespace, name).json()
        values = {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}
        return Secret(values, found["metadata"].get("labels") or {})

    def apply_secret(
        self, namespace: str, name: str, data: Mapping[str, str], labels: Mapping[str, str], *, dry_run: bool = False
    ) -> None:
        """Make it, or make these values of it so; values of others stay. `dry_run`: only ask whether it could be."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
        }
        self._checked(self._call("PATCH", namespace, name, body, dry_run=dry_run), namespace, name)

    def _call(
        self, method: str, namespace: str, name: str, body: object = None, *, dry_run: bool = False
    ) -> httpx.Response:
        import ssl

        import httpx

        params = {"fieldManager": _MANAGER, "force": "true"} if body else {}
        trusted = ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file else True
        try:
            return httpx.request(
                method,
                f"{self.url}/api/v1/namespaces/{namespace}/secrets/{name}",
                params=params | ({"dryRun": "All"} if dry_run else {}),
                headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/apply-patch+yaml"},
                content=json.dumps(body) if body else None,
                verify=trusted,
                timeout=_TIMEOUT_S,
            )
        except httpx.HTTPError as error:
            raise TransientError(f"Kubernetes {self.url}: {type(error).__name__}. Is it up? Try again.") from None

    def _checked(self, answer: httpx.Response, namespace: str, name: str) -> httpx.Response:
        where = f"Kubernetes {self.url}: Secret {namespace}/{name}: {answer.status_code}"
        if answer.status_code >= 500 or answer.status_code == 429:
            raise TransientError(f"{where}. Try again.")
        if answer.status_code >= 400:  # the body may repeat what was sent
            raise PermanentError(f"{where}. May the service account get, create and patch this Secret?")
        return answer
