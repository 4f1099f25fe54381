"""What every check must answer, read by plain SQL.

It shares no code with any engine under test, ours included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
from bench.checks.predicate import predicate
from bench.checks.suite import CASES, PARTS, ROW_KINDS, SPLIT, Check, suite

MAIN = "as defined"
NULLS_FAIL = "nulls fail"
Readings = dict[str, float]
_AT_ONCE = 50  # aggregates in a query: planning takes longer than reading when there are hundreds

_AGGREGATES = {
    "row_count": "count(*)",
    "min": "min({})",
    "max": "max({})",
    "mean": "avg({}::DOUBLE)",
    "stddev": "stddev_samp({}::DOUBLE)",
    "sum": "sum({})",
    "approx_distinct": "count(DISTINCT {})",
    "min_length": "min(length({}))",
    "max_length": "max(length({}))",
}


@dataclass(frozen=True)
class Truth:
    """Answers to a suite on one file.

    Attributes:
        rows: how many the file has.
        readings: per check id what it answers `as defined`, and by other names what a tool answers that reads the
            question differently (`nulls fail`, `copies beyond the first`, `population`): such a difference is named,
            not called wrong.
    """

    rows: int
    readings: dict[str, Readings]


def find_truth(parquet: Path) -> Truth:
    """Answers to every check of every case, and for the split how many rows belong in each part.

    They take a minute at scale 1, so they are kept beside the file, under a name that follows from the questions.
    """
    checks = list({check.id: check for case in CASES for check in suite(case)}.values())
    named = [(check.id, name, sql) for check in checks for name, sql in _aggregates(check).items()]
    asked = hashlib.sha256(repr((parquet.name, checks, named)).encode()).hexdigest()[:12]
    kept = parquet.with_name(f"truth-{asked}.json")
    if not kept.is_file():
        partial = kept.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(_ask(parquet, checks, named))))
        partial.replace(kept)
    return Truth(**json.loads(kept.read_text()))


def _ask(parquet: Path, checks: Sequence[Check], named: Sequence[tuple[str, str, str]]) -> Truth:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET enable_progress_bar = false")
        connection.execute(f"CREATE VIEW lineitem AS FROM read_parquet('{parquet}')")
        readings: dict[str, Readings] = {check_id: {} for check_id, *_ in named}
        for at in range(0, len(named), _AT_ONCE):
            some = named[at : at + _AT_ONCE]
            for (check_id, name, _), value in zip(some, _row(connection, [sql for *_, sql in some]), strict=True):
                readings[check_id][name] = value
        readings |= {check.id: _duplicates(connection, check.columns) for check in checks if check.kind == "unique"}
        rows = int(_row(connection, ["count(*)"])[0])
        return Truth(rows, readings | _parts(connection, suite(SPLIT), rows))


def _aggregates(check: Check) -> dict[str, str]:
    """What to select for a check, by the name of the reading."""
    if check.kind in ROW_KINDS:
        fails = f"count(*) FILTER (NOT ({predicate(check)}))"
        nulls = " OR ".join(f"{column} IS NULL" for column in check.columns)
        return {MAIN: fails, NULLS_FAIL: fails if check.kind == "not_null" else f"{fails} + count(*) FILTER ({nulls})"}
    if check.kind == "unique":
        return {}
    sql = _AGGREGATES[check.kind].format(*check.columns)
    return {MAIN: sql, "population": sql.replace("_samp", "_pop")} if check.kind == "stddev" else {MAIN: sql}


def _parts(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], rows: int) -> dict[str, Readings]:
    """The rows that break no check, and those that break any; by another reading, nulls break it too."""
    valid: Readings = {}
    for name, holds in ((MAIN, "IS NOT FALSE"), (NULLS_FAIL, "IS TRUE")):
        every = " AND ".join(f"({predicate(check)}) {holds}" for check in checks)
        valid[name] = _row(connection, ["count(*)"], f"lineitem WHERE {every}")[0]
    return dict(zip(PARTS, (valid, {name: rows - count for name, count in valid.items()}), strict=True))


def _duplicates(connection: duckdb.DuckDBPyConnection, key: tuple[str, ...]) -> Readings:
    groups = f"(SELECT count(*) AS n FROM lineitem GROUP BY {', '.join(key)} HAVING count(*) > 1)"
    sums = ["coalesce(sum(n), 0)", "coalesce(sum(n - 1), 0)", "count(*)"]
    return dict(zip((MAIN, "copies beyond the first", "keys"), _row(connection, sums, groups), strict=True))


def _row(connection: duckdb.DuckDBPyConnection, aggregates: Sequence[str], source: str = "lineitem") -> list[float]:
    row = connection.execute(f"SELECT {', '.join(aggregates)} FROM {source}").fetchone()
    assert row is not None  # an aggregate without groups has one row
    return [float(value) for value in row]
