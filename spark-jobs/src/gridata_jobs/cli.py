"""`gridata-job`: arguments → one job; errors → one message and an exit code.

The last line on standard output is the job's JSON report; logs go to standard error.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import click

from gridata_contracts.errors import UsageError
from gridata_control.cli.failures import exit_code_of
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments, read_instant
from gridata_jobs.log import log_to_stderr

JOBS = {
    "ingest": "gridata_jobs.ingest",
    "process_orders": "gridata_jobs.process_orders",
    "customer_360": "gridata_jobs.customer_360",
    "quality_checks": "gridata_jobs.quality_checks",
    "maintain": "gridata_jobs.maintain",
    "health": "gridata_jobs.health",
}
"""Module of each job; each has `run(settings, arguments) -> report`. Imported when asked for: Spark is heavy."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Gridata's jobs. Settings come from GRIDATA_* variables; see `gridata --help` for daily work."""


def main() -> None:
    """Console script."""
    log_to_stderr()
    sys.exit(exit_code_of(lambda: cli(standalone_mode=False)))


def _job_command(name: str) -> click.Command:
    @click.command(
        name,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        help=f"Run the job {name}; further options as `--name value`.",
    )
    @click.option("--as-of", default=None, help="The instant that stands for now, ISO 8601 with zone; default: now.")
    @click.option("--run-id", default=None, help="Id of the orchestrator's run.")
    @click.option("--home", type=click.Path(path_type=Path), default=None, help="Home directory; default GRIDATA_HOME.")
    @click.pass_context
    def command(context: click.Context, as_of: str | None, run_id: str | None, home: Path | None) -> int:
        arguments = JobArguments(read_instant(as_of), run_id, _options(context.args))
        return _run(name, Settings.load(home), arguments)

    return command


def _run(name: str, settings: Settings, arguments: JobArguments) -> int:
    from gridata_jobs.recorded_run import run_recorded

    exit_code, report = run_recorded(name, import_module(JOBS[name]).run, settings, arguments)
    click.echo(json.dumps(report))
    return exit_code


def _options(args: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    rest = iter(args)
    for arg in rest:
        name, has_value, value = arg.partition("=")
        if not name.startswith("--"):
            raise UsageError(f"arguments: got {arg!r}, allowed options as `--name value`.")
        options[name.removeprefix("--").replace("-", "_")] = value if has_value else next(rest, "")
    return options


for _name in JOBS:
    cli.add_command(_job_command(_name))


def _add_others() -> None:
    from gridata_jobs.check import check
    from gridata_jobs.profile.command import profile

    cli.add_command(check)
    cli.add_command(profile)


_add_others()
