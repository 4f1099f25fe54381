"""The sample is repeatable, consistent and tells its story."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract
from gridata_control.samples.generate import generate
from gridata_control.samples.manifest import Manifest, read_manifest
from gridata_control.samples.order_files import LATE, PHONE, THIRD_QUARTER, UPDATES
from gridata_control.samples.plan import Plan, Sizes

REPOSITORY = Path(__file__).parents[4]
CONTRACTS = REPOSITORY / "data" / "contracts"
TINY = ("--orders", "300", "--customers", "100", "--products", "100", "--clicks", "500")

Rows = Callable[[Contract, Path], Iterator[tuple[int, dict[str, Any] | tuple[Any, ...]]]]


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def _run(out: Path, hash_seed: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "data/samples/generate_sample_data.py", "--out", str(out), *TINY, *more]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_two_processes_with_one_seed_write_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    runs = {name: _run(tmp_path / name, seed, *more) for name, seed, more in (
        ("a", "1", ()), ("b", "2", ()), ("c", "1", ("--seed", "5")),
    )}  # fmt: skip
    assert [run.returncode for run in runs.values()] == [0, 0, 0], runs["a"].stderr
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b")
    assert _digest(tmp_path / "a") != _digest(tmp_path / "c")


def test_more_clicks_change_no_order(tmp_path: Path) -> None:
    few = generate(Plan(1, Sizes(200, 100, 100, 200)), CONTRACTS, tmp_path / "few")
    many = generate(Plan(1, Sizes(200, 100, 100, 900)), CONTRACTS, tmp_path / "many")
    orders = [{drop.key: drop.sha256 for drop in each.drops if "/orders/" in drop.key} for each in (few, many)]
    assert orders[0] == orders[1]


def test_a_second_sample_takes_the_place_of_the_first(tmp_path: Path) -> None:
    plan = Plan(1, Sizes(200, 100, 100, 200))
    generate(Plan(2, Sizes(200, 100, 100, 200)), CONTRACTS, tmp_path)
    again = generate(plan, CONTRACTS, tmp_path)
    assert read_manifest(tmp_path) == again


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="got something that is no sample"):
        generate(Plan(1, Sizes(200, 100, 100, 200)), CONTRACTS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_size_that_cannot_be_is_a_usage_error_without_a_stack_trace(tmp_path: Path) -> None:
    run = _run(tmp_path / "out", "1", "--orders", "3")
    assert run.returncode == 2
    assert run.stderr == "--orders: got 3, allowed 100 to 999999999. Ask for another number.\n"


def test_the_manifest_says_what_lies_there(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    for drop in manifest.drops:
        content = (out / drop.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (drop.size_bytes, drop.sha256)
    stories = Counter(drop.story for drop in manifest.drops)
    assert stories == {
        "export": 11, "late": 1, "update": 2, "overwritten": 1, "duplicate": 1,
        "empty": 1, "unreadable": 1, "unknown dataset": 1, "hostile name": 1,
    }  # fmt: skip


def test_records_count_every_line_of_a_file(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    drop = next(drop for drop in manifest.drops if drop.key == UPDATES)
    assert gzip.decompress((out / drop.path).read_bytes()).count(b"\n") == drop.records


def test_the_duplicate_is_the_same_content_under_the_same_key(sample: tuple[Path, Manifest]) -> None:
    _, manifest = sample
    first, second = [drop for drop in manifest.drops if drop.key == THIRD_QUARTER]
    assert (first.wave, second.wave) == (1, 2)
    assert first.sha256 == second.sha256


def test_the_overwritten_file_has_other_content_under_the_same_key(sample: tuple[Path, Manifest]) -> None:
    _, manifest = sample
    first, second = [drop for drop in manifest.drops if drop.key == PHONE]
    assert (first.wave, second.wave) == (1, 2)
    assert first.sha256 != second.sha256


def test_no_order_is_twice_in_one_wave_except_on_purpose(
    sample: tuple[Path, Manifest], contract_of: Callable[[str], Contract | None], read_rows: Rows
) -> None:
    for wave in (1, 2):
        keys = Counter(
            row["order_id"]
            for drop, row in _orders(sample, contract_of, read_rows)
            if drop.wave == wave and drop.story != "duplicate"
        )
        assert max(keys.values()) <= 2
        assert sum(count == 2 for count in keys.values()) <= 3 + 0.001 * len(keys)


def test_an_order_that_comes_again_is_newer_and_further(
    sample: tuple[Path, Manifest], contract_of: Callable[[str], Contract | None], read_rows: Rows
) -> None:
    first = {row["order_id"]: row for drop, row in _orders(sample, contract_of, read_rows) if drop.wave == 1}
    again = {row["order_id"]: row for drop, row in _orders(sample, contract_of, read_rows) if drop.key == UPDATES}
    both = first.keys() & again.keys()
    steps = ("placed", "paid", "packed", "shipped", "delivered", "returned", "cancelled")
    assert len(both) >= 10
    for order_id in both:
        before, after = first[order_id], again[order_id]
        if before["updated_at"].year == 2099 or after["updated_at"].year in (2022, 2099):
            continue  # spoilt on purpose
        assert after["updated_at"] > before["updated_at"]
        if {before["status"], after["status"]} <= set(steps):
            assert steps.index(after["status"]) > steps.index(before["status"])


def test_late_orders_are_old_ones_that_no_earlier_file_had(
    sample: tuple[Path, Manifest], contract_of: Callable[[str], Contract | None], read_rows: Rows
) -> None:
    orders = list(_orders(sample, contract_of, read_rows))
    late = {row["order_id"] for drop, row in orders if drop.key == LATE}
    earlier = {row["order_id"] for drop, row in orders if drop.wave == 1}
    months = {row["order_ts"].month for drop, row in orders if drop.key == LATE}
    assert late
    assert not late & earlier
    assert months == {6}


def test_purchases_are_orders_and_sessions_go_from_cart_to_purchase(
    sample: tuple[Path, Manifest], contract_of: Callable[[str], Contract | None], read_rows: Rows
) -> None:
    placed = {
        (row["customer_id"], row["order_ts"])
        for _, row in _orders(sample, contract_of, read_rows)
        if isinstance(row["order_ts"], datetime)
    }
    sessions: dict[str, list[dict[str, Any]]] = {}
    out, manifest = sample
    for drop in manifest.drops:
        contract = contract_of(drop.key)
        if "/clickstream/" in drop.key and contract is not None:
            for _, row in read_rows(contract, out / drop.path):
                if isinstance(row, dict) and row["session_id"] and row["event_ts"].year < 2099:
                    sessions.setdefault(row["session_id"], []).append(row)
    bought = [events for events in sessions.values() if any(event["event_type"] == "purchase" for event in events)]
    visitors = Counter(event["customer_id"] is None for events in sessions.values() for event in events)
    complete = 0
    for events in bought:
        kinds = [event["event_type"] for event in sorted(events, key=lambda event: event["event_ts"])]
        assert kinds[-1] == "purchase"
        complete += kinds[-2:] == ["checkout", "purchase"] and "add_to_cart" in kinds
    matched = sum((e["customer_id"], e["event_ts"]) in placed for events in bought for e in events)
    assert complete > 0.8 * len(bought) > 10
    assert matched > 0.8 * len(bought)
    assert 0.2 < visitors[True] / visitors.total() < 0.6


def _orders(
    sample: tuple[Path, Manifest], contract_of: Callable[[str], Contract | None], read_rows: Rows
) -> Iterator[tuple[Any, dict[str, Any]]]:
    out, manifest = sample
    for drop in manifest.drops:
        contract = contract_of(drop.key)
        if contract is None or "/orders/" not in drop.key or drop.outcome != "PUBLISHED":
            continue
        for _, row in read_rows(contract, out / drop.path):
            if isinstance(row, dict):
                yield drop, row
