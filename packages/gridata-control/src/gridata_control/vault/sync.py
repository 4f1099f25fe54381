"""The few Secrets that charts are given by name, from the passwords that Vault keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from gridata_contracts.errors import PermanentError
from gridata_control.vault.change import MADE, MENDED, REFUSED, SAME, Change
from gridata_control.vault.client import Vault
from gridata_control.vault.document import Desired, filled
from gridata_control.vault.generated import ENGINE
from gridata_control.vault.kubernetes import Kubernetes, Secret

_OURS = "app.kubernetes.io/managed-by"
LABELS = {_OURS: "gridata-vault"}


def sync_secrets(vault: Vault, kubernetes: Kubernetes, desired: Desired, *, dry_run: bool = False) -> Iterator[Change]:
    """Make each Secret of the documents, or make its values so. One that somebody else made is left alone.

    Raises:
        PermanentError: Vault has a secret or a field of one not, so bootstrap comes first.
    """
    value_of = _reader(vault)
    for place, fields in desired.sync.items():
        namespace, _, name = place.partition("/")
        wanted = {key: filled(value, value_of) for key, value in fields.items()}
        found = kubernetes.secret(namespace, name)
        change = _change(place, wanted, found)
        if change.outcome in (MADE, MENDED) and not dry_run:
            kubernetes.apply_secret(namespace, name, wanted, LABELS)
        yield change


def _change(place: str, wanted: dict[str, str], found: Secret | None) -> Change:
    if found is None:
        return Change("secret", place, MADE)
    if found.labels.get(_OURS) != LABELS[_OURS]:
        return Change("secret", place, REFUSED, f"somebody else's: label it {_OURS}={LABELS[_OURS]} to hand it over")
    fields = sorted(key for key, value in wanted.items() if found.data.get(key) != value)
    return Change("secret", place, MENDED, ", ".join(fields)) if fields else Change("secret", place, SAME)


def _reader(vault: Vault) -> Callable[[str, str], str]:
    @cache
    def secret(path: str) -> dict[str, str]:
        found = (vault.read(f"{ENGINE}/data/{path}") or {}).get("data")
        if not isinstance(found, dict):
            raise PermanentError(
                f"Vault {vault.url}: {ENGINE}/{path}: got nothing. Run `gridata vault bootstrap` first."
            )
        return {str(key): str(value) for key, value in found.items()}

    def value_of(path: str, field: str) -> str:
        values = secret(path)
        if field not in values:
            raise PermanentError(
                f"Vault {vault.url}: {ENGINE}/{path}: got {', '.join(sorted(values))}, allowed {field} beside them. "
                "Run `gridata vault bootstrap`, which says what is missing."
            )
        return values[field]

    return value_of
