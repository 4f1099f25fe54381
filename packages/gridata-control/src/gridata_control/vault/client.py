"""One server of Vault: read, list and write paths; each failure as the kind of error that it is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.vault.settings import VaultSettings

if TYPE_CHECKING:
    import hvac

Fields: TypeAlias = dict[str, object]

_TIMEOUT_S = 30
_ACTIVE_TIMEOUT_S = 60.0
_POLL_S = 0.1
_NOT_YET = ("Upgrading from non-versioned", "not active", "ping failed", "connection refused", "dial tcp")


_HARMLESS = (
    "connection refused",
    "no such host",
    "password authentication failed",
    "permission denied",
    "unable to parse connection url",
)


class RefusedError(PermanentError):
    """The token's policies do not allow it."""


class Vault:
    """A connection with a token or without; it keeps no state beside that."""

    def __init__(self, settings: VaultSettings, token: str | None = None) -> None:
        self._settings = settings
        self.url = settings.url
        self._client = _connect(settings, token)

    def with_token(self, token: str) -> Vault:
        """The same server as somebody else."""
        return Vault(self._settings, token)

    def read(self, path: str) -> Fields | None:
        """What a path holds; None where nothing is."""
        with self._telling("read", path):
            answer = self._client.read(path)
        return _data(answer)

    def names(self, path: str) -> list[str]:
        """What is below a path."""
        with self._telling("list", path):
            answer = self._client.list(path)
        keys = (_data(answer) or {}).get("keys")
        return [str(key) for key in keys] if isinstance(keys, list) else []

    def write(self, path: str, fields: Mapping[str, object], *, secret: bool = False) -> Fields:
        """Write fields, and what Vault answers: its data, or of a login its `auth`.

        Args:
            path: without `/v1/`.
            fields: all that is said; what else is there stays where Vault keeps it.
            secret: a field is secret, so that nothing of an error's text is shown: Vault's may repeat it.
        """
        with self._telling("write", path, secret=secret):
            answer = self._client.write_data(path, data=dict(fields))
        return _data(answer) or {}

    def delete(self, path: str) -> None:
        """Remove what a path holds."""
        with self._telling("delete", path):
            self._client.delete(path)

    def await_active(self, wait_s: float = _ACTIVE_TIMEOUT_S) -> None:
        """Return once this server leads or stands by for one that does: after unsealing it needs a moment.

        Raises:
            TransientError: it is not so far in time.
        """
        deadline = time.monotonic() + wait_s
        while not self._active():
            if time.monotonic() >= deadline:
                raise TransientError(f"Vault {self.url}: unsealed, and no server leads after {wait_s:g} s. Try again.")
            time.sleep(_POLL_S)

    def _active(self) -> bool:
        with self._telling("read", "sys/leader"):
            leader = self._client.adapter.get("/v1/sys/leader")
        return bool(leader.get("is_self") or leader.get("leader_address"))

    @contextmanager
    def _telling(self, verb: str, path: str, *, secret: bool = False) -> Iterator[None]:
        from hvac.exceptions import BadGateway, Forbidden, InternalServerError, RateLimitExceeded, VaultDown, VaultError
        from requests import RequestException

        where = f"Vault {self.url}: {verb} {path}"
        try:
            yield
        except VaultDown:
            raise TransientError(f"{where}: sealed or not ready. See docs/runbooks/vault-sealed.md.") from None
        except Forbidden:
            raise RefusedError(f"{where}: the token's policies do not allow it.") from None
        except (BadGateway, RateLimitExceeded) as error:
            raise TransientError(f"{where}: {type(error).__name__}. Try again.") from None
        except VaultError as error:
            said = str(error)
            later = isinstance(error, InternalServerError) or any(word in said for word in _NOT_YET)
            kind = TransientError if later else PermanentError
            shown = _harmless(said) if secret else said
            raise kind(f"{where}: {type(error).__name__}: {shown}.") from None
        except RequestException as error:
            raise TransientError(f"{where}: {type(error).__name__}. Is it up? Try again.") from None


def _connect(settings: VaultSettings, token: str | None) -> hvac.Client:
    import hvac

    verify: str | bool = str(settings.ca_file) if settings.ca_file else True
    client = hvac.Client(url=settings.url, verify=verify, timeout=_TIMEOUT_S)
    client.token = token  # set here, or hvac looks for one in the environment and the home folder
    return client


def _harmless(said: str) -> str:
    """What of an answer to a secret may be shown."""
    known = [phrase for phrase in _HARMLESS if phrase in said]
    return ", ".join(known) or "what it said may hold a secret and is not shown"


def _data(answer: object) -> Fields | None:
    """The part of an answer that says something; some of `sys/` answer without an envelope."""
    if not isinstance(answer, dict):
        return None  # 204, or no such path
    inner = answer.get("auth") or answer.get("data")
    if isinstance(inner, dict):
        return inner
    return None if "request_id" in answer else answer
