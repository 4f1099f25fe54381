"""`gridata dataset new`: a first contract from a sample file."""

from __future__ import annotations

from pathlib import Path

import click

from gridata_contracts.errors import UsageError
from gridata_contracts.load import load_contract
from gridata_contracts.naming import contract_path, landing_prefix, parse_dataset_id
from gridata_contracts.suggest import suggest_contract
from gridata_control.cli.options import with_settings
from gridata_control.settings import Settings

EXISTING = click.Path(exists=True, path_type=Path)


@click.group()
def dataset() -> None:
    """Start a new dataset."""


@dataset.command("new")
@click.argument("dataset_id", metavar="DOMAIN.DATASET[.vN]")
@click.option("--from", "sample", type=EXISTING, required=True, help="JSON lines, JSON, CSV, Parquet or ORC.")
@click.option("--print", "only_print", is_flag=True, help="Print the contract, write nothing.")
@with_settings
def new_command(settings: Settings, dataset_id: str, sample: Path, only_print: bool) -> None:
    """Suggest a contract from a sample file and put it where contracts live."""
    wanted = parse_dataset_id(dataset_id if dataset_id.count(".") > 1 else f"{dataset_id}.v1")
    path = settings.contracts_dir / contract_path(wanted)
    text = suggest_contract(sample, wanted)
    if only_print:
        click.echo(text, nl=False)
        return
    if path.exists():
        raise UsageError(f"dataset {wanted}: got a contract already at {path}, allowed a new dataset. Edit that file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    suggested = load_contract(path)
    click.echo(f"{path}: {len(suggested.columns)} columns, {len(suggested.checks)} checks")
    click.echo(
        "Next: review it, run `gridata contract lint`, then land files below " + landing_prefix(wanted), err=True
    )
