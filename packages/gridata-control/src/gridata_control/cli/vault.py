"""`gridata vault`: from an empty Vault to one that jobs can use, and what its operators do by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gridata_control.cli.grid import print_grid
from gridata_control.cli.options import echo_json, json_option, wait_option

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gridata_control.vault.change import Change
    from gridata_control.vault.client import Vault

NOT_OPEN = 1
_NEEDS_SOMEBODY = 3
_WAITS = 4

_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@click.group()
def vault() -> None:
    """Set Vault up, open it, and hand out what it keeps. Where it is: GRIDATA_VAULT_URL."""


@vault.command()
@_dry_run
@json_option
@wait_option
def bootstrap(*, dry_run: bool, as_json: bool, wait_s: float) -> int:
    """Make Vault as policies/vault/platform.yaml says; an empty one is initialised first. A second run changes nothing.

    Exit code 3: this login may not mend something; 4: something waits for what is not there yet.
    """
    from gridata_control.vault.bootstrap import bootstrap as make_so
    from gridata_control.vault.settings import VaultSettings

    def say(line: str) -> None:
        click.echo(line, err=True)

    done = make_so(VaultSettings.load(), say, dry_run=dry_run, wait_s=wait_s)
    if as_json:
        echo_json(asdict(done))
    else:
        _show(done.changes, dry_run=dry_run)
    return _exit_code(done.changes)


@vault.command()
@json_option
def status(*, as_json: bool) -> int:
    """Initialised, sealed, by what it is opened. Exit code 1: it is not open."""
    from gridata_control.vault.client import Vault
    from gridata_control.vault.seal import seal_status
    from gridata_control.vault.settings import VaultSettings

    settings = VaultSettings.load()
    found = seal_status(Vault(settings))
    if as_json:
        echo_json({"url": settings.url} | asdict(found))
    else:
        state = "not initialised" if not found.initialized else "sealed" if found.sealed else "open"
        by = "by itself" if found.automatic else "with key shares"
        click.echo(f"Vault {found.version} at {settings.url}: {state}; it opens {by} ({found.seal}).")
    return 0 if found.initialized and not found.sealed else NOT_OPEN


@vault.command()
def unseal() -> None:
    """Open it with the keys in GRIDATA_VAULT_KEYS, where these are kept in clear."""
    from gridata_control.vault.bootstrap import open_vault
    from gridata_control.vault.settings import VaultSettings

    click.echo("opened." if open_vault(VaultSettings.load()) else "was open.")


@vault.command("sync-secrets")
@_dry_run
@json_option
@wait_option
def sync_secrets(*, dry_run: bool, as_json: bool, wait_s: float) -> int:
    """Write the Secrets that charts are given by name, from what Vault keeps. Runs in the cluster.

    Exit code 3: a Secret is somebody else's.
    """
    from gridata_control.patience import patiently
    from gridata_control.vault.client import Vault
    from gridata_control.vault.document import load_desired
    from gridata_control.vault.kubernetes import Kubernetes
    from gridata_control.vault.login import logged_in_as
    from gridata_control.vault.settings import VaultSettings
    from gridata_control.vault.sync import sync_secrets as sync

    settings = VaultSettings.load()
    desired, kubernetes = load_desired(settings.documents), Kubernetes.of_pod()

    def run() -> Sequence[Change]:
        with logged_in_as(Vault(settings), settings, "syncer") as somebody:
            return tuple(sync(somebody, kubernetes, desired, dry_run=dry_run))

    changes = patiently(wait_s, run)
    if as_json:
        echo_json([asdict(change) for change in changes])
    else:
        _show(changes, dry_run=dry_run)
    return _exit_code(changes)


@vault.group()
def pki() -> None:
    """The intermediate certificate, signed by a root that is kept offline. Needs VAULT_TOKEN with policy `operator`."""


@pki.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File for the request.")
def csr(output: Path) -> None:
    """Make a signing request for the root's ceremony."""
    from gridata_control.vault.pki import signing_request

    with _as_operator() as somebody:
        output.write_text(signing_request(somebody))
    click.echo(f"{output}: have the root sign it, then: gridata vault pki signed <certificate with its chain>")


@pki.command()
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def signed(certificate: Path) -> None:
    """Take CERTIFICATE, which the root signed, with the chain up to the root behind it."""
    from gridata_control.vault.pki import take_signed

    with _as_operator() as somebody:
        new = take_signed(somebody, certificate.read_text())
    click.echo(f"{len(new)} new issuers." if new else "was there already.")


def _as_operator() -> AbstractContextManager[Vault]:
    from gridata_control.vault.client import Vault
    from gridata_control.vault.login import logged_in_as
    from gridata_control.vault.settings import VaultSettings

    settings = VaultSettings.load()
    return logged_in_as(Vault(settings), settings, "operator")


def _show(changes: Sequence[Change], *, dry_run: bool) -> None:
    told = [change for change in changes if change.outcome != "same"]
    if told:
        rows = ((change.kind, change.name, change.outcome, change.detail) for change in told)
        print_grid("Would be" if dry_run else None, ("what", "where", "outcome", "detail"), rows)
    click.echo(f"{len(changes) - len(told)} of {len(changes)} as they should be.")


def _exit_code(changes: Sequence[Change]) -> int:
    outcomes = {change.outcome for change in changes}
    return _NEEDS_SOMEBODY if "refused" in outcomes else _WAITS if "waits" in outcomes else 0
