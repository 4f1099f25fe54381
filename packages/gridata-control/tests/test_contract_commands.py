"""`gridata contract` and `gridata dataset`: exit code 0 done, 1 a check said no, 2 usage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gridata_control.cli.failures import exit_code_of
from gridata_control.cli.groups import cli

ROOT = Path(__file__).parents[3]
ORDERS = ROOT / "data" / "contracts" / "ecommerce" / "orders" / "v1" / "contract.odcs.yaml"


def run(*words: str | Path) -> int:
    return exit_code_of(lambda: cli.main([str(word) for word in words], standalone_mode=False))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of data/ and policies/ that commands work on."""
    shutil.copytree(ROOT / "data" / "contracts", tmp_path / "data" / "contracts")
    for folder in ("data/pipelines", "data/schemas", "policies"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "data" / "vocabulary.yaml", tmp_path / "data")
    monkeypatch.setenv("GRIDATA_CONTRACTS", str(tmp_path / "data" / "contracts"))
    monkeypatch.setenv("GRIDATA_PIPELINES", str(tmp_path / "data" / "pipelines"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_lint_of_everything_has_nothing_to_say(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "lint", "--json") == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


def test_lint_counts_and_lists_what_is_not_evaluated(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = house / "data" / "contracts" / "ecommerce" / "products" / "v1" / "contract.odcs.yaml"
    promise = "slaProperties:\n  - {property: availability, value: 99.9, unit: percent}\n"
    path.write_text(path.read_text().replace("slaProperties:\n", promise))

    assert run("contract", "lint", "--json") == 0
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert note.endswith("slaProperties[0]: availability: 99.9 percent (a note, not evaluated)")
    assert run("contract", "lint") == 0
    assert "0 problems, 1 notes that are not evaluated" in capsys.readouterr().err


def test_lint_prints_problems_and_says_no(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = house / "data" / "contracts" / "ecommerce" / "products" / "v1" / "contract.odcs.yaml"
    path.write_text(path.read_text().replace("rule: is_not_blank", "rule: is_not_blnk"))

    assert run("contract", "lint") == 1
    assert "Did you mean 'is_not_blank'?" in capsys.readouterr().out


def test_lint_names_a_json_schema_that_is_out_of_date(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "data" / "schemas" / "ecommerce.orders.v1.schema.json").unlink()

    assert run("contract", "lint") == 1
    assert "ecommerce.orders.v1.schema.json: got a missing or old schema" in capsys.readouterr().out


def test_render_writes_one_file_per_contract(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "render", "data/contracts", "--target", "json-schema", "--output", "out") == 0
    written = {path.name: path.read_text() for path in (house / "out").iterdir()}
    assert written == {path.name: path.read_text() for path in (house / "data" / "schemas").iterdir()}


def test_render_refuses_an_unknown_target(house: Path) -> None:
    assert run("contract", "render", "data/contracts", "--target", "oracle") == 2


def test_diff_says_no_to_a_breaking_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text(ORDERS.read_text().replace("name: coupon_code", "name: coupon").replace("1.0.0", "1.1.0"))

    assert run("contract", "diff", ORDERS, changed) == 1
    assert "refused coupon_code: dropped, renamed to coupon perhaps." in capsys.readouterr().out
    assert run("contract", "diff", ORDERS, ORDERS) == 0
    assert run("contract", "diff", ORDERS) == 2
    assert run("contract", "diff", ORDERS, "--against", "no-such-ref") == 2


def test_new_dataset_starts_from_a_sample_and_is_never_overwritten(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = ORDERS.parent / "samples" / "valid" / "orders.jsonl"

    assert run("dataset", "new", "shop.orders", "--from", sample) == 0
    assert (house / "data" / "contracts" / "shop" / "orders" / "v1" / "contract.odcs.yaml").is_file()
    assert run("dataset", "new", "shop.orders", "--from", sample) == 2
    assert "Edit that file." in capsys.readouterr().err
    assert run("dataset", "new", "Shop", "--from", sample) == 2
    assert run("dataset", "new", "shop.others", "--from", sample, "--print") == 0
    assert not (house / "data" / "contracts" / "shop" / "others").exists()
