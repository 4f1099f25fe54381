"""`gridata status` before anything was swept."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from gridata_control.cli import cli


def test_status_tells_of_objects_that_landed_and_wait_for_a_sweep(tmp_path: Path) -> None:
    def said(*words: str) -> str:
        return CliRunner().invoke(cli, [*words, "--home", str(tmp_path / "home")], catch_exceptions=False).stdout

    file = tmp_path / "orders.jsonl"
    file.write_text("{}\n")

    assert "Nothing landed yet" in said("status")
    said("land", str(file), "--dataset", "ecommerce.orders")
    assert "none is swept yet. Run `gridata sweep`" in said("status")
