"""Reads contracts and pipelines so that a bad one spoils only what rests on it.

The gridata command reads them all or none, with all problems at once; a scheduler that serves many teams may not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import ContractError
from gridata_contracts.load import load_contract, load_contracts
from gridata_contracts.model import Pipeline
from gridata_contracts.naming import CONTRACT_FILE
from gridata_contracts.pipeline_document import read_pipeline
from gridata_contracts.pipelines import derive_ingest, load_pipelines
from gridata_dags.broken import BrokenPipeline

Problems = dict[Path, tuple[str, ...]]
Read = TypeVar("Read")

_DATA = Path(__file__).resolve().parents[3] / "data"


def contracts_dir() -> Path:
    """`GRIDATA_CONTRACTS`, or the repository's own."""
    return Path(os.environ.get("GRIDATA_CONTRACTS") or _DATA / "contracts")


def pipelines_dir() -> Path:
    """`GRIDATA_PIPELINES`, or the repository's own."""
    return Path(os.environ.get("GRIDATA_PIPELINES") or _DATA / "pipelines")


def load_documents(contracts: Path, pipelines: Path) -> list[Pipeline | BrokenPipeline]:
    """Every pipeline by name, documents and derived ones; those with problems as BrokenPipeline.

    Raises:
        UsageError: one of the folders does not exist.
    """
    try:
        return [*load_pipelines(pipelines, load_contracts(contracts))]
    except ContractError as e:
        return sorted(_load_one_by_one(contracts, pipelines, e), key=lambda each: each.name)


def _load_one_by_one(
    contracts_dir: Path, pipelines_dir: Path, together: ContractError
) -> Iterator[Pipeline | BrokenPipeline]:
    contracts, spoiled = _read_each(sorted(contracts_dir.rglob(CONTRACT_FILE)), load_contract)
    catalogue, overlaps = Catalogue.build(contracts.values())
    spoiled |= _by_file([*overlaps, *together.problems], contracts)
    documents, broken = _read_each(sorted(pipelines_dir.glob("*.yaml")), read_pipeline)
    claimed = _claimed(documents.values(), broken)
    if not broken:  # an unreadable document's tables would look unknown to all who read them
        broken |= _by_file(together.problems, documents)
    broken |= _resting_on(documents, {_dataset_of(path, contracts_dir): spoiled[path] for path in spoiled})
    yield from (BrokenPipeline(path.stem, broken[path]) for path in broken)
    yield from (documents[path] for path in documents if path not in broken)
    for path in spoiled:
        if not claimed(dataset := _dataset_of(path, contracts_dir)):
            yield BrokenPipeline(f"{dataset.replace('.', '_')}_ingest", spoiled[path])
    for contract in catalogue.values():
        if contract.path not in spoiled and not claimed(str(contract.id)):
            yield derive_ingest(contract)


def _read_each(paths: Iterable[Path], read: Callable[[Path], Read]) -> tuple[dict[Path, Read], Problems]:
    """What could be read, and the problems of what could not, each by file."""
    good: dict[Path, Read] = {}
    bad: Problems = {}
    for path in paths:
        try:
            good[path] = read(path)
        except ContractError as e:
            bad[path] = tuple(e.problems)
    return good, bad


def _by_file(messages: Iterable[str], paths: Iterable[Path]) -> Problems:
    """Messages by the file they begin with."""
    told = list(messages)
    found = {path: tuple(message for message in told if message.startswith(f"{path}:")) for path in paths}
    return {path: problems for path, problems in found.items() if problems}


def _resting_on(documents: Mapping[Path, Pipeline], spoiled: Mapping[str, tuple[str, ...]]) -> Problems:
    """Problems of the contracts, by dataset, that a pipeline ingests for."""
    found = {
        path: tuple(problem for dataset in pipeline.trigger.landing for problem in spoiled.get(dataset, ()))
        for path, pipeline in documents.items()
    }
    return {path: problems for path, problems in found.items() if problems}


def _claimed(documents: Iterable[Pipeline], unreadable: Problems) -> Callable[[str], bool]:
    """Whether a document owns the dataset. One that cannot be read owns every dataset it mentions."""
    owned = {dataset for pipeline in documents for dataset in pipeline.trigger.landing}
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in unreadable]
    return lambda dataset: dataset in owned or any(re.search(rf"\b{re.escape(dataset)}\b", text) for text in texts)


def _dataset_of(path: Path, contracts_dir: Path) -> str:
    """Dataset id that the contract's folder stands for."""
    return ".".join(path.parent.relative_to(contracts_dir).parts)
