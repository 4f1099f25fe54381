"""Benchmark files of a wanted size: real generated orders, multiplied under new order ids."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gridata_contracts.load import load_contract
from gridata_jobs.read import json_text
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.json_lines import JsonLines

REPO = Path(__file__).parents[2]
CONTRACT = REPO / "data/contracts/ecommerce/orders/v1/contract.odcs.yaml"
_SEED_FILE = "raw/ecommerce/orders/2024-01-01/orders.jsonl"
_ID = b'"order_id":"O'
_ID_DIGITS = 9


@dataclass(frozen=True)
class Inputs:
    """Files with the same kind of orders.

    Attributes:
        clean: JSON lines, every record valid.
        bad: JSON lines, about 2 % of the records broken in many ways.
        parquet: the clean orders as typed nested Parquet.
        csv: the clean orders as CSV, nested columns as JSON text.
    """

    clean: Path
    bad: Path
    parquet: Path
    csv: Path


def make_inputs(folder: Path, megabytes: int) -> Inputs:
    """Write the files; the Parquet and CSV forms hold a fifth of the orders."""
    seed = _seed(folder)
    faulty = _faulty_rows(folder)
    lines = seed.read_bytes().splitlines(keepends=True)
    clean = [line for row, line in enumerate(lines, 1) if row not in faulty and line.count(_ID) == 1]
    found = Inputs(folder / "clean.jsonl", folder / "bad.jsonl", folder / "orders.parquet", folder / "orders.csv")
    _write(found.clean, _multiplied(clean, megabytes << 20))
    _write(found.bad, _multiplied(lines, megabytes << 20))
    small = folder / "small.jsonl"
    _write(small, _multiplied(clean, (megabytes << 20) // 5))
    _write_typed(small, found)
    return found


def _seed(folder: Path) -> Path:
    script = REPO / "data/samples/generate_sample_data.py"
    subprocess.run([sys.executable, str(script), "--out", str(folder / "seed")], check=True, capture_output=True)
    return folder / "seed/wave-1" / _SEED_FILE


def _faulty_rows(folder: Path) -> set[int]:
    key = (folder / "seed/answer_key.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in key]
    return {entry["row_number"] for entry in entries if entry["file"] == _SEED_FILE}


def _multiplied(lines: list[bytes], size_bytes: int) -> Iterator[bytes]:
    """The lines over and over, each order under an id of its own; lines without an id as they are."""
    written, number = 0, 0
    while written < size_bytes:
        for line in lines:
            renamed = _with_id(line, number % 10**_ID_DIGITS)
            number += 1
            written += len(renamed)
            yield renamed
            if written >= size_bytes:
                return


def _with_id(line: bytes, number: int) -> bytes:
    at = line.find(_ID) + len(_ID)
    return b"%b%09d%b" % (line[:at], number, line[at + _ID_DIGITS :]) if at >= len(_ID) else line


def _write(path: Path, lines: Iterator[bytes]) -> None:
    with path.open("wb", buffering=8 << 20) as file:
        file.writelines(lines)


def _write_typed(lines: Path, found: Inputs) -> None:
    contract = load_contract(CONTRACT)
    duck = Duck()
    source = JsonLines(lines, contract, duck)
    rows = pa.concat_tables([source.read(span).rows for span in source.spans()]).drop(["_row_number", "_extra"])
    pq.write_table(rows, found.parquet, row_group_size=100_000, compression="zstd")
    duck.close()
    _write_csv(lines, found.csv, rows.schema.names)


def _write_csv(lines: Path, target: Path, names: list[str]) -> None:
    """Nested columns as the JSON they are in the lines."""
    with lines.open(encoding="utf-8") as source, target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for line in source:
            tree = json_text.parse(line)
            cells = [tree.get(name) for name in names] if isinstance(tree, dict) else []
            writer.writerow([json_text.dump(c) if isinstance(c, dict | list) else c for c in cells])
