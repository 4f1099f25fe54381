"""`gridata replay`."""

from __future__ import annotations

import click

from gridata_contracts import naming
from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.settings import Settings


@click.command()
@click.argument("batch")
@click.option(
    "--publish-anyway",
    is_flag=True,
    help="Of a HELD batch, or with --rewrite: publish it whatever its quality gate says.",
)
@click.option(
    "--rewrite",
    is_flag=True,
    help="Of a PUBLISHED batch: replace its rows by what the contract of today says of the same files.",
)
@click.option("--why", metavar="TEXT", help="With --rewrite: the reason, kept in the ledger.")
@json_option
@with_settings
def replay(settings: Settings, batch: str, publish_anyway: bool, rewrite: bool, why: str | None, as_json: bool) -> int:
    """Run the whole of BATCH again under a new run id.

    Never a single file of it: rewriting one would delete its siblings' rows. A published batch is looked for first and
    adopted, so replaying it changes no row, unless --rewrite asks for that. The gate of a HELD batch is asked again,
    unless told otherwise.
    """
    from gridata_control.cli.sweep import run_data, run_lines
    from gridata_control.context import Context
    from gridata_control.dispatch import RunState, dispatch_batch, open_dispatcher
    from gridata_control.dispatch.outbox import dag_ids
    from gridata_control.ledger import BatchState
    from gridata_control.rewrite import ask_rewrite

    if why is not None and not rewrite:
        raise UsageError("--why: got a reason without --rewrite, allowed with it. A replay alone changes no row.")
    context = Context.open(settings)
    record = context.ledger.batch_record(batch)
    if record.state is BatchState.SUPERSEDED:
        raise PermanentError(f"batch {batch}: got SUPERSEDED, allowed any other state. Replay its children instead.")
    dispatcher = open_dispatcher(settings)
    newest = naming.run_id(batch, record.run_number)
    if record.run_number and dispatcher.state(record.dag_id or "", newest) in (RunState.QUEUED, RunState.RUNNING):
        raise PermanentError(f"batch {batch}: run {newest} is still on its way. Wait for it, or stop it first.")
    number = None
    if rewrite:
        asked = ask_rewrite(context.ledger, context.catalogue, record, override_gate=publish_anyway, why=why)
        number = asked.number
    elif record.rewriting is not None:
        raise PermanentError(
            f"batch {batch}: got rewrite {record.rewriting} half done, allowed a batch that none is under way of. "
            f"`gridata replay {batch} --rewrite` finishes it."
        )
    elif publish_anyway or record.state is BatchState.HELD:
        context.ledger.clear_hold(batch, override_gate=publish_anyway)
    context.ledger.make_ready(batch)
    dags, record = dag_ids(context.pipelines()), context.ledger.batch_record(batch)
    run = dispatch_batch(context.ledger, dispatcher, dags, record, number)
    if run is None:
        raise PermanentError(f"batch {batch}: another process is running it just now. Wait for it.")
    if as_json:
        echo_json(run_data(run))
    else:
        click.echo("\n".join(f"run {line}" for line in run_lines(run)))
    return run.exit_code
