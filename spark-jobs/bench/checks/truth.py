"""What every check must answer, read by plain SQL: one query for all that one scan gives, one per key.

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
    named = [(check.id, name, sql) for check in checks for name, sql in _in_one_scan(check).items()]
    named += [(part, name, sql) for part in PARTS for name, sql in _part(suite(SPLIT), part).items()]
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
        row = connection.execute(
            f"SELECT {', '.join(['count(*)', *(sql for *_, sql in named)])} FROM lineitem"
        ).fetchone()
        assert row is not None  # an aggregate without groups has one row
        readings: dict[str, Readings] = {check_id: {} for check_id, *_ in named}
        for (check_id, name, _), value in zip(named, row[1:], strict=True):
            readings[check_id][name] = float(value)
        readings |= {check.id: _duplicates(connection, check.columns) for check in checks if check.kind == "unique"}
    return Truth(int(row[0]), readings)


def _part(checks: Sequence[Check], part: str) -> dict[str, str]:
    """The rows that break no check, or those that break any; by another reading, nulls break it too."""
    wanted = "NOT " if part == "rejected" else ""
    return {
        name: f"count(*) FILTER ({wanted}({' AND '.join(f'({predicate(check)}) {holds}' for check in checks)}))"
        for name, holds in ((MAIN, "IS NOT FALSE"), (NULLS_FAIL, "IS TRUE"))
    }


def _in_one_scan(check: Check) -> dict[str, str]:
    if check.kind in ROW_KINDS:
        holds = predicate(check)
        return {MAIN: f"count(*) FILTER (NOT ({holds}))", NULLS_FAIL: f"count(*) FILTER (({holds}) IS NOT TRUE)"}
    if check.kind == "unique":
        return {}
    sql = _AGGREGATES[check.kind].format(*check.columns)
    other = {"population": sql.replace("stddev_samp", "stddev_pop")} if check.kind == "stddev" else {}
    return {MAIN: sql, **other}


def _duplicates(connection: duckdb.DuckDBPyConnection, key: tuple[str, ...]) -> Readings:
    columns = ", ".join(key)
    groups = f"(SELECT count(*) AS n FROM lineitem GROUP BY {columns} HAVING count(*) > 1)"
    row = connection.execute(f"SELECT coalesce(sum(n), 0), coalesce(sum(n - 1), 0), count(*) FROM {groups}").fetchone()
    assert row is not None  # an aggregate without groups has one row
    return dict(zip((MAIN, "copies beyond the first", "keys"), map(float, row), strict=True))
