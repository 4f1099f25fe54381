"""`gridata sweep`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gridata_contracts.errors import UsageError
from gridata_contracts.model import JsonValue
from gridata_control.batch_errors import BatchError, worst
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.dispatch import Dispatched
from gridata_control.landing.names import printable
from gridata_control.settings import Settings
from gridata_control.sweep import SweepReport

if TYPE_CHECKING:
    from gridata_control.context import Context
    from gridata_control.rounds import Done, RoundReport, Rounds


@click.command()
@click.option("--watch", is_flag=True, help="Go on for ever, every GRIDATA_SWEEP_INTERVAL_S seconds (30).")
@click.option("--dispatch/--no-dispatch", default=True, show_default=True, help="Start a run for each batch.")
@click.option("--split-failed", is_flag=True, help="Halve failed batches, so that one file cannot hold its siblings.")
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), metavar="PORT", help="With --watch: tell Prometheus on this port."
)
@json_option
@with_settings
def sweep(
    settings: Settings, watch: bool, dispatch: bool, split_failed: bool, metrics_port: int | None, as_json: bool
) -> int:
    """List the landing store, give every new object version a row in the ledger, batch them, start their runs.

    What goes wrong with one batch is told at the end and holds up no other. Exit code: 3 when a batch failed for good,
    4 when only such as may succeed later, 1 when batches are held by a quality gate and nothing else is wrong.
    """
    from gridata_control.context import Context
    from gridata_control.rounds import Rounds, opened_patiently, watch_rounds

    context = opened_patiently(settings) if watch else Context.open(settings)
    rounds = Rounds(context, dispatch=dispatch, split_failed=split_failed)

    def show(report: RoundReport) -> None:
        if as_json:
            echo_json(as_data(report))
        else:
            _show(report, dispatch)

    if watch:
        with _told(rounds.context, metrics_port) as done:
            watch_rounds(rounds, settings.sweep_interval_s, show, done)
        return 0
    if metrics_port is not None:
        raise UsageError("--metrics-port: got no --watch, allowed with it: one round is over before anybody asks.")
    report = rounds.run()
    show(report)
    report.raise_failure()
    return worst([*(run.exit_code for run in report.runs), *report.errors.exit_codes()])


@contextmanager
def _told(context: Context, port: int | None) -> Iterator[Done]:
    """Prometheus is told of each round, and of the ledger when it asks."""
    if port is None:
        yield lambda *_: None
        return
    from prometheus_client import CollectorRegistry

    from gridata_control.monitoring import LedgerCollector, SweepMetrics, serve

    registry = CollectorRegistry()
    settings = context.settings
    ledger = LedgerCollector(
        context.ledger,
        context.catalogue,
        backed_up=settings.backup_parts,
        backup_max_age_s=settings.backup_max_age_hours * 3600,
    )
    metrics = SweepMetrics(registry)
    registry.register(ledger)

    def done(seconds: float, rounds: Rounds, report: RoundReport) -> None:
        ledger.catalogue = rounds.context.catalogue
        metrics.done(seconds, len(list(report.errors)))

    end = serve(registry, port)
    try:
        yield done
    finally:
        end()


def as_data(report: RoundReport) -> dict[str, JsonValue]:
    """The round as plain data."""
    swept = report.swept
    return {
        "listed": swept.listed,
        "new": {state.value: number for state, number in sorted(swept.new.items())},
        "batches": [
            {"batch_id": batch.id, "dataset": str(batch.dataset), "files": len(batch.files), "bytes": batch.size_bytes}
            for batch in swept.batches
        ],
        "runs": [run_data(run) for run in report.runs],
        "told": {
            "runs": list(report.told.runs),
            "refused": list(report.told.refused),
            "waiting": report.told.waiting,
        },
        "errors": [
            {"batch_id": each.batch_id, "exit_code": each.error.exit_code, "error": str(each.error)}
            for each in report.errors
        ],
        "settling": list(swept.settled.settling),
        "ignored": list(swept.settled.ignored),
    }


def run_data(run: Dispatched) -> dict[str, JsonValue]:
    """One run as plain data."""
    return {
        "batch_id": run.batch_id,
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "state": run.state.value,
        "adopted": run.adopted,
        "exit_code": run.exit_code,
        "error": run.error,
        "followed": [
            {"dag_id": each.dag_id, "run_id": each.run_id, "state": each.state.value, "error": each.error}
            for each in run.followed
        ],
    }


def run_lines(run: Dispatched) -> Iterator[str]:
    """One line for the run, and one for each that followed it."""
    end = f", exit code {run.exit_code}" if run.exit_code else ""
    why = f": {run.error.removeprefix(f'run {run.run_id} of {run.dag_id} ')}" if run.error else ""
    yield f"{run.run_id} of {run.dag_id}: {run.state}{' (adopted)' if run.adopted else ''}{end}{why}"
    for each in run.followed:
        why = f": {each.error}" if each.error else ""
        yield f"{each.run_id} of {each.dag_id}: {each.state}{why}"


def _show(report: RoundReport, dispatch: bool) -> None:
    _show_swept(report.swept)
    for line in (line for run in report.runs for line in run_lines(run)):
        click.echo(f"  run       {line}")
    if report.told.runs:
        click.echo(f"  metadata  {len(report.told.runs)} runs told")
    if report.told.waiting:
        click.echo(f"gridata: metadata waits, the next round tells it: {report.told.waiting}", err=True)
    if report.swept.batches and not dispatch:
        click.echo("No run was started: `gridata sweep` without --no-dispatch starts them.")
    for error in report.errors:
        click.echo(f"gridata: {_sentence(error)}", err=True)


def _show_swept(swept: SweepReport) -> None:
    new = ", ".join(f"{number} {state}" for state, number in sorted(swept.new.items()) if number) or "nothing new"
    click.echo(f"{swept.listed} object versions: {new}.")
    for key in swept.settled.settling:
        click.echo(f"  settling  {printable(key)} (taken when it holds still until the next sweep)")
    for key in swept.settled.ignored:
        click.echo(f"  ignored   {printable(key)} (link, pipe or unfinished .part)")
    for batch in swept.batches:
        click.echo(f"  batch     {batch.id}: {len(batch.files)} files, {batch.size_bytes:,} bytes")


def _sentence(error: BatchError) -> str:
    said = str(error.error)
    return said if error.batch_id in said else f"batch {error.batch_id}: {said}"
