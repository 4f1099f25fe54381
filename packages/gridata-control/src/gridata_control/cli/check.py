"""`gridata check`: hands over to `gridata-job check`, which has the engines."""

from __future__ import annotations

import click

from gridata_control.cli.hand_over import UNREAD, hand_over


@click.command(add_help_option=False, context_settings=UNREAD)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> None:
    """Check files against a contract without writing: `--contract PATH --file PATH… [--lane …] [--json] [--all]`."""
    hand_over("check", arguments)
