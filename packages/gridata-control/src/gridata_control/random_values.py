"""Passwords and keys, drawn: each kind as the services take it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

_FERNET_BYTES = 32


def word() -> str:
    """A password that can stand in a URL."""
    return secrets.token_urlsafe(24).replace("-", "_")  # a leading - would look like an option


def key() -> str:
    """32 bytes as hexadecimal digits."""
    return secrets.token_hex(32)


def fernet() -> str:
    """A key as Airflow's Fernet takes it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_FERNET_BYTES)).decode()


MAKERS: dict[str, Callable[[], str]] = {"word": word, "key": key, "fernet": fernet}
"""Each kind by its name in documents."""
