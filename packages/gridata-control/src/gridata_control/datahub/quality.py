"""Checks as DataHub assertions: one per table and check for ever, one result per run."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
from collections.abc import Iterator

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal
from datahub.metadata import schema_classes as dh

from gridata_contracts.model import Check, Contract
from gridata_control.datahub import urns
from gridata_control.datahub.facts import plain_path
from gridata_control.datahub.run_report import CheckResult, RunReport
from gridata_control.datahub.runs import end_ms, present


def check_proposals(
    report: RunReport, table: str, result: CheckResult, contract: Contract | None
) -> Iterator[Proposal]:
    """The definition of one check on one table and what this run found.

    Args:
        report: the run.
        table: the checked table.
        result: rows evaluated and failed.
        contract: says rule, arguments and expectation; None for checks no contract declares.
    """
    dataset = urns.table(table)
    assertion = urns.assertion(table, result.check)
    declared = next((check for check in contract.checks if check.id == result.check), None) if contract else None
    yield Proposal(entityUrn=assertion, aspect=_definition(dataset, result, declared))
    yield Proposal(entityUrn=assertion, aspect=dh.DataPlatformInstanceClass(platform=urns.platform("gridata")))
    yield Proposal(entityUrn=assertion, aspect=_verdict(report, dataset, assertion, result))


def _definition(dataset: str, result: CheckResult, declared: Check | None) -> dh.AssertionInfoClass:
    column = declared.column if declared else result.column
    rule = declared.rule if declared else result.check.rpartition(".")[2]
    expected = (declared.expected if declared else result.expected) or rule
    return dh.AssertionInfoClass(
        type=dh.AssertionTypeClass.CUSTOM,
        entityUrn=dataset,
        description=f"{column}: {expected}" if column else expected,
        customAssertion=dh.CustomAssertionInfoClass(
            type=rule,
            entity=dataset,
            field=urns.column(dataset, plain_path(column)) if column else None,
            logic=expected,
        ),
        source=dh.AssertionSourceClass(type=dh.AssertionSourceTypeClass.EXTERNAL),
        customProperties=present(check=result.check, rule=rule, severity=result.severity, column=column),
    )


def _verdict(report: RunReport, dataset: str, assertion: str, result: CheckResult) -> dh.AssertionRunEventClass:
    passed = result.failed == 0
    return dh.AssertionRunEventClass(
        timestampMillis=end_ms(report),
        runId=report.run_id,
        asserteeUrn=dataset,
        assertionUrn=assertion,
        status=dh.AssertionRunStatusClass.COMPLETE,
        result=dh.AssertionResultClass(
            type=dh.AssertionResultTypeClass.SUCCESS if passed else dh.AssertionResultTypeClass.FAILURE,
            rowCount=result.evaluated,
            unexpectedCount=result.failed,
        ),
        runtimeContext=present(batch_id=report.batch_id) or None,
    )
