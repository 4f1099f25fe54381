"""Options that several commands share."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click

from gridata_control.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[..., R]:
    """Adds `--home DIR` and passes the settings it leads to as the first argument."""

    @click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder that holds all state. [env: GRIDATA_HOME; default: ./.gridata]",
    )
    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        home = kwargs.pop("home", None)
        return command(Settings.load(home if isinstance(home, Path) else None), *args, **kwargs)

    return wrapper


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
"""Adds `--json` as the argument `as_json`."""


wait_option = click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="S",
    help="Seconds that servers may take to answer.",
)
"""Adds `--wait S` as the argument `wait_s`."""


def echo_json(value: object) -> None:
    """One JSON value on one line; what JSON cannot hold is written as text."""
    click.echo(json.dumps(value, default=str, ensure_ascii=False))
