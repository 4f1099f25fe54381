"""What most commands need, opened once: store, ledger, contracts, pipelines."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.load import load_contracts
from gridata_contracts.model import Pipeline
from gridata_contracts.pipelines import load_pipelines
from gridata_control.landing import Store, open_store
from gridata_control.ledger import Ledger, open_ledger
from gridata_control.settings import Settings


@dataclass(frozen=True)
class Context:
    """One environment, ready to work on."""

    settings: Settings
    store: Store
    ledger: Ledger
    catalogue: Catalogue

    @classmethod
    def open(cls, settings: Settings) -> Context:
        """Contracts first: nothing is created for documents that do not load.

        Raises:
            ContractError: all problems of all contracts.
        """
        catalogue = load_contracts(settings.contracts_dir)
        return cls(settings, open_store(settings), open_ledger(settings), catalogue)

    def reloaded(self) -> Context:
        """The same with the contracts as they are now. Raises ContractError."""
        return replace(self, catalogue=load_contracts(self.settings.contracts_dir))

    def pipelines(self) -> list[Pipeline]:
        """Documents and derived ingest pipelines. Raises ContractError with all problems."""
        return load_pipelines(self.settings.pipelines_dir, self.catalogue)
