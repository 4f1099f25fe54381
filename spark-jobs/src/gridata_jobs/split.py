"""One staged file, split into valid and rejected rows, block by block, on the duckdb lane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from gridata_jobs.ahead import ahead
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.quarantine import Explainer, Rejected
from gridata_jobs.read.blocks import Span
from gridata_jobs.read.exact import collector_paused
from gridata_jobs.read.source import ReadBlock, Source


@dataclass(frozen=True)
class SplitBlock:
    """Every record of a span is in exactly one of the two.

    Attributes:
        rows_in: the reader's own count.
        checked: rows that could be read, so that their checks were evaluated.
        valid: rows for bronze: `_row_number`, the contract's columns, `_extra`.
        rejected: records for quarantine, by row number.
        failed: rows per check id that broke it, warnings included.
        fast: rows that came by the fast path.
    """

    rows_in: int
    checked: int
    valid: pa.Table
    rejected: list[Rejected]
    failed: Counter[str]
    fast: int


def split(source: Source, checks: DuckChecks, explainer: Explainer, metrics: JobMetrics) -> Iterator[SplitBlock]:
    """Read → check → split. While one block is checked and written, the next is read: two are in memory."""
    for span, block in ahead(_read(source, metrics)):
        with metrics.step("check"):
            verdicts = checks.check(block.rows)
        with metrics.step("explain"):
            broken = {row.row: row.checks for row in verdicts.broken}
            with collector_paused():
                raws = source.records(span, sorted([*block.refused, *broken]))
                rejected = [explainer.explain(raw, broken.get(raw.row, ())) for raw in raws]
        yield SplitBlock(span.count, len(block.rows), verdicts.valid, rejected, verdicts.failed, block.fast)


def _read(source: Source, metrics: JobMetrics) -> Iterator[tuple[Span, ReadBlock]]:
    for span in source.spans():
        with metrics.step("read"):
            block = source.read(span)
        yield span, block
