"""A SQLite file that is damaged is named with the next step, and is never a fault of Gridata."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import table_ids
from gridata_control.cli.failures import exit_code_of
from gridata_control.cli.groups import cli
from gridata_control.landing.local import LocalStore
from gridata_control.ledger import open_ledger
from gridata_control.settings import Settings


def use_ledger(settings: Settings) -> None:
    ledger = open_ledger(settings)
    try:
        ledger.batches()
    finally:
        ledger.close()  # what is still in its log goes into the file


def use_catalog(settings: Settings) -> None:
    catalog = open_catalog(settings)
    try:
        table_ids(catalog)
    finally:
        catalog.close()


def use_store(settings: Settings) -> None:
    list(LocalStore(settings.home / "store").list_versions("landing/"))


USES = {"ledger.db": use_ledger, "catalog.db": use_catalog, "store/.gridata/index.db": use_store}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "no database at all": lambda _: b"this is no database. " * 400,
    "zeros behind the first page": lambda good: good[:4096] + bytes(len(good) - 4096),
    "the second half lost": lambda good: good[: len(good) // 2],
}


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.load(environ=environment)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("file", USES)
def test_a_damaged_database_is_named_with_the_next_step(
    settings: Settings, file: str, damage: Callable[[bytes], bytes]
) -> None:
    use, path = USES[file], settings.home / file
    use(settings)
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(PermanentError) as caught:
        use(settings)

    assert str(path) in str(caught.value)
    assert "backup" in str(caught.value)


def test_a_catalog_damaged_while_it_is_open_is_named_too(settings: Settings) -> None:
    catalog, path = open_catalog(settings), settings.home / "catalog.db"
    catalog.close()
    path.write_bytes(b"this is no database. " * 400)

    with pytest.raises(PermanentError, match=r"catalog\.db"):
        catalog.list_namespaces()


@pytest.mark.parametrize("file", ["ledger.db", "catalog.db"])
def test_verify_of_a_damaged_home_is_permanent_and_no_fault_of_gridata(
    settings: Settings,
    environment: dict[str, str],
    file: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GRIDATA_DEBUG", raising=False)
    use_ledger(settings)
    Path(settings.home / file).write_bytes(b"this is no database. " * 400)

    assert exit_code_of(lambda: cli.main(["verify"], standalone_mode=False)) == 3
    shown = capsys.readouterr().err
    assert file in shown
    assert "fault of Gridata" not in shown
