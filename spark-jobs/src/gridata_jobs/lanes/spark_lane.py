"""Lane `spark`: local threads on a laptop, executors on Kubernetes. For batches too large for one process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from py4j.protocol import Py4JError
from pyiceberg.table import Table
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_control.settings import Settings
from gridata_jobs.checks.decision import Tally
from gridata_jobs.lanes import FileCount, Split, Work
from gridata_jobs.lanes.spark_copies import Landed
from gridata_jobs.lanes.spark_frame import CheckedFrame
from gridata_jobs.lanes.spark_read import SPAN, Batches, Piece, explainer_of_broken, read_rows
from gridata_jobs.lanes.spark_staged import staged
from gridata_jobs.publish import ATTEMPTS, BATCH_ID, Published, Side, adopt, snapshot_of_batch
from gridata_jobs.quarantine import Origin, Rejected, from_text, to_arrow, to_text
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import FileRefusedError
from gridata_jobs.read.staging import Staged, format_of
from gridata_jobs.replace import replace_rows, replaced_before
from gridata_jobs.spark import is_local, spark_session
from gridata_jobs.stage_batch import Input

logger = logging.getLogger(__name__)

_QUARANTINE_DDL = (
    "_file_id string, _batch_id string, _row_number bigint, _source_uri string, _ingested_at timestamp, "
    "reasons array<struct<code: string, check: string, column: string, expected: string, got: string>>, "
    "record string, record_sha256 string, record_bytes bigint, contract_version string, contract_hash string"
)
_POSITION = "_position"


class SparkLane:
    """One batch on the Spark lane. A context manager: the session lives until both sides are published."""

    def __init__(self, work: Work, settings: Settings) -> None:
        self._work, self._settings = work, settings
        self._stack = ExitStack()
        self._refusals: dict[int, Reason] = {e.position: e.refusal for e in work.inputs if e.refusal is not None}

    def __enter__(self) -> SparkLane:
        with self._work.metrics.step("start"):
            self._spark = self._stack.enter_context(spark_session(self._settings, f"ingest {self._work.contract.id}"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def split(self) -> Split:
        """Read, check and count.

        Raises:
            TransientError: Spark failed: an executor that was lost, or could not fetch what landed.
        """
        try:
            return self._split()
        except AnalysisException:
            raise
        except (PySparkException, Py4JError) as error:
            raise TransientError(
                f"batch {self._work.batch_id}: Spark could not read and check it ({type(error).__name__}). Retry; the "
                "logs of its executors say more."
            ) from error

    def _split(self) -> Split:
        while True:
            with self._work.metrics.step("read"):
                self._pieces, rows_in = self._cut()
            with self._work.metrics.step("check"):
                rows = read_rows(self._spark, self._work.contract, self._pieces)
                self._frame = CheckedFrame(rows, self._work.contract, self._work.ingested_at, self._work.lookup)
                self._stack.callback(self._frame.close)
                split = self._count(rows_in)
            broke_midway = self._frame.refused_files()
            if not broke_midway:
                return split
            for span, text in broke_midway:  # the batch is split again without those files
                self._refusals[self._pieces[span].position] = from_text(text).reasons[0]
            self._frame.close()

    def publish_quarantine(self, stamps: Mapping[str, str]) -> Published:
        explain = explainer_of_broken(self._work.contract, self._pieces, self._frame.all_checks)
        texts = self._frame.rejected(explain)
        whole = [
            (position, to_text(_whole_file(self._work, position, reason)))
            for position, reason in self._refusals.items()
            if reason.code is not ReasonCode.EMPTY_FILE
        ]
        positions = [(i, piece.position) for i, piece in enumerate(self._pieces)]
        places = self._spark.createDataFrame(positions, f"{SPAN} int, {_POSITION} int")
        texts = texts.join(F.broadcast(places), SPAN).select(_POSITION, "_rejected")
        if whole:
            texts = texts.union(self._spark.createDataFrame(whole, f"{_POSITION} int, _rejected string"))
        rows = texts.mapInArrow(_quarantine_rows(self._work), _QUARANTINE_DDL)
        count = self._rejected + len(whole)
        return self._publish(rows, self._work.quarantine_side, count, stamps)

    def publish_bronze(self, stamps: Mapping[str, str]) -> Published:
        origins = [
            (i, self._work.inputs[piece.position].file.file_id, self._work.inputs[piece.position].source_uri)
            for i, piece in enumerate(self._pieces)
        ]
        lineage = self._spark.createDataFrame(origins, f"{SPAN} int, _file_id string, _source_uri string")
        rows = self._frame.valid().join(F.broadcast(lineage), SPAN).drop(SPAN)
        instant = self._work.ingested_at.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
        rows = rows.withColumns(
            {"_batch_id": F.lit(self._work.batch_id), "_ingested_at": F.lit(instant).cast("timestamp")}
        )
        return self._publish(rows, self._work.bronze_side, self._valid, stamps)

    def _cut(self) -> tuple[list[Piece], dict[int, int]]:
        """Spans of every readable file, in object order, and the records counted per file."""
        pieces: list[Piece] = []
        rows_in: dict[int, int] = {}
        duck = Duck(threads=1)
        try:
            for each in self._work.inputs:
                rows_in[each.position] = 0
                if each.staged is None or each.position in self._refusals:
                    continue
                try:
                    spans = list(open_source(each.staged, self._work.contract, duck).spans())
                except FileRefusedError as refused:
                    self._refusals[each.position] = refused.reason
                    continue
                landed = self._landed(each, each.staged)
                pieces += [Piece(each.position, each.staged, span, landed) for span in spans]
                rows_in[each.position] = sum(span.count for span in spans)
        finally:
            duck.close()
        return pieces, rows_in

    def _landed(self, each: Input, staged_file: Staged) -> Landed | None:
        """Where executors on other machines find what the driver staged on its own disk."""
        if is_local(self._spark.conf.get("spark.master") or "local"):
            return None
        scheme, _, bucket = self._settings.store_uri.partition("://")
        if scheme != "s3":
            raise UsageError(
                f"GRIDATA_STORE: got {self._settings.store_uri}, allowed s3://<bucket> where Spark's executors are on "
                "other machines: they cannot read this one's disk."
            )
        file = each.file
        announced = format_of(file.key, self._work.contract.landing.format)
        endpoint = self._settings.s3_endpoint
        return Landed(bucket, endpoint, file.key, file.version_id, file.file_id, announced, staged_file)

    def _count(self, rows_in: Mapping[int, int]) -> Split:
        counts = self._frame.counts() if self._pieces else {}
        files = {
            each.file.file_id: FileCount(rows_in[each.position], refusal=self._refusals.get(each.position))
            for each in self._work.inputs
        }
        for span, found in counts.items():
            file = files[self._work.inputs[self._pieces[span].position].file.file_id]
            file.rejected += found.refused + found.broken
        for file in files.values():
            file.valid = file.rows_in - file.rejected
        self._rejected = sum(file.rejected for file in files.values())
        self._valid = sum(file.valid for file in files.values())
        tally = self._frame.tally if self._pieces else Tally()
        columns = self._frame.measured_columns() if self._pieces else []
        extra = sum(count.extra for count in counts.values())
        return Split(files, tally, self._frame.decision, extra=extra, columns=columns)

    def _publish(self, rows: DataFrame, side: Side, count: int, stamps: Mapping[str, str]) -> Published:
        """Overwrite-by-batch, refused by Iceberg when another writer of the batch committed since we looked."""
        table, name, batch_id = side.table, side.name, side.batch_id
        columns = [field.name for field in table.schema().fields]
        rows = rows.select(*(F.col(c) if c in rows.columns else F.lit(None).alias(c) for c in columns))
        if self._work.rewrite:
            return self._replace(rows, side, count, stamps)
        for attempt in range(ATTEMPTS):
            earlier = adopt(table, name, batch_id, count)
            if earlier is not None or count == 0:
                return earlier or Published.nothing(name)
            side.may_write()
            if overwrite_batch(rows, table, f"{self._settings.catalog_name}.{name}", {**stamps, BATCH_ID: batch_id}):
                table.refresh()
                return Published(name, count, snapshot_of_batch(table, batch_id), adopted=False)
            logger.info("commit lost, looking again", extra={"table": name, "batch_id": batch_id, "attempt": attempt})
        raise side.outrun()

    def _replace(self, rows: DataFrame, side: Side, count: int, stamps: Mapping[str, str]) -> Published:
        """In place of the batch's rows that are there; nothing is written when an earlier run of the rewrite has."""
        number = self._work.rewrite
        if (earlier := replaced_before(side, number, count)) is not None:
            return earlier
        with staged(rows, side, f"{self._settings.catalog_name}.{side.name}", count) as new:
            return replace_rows(side, new, number, stamps, self._work.scratch)


def overwrite_batch(rows: DataFrame, table: Table, name: str, stamps: Mapping[str, str]) -> bool:
    """Commit the rows; False when another commit came between, so that nothing was written.

    Raises:
        PermanentError: rows and table do not fit.
        TransientError: the outcome is unknown or the engine failed; the next run looks first.
    """
    writer = rows.writeTo(name).option("isolation-level", "serializable").option("distribution-mode", "none")
    if (snapshot := table.current_snapshot()) is not None:
        writer = writer.option("validate-from-snapshot-id", str(snapshot.snapshot_id))
    for key, value in stamps.items():
        writer = writer.option(f"snapshot-property.{key}", value)
    try:
        writer.overwrite(F.col("_batch_id") == F.lit(stamps[BATCH_ID]))
    except AnalysisException as error:
        raise PermanentError(f"table {name}: got columns that do not fit ({error.getCondition()}).") from error
    except (PySparkException, Py4JError) as error:  # a commit that Iceberg refuses arrives as the JVM's bare exception
        if "ValidationException" in str(error) or "CommitFailedException" in str(error):
            return False
        raise TransientError(f"table {name}: Spark could not commit ({type(error).__name__}). Retry.") from error
    return True


def _whole_file(work: Work, position: int, reason: Reason) -> Rejected:
    each = work.inputs[position]
    return Rejected(None, (reason,), sha256=each.content_sha256, size_bytes=each.file.size_bytes)


def _quarantine_rows(work: Work) -> Callable[[Batches], Batches]:
    """A function for `mapInArrow`: (`_position`, `_rejected` JSON) → rows of the quarantine table."""
    contract = work.contract
    origins: Sequence[Origin] = [
        Origin(each.file.file_id, work.batch_id, each.source_uri, work.ingested_at) for each in work.inputs
    ]

    def rows(batches: Batches) -> Batches:
        for batch in batches:
            for each in batch.to_pylist():
                table = to_arrow([from_text(each["_rejected"])], origins[each[_POSITION]], contract)
                yield from table.to_batches()

    return rows
