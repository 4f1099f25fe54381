"""The whole proof: what landed, what the ledger says, what the tables hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import ContractError, UsageError
from gridata_contracts.load import load_contracts
from gridata_contracts.model import Contract
from gridata_contracts.naming import DatasetId, bronze_table, layer_of, parse_dataset_id, quarantine_table
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import table_ids
from gridata_control.classify import landing_prefixes
from gridata_control.direct import catalogue_of_home
from gridata_control.kept_contracts import kept_contract
from gridata_control.landing import open_store
from gridata_control.ledger import BatchRecord, FileRecord, FileState, Ledger, open_ledger
from gridata_control.settings import Settings
from gridata_control.verify.contents import check_contents
from gridata_control.verify.objects import check_batches, check_objects, check_rewrites
from gridata_control.verify.sides import Sides, count_side
from gridata_control.verify.tables import check_tables
from gridata_control.verify.violations import Violation

_LAYERS = ("bronze", "quarantine")


@dataclass(frozen=True)
class Proof:
    """What was compared, and every disagreement found."""

    files: int
    batches: int
    rows_in: int
    bronze_rows: int
    quarantine_rows: int
    violations: tuple[Violation, ...]


def prove(settings: Settings) -> Proof:
    """Compare everything; reads all landed objects and both tables of every dataset, changes nothing.

    Raises:
        UsageError: nothing was ever landed in this home.
        TransientError: store, ledger or catalog do not answer.
    """
    _require_ledger(settings)
    ledger, store, catalogues = open_ledger(settings), open_store(settings), _catalogues(settings)
    files = {record.file.file_id: record for record in ledger.files()}
    batches = {record.batch.id: record for record in ledger.batches()}
    prefixes = sorted({prefix for catalogue in catalogues for prefix in landing_prefixes(catalogue)} | {"landing/"})
    violations = [
        *check_objects(store, prefixes, files, batches.values()),
        *check_batches(files, batches.values()),
        *check_rewrites(batches.values()),
    ]
    told = {violation.where for violation in violations}
    decided = _decided_by_jobs(files, batches, _Contracts(ledger, catalogues))
    violations += [found for found in check_contents(store, decided) if found.where not in told]
    bronze_rows = quarantine_rows = 0
    for dataset, sides in _sides(settings, files):
        own_files = {identity: record for identity, record in files.items() if record.dataset == dataset}
        own_batches = {identity: record for identity, record in batches.items() if record.batch.dataset == dataset}
        violations += check_tables(sides, own_files, own_batches)
        bronze_rows += sides.bronze.count
        quarantine_rows += sides.quarantine.count
    rows_in = sum(record.rows_in or 0 for record in files.values())
    return Proof(len(files), len(batches), rows_in, bronze_rows, quarantine_rows, tuple(violations))


class _Contracts:
    """Contracts that batches were made under, each loaded once."""

    def __init__(self, ledger: Ledger, catalogues: list[Catalogue]) -> None:
        self._ledger, self._catalogues = ledger, catalogues
        self._by_hash = {contract.hash: contract for catalogue in catalogues for contract in catalogue.values()}

    def of(self, dataset: DatasetId, contract_hash: str | None) -> Contract | None:
        """The contract of this hash, else the dataset's present one; None when there is neither."""
        if contract_hash is not None and contract_hash not in self._by_hash:
            with suppress(ContractError):  # this version of Gridata does not take the document any more
                kept = kept_contract(self._ledger, contract_hash)
                self._by_hash |= {contract_hash: kept} if kept else {}
        if contract_hash in self._by_hash:
            return self._by_hash[contract_hash]
        return next((catalogue[dataset] for catalogue in self._catalogues if dataset in catalogue), None)


def _require_ledger(settings: Settings) -> None:
    """An empty proof of a mistyped folder would look like a good one."""
    database = make_url(settings.ledger_url)
    if database.get_backend_name() == "sqlite" and not Path(database.database or "").is_file():
        raise UsageError(f"home {settings.home}: got no ledger, allowed a home something landed in. Check --home.")


def _catalogues(settings: Settings) -> list[Catalogue]:
    """The contracts of these settings, and those that `gridata ingest` brought into the home."""
    found = [catalogue_of_home(settings)]
    if settings.contracts_dir.is_dir():
        found.append(load_contracts(settings.contracts_dir))
    return [catalogue for catalogue in found if catalogue is not None]


def _decided_by_jobs(
    files: Mapping[str, FileRecord], batches: Mapping[str, BatchRecord], contracts: _Contracts
) -> Iterator[tuple[FileRecord, Contract]]:
    """Files whose records a job counted, with the contract they were read under."""
    for record in files.values():
        counted = record.state is FileState.PUBLISHED or (record.state is FileState.EMPTY and record.file.size_bytes)
        if not counted or record.dataset is None:
            continue
        batch = batches.get(record.batch_id or "")
        contract = contracts.of(record.dataset, batch.batch.contract_hash if batch else None)
        if contract is not None:
            yield record, contract


def _sides(settings: Settings, files: Mapping[str, FileRecord]) -> Iterator[tuple[DatasetId, Sides]]:
    """Both tables of every dataset that has a table or a file."""
    catalog = open_catalog(settings)
    existing = set(table_ids(catalog))
    datasets = {record.dataset for record in files.values() if record.dataset is not None}
    datasets |= {_dataset_of(table) for table in existing if layer_of(table) in _LAYERS}
    for dataset in sorted(datasets):
        names = (bronze_table(dataset), quarantine_table(dataset))
        yield dataset, Sides(*(count_side(catalog if name in existing else None, name) for name in names))


def _dataset_of(table: str) -> DatasetId:
    """`ecommerce_bronze.orders_v1` as a dataset id."""
    namespace, _, name = table.partition(".")
    dataset, _, version = name.rpartition("_")
    return parse_dataset_id(f"{namespace.rpartition('_')[0]}.{dataset}.{version}")
