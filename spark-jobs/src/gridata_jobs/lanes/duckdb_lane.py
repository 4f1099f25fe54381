"""Lane `duckdb`: one process, no JVM. Blocks flow through DuckDB into Parquet files; pyiceberg commits them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.lanes import FileCount, Split, Work
from gridata_jobs.lanes.held_rows import Decided, HeldRows
from gridata_jobs.parquet_sink import ParquetSink
from gridata_jobs.publish import DataFiles, Published, Side, publish_files
from gridata_jobs.quarantine import Explainer, Origin, Rejected, to_arrow
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import EXTRA, FileRefusedError
from gridata_jobs.replace import NewRows, replace_rows
from gridata_jobs.split import explain_rows, split
from gridata_jobs.stage_batch import Input

_CHECKING_MB = 600
_READING_MB = 400
"""DuckDB's own buffers; with two blocks, their rows and the rows gathered for a file, a job stays below 2 GB."""


class DuckDbLane:
    """One batch on the duckdb lane."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._explainer = Explainer(work.contract)
        self._late_refusals: dict[str, Reason] = {}
        self._origins = {
            each.file.file_id: Origin(each.file.file_id, work.batch_id, each.source_uri, work.ingested_at)
            for each in work.inputs
        }
        self._valid = DataFiles((), 0, 0)
        self._rejected = DataFiles((), 0, 0)

    def __enter__(self) -> DuckDbLane:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing outlives `split`."""

    def split(self) -> Split:
        while True:
            try:
                return self._split_all()
            except _RefusedMidwayError as refused:
                # Its rows so far are in files nobody will commit; the batch is split again without it.
                self._late_refusals[refused.file_id] = refused.reason

    def publish_quarantine(self, stamps: Mapping[str, str]) -> Published:
        return self._publish(self._work.quarantine_side, self._rejected, stamps)

    def publish_bronze(self, stamps: Mapping[str, str]) -> Published:
        return self._publish(self._work.bronze_side, self._valid, stamps)

    def _publish(self, side: Side, files: DataFiles, stamps: Mapping[str, str]) -> Published:
        if not self._work.rewrite:
            return publish_files(side, files, stamps)
        new = NewRows.written(side.table, files.uris, files.rows)
        return replace_rows(side, new, self._work.rewrite, stamps, self._work.scratch)

    def _split_all(self) -> Split:
        work = self._work
        duck = Duck(memory_limit_mb=_CHECKING_MB, spill_dir=work.scratch)
        reading = Duck(memory_limit_mb=_READING_MB)  # its own: reading goes on in another thread
        try:
            checks = DuckChecks(work.contract, duck, work.ingested_at, work.lookup)
            valid = ParquetSink(work.bronze, duck, work.scratch)
            rejected = ParquetSink(work.quarantine, duck, work.scratch)
            bench = _Bench(reading, checks, valid, rejected, HeldRows(work.scratch, work.contract.checks))
            found = Split({}, fast=0)
            for position, each in enumerate(work.inputs):
                found.files[each.file.file_id] = self._split_file(position, bench, found)
            found.decision = checks.decide(found.tally)
            found.columns = checks.measured_columns()
            self._settle(bench, found)
            with work.metrics.step("write"):
                self._valid, self._rejected = valid.finish(), rejected.finish()
            return found
        finally:
            reading.close()
            duck.close()

    def _settle(self, bench: _Bench, found: Split) -> None:
        """Write the rows that waited for the decision."""
        for block in bench.held.decided(found.decision, bench.checks):
            each = self._work.inputs[block.position]
            rejected = self._explain(each, block, bench) if block.broken else []
            found.files[each.file.file_id].valid += len(block.valid)
            found.files[each.file.file_id].rejected += len(rejected)
            with self._work.metrics.step("write"):
                bench.valid.add(block.valid)
                bench.rejected.add(to_arrow(rejected, self._origins[each.file.file_id], self._work.contract))

    def _explain(self, each: Input, block: Decided, bench: _Bench) -> list[Rejected]:
        assert each.staged is not None  # its rows were read
        with self._work.metrics.step("explain"):
            source = open_source(each.staged, self._work.contract, bench.reading)
            return explain_rows(source, block.span, self._explainer, block.broken)

    def _split_file(self, position: int, bench: _Bench, found: Split) -> FileCount:
        each = self._work.inputs[position]
        origin = self._origins[each.file.file_id]
        refusal = each.refusal or self._late_refusals.get(each.file.file_id)
        count = FileCount(refusal=refusal)
        try:
            if refusal is None:
                self._split_rows(position, bench, count, found)
        except FileRefusedError as refused:
            if count.rows_in:
                raise _RefusedMidwayError(each.file.file_id, refused.reason) from refused
            count.refusal = refused.reason
        if count.refusal is not None and count.refusal.code is not ReasonCode.EMPTY_FILE:
            whole = Rejected(None, (count.refusal,), sha256=each.content_sha256, size_bytes=each.file.size_bytes)
            bench.rejected.add(to_arrow([whole], origin, self._work.contract))
        return count

    def _split_rows(self, position: int, bench: _Bench, count: FileCount, found: Split) -> None:
        each = self._work.inputs[position]
        assert each.staged is not None  # an input without refusal is staged
        origin = self._origins[each.file.file_id]
        source = open_source(each.staged, self._work.contract, bench.reading)
        for block in split(source, bench.checks, self._explainer, self._work.metrics):
            count.rows_in += block.span.count
            count.valid += len(block.valid)
            count.rejected += len(block.rejected)
            found.tally.add(block.tally)
            found.fast = (found.fast or 0) + block.fast
            found.extra += sum(len(rows) - rows.column(EXTRA).null_count for rows in (block.valid, block.held))
            with self._work.metrics.step("write"):
                bench.valid.add(_with_lineage(block.valid, origin))
                bench.held.add(block, _with_lineage(block.held, origin), position)
                bench.rejected.add(to_arrow(block.rejected, origin, self._work.contract))


class _Bench:
    """Tools that live as long as one split of a batch."""

    def __init__(
        self, reading: Duck, checks: DuckChecks, valid: ParquetSink, rejected: ParquetSink, held: HeldRows
    ) -> None:
        self.reading, self.checks, self.valid, self.rejected, self.held = reading, checks, valid, rejected, held


class _RefusedMidwayError(Exception):
    """A file broke after some of its rows were taken."""

    def __init__(self, file_id: str, reason: Reason) -> None:
        super().__init__(file_id)
        self.file_id, self.reason = file_id, reason


def _with_lineage(rows: pa.Table, origin: Origin) -> pa.Table:
    """Rows with the lineage columns of bronze; each is one value for the whole file."""
    for name, value in (
        ("_file_id", origin.file_id),
        ("_batch_id", origin.batch_id),
        ("_source_uri", origin.source_uri),
    ):
        rows = rows.append_column(name, _repeated(value, len(rows)))
    instant = pa.scalar(origin.ingested_at, pa.timestamp("us", tz="UTC"))
    return rows.append_column("_ingested_at", pa.repeat(instant, len(rows)))


def _repeated(value: str, count: int) -> pa.DictionaryArray[pa.lib.Int8Type, pa.lib.StringType]:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int8), pa.int8()), pa.array([value]))
