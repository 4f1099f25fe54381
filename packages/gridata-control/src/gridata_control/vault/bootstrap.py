"""From whatever state Vault is in to the one the documents describe; a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from gridata_contracts.errors import TransientError
from gridata_control.patience import patiently
from gridata_control.vault.change import MADE, REFUSED, WAITS, Change, Step
from gridata_control.vault.client import RefusedError, Vault
from gridata_control.vault.database import database_steps
from gridata_control.vault.document import Desired, load_desired
from gridata_control.vault.generated import generated_steps
from gridata_control.vault.key_place import KeyPlace, key_place
from gridata_control.vault.keys import Keys
from gridata_control.vault.login import logged_in
from gridata_control.vault.mounts import audit_steps, auth_steps, engine_steps
from gridata_control.vault.paths import path_steps
from gridata_control.vault.policies import policy_steps
from gridata_control.vault.seal import initialise, seal_status, unseal
from gridata_control.vault.settings import VaultSettings


@dataclass(frozen=True)
class Bootstrapped:
    """What a run found and did.

    Attributes:
        initialised: this run was the first; its keys are at `keys_at`.
        changes: one per thing, those that are as they should be included.
    """

    initialised: bool
    keys_at: str
    changes: tuple[Change, ...]


def bootstrap(
    settings: VaultSettings, say: Callable[[str], None], *, dry_run: bool = False, wait_s: float = 0.0
) -> Bootstrapped:
    """Initialise where nobody has, unseal, and make everything so.

    Args:
        settings: where Vault is, what it should be, where keys go.
        say: told each step of a first start as it happens.
        dry_run: only say what would be done; an empty or sealed Vault is left so.
        wait_s: how long each part may be without an answer. A first run keeps its root token meanwhile, which is
            nowhere else where keys are encrypted.

    Raises:
        UsageError, PermanentError, TransientError: as the parts; what was done until then stays, and a further run
            goes on from there.
    """
    desired = load_desired(settings.documents)
    vault, place = Vault(settings), key_place(settings.keys_uri)
    status = patiently(wait_s, partial(seal_status, vault))
    if dry_run and (status.sealed or not status.initialized):
        todo = "unseal" if status.initialized else f"initialise; keys go to {place.where}"
        return Bootstrapped(False, place.where, (Change("seal", status.seal, WAITS, todo),))
    first = None if status.initialized else initialise(vault, status, place, settings)
    if first is not None:
        say(f"initialised; {first.kind} keys are in {place.where}")
    patiently(wait_s, partial(_open, vault, place, first))
    with logged_in(vault, settings, place, first, only_looks=dry_run) as somebody:
        changes = patiently(wait_s, partial(_all_done, somebody, desired, settings, dry_run=dry_run))
    return Bootstrapped(first is not None, place.where, changes)


def open_vault(settings: VaultSettings) -> bool:
    """Unseal one server with the keys that are kept.

    Returns:
        Whether there was something to do.

    Raises:
        PermanentError: nobody has initialised it, or the keys are not there.
    """
    vault, place = Vault(settings), key_place(settings.keys_uri)
    sealed = seal_status(vault).sealed
    _open(vault, place, None)
    return sealed


def _open(vault: Vault, place: KeyPlace, first: Keys | None) -> None:
    status = seal_status(vault)
    if status.sealed and not (first is not None and status.automatic):  # which opens by itself after its first start
        unseal(vault, status, first or place.read(), place.where)
    vault.await_active()


def _all_done(vault: Vault, desired: Desired, settings: VaultSettings, *, dry_run: bool) -> tuple[Change, ...]:
    return tuple(_done(step, dry_run=dry_run) for step in _steps(vault, desired, settings))


def _steps(vault: Vault, desired: Desired, settings: VaultSettings) -> Iterator[Step]:
    """Audit before everything that is worth recording; each part reads what the ones before it made."""
    yield from audit_steps(vault, desired)
    yield from policy_steps(vault, desired)
    yield from auth_steps(vault, desired)
    yield from engine_steps(vault, desired)
    yield from path_steps(vault, desired)
    yield from generated_steps(vault, desired)
    yield from database_steps(vault, desired, settings)


def _done(step: Step, *, dry_run: bool) -> Change:
    if dry_run or step.do is None:
        return step.change
    try:
        step.do()
    except RefusedError:
        return replace(step.change, outcome=REFUSED, detail=_refused(step.change))
    except TransientError as error:
        if step.change.kind != "database":  # everything else is Vault's own, and worth a retry of the run
            raise
        return replace(step.change, outcome=WAITS, detail=str(error))
    return step.change


def _refused(change: Change) -> str:
    differs = "is not there" if change.outcome == MADE else f"differs ({change.detail})"
    return f"{differs}; only a root token may mend it"
