"""Both lanes give the same verdicts, the same reasons and the same values, row by row, whatever is in the file."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from gridata_contracts.load import load_contract
from gridata_contracts.measures.measure import judged
from gridata_contracts.model import Contract
from gridata_jobs.checked_rows import CheckedRow, FileToCheck, check_on_duckdb
from gridata_jobs.checks.decision import Decision
from gridata_jobs.checks.lookup import GivenTables, Lookup
from gridata_jobs.lanes.spark_check import check_on_spark
from gridata_jobs.read.source import FileRefusedError
from gridata_jobs.read.staging import format_of, stage

CONTRACTS = Path(__file__).parents[3] / "data/contracts"
AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
EVERY_TERM = Path(__file__).parents[1] / "data/every_term/v1/contract.odcs.yaml"
EVERY_KEY = Path(__file__).parents[1] / "data/every_key/v1/contract.odcs.yaml"
EVERY_RULE = Path(__file__).parents[1] / "data/every_rule/v1/contract.odcs.yaml"

pytestmark = pytest.mark.spark


@pytest.fixture(autouse=True)
def _running_session(spark):  # check_on_spark joins the running engine
    return spark


def check_on_both(
    contract: Contract, files: Sequence[Path], scratch: Path, lookup: Lookup | None = None
) -> list[CheckedRow]:
    """The rows of the duckdb lane, after asserting that Spark's are equal."""
    decisions: list[Decision] = []
    counts: list[int] = []

    def decided(decision: Decision, records: int) -> None:
        decisions.append(decision)
        counts.append(records)

    staged = _staged(contract, files, scratch / "d")
    on_duckdb = list(check_on_duckdb(contract, staged, AS_OF, scratch / "d", decided, lookup))
    staged, home = _staged(contract, files, scratch / "s"), scratch / "home"
    on_spark = list(check_on_spark(contract, staged, AS_OF, home, decided, wants_valid=True, lookup=lookup))
    assert [_plain(row) for row in on_spark] == [_plain(row) for row in on_duckdb]
    assert _outcomes(decisions[1]) == _outcomes(decisions[0])
    assert counts == [sum(row.row is not None for row in on_duckdb)] * 2
    return on_duckdb


def _plain(row: CheckedRow) -> str:
    reasons = [reason.to_dict() for reason in row.reasons]
    return json.dumps([row.file, row.row, reasons, row.values, row.flags], sort_keys=True)


def _outcomes(decision: Decision) -> dict[str, tuple[object, ...]]:
    """What both lanes must agree on; floating numbers as they are judged, rounded."""
    return {o.check.id: (o.failed, o.evaluated, judged(o.number), o.broken) for o in decision.outcomes}


def _staged(contract: Contract, files: Sequence[Path], folder: Path) -> list[FileToCheck]:
    folder.mkdir(parents=True)
    found = []
    for i, path in enumerate(files):
        copy = folder / f"{i}.landed"
        shutil.copyfile(path, copy)
        try:
            found.append(FileToCheck(path.name, stage(copy, format_of(path.name, contract.landing.format)), None))
        except FileRefusedError as refused:
            found.append(FileToCheck(path.name, None, refused.reason))
    return found


@pytest.mark.parametrize("dataset", ["orders", "customers", "products", "clickstream"])
def test_lanes_agree_on_every_sample_of_a_contract(dataset: str, tmp_path: Path) -> None:
    folder = CONTRACTS / "ecommerce" / dataset / "v1"
    suffixes = {".jsonl", ".json", ".csv", ".parquet", ".orc", ".gz", ".zst"}
    samples = [p for p in sorted((folder / "samples").rglob("*")) if p.is_file() and p.suffix in suffixes]

    rows = check_on_both(load_contract(folder / "contract.odcs.yaml"), samples, tmp_path)

    assert any(row.reasons for row in rows)
    assert any(not row.reasons for row in rows)


def test_lanes_agree_on_every_rule_at_its_corners(tmp_path: Path) -> None:
    contract = load_contract(EVERY_RULE)
    file = tmp_path / "corners.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in _corners()))

    rows = check_on_both(contract, [file], tmp_path)

    broken = {reason.check for row in rows for reason in row.reasons if reason.check}
    assert {check.id for check in contract.checks if check.severity == "error"} <= broken  # each rule is really tried
    assert any(not row.reasons for row in rows)


def test_lanes_agree_on_thresholds_flags_conditions_and_aggregates(tmp_path: Path) -> None:
    contract = load_contract(EVERY_TERM)
    dice = random.Random(7)
    records: list[dict[str, object]] = [
        {
            "id": f"r{dice.randrange(60)}",
            "kind": dice.choice(["a", "b", "b", "a", "c", "", None]) if i < 12 else dice.choice(["a", "b"]),
            "n": dice.choice([None, 0, 1, 2, 3, 4, 49, 51, -7, 60]),
            "price": dice.choice(["1.00", "2.50", "99.99", None]),
            "at": f"2024-0{dice.randrange(1, 10)}-01T00:00:00Z",
            "tags": dice.choice([[], ["x"], ["long tag"], None, ["a", None, "abcd"]]),
        }
        for i in range(80)
    ]
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for file, part in zip(files, (records[:50], records[50:]), strict=True):
        file.write_text("".join(json.dumps(record) + "\n" for record in part))

    rows = check_on_both(contract, files, tmp_path)

    flags = {flag for row in rows for flag in row.flags}
    reasons = {reason.check for row in rows for reason in row.reasons}
    assert {"dislikes_b", "only_a", "told", "n.is_between", "few_pairs"} <= flags  # kept, and why
    assert {"rarely_zero", "id.is_unique", "kind.is_in_set"} <= reasons  # rejected, and why


def test_lanes_agree_on_checks_over_many_rows(tmp_path: Path) -> None:
    contract = load_contract(EVERY_KEY)
    dice = random.Random(3)
    records: list[dict[str, object]] = [
        {
            "id": f"r{i}" if i % 9 else dice.choice(["r0", None]),
            "kind": dice.choice(["a", "b", "a", "b", "c", "d", None]),
            "n": dice.choice([None, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10]) if i not in (20, 70) else 1000,
            "price": dice.choice(["1.00", "1.00", "2.50", None]),
            "at": f"2024-0{dice.randrange(1, 10)}-01T00:00:00Z",
        }
        for i in range(90)
    ]
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for file, part in zip(files, (records[:50], records[50:]), strict=True):
        file.write_text("".join(json.dumps(record) + "\n" for record in part))
    kinds = GivenTables(**{"shop_bronze.kinds_v1": pa.table({"id": ["a", "b", None]})})

    rows = check_on_both(contract, files, tmp_path, kinds)

    flags = {flag for row in rows for flag in row.flags}
    reasons = {reason.check for row in rows for reason in row.reasons}
    assert {"pairs", "few_per_kind", "pairs_known", "known", "rises", "one_price"} <= flags
    assert {"id.is_primary_key", "near", "small", "kind.is_not_null"} <= reasons
    assert "nowhere" not in flags  # the table it looks up in is not there: nothing is said


def test_lanes_agree_on_columnar_files(tmp_path: Path) -> None:
    contract = load_contract(CONTRACTS / "ecommerce/products/v1/contract.odcs.yaml")
    table = pa.table(
        {
            "product_id": ["P00001", "P00002", "P2", "P00001", None],
            "sku": ["SKU-000001", "SKU-000002", "SKU-000003", "SKU-000001", "SKU-000005"],
            "name": ["a", " ", "c", "d", "e"],
            "category": ["home"] * 5,
            "brand": ["b"] * 5,
            "price": pa.array([1, 2, 3, 4, 5], pa.int64()).cast(pa.decimal128(24, 4)),
            "cost": pa.array([1, 2, 3, 4, 5], pa.int64()).cast(pa.decimal128(21, 2)),
            "currency": ["EUR"] * 5,
            "weight_kg": [1.0, float("nan"), 2.0, -0.0, float("inf")],
            "active": [True, None, False, True, True],
            "launched_on": pa.array([19000] * 5, pa.date32()),
            "updated_at": pa.array([1.7e15] * 5, pa.float64()).cast(pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "colour": [None, "red", None, None, None],
        }
    )
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=2)
    orc.write_table(table, tmp_path / "p.orc")

    rows = check_on_both(contract, [tmp_path / "p.parquet", tmp_path / "p.orc"], tmp_path)

    assert len(rows) == 10


def test_lanes_agree_on_files_that_cannot_be_read(tmp_path: Path) -> None:
    contract = load_contract(CONTRACTS / "ecommerce/customers/v1/contract.odcs.yaml")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "semicolons.csv").write_text("customer_id;email\nC000001;a@b.c\n")
    (tmp_path / "cut.csv.gz").write_bytes(bytes.fromhex("1f8b08000000000000ff4b4a4e"))
    (tmp_path / "archive.csv").write_bytes(b"PK\x03\x04 not a csv")

    rows = check_on_both(contract, sorted(tmp_path.glob("*.*")), tmp_path)

    codes = {row.file: row.reasons[0].code.value for row in rows}
    assert codes == {
        "archive.csv": "WRONG_FORMAT",
        "cut.csv.gz": "UNREADABLE_FILE",
        "empty.csv": "EMPTY_FILE",
        "semicolons.csv": "HEADER_MISMATCH",
    }


def _corners() -> list[dict[str, object]]:
    """Records whose fields sit on, just inside and just outside every bound of the `every_rule` contract."""
    base: dict[str, object] = {
        "id": "k0",
        "text": "abc",
        "kind": "a",
        "whole": 5,
        "money": "10.00",
        "ratio": 0.5,
        "day": "2024-02-29",
        "at": "2025-01-01T00:00:00Z",
        "until": "2025-01-02T00:00:00Z",
        "flag": True,
        "items": [{"n": 1, "q": 2, "p": "2.50", "d": "0.00"}, {"n": 2, "q": 1, "p": "5.00", "d": "0.00"}],
    }
    texts = ["", " ", "\t\n", "\u00a0", "a", "ab", "abcdefghij", "abcdefghijk", "ab\n", "é😀x", "😀" * 10, "😀" * 11]
    texts += ["A1", "forbidden"]
    numbers = [-1, 0, 1, 4, 5, 6, 9, 10, 11, 2**31, -(2**63), 2**63 - 1]
    monies = ["-0.01", "0.00", "0.01", "9.99", "10.00", "10.01", "99999999.99", "7.50", "2.55"]
    ratios = [0.0, -0.0, 0.1, 0.30000000000000004, 1.0, 1.0000000000000002, 1e300, "NaN", "Infinity", "-Infinity"]
    arrays: list[object] = [
        None, [], [None], [{"n": 1}], [{"n": 1, "q": 0}], [{"n": 1, "q": 5, "p": "2.00"}] * 2,
        [{"n": i, "q": 1, "p": "1.00", "d": "0.00"} for i in range(12)],
        [{"n": None, "q": None, "p": None, "d": None}, {"n": None, "q": 1, "p": "10.00", "d": None}],
        [{"n": 1, "q": 2, "p": "2.50", "d": "0.01"}, None], [{"n": 1, "q": 1, "p": "2.50", "d": "2.51"}],
    ]  # fmt: skip
    variants: list[dict[str, object]] = [{}]
    variants += [{"text": value} for value in [None, *texts]]
    variants += [{"kind": value} for value in [None, "a", "b", "c", "B", "a "]]
    variants += [{"whole": value} for value in [None, *numbers]]
    variants += [{"money": value} for value in [None, *monies]]
    variants += [{"ratio": value} for value in [None, *ratios]]
    days: list[object] = [None, "0001-01-01", "1999-12-31", "2000-01-01", "2030-12-31", "9999-12-31"]
    variants += [{"day": value} for value in days]
    stamps: list[object] = [None, "1969-12-31T23:59:59.999999Z", "2025-06-01T00:00:00Z"]
    stamps += ["2025-06-01T01:00:00.000001+01:00"]
    stamps += ["2025-06-01T00:00:00.000001Z", "2025-06-01T00:01:00Z", "2025-06-01T00:01:00.000001Z"]
    stamps += ["9999-12-31T23:59:59Z"]
    variants += [{"at": value} for value in stamps] + [{"until": value} for value in stamps]
    variants += [{"flag": value} for value in [None, True, False]]
    variants += [{"items": value} for value in arrays]
    variants += [{"id": value} for value in [None, "k0", "k1", "k1"]]
    return [{**base, "id": f"r{i}", **variant} for i, variant in enumerate(variants)]
