"""`gridata verify`."""

from __future__ import annotations

from dataclasses import asdict

import click

from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.settings import Settings

VIOLATED = 1


@click.command()
@json_option
@with_settings
def verify(settings: Settings, as_json: bool) -> int:
    """Prove that every landed record is published or quarantined exactly once.

    Recounts the landed objects, scans the tables, and compares both with the ledger. Exit code 1 names every
    disagreement. Files that wait for their run count as undecided.
    """
    from gridata_control.verify import prove

    proof = prove(settings)
    ok = not proof.violations
    if as_json:
        echo_json({"ok": ok, **asdict(proof)})
        return 0 if ok else VIOLATED
    for violation in proof.violations:
        click.echo(f"{violation.kind}: {violation.where}: expected {violation.expected}, got {violation.got}")
    click.echo(
        f"{proof.files} files in {proof.batches} batches, {proof.rows_in:,} rows in; "
        f"{proof.bronze_rows:,} rows in bronze, {proof.quarantine_rows:,} in quarantine: "
        + ("proven." if ok else f"{len(proof.violations)} violations.")
    )
    return 0 if ok else VIOLATED
