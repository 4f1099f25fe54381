"""Rows of `contracts`: the document of every contract a batch was made under, by its hash."""

from __future__ import annotations

from sqlalchemy import Connection, select

from gridata_contracts.naming import DatasetId
from gridata_control.ledger.tables import contracts
from gridata_control.ledger.upsert import insert_or_ignore


def keep(connection: Connection, contract_hash: str, dataset: DatasetId, document: str) -> None:
    """The first document of a hash stays; another of the same hash means the same."""
    insert_or_ignore(connection, contracts, [{"hash": contract_hash, "dataset": str(dataset), "document": document}])


def hashes(connection: Connection) -> frozenset[str]:
    """Every hash there is a document of."""
    return frozenset(connection.execute(select(contracts.c.hash)).scalars())


def document(connection: Connection, contract_hash: str) -> str | None:
    """The document of a hash; None when it was never kept."""
    return connection.execute(select(contracts.c.document).where(contracts.c.hash == contract_hash)).scalar()
