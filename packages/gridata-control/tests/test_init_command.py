"""`gridata init`: what an environment needs before its first file."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from gridata_control.cli.groups import LazyGroup
from gridata_control.cli.init import init
from gridata_control.ledger import Ledger


def test_an_embedded_home_is_made_once_and_then_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    runner = CliRunner()

    first = runner.invoke(init, ["--home", str(home), "--json"], standalone_mode=False)
    second = runner.invoke(init, ["--home", str(home)], standalone_mode=False)

    assert [part["name"] for part in json.loads(first.output)] == ["landing", "warehouse", "ledger", "catalog"]
    assert (first.return_value, second.return_value) == (0, 0)
    assert (home / "catalog.db").is_file()
    Ledger(f"sqlite:///{home}/ledger.db").figures()  # its tables are there


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql+psycopg2://gridata:hidden@127.0.0.1:9/gridata"

    failed = CliRunner().invoke(init, ["--home", str(tmp_path)], env={"GRIDATA_LEDGER_URL": url})

    assert failed.exception is not None
    assert "hidden" not in failed.output + str(failed.exception)


def test_the_command_is_listed() -> None:
    assert "init" in LazyGroup().list_commands(None)  # type: ignore[arg-type]
