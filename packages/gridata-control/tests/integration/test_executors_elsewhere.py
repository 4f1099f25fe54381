"""Spark's executors on other machines see no disk of the driver's: the same batch, the same rows, the same proof."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """JSON of a command that did what it should."""
        assert self.code == 0, self.err
        return json.loads(self.out.splitlines()[-1])


Run = Callable[..., Said]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Of executors; the driver stages in it, too, and removes its own part at its end."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def gridata(minio: Any, postgres_url: str, environment: dict[str, str], scratch: Path, tmp_path: Path) -> Run:
    name = f"elsewhere-{uuid.uuid4().hex[:8]}"
    servers = {
        "GRIDATA_STORE": f"s3://{minio.make_bucket(name)}",
        "GRIDATA_WAREHOUSE": f"s3://{minio.make_bucket(f'{name}-tables', versioned=False)}/tables",
        "GRIDATA_SPARK_MASTER": "local-cluster[2,1,1024]",  # two executors, each a process of its own
        "GRIDATA_SPARK_CONF": f"spark.sql.shuffle.partitions=2\nspark.worker.dir={tmp_path}/workers",
        "GRIDATA_LEDGER_URL": postgres_url,
        "GRIDATA_CATALOG_URI": postgres_url,
        "GRIDATA_SCRATCH": str(scratch),
    }

    def run(*arguments: object, **variables: str) -> Said:
        command = [sys.executable, "-c", "from gridata_control.cli import main; main()", *map(str, arguments), "--json"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDATA_", "AWS_"))}
        everything = clean | environment | minio.environment | servers | variables
        done = subprocess.run(command, env=everything, capture_output=True, text=True, check=False, timeout=500)
        return Said(done.returncode, done.stdout, done.stderr)

    return run


def test_executors_fetch_what_they_read_and_find_what_the_other_lane_finds(
    gridata: Run, home: Path, tmp_path: Path, scratch: Path
) -> None:
    contract = home.parent / "contracts/shop/orders/v1/contract.odcs.yaml"
    packed, document = tmp_path / "packed.jsonl.gz", tmp_path / "document.json"
    packed.write_bytes(gzip.compress(b'{"id":"a","amount":1}\n{"id":"b","amount":"x"}\n{"id":"a","amount":2}\n'))
    document.write_text('[{"id":"d","amount":4}, {"id":"e","amount":5}, {"amount":6}]')
    files = ("--file", packed, "--file", document)

    report = gridata("ingest", "--contract", contract, *files, "--lane", "spark").answer

    assert (report["lane"], report["rows_in"], report["valid"], report["rejected"]) == ("spark", 6, 3, 3)
    copies = {path.name for path in (scratch / "gridata-staged").iterdir() if path.is_dir()}
    assert copies == {each["file_id"] for each in report["inputs"]}
    assert gridata("verify").answer["ok"]


def test_a_landing_folder_of_the_driver_is_refused_with_executors_elsewhere(
    gridata: Run, home: Path, tmp_path: Path
) -> None:
    contract = home.parent / "contracts/shop/orders/v1/contract.odcs.yaml"
    file = tmp_path / "orders.jsonl"
    file.write_text('{"id":"a","amount":1}\n')
    landing = f"file://{tmp_path}/landing"

    command = ("ingest", "--contract", contract, "--file", file, "--lane", "spark")
    said = gridata(*command, GRIDATA_STORE=landing)

    assert said.code == 2
    assert "allowed s3://<bucket> where Spark's executors are on other machines" in said.err
