"""Files straight into tables, without sweep and Airflow: land, one batch, one job, one report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import GridataError, TransientError
from gridata_contracts.load import load_contract, load_contracts
from gridata_contracts.model import Contract, JsonValue
from gridata_contracts.naming import contract_path as path_of_contract
from gridata_control.batch_errors import SAID_NO, BatchErrors
from gridata_control.batches import renew_stale_batches
from gridata_control.datasets import landing_keys
from gridata_control.jobs import JobResult, how_ended, meant_exit_code, run_job
from gridata_control.kept_contracts import keep_contracts
from gridata_control.landing import ObjectVersion, open_store
from gridata_control.ledger import BatchRecord, BatchState, FileRecord, FileState, Ledger, open_ledger
from gridata_control.refused import refused_data, refused_names
from gridata_control.settings import Settings
from gridata_control.sweep import record_new
from gridata_control.written import rows_probe

REJECTED_FILES = (FileState.QUARANTINED, FileState.REFUSED)


def ingest_files(
    settings: Settings, contract_path: Path, paths: Sequence[Path], lane: str
) -> tuple[int, dict[str, JsonValue]]:
    """Land the files, make one batch of those that are new, run the ingest job on it.

    The same files given together again find their published batch and change nothing; files of a batch whose job was
    killed run that batch to its end, under the contract it was made under when it has rows already. Files of one name
    are landed below those of their folders that tell them apart, so one of them given alone has another key. A file
    whose name the store does not take is refused before anything is landed, the others go on.

    Returns:
        The exit code (0, or 1 when a quality gate holds the batch), and the report: `batch_id` (None when no file
        needed a job), its `state` and `error`, `rows_in`, `valid`, `rejected`, `files_rejected`, both snapshot ids,
        `seconds` per step, `files` with each one's fate.

    Raises:
        GridataError: the job failed, with its exit code; a job that was killed is a TransientError.
    """
    started = time.monotonic()
    contract = load_contract(contract_path)
    own = _with_own_contract(settings, contract, contract_path)
    store, ledger = open_store(own), open_ledger(own)
    keys = landing_keys(contract, paths)
    refused = refused_names(store, keys)
    versions = [store.put(key, path) for path, key in keys.items() if path not in refused]
    record_new(store, ledger, load_contracts(own.contracts_dir), versions)
    landed_s = time.monotonic() - started
    batch_id = _batch_of(own, ledger, contract, versions)
    result = JobResult(0, {})
    if batch_id is not None and ledger.batch_record(batch_id).state is not BatchState.PUBLISHED:
        result = _run(own, ledger, batch_id, lane)
    batch = None if batch_id is None else ledger.batch_record(batch_id)
    told = [refused_data(keys[path], problem) for path, problem in refused.items()]
    return result.exit_code, _report(batch, _records(ledger, contract, versions), told, result, landed_s)


def _with_own_contract(settings: Settings, contract: Contract, source: Path) -> Settings:
    """Settings whose contracts are a copy of this one alone, so that the job finds it wherever it came from."""
    folder = settings.home / "contracts"
    target = folder / path_of_contract(contract.id)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    part.replace(target)
    return replace(settings, contracts_dir=folder)


def _records(ledger: Ledger, contract: Contract, versions: Sequence[ObjectVersion]) -> list[FileRecord]:
    wanted = {(version.key, version.version_id) for version in versions}
    records = ledger.files(dataset=contract.id)
    return [record for record in records if (record.file.key, record.file.version_id) in wanted]


def _batch_of(settings: Settings, ledger: Ledger, contract: Contract, versions: Sequence[ObjectVersion]) -> str | None:
    """A new batch of what is SEEN, else the unpublished batch these files are in, else the published one."""
    keep_contracts(ledger, [contract])
    errors = BatchErrors()
    renew_stale_batches(ledger, load_contracts(settings.contracts_dir), rows_probe(settings), errors)
    records = _records(ledger, contract, versions)
    for each in errors:
        if each.batch_id in {record.batch_id for record in records}:
            raise each.error
    seen = [record.file for record in records if record.state is FileState.SEEN]
    if seen:
        return ledger.add_batch(contract.id, contract.hash, seen, datetime.now(UTC)).id
    waiting = [record.batch_id for record in records if record.state is FileState.BATCHED]
    decided = [record.batch_id for record in records if record.batch_id is not None]
    return next(iter([*waiting, *decided]), None)


def _run(settings: Settings, ledger: Ledger, batch_id: str, lane: str) -> JobResult:
    """The ingest job; it either did its work or a quality gate holds the batch.

    Raises:
        GridataError: neither.
    """
    overriding = ["--override-gate", "true"] if ledger.batch_record(batch_id).gate_overridden else []
    result = run_job(settings, ["ingest", "--batch", batch_id, "--lane", lane, *overriding])
    held = result.exit_code == SAID_NO and ledger.batch_record(batch_id).state is BatchState.HELD
    if result.exit_code == 0 or held:
        return result
    exit_code = meant_exit_code(result.exit_code)
    if exit_code == result.exit_code:
        failure = GridataError(f"batch {batch_id}: gridata-job {how_ended(exit_code)}; its own message is above.")
        failure.exit_code = exit_code
        raise failure
    raise TransientError(
        f"batch {batch_id}: gridata-job {how_ended(result.exit_code)}, so it left no message. Nothing is lost: "
        "the same command again finishes the batch."
    )


def _report(
    batch: BatchRecord | None,
    records: Sequence[FileRecord],
    refused: Sequence[JsonValue],
    result: JobResult,
    landed_s: float,
) -> dict[str, JsonValue]:
    counts: dict[str, JsonValue] = {
        "rows_in": sum(record.rows_in or 0 for record in records),
        "valid": sum(record.n_valid or 0 for record in records),
        "rejected": sum(record.n_rejected or 0 for record in records),
    }
    is_held = batch is not None and batch.state is BatchState.HELD
    return {
        **result.report,
        "batch_id": None if batch is None else batch.batch.id,
        "state": None if batch is None else batch.state.value,
        "error": None if batch is None else batch.error,
        **({} if is_held else counts),  # the files of a held batch have no fate yet, but its job has counted them
        "files_rejected": sum(record.state in REJECTED_FILES for record in records) + len(refused),
        "bronze_snapshot_id": None if batch is None else batch.bronze_snapshot_id,
        "quarantine_snapshot_id": None if batch is None else batch.quarantine_snapshot_id,
        "seconds": {"land": round(landed_s, 3), **_steps(result)},
        "files": [*(_file(record) for record in records), *refused],
    }


def _steps(result: JobResult) -> dict[str, JsonValue]:
    """Seconds per step and in all, as the job measured them; empty when no job had to run."""
    metrics = result.report.get("metrics")
    if not isinstance(metrics, dict):
        return {}
    steps = metrics.get("steps")
    return {**(steps if isinstance(steps, dict) else {}), "job": metrics.get("seconds")}


def _file(record: FileRecord) -> JsonValue:
    return {
        "key": record.file.key,
        "state": record.state.value,
        "reason": record.reason.value if record.reason else None,
        "detail": record.detail,
        "rows_in": record.rows_in,
        "valid": record.n_valid,
        "rejected": record.n_rejected,
    }


def catalogue_of_home(settings: Settings) -> Catalogue | None:
    """Contracts that `ingest_files` copied into this home; None when there are none."""
    folder = settings.home / "contracts"
    return load_contracts(folder) if folder.is_dir() else None
