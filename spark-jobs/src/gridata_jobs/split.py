"""One staged file, split into valid and rejected rows, block by block, on the duckdb lane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from gridata_contracts.model import Check
from gridata_jobs.ahead import ahead
from gridata_jobs.checks.decision import Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.verdicts import BrokenRow
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.quarantine import Explainer, Rejected
from gridata_jobs.read.blocks import Span
from gridata_jobs.read.exact import collector_paused
from gridata_jobs.read.source import ReadBlock, Source


@dataclass(frozen=True)
class SplitBlock:
    """Every record of a span is in exactly one of `valid`, `rejected` and `held`.

    Attributes:
        number: of the block in the batch, from 0.
        span: the records, as the source reads them again.
        valid: rows for bronze: `_row_number`, the contract's columns, `_extra`, `_flags`.
        rejected: records for quarantine, by row number.
        held: rows of which the end of the batch decides, like `valid`.
        holding: checks that rows of `held` fail so far, by row number.
        tally: of the rows that could be read.
        fast: rows that came by the fast path.
    """

    number: int
    span: Span
    valid: pa.Table
    rejected: list[Rejected]
    held: pa.Table
    holding: Mapping[int, tuple[Check, ...]]
    tally: Tally
    fast: int


def split(source: Source, checks: DuckChecks, explainer: Explainer, metrics: JobMetrics) -> Iterator[SplitBlock]:
    """Read → check → split. While one block is checked and written, the next is read: two are in memory."""
    for span, block in ahead(_read(source, metrics)):
        with metrics.step("check"):
            verdicts = checks.check(block.rows)
        with metrics.step("explain"):
            rejected = explain_rows(source, span, explainer, verdicts.broken, block.refused)
        yield SplitBlock(
            verdicts.block, span, verdicts.valid, rejected, verdicts.held, verdicts.holding, verdicts.tally, block.fast
        )


def explain_rows(
    source: Source, span: Span, explainer: Explainer, broken: Sequence[BrokenRow], refused: Sequence[int] = ()
) -> list[Rejected]:
    """The second, cheap pass: fetch the records' own text, and say why they are rejected.

    Args:
        source: the file they are in.
        span: the records they are among.
        explainer: of the contract.
        broken: rows that broke checks.
        refused: rows that could not be read.
    """
    checks = {row.row: row.checks for row in broken}
    with collector_paused():
        raws = source.records(span, sorted([*refused, *checks]))
        return [explainer.explain(raw, checks.get(raw.row, ())) for raw in raws]


def _read(source: Source, metrics: JobMetrics) -> Iterator[tuple[Span, ReadBlock]]:
    for span in source.spans():
        with metrics.step("read"):
            block = source.read(span)
        yield span, block
