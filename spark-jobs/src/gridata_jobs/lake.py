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
from gridata_control.catalog.tables import ensure_table
from gridata_control.landing import Store, open_store
from gridata_control.ledger import Batch, Ledger, open_ledger
from gridata_control.settings import Settings


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

        Raises:
            PermanentError: the dataset has no contract now, or it has changed since the batch was made.
        """
        contract = self.contracts.get(batch.dataset)
        if contract is None:
            raise PermanentError(
                f"batch {batch.id}: got dataset {batch.dataset} without a contract, allowed "
                f"{', '.join(map(str, self.contracts)) or 'none'}. "
                f"Add its contract below {self.settings.contracts_dir}."
            )
        if contract.hash != batch.contract_hash:
            raise PermanentError(
                f"batch {batch.id}: got contract {contract.hash[:12]}, allowed {batch.contract_hash[:12]}, which "
                "the batch was made under. Run `gridata sweep`: it makes the batch anew under the contract of today."
            )
        return contract

    def bronze(self, contract: Contract) -> Table:
        """The dataset's bronze table, created or grown to the contract."""
        return self._ensure(bronze_schema(contract))

    def quarantine(self, contract: Contract) -> Table:
        """The dataset's quarantine table."""
        return self._ensure(quarantine_schema(contract))

    def _ensure(self, table: IcebergTable) -> Table:
        schema = Schema.model_validate(table.schema_json())
        spec = PartitionSpec.model_validate(table.partition_json())
        return ensure_table(self.catalog, table.table_id, schema, spec, table.properties)
