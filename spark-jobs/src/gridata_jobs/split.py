"""One staged file, split into valid and rejected rows, block by block, on the duckdb lane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from gridata_jobs.ahead import ahead
from gridata_jobs.checks.decision import Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.quarantine import Explainer, Rejected
from gridata_jobs.read.blocks import Span
from gridata_jobs.read.exact import collector_paused
from gridata_jobs.read.source import ReadBlock, Source


@dataclass(frozen=True)
class SplitBlock:
    """Every record of a span is in exactly one of `valid`, `rejected` and `held`.

    Attributes:
        rows_in: the reader's own count.
        valid: rows for bronze: `_row_number`, the contract's columns, `_extra`, `_flags`.
        rejected: records for quarantine, by row number.
        held: rows of which the end of the batch decides, like `valid`.
        holding: the same rows as they would be rejected, in the same order.
        tally: of the rows that could be read.
        fast: rows that came by the fast path.
    """

    rows_in: int
    valid: pa.Table
    rejected: list[Rejected]
    held: pa.Table
    holding: list[Rejected]
    tally: Tally
    fast: int


def split(source: Source, checks: DuckChecks, explainer: Explainer, metrics: JobMetrics) -> Iterator[SplitBlock]:
    """Read → check → split. While one block is checked and written, the next is read: two are in memory."""
    for span, block in ahead(_read(source, metrics)):
        with metrics.step("check"):
            verdicts = checks.check(block.rows)
        with metrics.step("explain"):
            broken = {row.row: row.checks for row in (*verdicts.broken, *verdicts.holding)}
            with collector_paused():
                raws = source.records(span, sorted([*block.refused, *broken]))
                explained = {raw.row: explainer.explain(raw, broken.get(raw.row, ())) for raw in raws}
        holding = [explained.pop(row.row) for row in verdicts.holding]
        rejected = list(explained.values())
        yield SplitBlock(span.count, verdicts.valid, rejected, verdicts.held, holding, verdicts.tally, block.fast)


def _read(source: Source, metrics: JobMetrics) -> Iterator[tuple[Span, ReadBlock]]:
    for span in source.spans():
        with metrics.step("read"):
            block = source.read(span)
        yield span, block
