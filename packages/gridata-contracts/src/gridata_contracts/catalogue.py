"""All contracts of a folder, found by dataset id or by the key of a landed object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gridata_contracts.model import Contract
from gridata_contracts.naming import DatasetId, bronze_table, landing_prefix, quarantine_table


@dataclass(frozen=True)
class Catalogue(Mapping[DatasetId, Contract]):
    """Contracts by dataset id, in order of the id."""

    contracts: Mapping[DatasetId, Contract]
    prefixes: Mapping[str, DatasetId]

    @classmethod
    def build(cls, contracts: Iterable[Contract]) -> tuple[Catalogue, list[str]]:
        """The catalogue, and one message per dataset id or key prefix that two contracts claim."""
        by_id: dict[DatasetId, Contract] = {}
        prefixes: dict[str, DatasetId] = {}
        messages: list[str] = []
        for contract in sorted(contracts, key=lambda each: each.id):
            if contract.id in by_id:
                first = by_id[contract.id].path
                messages.append(f"{contract.path}: id: got {contract.id}, allowed each id once. See {first}.")
                continue
            by_id[contract.id] = contract
            for prefix in (landing_prefix(contract.id), *contract.landing.aliases):
                messages += _overlaps(prefix, contract, prefixes)
                prefixes.setdefault(prefix, contract.id)
        return cls(MappingProxyType(by_id), MappingProxyType(prefixes)), messages

    def by_landing_key(self, key: str) -> Contract | None:
        """The contract whose landing prefix or alias the object key starts with; prefixes never overlap."""
        for prefix, dataset in self.prefixes.items():
            if key.startswith(prefix):
                return self.contracts[dataset]
        return None

    def by_table(self, table: str) -> Contract | None:
        """The contract whose bronze or quarantine table this is."""
        for dataset, contract in self.contracts.items():
            if table in (bronze_table(dataset), quarantine_table(dataset)):
                return contract
        return None

    def __getitem__(self, dataset: DatasetId) -> Contract:
        return self.contracts[dataset]

    def __iter__(self) -> Iterator[DatasetId]:
        return iter(self.contracts)

    def __len__(self) -> int:
        return len(self.contracts)


def _overlaps(prefix: str, contract: Contract, taken: Mapping[str, DatasetId]) -> list[str]:
    return [
        f"{contract.path}: customProperties.gridata.aliases: got {prefix!r}, allowed prefixes of its own. "
        f"It overlaps {other!r} of {owner}."
        for other, owner in taken.items()
        if owner != contract.id and (prefix.startswith(other) or other.startswith(prefix))
    ]
