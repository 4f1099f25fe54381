"""`gridata land`."""

from __future__ import annotations

from pathlib import Path

import click

from gridata_contracts.errors import UsageError
from gridata_contracts.load import load_contracts
from gridata_contracts.model import JsonValue
from gridata_control.batch_errors import SAID_NO
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.datasets import find_contract, landing_key, landing_keys
from gridata_control.landing import open_store
from gridata_control.landing.names import printable
from gridata_control.refused import refused_data, refused_names
from gridata_control.settings import Settings


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dataset", required=True, help="Such as ecommerce.orders (newest version) or ecommerce.orders.v1.")
@click.option("--date", "day", help="Folder YYYY-MM-DD to land in.")
@click.option("--as", "name", help="Name of the landed object; one FILE only.")
@json_option
@with_settings
def land(
    settings: Settings, files: tuple[Path, ...], dataset: str, day: str | None, name: str | None, as_json: bool
) -> int:
    """Put FILES into the landing store, whole or not at all, as a producer would.

    All names are looked at before anything is written. A file whose name cannot be taken is told with its reason and
    not landed; the others are, and the exit code is 1. Files of one name are landed below those of their folders that
    tell them apart.
    """
    if name is not None and len(files) > 1:
        raise UsageError(f"--as: got {len(files)} files, allowed one. Land them one by one.")
    contract = find_contract(load_contracts(settings.contracts_dir), dataset)
    check_readable(files)
    store = open_store(settings)
    keys = landing_keys(contract, files, day) if name is None else {files[0]: landing_key(contract, name, day)}
    refused = refused_names(store, keys)
    if name is not None and refused:
        raise UsageError(f"--as: {refused[files[0]]}")
    told: list[JsonValue] = [refused_data(keys[path], problem) for path, problem in refused.items()]
    for path, problem in refused.items() if not as_json else ():
        click.echo(f"gridata: file {printable(str(path))}: not landed: {problem}", err=True)
    for path, key in keys.items():
        if path in refused:
            continue
        version = store.put(key, path)
        told.append({"key": version.key, "version_id": version.version_id, "size_bytes": version.size_bytes})
        if not as_json:
            click.echo(f"{printable(str(path))} -> {printable(store.uri(key))} ({version.size_bytes:,} bytes)")
    if as_json:
        echo_json(told)
    elif len(refused) < len(keys):
        click.echo("Next: `gridata sweep` batches and publishes what landed.", err=True)
    return SAID_NO if refused else 0


def check_readable(files: tuple[Path, ...]) -> None:
    """All files at once, before anything is written.

    Raises:
        UsageError: one line per path that is no file we can read.
    """
    problems = []
    for path in files:
        try:
            if path.is_dir():
                problems.append(
                    f"file {printable(str(path))}: got a folder, allowed a file. Name its files one by one."
                )
            elif not path.is_file():
                problems.append(f"file {printable(str(path))}: got no such file, allowed a readable file.")
            else:
                path.open("rb").close()
        except (OSError, ValueError) as error:
            problems.append(
                f"file {printable(str(path))}: {getattr(error, 'strerror', error)}, allowed a readable file."
            )
    if problems:
        raise UsageError("\n".join(problems))
