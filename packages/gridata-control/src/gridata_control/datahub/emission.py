"""From a job's report to everything DataHub should know about it."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal
from datahub.metadata.schema_classes import SystemMetadataClass

from gridata_contracts.errors import PermanentError
from gridata_contracts.load import load_contract, load_contracts
from gridata_contracts.model import Contract
from gridata_contracts.naming import bronze_table
from gridata_contracts.pipelines import load_pipelines
from gridata_control.catalog import open_catalog
from gridata_control.datahub import urns
from gridata_control.datahub.datasets import dataset_proposals, lineage_proposal
from gridata_control.datahub.lineage import Lineage, declared_lineage, ingest_lineage
from gridata_control.datahub.personal import personal_columns
from gridata_control.datahub.quality import check_proposals
from gridata_control.datahub.run_report import RunReport
from gridata_control.datahub.runs import end_ms, run_proposals, write_proposals
from gridata_control.datahub.sink import Emission
from gridata_control.datahub.tables import contract_datasets, current_version, table_facts, tag_columns

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

    from gridata_control.settings import Settings


def contract_emission(settings: Settings, contract: Contract) -> Emission:
    """What is known of a dataset from its contract alone."""
    proposals = _contract(settings, contract, open_catalog(settings))
    return Emission(f"contract-{contract.id}", tuple(proposals))


def run_emission(settings: Settings, report: RunReport) -> Emission:
    """Datasets, lineage, run and check results of one run, stamped with its end so that repeating it adds nothing.

    Raises:
        PermanentError: the report's contract cannot be loaded, or its lineage has another shape.
        TransientError: the Iceberg catalog does not answer.
    """
    catalog = open_catalog(settings)
    contract = _find_contract(settings, report)
    parts = [
        *(_contract(settings, contract, catalog) if contract else ()),
        *_transform(settings, report, catalog),
        *_run(settings, report, catalog),
        *_checks(report, contract),
    ]
    stamp = SystemMetadataClass(lastObserved=end_ms(report), runId=report.run_id)
    for proposal in parts:
        proposal.systemMetadata = SystemMetadataClass.from_obj(stamp.to_obj())
    return Emission(report.run_id, tuple(parts))


def _find_contract(settings: Settings, report: RunReport) -> Contract | None:
    if report.dataset is None:
        return None
    if report.contract_path and Path(report.contract_path).is_file():
        return load_contract(Path(report.contract_path))
    contract = load_contracts(settings.contracts_dir).get(report.dataset)
    if contract is None:
        raise PermanentError(
            f"run {report.run_id}: got dataset {report.dataset}, allowed one with a contract below "
            f"{settings.contracts_dir}. Set GRIDATA_CONTRACTS."
        )
    return contract


def _contract(settings: Settings, contract: Contract, catalog: Catalog) -> Iterator[Proposal]:
    known = set()
    for facts in contract_datasets(settings, contract, catalog):
        known.add(facts.urn)
        yield from dataset_proposals(facts)
    for lineage in ingest_lineage(settings, contract):
        if lineage.target_urn in known:
            yield lineage_proposal(lineage)


def _transform(settings: Settings, report: RunReport, catalog: Catalog) -> Iterator[Proposal]:
    owners = _owners(settings) if report.lineage else {}
    tags: dict[str, Mapping[str, str]] = {}
    for lineage in declared_lineage(report.job, report.lineage):
        _, table_id = urns.dataset_name(lineage.target_urn)
        if catalog.table_exists(table_id):
            tags[lineage.target_urn] = personal_columns(settings, lineage, tags)
            facts = tag_columns(table_facts(catalog.load_table(table_id), table_id), tags[lineage.target_urn])
            yield from dataset_proposals(replace(facts, owner=owners.get(table_id)))
            yield lineage_proposal(lineage)


def _owners(settings: Settings) -> dict[str, str]:
    """Owner of each table a pipeline document says it writes."""
    pipelines = load_pipelines(settings.pipelines_dir, load_contracts(settings.contracts_dir))
    return {table: pipeline.owner for pipeline in pipelines for step in pipeline.steps for table in step.outputs}


def _run(settings: Settings, report: RunReport, catalog: Catalog) -> Iterator[Proposal]:
    lineages = declared_lineage(report.job, report.lineage)
    yield from run_proposals(
        report, _inputs(settings, report, lineages), [urns.table(one.table) for one in report.tables]
    )
    for write in report.tables:
        if catalog.table_exists(write.table):
            table = catalog.load_table(write.table)
            version = current_version(table, write.snapshot_id)
            yield from write_proposals(report, write, version, len(table.schema().fields))


def _inputs(settings: Settings, report: RunReport, lineages: Iterable[Lineage]) -> list[str]:
    """What the run read: the landing folder for ingest; else what it names and what its outputs are made of."""
    if report.job == "ingest" and report.dataset:
        return [urns.landing(settings, report.dataset)]
    written = {urns.table(one.table) for one in report.tables}
    named = {urns.table(name) for name in report.inputs if name.count(".") == 1}
    made_of = {urn for lineage in lineages for urn in lineage.upstreams}
    return sorted((named | made_of) - written)


def _checks(report: RunReport, contract: Contract | None) -> Iterator[Proposal]:
    default = bronze_table(report.dataset) if report.dataset else next((one.table for one in report.tables), None)
    for result in report.checks:
        table = result.table or default
        if table:
            yield from check_proposals(report, table, result, contract)
