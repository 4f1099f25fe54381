"""`gridata sweep`."""

from __future__ import annotations

import click

from gridata_contracts.model import JsonValue
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.dispatch import Dispatched, RunState
from gridata_control.landing.names import printable
from gridata_control.settings import Settings
from gridata_control.sweep import SweepReport

RUN_FAILED = 3


@click.command()
@click.option("--watch", is_flag=True, help="Go on for ever, every GRIDATA_SWEEP_INTERVAL_S seconds (30).")
@click.option("--dispatch/--no-dispatch", default=True, show_default=True, help="Start a run for each batch.")
@click.option("--split-failed", is_flag=True, help="Halve failed batches, so that one file cannot hold its siblings.")
@json_option
@with_settings
def sweep(settings: Settings, watch: bool, dispatch: bool, split_failed: bool, as_json: bool) -> int:
    """List the landing store, give every new object version a row in the ledger, batch them, start their runs."""
    from gridata_control.context import Context
    from gridata_control.rounds import Rounds, watch_rounds

    rounds = Rounds(Context.open(settings), dispatch=dispatch, split_failed=split_failed)

    def show(report: SweepReport, runs: list[Dispatched]) -> None:
        if as_json:
            echo_json(as_data(report, runs))
        else:
            _show(report, runs, dispatch)

    if watch:
        watch_rounds(rounds, settings.sweep_interval_s, show)
        return 0
    report, runs = rounds.run()
    show(report, runs)
    return RUN_FAILED if any(run.state is RunState.FAILED for run in runs) else 0


def as_data(report: SweepReport, runs: list[Dispatched]) -> dict[str, JsonValue]:
    """The sweep as plain data."""
    return {
        "listed": report.listed,
        "new": {state.value: number for state, number in sorted(report.new.items())},
        "batches": [
            {"batch_id": batch.id, "dataset": str(batch.dataset), "files": len(batch.files), "bytes": batch.size_bytes}
            for batch in report.batches
        ],
        "runs": [
            {"batch_id": run.batch_id, "dag_id": run.dag_id, "run_id": run.run_id, "state": run.state.value}
            for run in runs
        ],
        "settling": list(report.settled.settling),
        "ignored": list(report.settled.ignored),
    }


def _show(report: SweepReport, runs: list[Dispatched], dispatch: bool) -> None:
    new = ", ".join(f"{number} {state}" for state, number in sorted(report.new.items()) if number) or "nothing new"
    click.echo(f"{report.listed} object versions: {new}.")
    for key in report.settled.settling:
        click.echo(f"  settling  {printable(key)} (taken when it holds still until the next sweep)")
    for key in report.settled.ignored:
        click.echo(f"  ignored   {printable(key)} (link, pipe or unfinished .part)")
    for batch in report.batches:
        click.echo(f"  batch     {batch.id}: {len(batch.files)} files, {batch.size_bytes:,} bytes")
    for run in runs:
        click.echo(f"  run       {run.run_id} of {run.dag_id}: {run.state}{' (adopted)' if run.adopted else ''}")
    if report.batches and not dispatch:
        click.echo("No run was started: `gridata sweep` without --no-dispatch starts them.")
