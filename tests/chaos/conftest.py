"""A home, a file of orders, and the real commands as processes: what every crash test starts from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[2]
ORDERS = REPO / "data/contracts/ecommerce/orders/v1/contract.odcs.yaml"
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Lakehouse:
    """One home directory and the commands that work on it."""

    home: Path

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Start `gridata …` or `gridata-job …` beside this Python."""
        env = os.environ | {"GRIDATA_HOME": str(self.home), "GRIDATA_CONTRACTS": str(self.home / "contracts")}
        return subprocess.Popen(
            [str(_BIN / command[0]), *command[1:]],
            env=env | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home.parent,
        )

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(*command, **environment)
        out, err = process.communicate(timeout=280)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def ingest(self, file: Path, lane: str = "duckdb", **environment: str) -> subprocess.CompletedProcess[str]:
        """`gridata ingest` of one file."""
        arguments = ("--contract", str(ORDERS), "--file", str(file), "--home", str(self.home), "--lane", lane, "--json")
        return self.run("gridata", "ingest", *arguments, **environment)

    def job(self, batch_id: str, lane: str = "duckdb", **environment: str) -> subprocess.CompletedProcess[str]:
        """`gridata-job ingest` of one batch, as the orchestrator starts it."""
        return self.run("gridata-job", "ingest", "--batch", batch_id, "--lane", lane, **environment)

    def start_held(self, batch_id: str, point: str) -> subprocess.Popen[str]:
        """`gridata-job ingest` of one batch on DuckDB, which pauses at a point until `release`."""
        pause = f"{point}:{self._release}"
        return self.start("gridata-job", "ingest", "--batch", batch_id, GRIDATA_PAUSE_AT=pause)

    def wait_held(self, count: int = 1, within_s: float = 120) -> None:
        """Until so many jobs pause."""
        deadline = time.monotonic() + within_s
        while len(list(self._release.parent.glob(f"{self._release.name}.*"))) < count:
            assert time.monotonic() < deadline, f"less than {count} jobs paused within {within_s} s"
            time.sleep(0.05)

    def release(self) -> None:
        """Let the paused jobs go on."""
        self._release.touch()

    @property
    def _release(self) -> Path:
        return self.home.parent / "release"

    def batch_id(self) -> str:
        """The one batch of this home."""
        from gridata_control.ledger import Ledger

        (record,) = Ledger(f"sqlite:///{self.home / 'ledger.db'}").batches()
        return str(record.batch.id)

    def rows(self, table: str) -> Counter[tuple[str, int]]:
        """How often each (file, row number) stands in a table's current snapshot."""
        loaded = self._table(table)
        if loaded is None:
            return Counter()
        found = loaded.scan(selected_fields=("_file_id", "_row_number")).to_arrow()
        return Counter((row["_file_id"], row["_row_number"]) for row in found.to_pylist())

    def snapshots(self, table: str) -> list[int]:
        """Ids of a table's snapshots."""
        loaded = self._table(table)
        return [snapshot.snapshot_id for snapshot in loaded.metadata.snapshots] if loaded is not None else []

    def verify(self) -> dict[str, Any]:
        """`gridata verify`."""
        report: dict[str, Any] = json.loads(self.run("gridata", "verify", "--home", str(self.home), "--json").stdout)
        return report

    def _table(self, name: str) -> Any:
        from pyiceberg.exceptions import NoSuchTableError

        from gridata_control.catalog import open_catalog
        from gridata_control.settings import Settings

        try:
            return open_catalog(Settings.load(self.home)).load_table(name)
        except NoSuchTableError:
            return None


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    return Lakehouse(tmp_path / "home")


@pytest.fixture(scope="session")
def orders_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hundred generated orders, some of them bad: both tables get rows."""
    out = tmp_path_factory.mktemp("sample")
    script = REPO / "data/samples/generate_sample_data.py"
    sizes = ("--orders", "2000", "--customers", "1000", "--products", "200", "--clicks", "5000")
    subprocess.run([sys.executable, str(script), "--out", str(out), *sizes], check=True, capture_output=True)
    return out / "wave-1/raw/ecommerce/orders/2024-01-01/orders.jsonl"
