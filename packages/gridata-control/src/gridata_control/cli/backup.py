"""`gridata backup`: databases, every object version and Vault's snapshot, and the way back."""

from __future__ import annotations

from dataclasses import asdict

import click

from gridata_control.cli.grid import print_grid
from gridata_control.cli.options import echo_json, json_option, wait_option, with_settings
from gridata_control.settings import Settings

DAMAGED = 1
_PARTS = ("databases", "objects", "vault")

_set_argument = click.argument("set_id", metavar="SET")


@click.group()
def backup() -> None:
    """Back everything up to the place that GRIDATA_BACKUP names, and restore it.

    SET is an id as `gridata backup list` shows it, or `latest`.
    """


@backup.command()
@click.option("--keep-days", type=click.IntRange(min=1), metavar="N", help="Afterwards remove sets older than N days.")
@json_option
@with_settings
def run(settings: Settings, keep_days: int | None, as_json: bool) -> None:
    """Make a backup; contents that are there from earlier ones are not copied again."""
    from gridata_contracts.errors import GridataError
    from gridata_control.backup.opening import open_place
    from gridata_control.backup.prune import prune
    from gridata_control.backup.run import back_up

    place = open_place(settings)
    made = back_up(settings, place, lambda line: click.echo(line, err=True))
    if keep_days is not None:
        try:
            prune(place, keep_days)
        except GridataError as error:  # the backup itself is whole
            click.echo(f"nothing was removed: {error}", err=True)
    if as_json:
        echo_json(asdict(made))
    else:
        click.echo(f"backup {made.id}: whole, {made.seconds:.1f} s")


@backup.command("list")
@json_option
@with_settings
def list_sets(settings: Settings, *, as_json: bool) -> None:
    """List all whole backups, oldest first. One that cannot be read is named beside them."""
    from gridata_contracts.errors import PermanentError
    from gridata_control.backup.opening import open_place
    from gridata_control.backup.sets import read_set, set_ids

    place = open_place(settings)
    sets = []
    for set_id in set_ids(place):
        try:
            sets.append(read_set(place, set_id))
        except PermanentError as error:
            click.echo(str(error), err=True)
    if as_json:
        echo_json([asdict(one) for one in sets])
    elif not sets:
        click.echo("None yet. `gridata backup run` makes one.")
    else:
        columns = ("set", "seconds", "databases", "versions", "bytes", "copied", "vault")
        rows = (
            (
                one.id,
                f"{one.seconds:.1f}",
                ", ".join(database.name for database in one.databases),
                sum(bucket.objects for bucket in one.buckets),
                sum(bucket.size_bytes for bucket in one.buckets),
                sum(bucket.copied_bytes for bucket in one.buckets),
                "yes" if one.vault else "no",
            )
            for one in sets
        )
        print_grid("Backups", columns, rows)


@backup.command()
@_set_argument
@with_settings
def check(settings: Settings, set_id: str) -> int:
    """Read all of SET and compare it with what was kept: dumps, Vault's snapshot, every content.

    Exit code 1 names what is damaged, and what nobody can tell of. The next run copies damaged contents again.
    """
    from gridata_control.backup.check import problems
    from gridata_control.backup.opening import open_place
    from gridata_control.backup.sets import read_set

    place = open_place(settings)
    kept = read_set(place, set_id)
    damaged = unproved = 0
    for problem in problems(place, kept):
        click.echo(f"{problem.where}: {problem.what}")
        damaged += problem.is_damage
        unproved += not problem.is_damage
    number = sum(bucket.objects for bucket in kept.buckets)
    read = f"{number:,} versions, {len(kept.databases)} databases"
    click.echo(f"backup {kept.id}: {read}: {damaged} damaged, {unproved} not hashed.")
    return DAMAGED if damaged or unproved else 0


@backup.command()
@_set_argument
@click.option("--only", type=click.Choice(_PARTS), multiple=True, help="Only this part; may be said again.")
@click.option("--replace", is_flag=True, help="Also empty databases that hold rows.")
@wait_option
@with_settings
def restore(settings: Settings, set_id: str, only: tuple[str, ...], replace: bool, wait_s: float) -> None:
    """Bring back what SET holds: object versions under their own ids, then the databases.

    Without --only: databases and objects. Objects are only added; after a failure say it again, with --replace where a
    database was brought back already. The sweep must not run meanwhile.
    """
    from gridata_control.backup.opening import open_place
    from gridata_control.backup.restore import bring_back, require_room
    from gridata_control.backup.sets import read_set
    from gridata_control.patience import patiently

    place = open_place(settings)
    parts = only or ("databases", "objects")
    kept = patiently(wait_s, lambda: read_set(place, set_id))
    patiently(wait_s, lambda: require_room(settings, kept, parts, replace=replace))
    patiently(wait_s, lambda: bring_back(settings, place, kept, parts, say=click.echo))
    click.echo(f"backup {kept.id}: restored. `gridata verify` proves it; `gridata table repair` finds stale entries.")


@backup.command()
@click.option("--keep-days", type=click.IntRange(min=1), required=True, metavar="N", help="Keep sets of N days.")
@with_settings
def prune(settings: Settings, keep_days: int) -> None:
    """Remove old sets, never the newest, and what no other needs."""
    from gridata_control.backup.opening import open_place
    from gridata_control.backup.prune import prune as remove

    sets, contents = remove(open_place(settings), keep_days)
    click.echo(f"{len(sets)} sets and {contents:,} contents removed.")
