"""A job's JSON report, read: the one place that knows its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.naming import DatasetId, parse_dataset_id


@dataclass(frozen=True)
class TableWrite:
    """One table as the run left it.

    Attributes:
        snapshot_id: None when the run committed nothing to it.
        rows: rows the run added or changed; None when it did not say.
    """

    table: str
    snapshot_id: int | None
    rows: int | None


@dataclass(frozen=True)
class CheckResult:
    """What one check of the run found. `failed` of `evaluated` rows broke it."""

    check: str
    column: str | None
    severity: str
    failed: int
    evaluated: int | None
    table: str | None = None
    expected: str = ""


@dataclass(frozen=True)
class RunReport:
    """One finished run of one job.

    Attributes:
        contract_path: of an ingest run's contract.
        file_ids: object versions an ingest run read.
        lineage: what a transform declares (`gridata_control.datahub.lineage.declared_lineage`).
        error: why it failed; None for a run that did what it should.
    """

    job: str
    run_id: str
    started_utc: datetime
    finished_utc: datetime
    batch_id: str | None = None
    dataset: DatasetId | None = None
    contract_path: str | None = None
    contract_hash: str | None = None
    tables: tuple[TableWrite, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    inputs: tuple[str, ...] = ()
    file_ids: tuple[str, ...] = ()
    rows_in: int | None = None
    valid: int | None = None
    rejected: int | None = None
    lineage: tuple[object, ...] = ()
    error: str | None = None


def read_report(report: Mapping[str, object]) -> RunReport:
    """The report as typed facts.

    A report without instants ended now; one without `run_id` and `batch_id` is named by its job and that instant.

    Raises:
        PermanentError: `job` is missing, or a value has another shape.
    """
    job = _text(report, "job")
    if not job:
        raise PermanentError(f"run report: got keys {sorted(report)}, allowed one with job.")
    finished = _instant(report, "finished_utc") or datetime.now(UTC)
    run_id = _text(report, "run_id") or _text(report, "batch_id") or f"{job}__{finished:%Y%m%dT%H%M%S.%f}"
    dataset = _text(report, "dataset")
    contract = report.get("contract")
    facts = contract if isinstance(contract, Mapping) else {"path": contract, "hash": report.get("contract_hash")}
    try:
        return RunReport(
            job=job,
            run_id=run_id,
            started_utc=_instant(report, "started_utc") or finished,
            finished_utc=finished,
            batch_id=_text(report, "batch_id"),
            dataset=parse_dataset_id(dataset) if dataset else None,
            contract_path=_text(facts, "path") or _text(report, "contract_path"),
            contract_hash=_text(facts, "hash"),
            tables=tuple(_table(row) for row in _rows(report, "tables")),
            checks=tuple(_check(row) for row in _rows(report, "checks")),
            inputs=tuple(str(name) for name in _list(report, "inputs") if isinstance(name, str)),
            file_ids=tuple(str(row["file_id"]) for row in _rows(report, "inputs", "files") if "file_id" in row),
            rows_in=_whole(report, "rows_in"),
            valid=_whole(report, "valid"),
            rejected=_whole(report, "rejected"),
            lineage=tuple(_list(report, "lineage")),
            error=_text(report, "error"),
        )
    except (UsageError, ValueError, KeyError) as error:
        raise PermanentError(f"run report of {run_id}: {error}") from error


def _table(row: Mapping[str, object]) -> TableWrite:
    rows = _whole(row, "rows")
    if rows is None:
        changed = [_whole(row, name) for name in ("inserted", "updated", "deleted")]
        rows = sum(count for count in changed if count) if any(count is not None for count in changed) else None
    return TableWrite(str(row["table"]), _whole(row, "snapshot_id"), rows)


def _check(row: Mapping[str, object]) -> CheckResult:
    return CheckResult(
        check=str(row["check"]),
        column=_text(row, "column"),
        severity=_text(row, "severity") or "error",
        failed=_whole(row, "failed") or 0,
        evaluated=_whole(row, "evaluated"),
        table=_text(row, "table"),
        expected=_text(row, "expected") or "",
    )


def _instant(report: Mapping[str, object], name: str) -> datetime | None:
    text = _text(report, name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise PermanentError(f"run report: {name}: got {text!r}, allowed an ISO 8601 instant.") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _list(report: Mapping[str, object], name: str) -> Sequence[object]:
    value = report.get(name)
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _rows(report: Mapping[str, object], *names: str) -> list[Mapping[str, object]]:
    return [row for name in names for row in _list(report, name) if isinstance(row, Mapping)]


def _text(report: Mapping[str, object], name: str) -> str | None:
    value = report.get(name)
    return str(value) if value not in (None, "") else None


def _whole(report: Mapping[str, object], name: str) -> int | None:
    value = report.get(name)
    return int(value) if isinstance(value, (int, str)) and not isinstance(value, bool) and value != "" else None
