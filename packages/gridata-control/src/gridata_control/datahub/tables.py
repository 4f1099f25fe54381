"""What DataHub hears about tables and landing folders, read from the contract and the Iceberg catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from gridata_contracts.model import Contract
from gridata_contracts.naming import bronze_table, landing_prefix, layer_of, quarantine_table, split_table
from gridata_control.catalog.snapshots import SnapshotInfo, history
from gridata_control.datahub import urns
from gridata_control.datahub.facts import (
    DatasetFacts,
    FieldFacts,
    contract_fields,
    contract_properties,
    described,
    table_fields,
)

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from gridata_control.settings import Settings


def contract_datasets(settings: Settings, contract: Contract, catalog: Catalog) -> Iterator[DatasetFacts]:
    """The landing folder of a contract, and its bronze and quarantine tables as far as they exist."""
    fields = contract_fields(contract)
    yield _owned(
        contract,
        DatasetFacts(
            urn=urns.landing(settings, contract.id),
            name=landing_prefix(contract.id).rstrip("/"),
            layer="landing",
            subtype="Folder",
            fields=fields,
            properties={
                "format": contract.landing.format.value,
                "retention_days": str(contract.landing_retention_days),
            },
        ),
    )
    undeclared = FieldFacts("_extra", "string", "string", tags=(urns.PII,))
    for table_id, known in (
        (bronze_table(contract.id), (*fields, undeclared)),
        (quarantine_table(contract.id), ()),
    ):
        if catalog.table_exists(table_id):
            facts = table_facts(catalog.load_table(table_id), table_id)
            yield _owned(contract, replace(facts, fields=described(facts.fields, known)))


def table_facts(table: Table, table_id: str) -> DatasetFacts:
    """One table as it is now."""
    current = current_version(table)
    partitions = frozenset(field.source_id for field in table.spec().fields)
    return DatasetFacts(
        urn=urns.table(table_id),
        name=table_id,
        layer=layer_of(table_id),
        subtype="Table",
        fields=table_fields(table.schema(), partitions),
        description=table.properties.get("comment", ""),
        domain=split_table(table_id)[0].rpartition("_")[0],
        properties={"location": table.location(), **(_version(current) if current else {})},
        modified_ms=int(current.committed_utc.timestamp() * 1000) if current else None,
    )


def current_version(table: Table, snapshot_id: int | None = None) -> SnapshotInfo | None:
    """The version of that id, or the current one; None when there is none (any more)."""
    versions = history(table)
    return next(
        (one for one in versions if one.snapshot_id == snapshot_id or (snapshot_id is None and one.current)), None
    )


def tag_columns(facts: DatasetFacts, tags: Mapping[str, str]) -> DatasetFacts:
    """The same dataset with one more tag on the named columns."""
    fields = tuple(
        replace(fact, tags=(*fact.tags, tags[fact.path])) if fact.path in tags else fact for fact in facts.fields
    )
    return replace(facts, fields=fields)


def _owned(contract: Contract, facts: DatasetFacts) -> DatasetFacts:
    return replace(
        facts,
        description=facts.description or contract.description or contract.title,
        owner=contract.owner,
        domain=contract.id.domain,
        tags=contract.tags,
        properties={**contract_properties(contract), **facts.properties},
    )


def _version(current: SnapshotInfo) -> dict[str, str]:
    facts = {
        "snapshot_id": current.snapshot_id,
        "rows": current.rows,
        "files": current.files,
        "bytes": current.size_bytes,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}
