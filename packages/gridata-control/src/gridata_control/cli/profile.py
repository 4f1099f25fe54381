"""`gridata profile`: hands over to `gridata-job profile`, which has the engines."""

from __future__ import annotations

import click

from gridata_control.cli.hand_over import UNREAD, hand_over


@click.command(add_help_option=False, context_settings=UNREAD)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def profile(arguments: tuple[str, ...]) -> None:
    """What a file or table holds: `FILE|TABLE [--home DIR] [--dataset ID] [--contract OUT] [--presidio] [--json]`."""
    hand_over("profile", arguments)
