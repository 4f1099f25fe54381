"""The main job: one batch of landed files becomes rows of bronze and of quarantine, and the ledger says so.

    stage → read → check → split → gate → write quarantine → write bronze → tell

The order of writes is fixed (quarantine, bronze, ledger) and each step looks before it writes, so a crash between any
two is mended by running the batch again.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.model import Contract, JsonValue
from gridata_control.ledger import Batch, Publication
from gridata_control.ledger.holds import Hold
from gridata_control.quality import HELD
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.check_summary import outcome_sentence
from gridata_jobs.checks.decision import Outcome
from gridata_jobs.checks.history import StoredHistory, with_history
from gridata_jobs.checks.lookup import LakeTables
from gridata_jobs.crash import crash_point
from gridata_jobs.ingest_report import Finished, ingest_report, quality_metrics
from gridata_jobs.lake import Lake
from gridata_jobs.lanes import Lane, Split, Work
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.publish import Published, rows_of_batch
from gridata_jobs.purpose import FirstPublication, Purpose, Rewriting
from gridata_jobs.reason_files import put_reason_files
from gridata_jobs.stage_batch import stage_batch

logger = logging.getLogger(__name__)

LANES = ("auto", "duckdb", "spark")


def run(settings: Settings, arguments: JobArguments) -> Mapping[str, JsonValue]:
    """Ingest the batch `--batch` on the lane `--lane` (default: as the contract says).

    With `--rewrite N`, the batch is a published one, and the rewrite N that was asked for is done or finished.

    Returns:
        The report: batch_id, rows_in, valid, rejected, files_rejected, snapshot ids, seconds per step, …; `failed`
        above 0 when the gate is closed: then rejected rows are in quarantine, nothing is published and the batch is
        HELD; a batch that was to be rewritten stays as published, and nothing is written.

    Raises:
        PermanentError: the batch or its contract cannot be used.
        TransientError: a store, catalog or ledger did not answer, or other writers kept winning.
    """
    lake = Lake.open(settings)
    batch = lake.ledger.batch(_option(arguments, "batch"))
    purpose = _purpose(lake, batch, arguments)
    lane = choose_lane(purpose.contract, batch, arguments.options.get("lane", "auto"))
    metrics = JobMetrics("ingest", str(batch.dataset))
    with metrics.publishing(settings.metrics_dir), scratch(batch.id) as folder:
        return ingest(lake, batch, purpose, lane, _Run(arguments.run_id, folder, metrics))


@dataclass(frozen=True)
class _Run:
    """This run's own things."""

    run_id: str | None
    folder: Path
    metrics: JobMetrics


def ingest(lake: Lake, batch: Batch, purpose: Purpose, lane_name: str, this: _Run) -> Mapping[str, JsonValue]:
    """Stage, split and publish one batch."""
    contract = purpose.contract
    with this.metrics.step("stage"):
        inputs = tuple(stage_batch(batch.files, lake.store, contract, this.folder / "staged"))
    purpose.require(inputs)
    work = Work(
        batch.id,
        contract,
        batch.ingested_at_utc,
        inputs,
        lake.bronze(contract),
        lake.quarantine(contract),
        this.folder,
        this.metrics,
        purpose.may_write,
        purpose.rewrite,
        LakeTables(lake.catalog, lake.settings.catalog_name, batch.ingested_at_utc),
    )
    with _lane(lane_name, work, lake.settings) as lane:
        split = _with_history(lane.split(), work, lake.settings)
        crash_point("after-split")
        gate = split.decision.gate if purpose.asks_gate else ()
        gate = () if gate and _is_decided(work) else gate
        with this.metrics.step("publish"):
            quarantine, bronze = _publish(lane, work, purpose, gate, _stamps(purpose, this.run_id))
    if not gate or purpose.writes_when_closed:
        with this.metrics.step("reasons"):
            put_reason_files(lake.store, work)
    finished = Finished(batch, lane_name, split, split.outcomes(inputs), bronze, quarantine, gate)
    report = ingest_report(finished, work)
    scope = f"{purpose.scope}{HELD}" if gate else purpose.scope
    lake.ledger.stage_metrics(quality_metrics(finished, scope, this.run_id))
    if gate:
        purpose.close(Hold(quarantine.snapshot_id, dict(report), gate_sentence(gate)))
        logger.warning("gate closed", extra={"batch_id": batch.id, "checks": [each.check.id for each in gate]})
        return report
    purpose.finish(Publication(finished.outcomes, bronze.snapshot_id, quarantine.snapshot_id, dict(report)))
    crash_point("after-ledger")
    logger.info("batch published", extra={"batch_id": batch.id, "rows": bronze.rows, "rejected": quarantine.rows})
    return report


def _with_history(split: Split, work: Work, settings: Settings) -> Split:
    """The split with its verdict complete: what it measured beside what earlier batches did."""
    history = StoredHistory(settings, str(work.contract.id))
    rows = split.tally.checked
    decision = with_history(split.decision, work.contract, rows, split.columns, history, work.ingested_at)
    return replace(split, decision=decision)


def _is_decided(work: Work) -> bool:
    """An earlier run found the gate open: rows of the batch are there. What came since is no second opinion."""
    return not work.rewrite and rows_of_batch(work.bronze, work.batch_id) > 0


def _publish(
    lane: Lane, work: Work, purpose: Purpose, gate: Sequence[Outcome], stamps: Mapping[str, str]
) -> tuple[Published, Published]:
    """Quarantine, then bronze; a closed gate keeps the rows out of bronze."""
    nothing = [Published.nothing(side.name) for side in (work.quarantine_side, work.bronze_side)]
    if gate and not purpose.writes_when_closed:
        return nothing[0], nothing[1]
    if not gate:
        purpose.begin()
    purpose.may_write()
    quarantine = lane.publish_quarantine(stamps)
    crash_point("after-quarantine")
    purpose.may_write()  # again: the rows of bronze are those that the children of a split batch write, too
    bronze = nothing[1] if gate else lane.publish_bronze(stamps)
    crash_point("after-bronze")
    return quarantine, bronze


def _purpose(lake: Lake, batch: Batch, arguments: JobArguments) -> Purpose:
    number = arguments.options.get("rewrite")
    if number is None:
        override_gate = arguments.options.get("override_gate", "false") in ("", "true")
        return FirstPublication(lake, batch, override_gate=override_gate)
    if not number.isdecimal():
        raise UsageError(f"--rewrite: got {number!r}, allowed the number of a rewrite that was asked for.")
    return Rewriting(lake, batch, int(number), arguments.run_id)


def gate_sentence(gate: Sequence[Outcome]) -> str:
    """Why nothing was published."""
    return f"gate closed, nothing published: {'; '.join(map(outcome_sentence, gate))}"


def choose_lane(contract: Contract, batch: Batch, wanted: str) -> str:
    """The lane that somebody wants; for `auto` the one that the contract says.

    Raises:
        UsageError: no such lane.
    """
    if wanted not in LANES:
        raise UsageError(f"--lane: got {wanted!r}, allowed {', '.join(LANES)}.")
    return wanted if wanted != "auto" else contract.lane_of(batch.size_bytes)


@contextmanager
def scratch(batch_id: str) -> Iterator[Path]:
    """A local folder of this job, removed when it ends; below GRIDATA_SCRATCH where that is set."""
    folder = Path(tempfile.mkdtemp(prefix=f"{batch_id}-", dir=os.environ.get("GRIDATA_SCRATCH")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what a crash leaves, the host's temporary folder policy removes


def _lane(name: str, work: Work, settings: Settings) -> Lane:
    if name == "duckdb":
        from gridata_jobs.lanes.duckdb_lane import DuckDbLane

        return DuckDbLane(work)
    from gridata_jobs.lanes.spark_lane import SparkLane

    return SparkLane(work, settings)


def _stamps(purpose: Purpose, run_id: str | None) -> dict[str, str]:
    """Snapshot summary: what code, under which contract, in which run."""
    return {
        "gridata.contract-hash": purpose.contract.hash,
        "gridata.contract-version": purpose.contract.version,
        "gridata.job-image": os.environ.get("GRIDATA_JOB_IMAGE", "none"),
        "gridata.git-commit": os.environ.get("GRIDATA_GIT_COMMIT", "unknown"),
        "gridata.run-id": run_id or "none",
        **purpose.stamps,
    }


def _option(arguments: JobArguments, name: str) -> str:
    value = arguments.options.get(name)
    if not value:
        raise PermanentError(f"ingest: got no --{name}, allowed the id of a batch. See `gridata status`.")
    return value
