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
from pathlib import Path

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.model import Contract, JsonValue
from gridata_contracts.naming import bronze_table
from gridata_control.ledger import Batch, BatchState
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.check_summary import outcome_sentence
from gridata_jobs.checks.decision import Outcome
from gridata_jobs.crash import crash_point
from gridata_jobs.ingest_report import Finished, ingest_report, quality_metrics
from gridata_jobs.lake import Lake
from gridata_jobs.lanes import Lane, Work
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.publish import Published
from gridata_jobs.reason_files import put_reason_files
from gridata_jobs.stage_batch import stage_batch

logger = logging.getLogger(__name__)

LANES = ("auto", "duckdb", "spark")


def run(settings: Settings, arguments: JobArguments) -> Mapping[str, JsonValue]:
    """Ingest the batch `--batch` on the lane `--lane` (default: as the contract says).

    Returns:
        The report: batch_id, rows_in, valid, rejected, files_rejected, snapshot ids, seconds per step, …; `failed`
        above 0 when the gate is closed: then rejected rows are in quarantine, nothing is published and the batch is
        HELD.

    Raises:
        PermanentError: the batch or its contract cannot be used.
        TransientError: a store, catalog or ledger did not answer, or other writers kept winning.
    """
    lake = Lake.open(settings)
    batch = lake.ledger.batch(_option(arguments, "batch"))
    contract = lake.contract_of(batch)
    lane = choose_lane(contract, batch, arguments.options.get("lane", "auto"))
    metrics = JobMetrics("ingest", str(batch.dataset))
    with metrics.publishing(settings.metrics_dir), scratch(batch.id) as folder:
        overrides = arguments.options.get("override_gate", "false") in ("", "true")
        return ingest(lake, batch, contract, lane, _Run(arguments.run_id, folder, metrics, overrides_gate=overrides))


class _Run:
    """This run's own things.

    Attributes:
        overrides_gate: somebody looked at a held batch and wants it published all the same.
    """

    def __init__(self, run_id: str | None, folder: Path, metrics: JobMetrics, *, overrides_gate: bool = False) -> None:
        self.run_id, self.folder, self.metrics, self.overrides_gate = run_id, folder, metrics, overrides_gate


def ingest(lake: Lake, batch: Batch, contract: Contract, lane_name: str, this: _Run) -> Mapping[str, JsonValue]:
    """Stage, split and publish one batch."""
    with this.metrics.step("stage"):
        inputs = tuple(stage_batch(batch.files, lake.store, contract, this.folder / "staged"))
    work = Work(
        batch.id,
        contract,
        batch.ingested_at_utc,
        inputs,
        lake.bronze(contract),
        lake.quarantine(contract),
        this.folder,
        this.metrics,
    )
    stamps = _stamps(contract, this)
    with _lane(lane_name, work, lake.settings) as lane:
        split = lane.split()
        crash_point("after-split")
        _refuse_superseded(lake, batch)
        gate = () if this.overrides_gate else split.decision.gate
        with this.metrics.step("publish"):
            quarantine = lane.publish_quarantine(stamps)
            crash_point("after-quarantine")
            _refuse_superseded(lake, batch)  # again: the rows of bronze are those that its children write, too
            bronze = Published.nothing(bronze_table(contract.id)) if gate else lane.publish_bronze(stamps)
            crash_point("after-bronze")
    with this.metrics.step("reasons"):
        put_reason_files(lake.store, work)
    finished = Finished(batch, lane_name, split, split.outcomes(inputs), bronze, quarantine, gate)
    report = ingest_report(finished, work)
    lake.ledger.stage_metrics(quality_metrics(finished))
    if gate:
        lake.ledger.hold(batch.id, quarantine.snapshot_id, dict(report), gate_sentence(gate))
        logger.warning("gate closed", extra={"batch_id": batch.id, "checks": [each.check.id for each in gate]})
        return report
    lake.ledger.publish(batch.id, finished.outcomes, bronze.snapshot_id, quarantine.snapshot_id, dict(report))
    crash_point("after-ledger")
    logger.info("batch published", extra={"batch_id": batch.id, "rows": bronze.rows, "rejected": quarantine.rows})
    return report


def gate_sentence(gate: Sequence[Outcome]) -> str:
    """Why nothing was published."""
    return f"gate closed, nothing published: {'; '.join(map(outcome_sentence, gate))}"


def _refuse_superseded(lake: Lake, batch: Batch) -> None:
    """A run that slept while its batch was split or renewed may not write: the children hold its files now.

    Asked before each commit. A batch that is split between this look and the commit is not seen: no lock spans ledger
    and catalog. Its rows are then nobody's, and `gridata verify` names them (ORPHAN_ROWS).

    Raises:
        PermanentError: the batch is SUPERSEDED.
    """
    if lake.ledger.batch_record(batch.id).state is BatchState.SUPERSEDED:
        raise PermanentError(
            f"batch {batch.id}: got a superseded batch, allowed one that still owns its files. "
            "Its children are run instead."
        )


def choose_lane(contract: Contract, batch: Batch, wanted: str) -> str:
    """`duckdb` up to the contract's threshold of landed bytes, `spark` above; a fixed lane wins over size.

    Raises:
        UsageError: no such lane.
    """
    if wanted not in LANES:
        raise UsageError(f"--lane: got {wanted!r}, allowed {', '.join(LANES)}.")
    if wanted != "auto":
        return wanted
    if contract.lane != "auto":
        return contract.lane
    return "duckdb" if batch.size_bytes <= contract.lane_threshold_bytes else "spark"


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


def _stamps(contract: Contract, this: _Run) -> dict[str, str]:
    """Snapshot summary: what code, under which contract, in which run."""
    return {
        "gridata.contract-hash": contract.hash,
        "gridata.contract-version": contract.version,
        "gridata.job-image": os.environ.get("GRIDATA_JOB_IMAGE", "none"),
        "gridata.git-commit": os.environ.get("GRIDATA_GIT_COMMIT", "unknown"),
        "gridata.run-id": this.run_id or "none",
        **({"gridata.gate": "overridden"} if this.overrides_gate else {}),
    }


def _option(arguments: JobArguments, name: str) -> str:
    value = arguments.options.get(name)
    if not value:
        raise PermanentError(f"ingest: got no --{name}, allowed the id of a batch. See `gridata status`.")
    return value
