"""A run as DataHub aspects: the job, this run of it with inputs and outputs, and what it did to each table."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
from collections.abc import Iterator, Sequence
from datetime import datetime

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal
from datahub.metadata import schema_classes as dh

from gridata_control.catalog.snapshots import SnapshotInfo
from gridata_control.datahub import urns
from gridata_control.datahub.run_report import RunReport, TableWrite

ACTOR = "urn:li:corpuser:gridata"


def run_proposals(report: RunReport, inputs: Sequence[str], outputs: Sequence[str]) -> Iterator[Proposal]:
    """The job, and this run of it from start to end.

    Args:
        report: the run.
        inputs: URNs of the datasets it read.
        outputs: URNs of the datasets it wrote.
    """
    flow_name = f"{report.dataset.domain}_{report.dataset.stem}" if report.dataset else report.job
    flow, job = urns.flow(flow_name), urns.job(flow_name, report.job)
    yield Proposal(entityUrn=flow, aspect=dh.DataFlowInfoClass(name=flow_name, env=urns.environment()))
    yield from Proposal.construct_many(
        job,
        [
            dh.DataJobInfoClass(name=report.job, type="COMMAND", flowUrn=flow, env=urns.environment()),
            dh.DataJobInputOutputClass(inputDatasets=list(inputs), outputDatasets=list(outputs)),
        ],
    )
    run = urns.run(report.run_id)
    aspects: list[dh._Aspect] = [
        dh.DataProcessInstancePropertiesClass(
            name=report.run_id,
            type=dh.DataProcessTypeClass.BATCH_SCHEDULED,
            created=dh.AuditStampClass(time=to_ms(report.started_utc), actor=ACTOR),
            customProperties=_facts(report),
        ),
        dh.DataProcessInstanceRelationshipsClass(upstreamInstances=[], parentTemplate=job),
        dh.DataProcessInstanceInputClass(inputs=list(inputs)),
        dh.DataProcessInstanceOutputClass(outputs=list(outputs)),
        *_events(report),
    ]
    yield from Proposal.construct_many(run, aspects)


def write_proposals(
    report: RunReport, write: TableWrite, version: SnapshotInfo | None, columns: int
) -> Iterator[Proposal]:
    """What the run did to one table, and the table's size afterwards.

    Args:
        report: the run.
        write: the table, as the run left it.
        version: the snapshot the run left; None when it is gone already.
        columns: top-level ones.
    """
    urn, at_ms = urns.table(write.table), end_ms(report)
    if write.snapshot_id is not None:
        yield Proposal(
            entityUrn=urn,
            aspect=dh.OperationClass(
                timestampMillis=at_ms,
                lastUpdatedTimestamp=at_ms,
                operationType=dh.OperationTypeClass.INSERT if report.job == "ingest" else dh.OperationTypeClass.UPDATE,
                actor=ACTOR,
                numAffectedRows=write.rows,
                customProperties=present(run_id=report.run_id, batch_id=report.batch_id, snapshot_id=write.snapshot_id),
            ),
        )
    if version and version.rows is not None:
        size = dh.DatasetProfileClass(
            timestampMillis=at_ms, rowCount=version.rows, columnCount=columns, sizeInBytes=version.size_bytes
        )
        yield Proposal(entityUrn=urn, aspect=size)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return int(instant.timestamp() * 1000)


def end_ms(report: RunReport) -> int:
    """End of the run, always after its start: both events are told apart by time alone."""
    return max(to_ms(report.finished_utc), to_ms(report.started_utc) + 1)


def present(**facts: object) -> dict[str, str]:
    """Facts that are known, as text."""
    return {name: str(value) for name, value in facts.items() if value is not None}


def _events(report: RunReport) -> tuple[dh.DataProcessInstanceRunEventClass, ...]:
    result = dh.RunResultTypeClass.FAILURE if report.error else dh.RunResultTypeClass.SUCCESS
    start, end = to_ms(report.started_utc), end_ms(report)
    return (
        dh.DataProcessInstanceRunEventClass(timestampMillis=start, status=dh.DataProcessRunStatusClass.STARTED),
        dh.DataProcessInstanceRunEventClass(
            timestampMillis=end,
            status=dh.DataProcessRunStatusClass.COMPLETE,
            durationMillis=end - start,
            result=dh.DataProcessInstanceRunResultClass(type=result, nativeResultType="gridata"),
        ),
    )


def _facts(report: RunReport) -> dict[str, str]:
    snapshots = {f"snapshot:{write.table}": write.snapshot_id for write in report.tables}
    return present(
        batch_id=report.batch_id,
        contract_hash=report.contract_hash,
        file_ids=",".join(report.file_ids) or None,
        rows_in=report.rows_in,
        rows_valid=report.valid,
        rows_rejected=report.rejected,
        error=report.error,
        **snapshots,
    )
