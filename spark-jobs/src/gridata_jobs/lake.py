"""Everything a job touches, opened once: settings, store, ledger, catalog, contracts."""

from __future__ import annotations

from dataclasses import dataclass

from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.emit.iceberg import IcebergTable, bronze_schema, quarantine_schema
from gridata_contracts.errors import PermanentError
from gridata_contracts.load import load_contracts
from gridata_contracts.model import Contract
from gridata_control.catalog import open_catalog
from gridata_control.catalog.tables import ensure_table, table_for_earlier
from gridata_control.kept_contracts import kept_contract
from gridata_control.landing import Store, open_store
from gridata_control.ledger import Batch, BatchState, Ledger, Rewrite, open_ledger
from gridata_control.settings import Settings
from gridata_control.written import rows_probe


@dataclass(frozen=True)
class Lake:
    """The parts of one installation that a job reads and writes."""

    settings: Settings
    store: Store
    ledger: Ledger
    catalog: Catalog
    contracts: Catalogue

    @classmethod
    def open(cls, settings: Settings) -> Lake:
        """Open every part.

        Raises:
            TransientError: store, ledger or catalog does not answer.
            ContractError: a contract is wrong.
        """
        return cls(
            settings,
            open_store(settings),
            open_ledger(settings),
            open_catalog(settings),
            load_contracts(settings.contracts_dir),
        )

    def contract_of(self, batch: Batch) -> Contract:
        """The contract a batch was made under.

        One that has changed since is taken from the ledger when rows of the batch are in a table: they were checked by
        it, and another would reject or accept other rows of the same files.

        Raises:
            PermanentError: the contract has changed or is gone, and no rows of the batch were written yet; or they
                were, and the ledger does not have the contract.
        """
        contract = self.contracts.get(batch.dataset)
        if contract is not None and contract.hash == batch.contract_hash:
            return contract
        if self._is_begun(batch):
            return self._kept_contract(batch.id, batch.contract_hash)
        if contract is None:
            raise PermanentError(
                f"batch {batch.id}: got dataset {batch.dataset} without a contract, allowed "
                f"{', '.join(map(str, self.contracts)) or 'none'}. "
                f"Add its contract below {self.settings.contracts_dir}."
            )
        raise PermanentError(
            f"batch {batch.id}: got contract {contract.hash[:12]}, allowed {batch.contract_hash[:12]}, which "
            "the batch was made under. Run `gridata sweep`: it makes the batch anew under the contract of today."
        )

    def contract_of_rewrite(self, rewrite: Rewrite) -> Contract:
        """The contract that a rewrite was asked for under, whatever has become of its document since.

        Raises:
            PermanentError: the ledger does not have it.
        """
        return next(
            (each for each in self.contracts.values() if each.hash == rewrite.asked.contract_hash), None
        ) or self._kept_contract(rewrite.batch_id, rewrite.asked.contract_hash)

    def bronze(self, contract: Contract) -> Table:
        """The dataset's bronze table, created or grown to the contract."""
        return self._ensure(bronze_schema(contract), contract)

    def quarantine(self, contract: Contract) -> Table:
        """The dataset's quarantine table."""
        return self._ensure(quarantine_schema(contract), contract)

    def _is_begun(self, batch: Batch) -> bool:
        """Whether rows of the batch were written, by a run that published it or by one that was killed midway."""
        published = self.ledger.batch_record(batch.id).state is BatchState.PUBLISHED
        return published or bool(rows_probe(self.settings)(batch))

    def _kept_contract(self, batch_id: str, contract_hash: str) -> Contract:
        kept = kept_contract(self.ledger, contract_hash)
        if kept is None:
            raise PermanentError(
                f"batch {batch_id}: got rows written under contract {contract_hash[:12]}, which the ledger does "
                "not have, allowed a batch made since it keeps them. Restore that document to the contracts, run the "
                "batch, then put today's back."
            )
        return kept

    def _ensure(self, table: IcebergTable, contract: Contract) -> Table:
        schema = Schema.model_validate(table.schema_json())
        spec = PartitionSpec.model_validate(table.partition_json())
        today = self.contracts.get(contract.id)
        is_earlier = today is None or today.hash != contract.hash
        take = table_for_earlier if is_earlier else ensure_table
        return take(self.catalog, table.table_id, schema, spec, table.properties)
