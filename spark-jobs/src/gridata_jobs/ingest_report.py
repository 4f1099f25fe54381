"""What an ingest run tells: one JSON object for people, the ledger, DataHub and the orchestrator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gridata_contracts.model import JsonValue
from gridata_contracts.rules import RULES
from gridata_contracts.rules.history import ROWS
from gridata_contracts.sketches import text_of_sketch
from gridata_contracts.sketches.written import kind_of
from gridata_control.ledger import Batch, FileOutcome, FileState, QualityMetric
from gridata_control.quality import BATCH, COLUMN
from gridata_jobs.check_summary import outcome_json
from gridata_jobs.checks.decision import Outcome
from gridata_jobs.lanes import Split, Work
from gridata_jobs.publish import Published, committed_bytes


@dataclass(frozen=True)
class Finished:
    """A batch whose two tables are written, or whose gate is closed."""

    batch: Batch
    lane: str
    split: Split
    outcomes: Sequence[FileOutcome]
    bronze: Published
    quarantine: Published
    gate: Sequence[Outcome] = ()


def ingest_report(done: Finished, work: Work) -> Mapping[str, JsonValue]:
    """The report. Counts are rows; `rows_in` is the readers' own counter."""
    rows_in = sum(outcome.rows_in for outcome in done.outcomes)
    valid = sum(outcome.n_valid for outcome in done.outcomes)
    rejected = sum(outcome.n_rejected for outcome in done.outcomes)
    landed_bytes = sum(file.size_bytes for file in done.batch.files)
    _measure(done, work, rows_in, landed_bytes)
    return {
        "batch_id": done.batch.id,
        "dataset": str(done.batch.dataset),
        "lane": done.lane,
        "rewrite": work.rewrite or None,
        "contract": {"path": str(work.contract.path), "version": work.contract.version, "hash": work.contract.hash},
        "as_of_utc": work.ingested_at.isoformat(),
        "rows_in": rows_in,
        "valid": valid,
        "rejected": rejected,
        "files_rejected": sum(outcome.state is FileState.QUARANTINED for outcome in done.outcomes),
        "rows_with_undeclared_fields": done.split.extra,
        "rows_on_fast_path": done.split.fast,
        "bronze_snapshot_id": done.bronze.snapshot_id,
        "quarantine_snapshot_id": done.quarantine.snapshot_id,
        "tables": [_table(done.quarantine), _table(done.bronze)],
        "inputs": [_input(each.source_uri, outcome) for each, outcome in zip(work.inputs, done.outcomes, strict=True)],
        "gate": "closed" if done.gate else "open",
        "failed": len(done.gate),
        "quality_score": done.split.decision.score,
        "checks": [outcome_json(outcome) for outcome in done.split.decision.outcomes],
        "seconds": _plain(work.metrics.report()["steps"]),
        "metrics": _plain(work.metrics.report()),
    }


def _measure(done: Finished, work: Work, rows_in: int, landed_bytes: int) -> None:
    dataset = str(done.batch.dataset)
    work.metrics.rows(rows_in, layer="landing", table=dataset, kind="in")
    work.metrics.bytes(landed_bytes, layer="landing", table=dataset)
    work.metrics.rows(done.bronze.rows, layer="bronze", table=done.bronze.table)
    work.metrics.rows(done.quarantine.rows, layer="quarantine", table=done.quarantine.table, kind="rejected")
    for layer, table, published in (
        ("bronze", work.bronze, done.bronze),
        ("quarantine", work.quarantine, done.quarantine),
    ):
        work.metrics.bytes(committed_bytes(table, published.snapshot_id), layer=layer, table=published.table)


def _table(published: Published) -> dict[str, JsonValue]:
    return {
        "table": published.table,
        "snapshot_id": published.snapshot_id,
        "rows": published.rows,
        "adopted": published.adopted,
    }


def _input(uri: str, outcome: FileOutcome) -> dict[str, JsonValue]:
    return {
        "file_id": outcome.file_id,
        "uri": uri,
        "state": outcome.state.value,
        "reason": outcome.reason.value if outcome.reason else None,
        "rows_in": outcome.rows_in,
        "valid": outcome.n_valid,
        "rejected": outcome.n_rejected,
    }


def _plain(report: object) -> JsonValue:
    plain: JsonValue = json.loads(json.dumps(report))
    return plain


def quality_metrics(done: Finished, scope: str, run_id: str | None) -> list[QualityMetric]:
    """What the batch's checks counted and what was measured of its columns, for the staging table of the ledger."""
    bare = QualityMetric(
        dataset=str(done.batch.dataset),
        table=done.bronze.table,
        scope_id=scope,
        check_id=BATCH,
        metric="",
        value=0,
        measured_at_utc=done.batch.ingested_at_utc,
        run_id=run_id,
        snapshot_id=done.bronze.snapshot_id,
    )
    found = [replace(bare, metric=metric, value=value) for metric, value in _numbers_of_batch(done)]
    found += [
        replace(bare, check_id=f"{COLUMN}{each.column}", metric=each.metric, value=each.value)
        for each in done.split.columns
    ]
    for outcome in done.split.decision.outcomes:
        check = outcome.check
        if outcome.sketch is not None:
            of_column = replace(bare, check_id=f"{COLUMN}{check.column}", metric=kind_of(outcome.sketch).value)
            found.append(replace(of_column, value=outcome.sketch.records, sketch=text_of_sketch(outcome.sketch)))
        judged = replace(bare, check_id=check.id, severity=check.severity.value, fingerprint=check.fingerprint)
        judged = replace(judged, passed=not outcome.broken)
        found += [replace(judged, metric=metric, value=value) for metric, value in numbers_of(outcome)]
    return found


def _numbers_of_batch(done: Finished) -> Iterator[tuple[str, float]]:
    yield "rows_in", sum(outcome.rows_in for outcome in done.outcomes)
    yield "rows_valid", sum(outcome.n_valid for outcome in done.outcomes)
    yield ROWS, done.split.tally.checked
    yield "rows_rejected", sum(outcome.n_rejected for outcome in done.outcomes)
    if (score := done.split.decision.score) is not None:
        yield "quality_score", score


def numbers_of(outcome: Outcome) -> Iterator[tuple[str, float]]:
    """The numbers of a check that are kept: rows of a check of rows, else what was measured, if that is a number."""
    if RULES[outcome.check.rule].marks_rows:
        yield "rows_checked", outcome.evaluated
        yield "rows_failed", outcome.failed
    elif isinstance(outcome.number, int | float | Decimal):
        yield "value", float(outcome.number)
