"""The command line of `data/samples/generate_sample_data.py`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from gridata_contracts.errors import GridataError
from gridata_control.samples.generate import generate
from gridata_control.samples.plan import Plan, Sizes
from gridata_control.settings import Settings

_SIZES = Sizes()


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/sample"), show_default=True, help="Folder.")
@click.option("--orders", default=_SIZES.orders, show_default=True, help="Distinct orders.")
@click.option("--customers", default=_SIZES.customers, show_default=True, help="Customers.")
@click.option("--products", default=_SIZES.products, show_default=True, help="Products.")
@click.option("--clicks", default=_SIZES.clicks, show_default=True, help="Click events.")
@click.option("--seed", default=Plan().seed, show_default=True, help="The same seed gives the same bytes.")
@click.option("--contracts", type=click.Path(path_type=Path), help="Contracts folder.  [default: data/contracts]")
def main(  # noqa: PLR0913 - one argument per option
    out: Path, orders: int, customers: int, products: int, clicks: int, seed: int, contracts: Path | None
) -> None:
    """Write a realistic e-commerce sample: files to drop, manifest.json with their order, answer_key.jsonl.

    About 2 % of the records are bad on purpose; the answer key says which, and why each must be rejected.
    """
    started_s = time.monotonic()
    try:
        plan = Plan(seed, Sizes(orders, customers, products, clicks))
        folder = contracts or Settings.load().contracts_dir
        manifest = generate(plan, folder, out, lambda step: click.echo(f"writing {step}", err=True))
    except GridataError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    size_mb = sum(drop.size_bytes for drop in manifest.drops) / 1e6
    seconds = time.monotonic() - started_s
    click.echo(
        f"{len(manifest.drops)} drops in {len(manifest.waves)} waves, {size_mb:.0f} MB,"
        f" {manifest.spoilt} expected reasons, {seconds:.1f} s: {out}"
    )
