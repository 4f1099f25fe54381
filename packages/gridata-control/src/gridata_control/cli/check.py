"""`gridata check`: hands over to `gridata-job check`, which has the engines."""

from __future__ import annotations

import os

import click

from gridata_contracts.errors import UsageError
from gridata_control.jobs import JOB_COMMAND, job_command


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> None:
    """Check files against a contract without writing: `--contract PATH --file PATH… [--lane …] [--json] [--all]`."""
    command = [*job_command(), "check", *arguments]
    try:
        os.execvp(command[0], command)  # the job's output and exit code become ours
    except OSError as error:
        raise UsageError(f"{command[0]}: cannot be started ({error.strerror}). Check {JOB_COMMAND}.") from error
