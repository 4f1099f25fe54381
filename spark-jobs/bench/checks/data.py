"""The data every engine checks: TPC-H's lineitem with about 2 % of its rows made bad, the same way every time."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import duckdb

GENERATOR = "tpchgen-cli==4.0.0"
_DIRT_VERSION = 1  # part of the file's name: raise it when _DIRTY changes

# Which rows and what is wrong with them follows from the keys alone, so every scale has the same share. The last line
# doubles or triples some rows.
_DIRTY = """
COPY (
    WITH slotted AS (SELECT *, (l_orderkey * 7 + l_linenumber * 131) % 1000 AS slot FROM read_parquet('{clean}'))
    SELECT slotted.* EXCLUDE (slot) REPLACE (
        CASE WHEN slot <= 2 THEN NULL WHEN slot <= 5 THEN -l_quantity ELSE l_quantity END AS l_quantity,
        CASE WHEN slot IN (6, 7) THEN 'BOAT' WHEN slot = 8 THEN NULL ELSE l_shipmode END AS l_shipmode,
        CASE WHEN slot IN (9, 10) THEN l_shipdate - 5 WHEN slot = 11 THEN NULL ELSE l_receiptdate END AS l_receiptdate,
        CASE WHEN slot = 12 THEN NULL WHEN slot = 13 THEN l_comment || ' No. 7' ELSE l_comment END AS l_comment,
        CASE WHEN slot = 14 THEN '' ELSE l_shipinstruct END AS l_shipinstruct,
        CASE WHEN slot = 15 THEN 0.5 ELSE l_discount END::DECIMAL(15, 2) AS l_discount,
        CASE WHEN slot = 16 THEN 'X' ELSE l_returnflag END AS l_returnflag,
        CASE WHEN slot = 17 THEN NULL ELSE l_commitdate END AS l_commitdate,
        CASE WHEN slot = 18 THEN NULL ELSE l_tax END AS l_tax,
        CASE WHEN slot = 19 THEN -1 ELSE l_extendedprice END::DECIMAL(15, 2) AS l_extendedprice
    )
    FROM slotted, range(CASE WHEN slot = 0 AND l_orderkey % 16 = 1 THEN 2 + l_orderkey // 4000 % 2 ELSE 1 END)
) TO '{dirty}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
"""


def bench_dir() -> Path:
    """`$GRIDATA_CACHE/bench`, by default `~/.cache/gridata/bench`: kept between runs, never in the repository."""
    return Path(os.environ.get("GRIDATA_CACHE") or Path.home() / ".cache" / "gridata") / "bench"


def lineitem(scale: float) -> Path:
    """One Parquet file; made when it is not there yet (scale 1: 6.0 M rows, some 10 s).

    Raises:
        SystemExit: the generator failed.
    """
    folder = bench_dir() / f"tpch-{scale:g}"
    dirty = folder / f"lineitem-dirty-{_DIRT_VERSION}.parquet"
    if not dirty.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as scratch:
            clean, partial = _generate(scale, Path(scratch)), Path(scratch) / dirty.name
            with duckdb.connect() as connection:
                connection.execute("SET threads = 2; SET enable_progress_bar = false")
                connection.execute(_DIRTY.format(clean=clean, dirty=partial))
            partial.replace(dirty)  # complete or not there
    return dirty


def _generate(scale: float, folder: Path) -> Path:
    command = ["uv", "run", "--isolated", "--no-project", "--with", GENERATOR, "tpchgen-cli", "parquet"]
    command += ["--scale-factor", str(scale), "--tables", "lineitem", "--output-dir", str(folder), "--no-progress"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{GENERATOR} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return folder / "lineitem.parquet"
