"""What is timed: each case is one process, so that start-up, memory and caches are its own."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.inputs import CONTRACT

_BIN = Path(sys.executable).parent
_COPY_WITH_DUCKDB = """
import duckdb, sys
con = duckdb.connect()
con.execute("SET threads = 2; SET preserve_insertion_order = false")
reader = {"jsonl": "read_json(?, format = 'newline_delimited')", "csv": "read_csv(?)", "parquet": "read_parquet(?)"}
sql = f"COPY (SELECT * FROM {reader[sys.argv[1].rsplit('.', 1)[1]]}) TO '{sys.argv[2]}' (FORMAT parquet)"
con.execute(sql, [sys.argv[1]])
"""
_COPY_WITH_SPARK = """
import sys, time
from pathlib import Path
from gridata_contracts.emit import spark_ddl
from gridata_contracts.load import load_contract
from gridata_control.settings import Settings
from gridata_jobs.spark import spark_session
with spark_session(Settings.load(Path(sys.argv[2])), "bare copy") as spark:
    spark.range(1).count()
    started = time.perf_counter()
    frame = spark.read.schema(spark_ddl.schema(load_contract(Path(sys.argv[3])))).json(sys.argv[1])
    frame.write.mode("overwrite").parquet(sys.argv[2] + "/copy.parquet")
    print(time.perf_counter() - started)
"""


@dataclass(frozen=True)
class Timing:
    """One run of one case.

    Attributes:
        wall_s: the whole process, or for Spark cases the work after the engine has started.
        peak_mb: highest resident size of the process (without the JVM for Spark cases).
        steps: seconds per step, where the job reports them.
    """

    wall_s: float
    peak_mb: float
    steps: dict[str, float]


def copy_with_duckdb(source: Path, folder: Path) -> Timing:
    """DuckDB's own copy to Parquet: the limit for the duckdb lane."""
    wall_s, peak_mb, _ = _timed([sys.executable, "-c", _COPY_WITH_DUCKDB, str(source), str(folder / "copy.parquet")])
    return Timing(wall_s, peak_mb, {})


def copy_with_spark(source: Path, folder: Path) -> Timing:
    """Spark's own copy to Parquet with the contract's schema: the limit for the Spark lane."""
    command = [sys.executable, "-c", _COPY_WITH_SPARK, str(source), str(folder), str(CONTRACT)]
    _, peak_mb, out = _timed(command)
    return Timing(float(out.split()[-1]), peak_mb, {})


def ingest(source: Path, folder: Path, lane: str) -> Timing:
    """`gridata-job ingest` of one landed file: from process start to the ledger's commit.

    Telling DataHub comes after it (some 0.8 s) and delays no reader of the table. Spark's start is not counted.
    """
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    environment = os.environ | {"GRIDATA_HOME": str(home), "GRIDATA_CONTRACTS": str(home / "contracts")}
    land = ["ingest", "--contract", str(CONTRACT), "--file", str(source), "--home", str(home)]
    landing = environment | {"GRIDATA_JOB_COMMAND": "false"}  # lands and makes the batch; the job is timed below
    subprocess.run([str(_BIN / "gridata"), *land], env=landing, capture_output=True, check=False)
    batch = _only_batch(home)
    began = datetime.now(UTC)
    _, peak_mb, out = _timed([str(_BIN / "gridata-job"), "ingest", "--batch", batch, "--lane", lane], environment)
    report = json.loads(out.splitlines()[-1])
    wall_s = (datetime.fromisoformat(report["finished_utc"]) - began).total_seconds()
    steps = {name: float(seconds) for name, seconds in report["metrics"]["steps"].items()}
    shutil.rmtree(home)
    return Timing(wall_s - steps.get("start", 0.0), peak_mb, steps)


def _only_batch(home: Path) -> str:
    from gridata_control.ledger import Ledger

    ledger = Ledger(f"sqlite:///{home / 'ledger.db'}")
    (record,) = ledger.batches()
    ledger.close()  # else SQLite's side files go while the home is removed
    return str(record.batch.id)


def _timed(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float, str]:
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.communicate()
    wall_s = time.perf_counter() - started
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}:\n{err[-2000:]}")
    return wall_s, _peak_mb(out), out


def _peak_mb(out: str) -> float:
    """The job says its own peak; for others the largest child so far is the best there is."""
    last = out.strip().splitlines()[-1:] or [""]
    if last[0].startswith("{"):
        return float(json.loads(last[0])["metrics"]["peak_memory_bytes"]["python"]) / 2**20
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
