"""Our engine's half of the benchmark: where it is wired in. It runs in our own environment, in the same loop."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench.checks.roster import OURS
from bench.checks.suite import Check
from bench.checks.worker import Answer, Setup, work

_NOT_WIRED = "our engine is not wired yet"


def run_duckdb(parquet: Path, checks: Sequence[Check]) -> list[Answer]:  # noqa: ARG001  # until it is wired
    """Evaluate the checks on the DuckDB lane."""
    raise SystemExit(_NOT_WIRED)


def run_spark(parquet: Path, checks: Sequence[Check]) -> list[Answer]:  # noqa: ARG001  # until it is wired
    """Evaluate the checks on the Spark lane."""
    raise SystemExit(_NOT_WIRED)


def split_duckdb(parquet: Path, checks: Sequence[Check], valid: Path, rejected: Path) -> None:  # noqa: ARG001
    """Part the rows on the DuckDB lane, as Parquet."""
    raise SystemExit(_NOT_WIRED)


def split_spark(parquet: Path, checks: Sequence[Check], valid: Path, rejected: Path) -> None:  # noqa: ARG001
    """Part the rows on the Spark lane, as Parquet."""
    raise SystemExit(_NOT_WIRED)


class Ours:
    """Our engine as a peer among peers."""

    name = OURS
    reasons = True

    def __init__(self, setup: Setup) -> None:
        self.version = version("gridata-jobs")
        self.engine = f"{setup.engine} {version({'spark': 'pyspark', 'duckdb': 'duckdb'}[setup.engine])}"
        self._on_spark, self._parquet = setup.engine == "spark", setup.parquet

    def can(self, _check: Check) -> bool:
        return True

    def evaluate(self, checks: Sequence[Check]) -> list[Answer]:
        return (run_spark if self._on_spark else run_duckdb)(self._parquet, checks)

    def split(self, checks: Sequence[Check], valid: Path, rejected: Path) -> None:
        (split_spark if self._on_spark else split_duckdb)(self._parquet, checks, valid, rejected)

    def count(self, _parquet: Path) -> int:
        raise SystemExit(_NOT_WIRED)


if __name__ == "__main__":
    work(Ours)
