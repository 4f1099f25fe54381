"""`gridata up`, `gridata down` and `gridata logs`: the platform on this machine, by Docker Compose."""

from __future__ import annotations

import os
from collections.abc import Collection

import click

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.cli.options import echo_json
from gridata_control.compose import complaints, images, passwords
from gridata_control.compose.engine import PROFILE, Engine
from gridata_control.compose.project import Project
from gridata_control.compose.services import read

_PAGES = (
    ("Airflow", "airflow", "GRIDATA_PORT_AIRFLOW", "user gridata, password AIRFLOW_PASSWORD in .env"),
    ("Grafana", "grafana", "GRIDATA_PORT_GRAFANA", "user gridata, password GRAFANA_PASSWORD in .env"),
    ("MinIO", "minio", "GRIDATA_PORT_MINIO_CONSOLE", "user MINIO_ROOT_USER, password MINIO_ROOT_PASSWORD in .env"),
    ("Prometheus", "prometheus", "GRIDATA_PORT_PROMETHEUS", ""),
    ("DataHub", "datahub", "GRIDATA_PORT_DATAHUB", "user datahub, password DATAHUB_PASSWORD in .env"),
)


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--without", multiple=True, metavar="SERVICE", help="Start all but this one; may be given again.")
@click.option("--profile", type=click.Choice([PROFILE]), help="Further services: DataHub needs 8 GB of memory more.")
@click.option("--build", "anew", is_flag=True, help="Build our images anew; else only those that are missing.")
@click.option(
    "--wait",
    "wait_s",
    type=click.IntRange(min=1),
    default=600,
    show_default=True,
    metavar="S",
    help="Seconds that all may take to be healthy, after images are there.",
)
def up(services: tuple[str, ...], without: tuple[str, ...], profile: str | None, anew: bool, wait_s: int) -> int:
    """Start the platform, or the named services and what they need, and wait until all are healthy.

    Where there is no `.env`, one is written with fresh passwords. Images of ours that are missing are built, others
    pulled. Safe to repeat. Exit code 4: Docker does not answer; 3: something did not start; 2: `.env` lacks something.
    """
    if services and without:
        raise UsageError("--without: got services to start as well, allowed one of the two.")
    environment = {**os.environ, **({"COMPOSE_PROFILES": profile} if profile else {})}
    project = Project.find(environment=environment)
    engine = Engine(project)
    engine.check()
    if passwords.write(project):
        click.echo(f"Wrote {project.dotenv} with fresh passwords.", err=True)
    passwords.check(project)
    chosen = _chosen(engine, services, without)
    images.build(engine, engine.services(chosen).values(), anew=anew)
    ended = engine.run(["up", "--detach", "--wait", "--wait-timeout", str(wait_s), *chosen])
    running = read(engine.containers())
    if ended.code != 0:
        why = complaints.told(project, ended.said, running) or "What it said stands above."
        raise PermanentError(f"docker compose up: got exit code {ended.code}, allowed 0.\n{why}")
    _show(project, {each.name for each in running})
    return 0


@click.command()
@click.option("--volumes", is_flag=True, help="Delete all data, too: landed files, tables, ledger, Airflow's history.")
def down(volumes: bool) -> int:
    """Stop the platform and remove its containers; data stays for the next `gridata up`."""
    engine = _engine()
    ended = engine.run(["down", "--remove-orphans", *(["--volumes"] if volumes else [])], every_profile=True)
    if ended.code != 0:
        raise PermanentError(f"docker compose down: got exit code {ended.code}, allowed 0. What it said stands above.")
    if volumes:
        click.echo(f"All data is gone. {engine.project.dotenv} stays.", err=True)
    return 0


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--follow", "-f", is_flag=True, help="Go on as lines come; Ctrl-C ends it.")
@click.option("--tail", type=click.IntRange(min=0), help="Newest lines of each service.  [default: all]")
def logs(services: tuple[str, ...], follow: bool, tail: int | None) -> int:
    """Show what the services say. What a job says is in Airflow's page, with its task."""
    engine = _engine()
    known = {each.name for each in read(engine.containers())}
    if unknown := [name for name in services if name not in known]:
        allowed = ", ".join(sorted(known)) or "none, since nothing is there; start with `gridata up`"
        raise UsageError(f"service: got {', '.join(map(repr, unknown))}, allowed {allowed}.")
    options = [*(["--follow"] if follow else []), *(["--tail", str(tail)] if tail is not None else [])]
    return 0 if engine.run(["logs", *options, *services], every_profile=True).code == 0 else PermanentError.exit_code


def show_services(as_json: bool) -> int:
    """What `gridata status --services` shows; 1 when one of them is not well, or none is there."""
    found = read(_engine().containers())
    if as_json:
        echo_json([each.data() for each in found])
    elif not found:
        click.echo("No service is there. Start with `gridata up`.")
    else:
        width = max(len(each.name) for each in found)
        states = max(len(each.described) for each in found)
        for each in found:
            click.echo(f"{each.name:<{width}}  {each.described:<{states}}  {' '.join(each.ports)}".rstrip())
    return 0 if found and all(each.well for each in found) else 1


def _chosen(engine: Engine, services: Collection[str], without: Collection[str]) -> list[str]:
    engine.services([*services, *without])  # each is one
    chosen = list(services) or [name for name in engine.services() if name not in without]
    if needed := sorted(set(without) & set(engine.services(chosen))):
        raise UsageError(f"--without: got {', '.join(needed)}, which others need; allowed one that nothing waits for.")
    return chosen


def _show(project: Project, running: Collection[str]) -> None:
    """Where to look, and what to do first."""
    for page, service, setting, login in _PAGES:
        if service in running:
            click.echo(f"{page:<10}  http://127.0.0.1:{project.port(setting):<5}  {login}".rstrip())
    click.echo(f"Next: set -a; . {project.dotenv}; set +a", err=True)
    click.echo("      gridata land FILE --dataset ecommerce.orders; gridata status; gridata tables", err=True)


def _engine() -> Engine:
    engine = Engine(Project.find())
    engine.check()
    return engine
