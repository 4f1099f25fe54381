"""`gridata demo`."""

from __future__ import annotations

import os
import shlex
import signal

import click

from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.settings import Settings

DIFFERENT = 1
"""Exit code when the quarantine is not the answer key, or a run failed."""


@click.command()
@click.option("--orders", type=int, help="Distinct orders.  [default: 50000]")
@click.option("--customers", type=int, help="Customers.  [default: 10000]")
@click.option("--products", type=int, help="Products.  [default: 1000]")
@click.option("--clicks", type=int, help="Click events.  [default: 500000]")
@click.option("--seed", type=int, help="The same seed gives the same data.  [default: 20240101]")
@click.option("--keep", is_flag=True, help="Leave the generated files beside the answer key.")
@json_option
@with_settings
def demo(
    settings: Settings,
    orders: int | None,
    customers: int | None,
    products: int | None,
    clicks: int | None,
    seed: int | None,
    keep: bool,
    as_json: bool,
) -> int:
    """Generate data with known faults, land it, run the real DAGs, and compare the quarantine with the answer key.

    Exit code 1 when a record was rejected that should not be, or the other way round, or a run failed.
    """
    from rich.console import Console

    from gridata_control.demo.progress import Progress
    from gridata_control.demo.run import DemoOptions, run_demo
    from gridata_control.demo.summary import print_summary
    from gridata_control.samples.plan import Plan, Sizes

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: Airflow and its jobs end before we do
    given = {"orders": orders, "customers": customers, "products": products, "clicks": clicks}
    sizes = Sizes(**{name: size for name, size in given.items() if size is not None})
    plan = Plan(sizes=sizes) if seed is None else Plan(seed, sizes)
    result = run_demo(settings, DemoOptions(plan, keep), Progress())
    if as_json:
        echo_json(result.to_json())
    else:
        print_summary(result, Console(highlight=False), _own_name(), _home_option(settings))
    return 0 if result.passed else DIFFERENT


def _own_name() -> str:
    """How the reader started us: uv tells its children."""
    return "uv run gridata" if "UV" in os.environ else "gridata"


def _home_option(settings: Settings) -> str:
    """What a reader must add to the commands shown to them."""
    return "" if settings == Settings.load() else f"--home {shlex.quote(str(settings.home))}"
