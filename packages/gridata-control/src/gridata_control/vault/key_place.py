"""Where keys are kept: a file that only its owner reads, outside of any repository, or a Secret of the cluster."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.vault.keys import Keys
from gridata_control.vault.kubernetes import Kubernetes

_PRIVATE = 0o600
_NAME = "keys"
_LABELS = {"app.kubernetes.io/managed-by": "gridata-vault", "app.kubernetes.io/component": "vault-keys"}


class KeyPlace(Protocol):
    """Somewhere keys are written once and read again."""

    @property
    def where(self) -> str:
        """As a person finds it."""

    def read(self) -> Keys | None:
        """What is there; None: nothing."""

    def try_out(self) -> None:
        """See that keys can be written, before there are any: a place that refuses would lose them."""

    def write(self, keys: Keys) -> None:
        """Keep them, whole or not at all.

        Raises:
            TransientError: not now; worth another try.
        """


def key_place(uri: str, kubernetes: Kubernetes | None = None) -> KeyPlace:
    """The place that `GRIDATA_VAULT_KEYS` names."""
    scheme, _, rest = uri.partition("://")
    if scheme == "file":
        return FilePlace(Path(rest).expanduser())
    namespace, _, name = rest.partition("/")
    return SecretPlace(kubernetes or Kubernetes.of_pod(), namespace, name)


class FilePlace:
    """A file with mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def where(self) -> str:
        return str(self._path)

    def read(self) -> Keys | None:
        try:
            mode = stat.S_IMODE(self._path.stat().st_mode)
        except FileNotFoundError:
            return None
        if mode & 0o077:
            raise PermanentError(
                f"{self._path}: got mode {mode:o}, allowed 600. Others may have read it: see rotation."
            )
        return Keys.from_json(self._path.read_text(), self.where)

    def try_out(self) -> None:
        repository = next((folder for folder in self._path.resolve().parents if (folder / ".git").exists()), None)
        if repository is not None:
            raise UsageError(
                f"GRIDATA_VAULT_KEYS: got a file in the repository {repository}, allowed one outside of any: "
                "keys that are there get committed one day."
            )
        probe = self._path.with_suffix(".probe")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_private(probe, "")
            probe.unlink()
        except OSError as error:
            raise UsageError(f"GRIDATA_VAULT_KEYS: {self._path} cannot be written: {error.strerror}.") from error

    def write(self, keys: Keys) -> None:
        part = self._path.with_suffix(".part")
        try:
            _write_private(part, keys.to_json())
            part.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise TransientError(f"{self._path}: cannot be written: {error.strerror}. Make room for it.") from error


class SecretPlace:
    """A Secret beside Vault. In clear it opens Vault to whoever reads Secrets there: for local clusters."""

    def __init__(self, kubernetes: Kubernetes, namespace: str, name: str) -> None:
        self._kubernetes = kubernetes
        self._namespace = namespace
        self._name = name

    @property
    def where(self) -> str:
        return f"Secret {self._namespace}/{self._name}"

    def read(self) -> Keys | None:
        found = self._kubernetes.secret(self._namespace, self._name)
        text = found.data.get(_NAME) if found else None
        return Keys.from_json(text, self.where) if text else None

    def try_out(self) -> None:
        """Nothing is written: another first run may have put its keys there meanwhile."""
        self._kubernetes.apply_secret(self._namespace, self._name, {_NAME: ""}, _LABELS, dry_run=True)

    def write(self, keys: Keys) -> None:
        self._kubernetes.apply_secret(self._namespace, self._name, {_NAME: keys.to_json()}, _LABELS)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # the mode counts only for a new file
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
