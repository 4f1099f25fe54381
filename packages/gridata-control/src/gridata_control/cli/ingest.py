"""`gridata ingest`."""

from __future__ import annotations

from pathlib import Path

import click

from gridata_control.batch_errors import SAID_NO
from gridata_control.cli.land import check_readable
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.landing.names import printable
from gridata_control.ledger.records import FileState
from gridata_control.settings import Settings


@click.command()
@click.option("--contract", "contract_path", required=True, type=click.Path(path_type=Path), help="Contract document.")
@click.option("--file", "files", required=True, multiple=True, type=click.Path(path_type=Path), help="One or more.")
@click.argument("more_files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--lane", type=click.Choice(["auto", "duckdb", "spark"]), default="auto", show_default=True)
@json_option
@with_settings
def ingest(
    settings: Settings,
    contract_path: Path,
    files: tuple[Path, ...],
    more_files: tuple[Path, ...],
    lane: str,
    as_json: bool,
) -> int:
    """Check and publish files as one batch: landing, ledger and Iceberg tables below --home.

    Rows and files that are rejected are quarantined with their reasons, a file with a name that cannot be taken is told
    and not landed; that is success. Files of one name are landed below those of their folders that tell them apart.
    Exit code 1: a quality gate holds the batch, nothing of it is published.
    """
    from gridata_control.direct import ingest_files

    paths = (*files, *more_files)
    check_readable(paths)
    exit_code, report = ingest_files(settings, contract_path, paths, lane)
    if as_json:
        echo_json(report)
        return exit_code
    for file in report["files"] if isinstance(report["files"], list) else ():
        if isinstance(file, dict) and file["state"] == FileState.REFUSED:
            click.echo(f"refused {printable(str(file['key']))}: {file['detail']}", err=True)
    batch = "no batch" if report["batch_id"] is None else f"batch {report['batch_id']}"
    before = " (published before, nothing was done)" if report["batch_id"] is not None and "lane" not in report else ""
    click.echo(
        f"{batch}: {report['rows_in']} rows, {report['valid']} valid, "
        f"{report['rejected']} rejected, {report['files_rejected']} files rejected{before}"
    )
    if exit_code == SAID_NO:
        click.echo(f"gridata: batch {report['batch_id']} is held: {report['error']}", err=True)
    return exit_code
