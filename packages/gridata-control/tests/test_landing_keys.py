"""The key of each of several files that are landed in one go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.model import Contract
from gridata_contracts.naming import DatasetId
from gridata_control.cli.failures import exit_code_of
from gridata_control.cli.groups import cli
from gridata_control.datasets import landing_keys

PREFIX = "landing/shop/orders/v1/"


@pytest.fixture
def contract(shop_catalogue: Catalogue, orders: DatasetId) -> Contract:
    return shop_catalogue[orders]


def test_a_file_without_a_namesake_is_landed_under_its_name(contract: Contract) -> None:
    paths = [Path("a/x.jsonl"), Path("b/y.jsonl")]

    assert landing_keys(contract, paths) == {paths[0]: f"{PREFIX}x.jsonl", paths[1]: f"{PREFIX}y.jsonl"}


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/x.jsonl", "/b/x.jsonl"], ["a/x.jsonl", "b/x.jsonl"]),
        (["/a/1/x.jsonl", "/b/1/x.jsonl", "/b/2/x.jsonl"], ["a/1/x.jsonl", "b/1/x.jsonl", "b/2/x.jsonl"]),
        (["/x.jsonl", "/a/x.jsonl", "/a/y.jsonl"], ["x.jsonl", "a/x.jsonl", "y.jsonl"]),
        (["/a/x.jsonl", "/b/../a/x.jsonl"], ["x.jsonl", "x.jsonl"]),
    ],
    ids=["one folder", "two folders", "no folder", "one file"],
)
def test_files_of_one_name_get_as_many_folders_as_tell_them_apart(
    contract: Contract, paths: list[str], names: list[str]
) -> None:
    expected = {Path(path): PREFIX + name for path, name in zip(paths, names, strict=True)}

    assert landing_keys(contract, map(Path, paths)) == expected
    assert landing_keys(contract, map(Path, reversed(paths))) == expected


def test_files_of_one_name_are_landed_under_a_key_each(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    paths = [tmp_path / day / "x.jsonl" for day in ("monday", "tuesday")]
    for path in paths:
        path.parent.mkdir()
        path.write_text("{}\n")
    words = ["land", *map(str, paths), "--dataset", "shop.orders", "--date", "2024-01-31", "--json"]

    assert exit_code_of(lambda: cli.main(words, standalone_mode=False)) == 0

    keys = [f"{PREFIX}2024-01-31/{path.parent.name}/x.jsonl" for path in paths]
    assert [landed["key"] for landed in json.loads(capsys.readouterr().out)] == keys
