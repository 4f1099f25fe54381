"""Reads pipeline documents, and derives an ingest pipeline for every dataset that no document owns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import ContractError, UsageError
from gridata_contracts.model import Contract, Pipeline, Retries, Step, Trigger
from gridata_contracts.naming import DatasetId, bronze_table, ingest_dag_id, quarantine_table
from gridata_contracts.pipeline_document import read_pipeline
from gridata_contracts.problems import did_you_mean

_LAYER_OF_CONTRACTS = re.compile(r"[a-z][a-z0-9]*_(?:bronze|quarantine)\..+")


def load_pipelines(directory: Path, contracts: Catalogue) -> list[Pipeline]:
    """Every pipeline, by name: documents first proven alone, then together, plus derived ingest pipelines.

    Raises:
        UsageError: there is no such folder.
        ContractError: problems of all documents together.
    """
    if not directory.is_dir():
        raise UsageError(f"pipelines {directory}: got no such folder, allowed data/pipelines. Set GRIDATA_PIPELINES.")
    pipelines, messages = [], []
    for path in sorted(directory.glob("*.yaml")):
        try:
            pipelines.append(read_pipeline(path))
        except ContractError as error:
            messages += error.problems
    messages += [*_landing_problems(pipelines, contracts), *_table_problems(pipelines, contracts)]
    if messages:
        raise ContractError(messages)
    owned = {dataset for pipeline in pipelines for dataset in pipeline.trigger.landing}
    derived = [derive_ingest(contract) for contract in contracts.values() if str(contract.id) not in owned]
    return sorted([*pipelines, *derived], key=lambda pipeline: pipeline.name)


def find_owner(directory: Path, dataset: DatasetId) -> Pipeline | None:
    """The document that ingests the dataset's landed batches; None when none does, or there is no such folder.

    Raises:
        ContractError: a document has problems, so nobody knows what it owns.
    """
    documents = map(read_pipeline, sorted(directory.glob("*.yaml")))
    return next((pipeline for pipeline in documents if str(dataset) in pipeline.trigger.landing), None)


def derive_ingest(contract: Contract) -> Pipeline:
    """The pipeline of a dataset that no document owns: its landed batches are ingested, nothing more."""
    step = Step(
        name="ingest",
        job="ingest",
        inputs=(str(contract.id),),
        outputs=(bronze_table(contract.id), quarantine_table(contract.id)),
        profile=contract.compute_profile,
    )
    return Pipeline(
        name=ingest_dag_id(contract.id),
        description=f"Checks landed {contract.title.lower()} and publishes them to {bronze_table(contract.id)}.",
        owner=contract.owner,
        trigger=Trigger(landing=(str(contract.id),)),
        steps=(step,),
        retries=Retries(),
        tags=(contract.id.domain, contract.id.dataset),
    )


def _landing_problems(pipelines: Sequence[Pipeline], contracts: Catalogue) -> Iterator[str]:
    """Datasets that are not there or that two pipelines own."""
    datasets = sorted(map(str, contracts))
    owners: dict[str, Pipeline] = {}
    for pipeline in pipelines:
        for i, dataset in enumerate(pipeline.trigger.landing):
            where = f"{pipeline.path}: trigger.landing[{i}]"
            if dataset not in datasets:
                hint = did_you_mean(dataset, datasets) or "Add its contract first."
                yield f"{where}: got {dataset!r}, allowed {', '.join(datasets)}. {hint}"
            if dataset in owners:
                yield f"{where}: got {dataset!r}, allowed one pipeline per dataset. See {owners[dataset].path}."
            owners.setdefault(dataset, pipeline)


def _table_problems(pipelines: Sequence[Pipeline], contracts: Catalogue) -> Iterator[str]:
    """Tables that nobody writes, that two steps write, or whose contract is not there."""
    of_contracts = {table(dataset) for dataset in contracts for table in (bronze_table, quarantine_table)}
    writers = _writers(pipelines)
    known = {*of_contracts, *writers, *map(str, contracts)}
    for pipeline in pipelines:
        for where, table in _read_tables(pipeline):
            if table not in known:
                hint = did_you_mean(table, known) or "Add the step that writes it."
                yield f"{where}: got {table!r}, allowed a dataset or a table some step writes. {hint}"
    for table, steps in writers.items():
        if len(steps) > 1:
            yield f"{steps[1]}: got {table!r}, allowed one writer per table. It is also written by {steps[0]}."
        if _LAYER_OF_CONTRACTS.fullmatch(table) and table not in of_contracts:
            yield f"{steps[0]}: got {table!r}, allowed tables of a contract. Add its contract first."


def _writers(pipelines: Sequence[Pipeline]) -> Mapping[str, list[str]]:
    writers: dict[str, list[str]] = {}
    for pipeline in pipelines:
        for step in pipeline.steps:
            for table in step.outputs:
                writers.setdefault(table, []).append(f"{pipeline.path}: steps.{step.name}.outputs")
    return writers


def _read_tables(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    for i, table in enumerate(pipeline.trigger.upstream):
        yield f"{pipeline.path}: trigger.upstream[{i}]", table
    for step in pipeline.steps:
        for table in step.inputs:
            yield f"{pipeline.path}: steps.{step.name}.inputs", table
