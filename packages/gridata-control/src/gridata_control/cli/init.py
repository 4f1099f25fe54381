"""`gridata init`."""

from __future__ import annotations

from dataclasses import asdict

import click

from gridata_control.cli.options import echo_json, json_option, wait_option, with_settings
from gridata_control.settings import Settings


@click.command()
@wait_option
@json_option
@with_settings
def init(settings: Settings, wait_s: float, as_json: bool) -> int:
    """Make buckets where they are not there, with versions, and bring ledger and catalog to this version.

    Safe to repeat. Exit code 4: a server does not answer; 3: one refuses.
    """
    from gridata_control.prepare import prepare

    parts = prepare(settings, wait_s)
    if as_json:
        echo_json([asdict(part) for part in parts])
        return 0
    width = max(len(part.name) for part in parts)
    for part in parts:
        click.echo(f"{part.name:<{width}}  {part.where}{f': {part.done}' if part.done else ''}")
    return 0
