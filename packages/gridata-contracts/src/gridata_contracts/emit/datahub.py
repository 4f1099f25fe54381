"""Contract → DataHub aspects of its bronze table, as plain data in the aspects' own field names.

Whoever emits them turns it into the DataHub library's classes; this module needs neither library nor server.
"""

from __future__ import annotations

from collections.abc import Iterator

from gridata_contracts import types as t
from gridata_contracts.columns import ITEM
from gridata_contracts.literals import type_word
from gridata_contracts.model import Column, Contract, JsonValue
from gridata_contracts.naming import bronze_table

PLATFORM = "iceberg"
_FIELD_TYPES: dict[type, str] = {
    t.String: "StringType",
    t.Boolean: "BooleanType",
    t.Integer: "NumberType",
    t.Floating: "NumberType",
    t.Decimal: "NumberType",
    t.Date: "DateType",
    t.Timestamp: "TimeType",
    t.Struct: "RecordType",
    t.List: "ArrayType",
}


def dataset_urn(table: str, environment: str = "PROD") -> str:
    """DataHub's name of an Iceberg table."""
    return f"urn:li:dataset:(urn:li:dataPlatform:{PLATFORM},{table},{environment})"


def aspects(contract: Contract) -> dict[str, JsonValue]:
    """Aspects of the bronze table by aspect name."""
    return {
        "datasetProperties": _properties(contract),
        "schemaMetadata": _schema(contract),
        "ownership": {"owners": [{"owner": f"urn:li:corpGroup:{contract.owner}", "type": "TECHNICAL_OWNER"}]},
        "globalTags": {"tags": _tags(("bronze", *contract.tags, *(("pii",) if _has_pii(contract.columns) else ())))},
        "domains": {"domains": [f"urn:li:domain:{contract.id.domain}"]},
        "institutionalMemory": {
            "elements": [{"url": f"urn:gridata:contract:{contract.id}", "description": "Data contract"}]
        },
    }


def _properties(contract: Contract) -> JsonValue:
    promises = {
        "contract": str(contract.id),
        "contract_version": contract.version,
        "contract_hash": contract.hash,
        "status": contract.status,
        "format": contract.landing.format.value,
        "primary_key": ", ".join(contract.primary_key),
        "checks": str(len(contract.checks)),
        "landing_retention_days": str(contract.landing_retention_days),
        "quarantine_retention_days": str(contract.quarantine_retention_days),
        "table_retention_days": str(contract.table_retention_days or "unlimited"),
        "freshness_s": str(contract.freshness_s or "none"),
    }
    notes = {f"note {i}": f"{note.about}: {note.text}".removeprefix(": ") for i, note in enumerate(contract.notes, 1)}
    custom: dict[str, JsonValue] = {**promises, **notes}
    return {
        "name": contract.title,
        "qualifiedName": bronze_table(contract.id),
        "description": contract.description,
        "customProperties": custom,
    }


def _schema(contract: Contract) -> JsonValue:
    keys: list[JsonValue] = [*contract.primary_key]
    return {
        "schemaName": bronze_table(contract.id),
        "platform": f"urn:li:dataPlatform:{PLATFORM}",
        "version": 0,
        "hash": contract.hash,
        "primaryKeys": keys,
        "fields": [field for column in contract.columns for field in _fields(column)],
    }


def _fields(column: Column) -> Iterator[JsonValue]:
    """The column and its nested fields, parents first, `items.unit_price` for a field of an array's items."""
    own = (*(("pii",) if column.pii else ()), f"classification-{column.classification}", *column.tags)
    yield {
        "fieldPath": column.path.replace(ITEM, ""),
        "type": _FIELD_TYPES[type(column.type)],
        "nativeDataType": _native(column.type),
        "nullable": not column.required,
        "isPartOfKey": column.primary_key,
        "description": column.description,
        "globalTags": {"tags": _tags(own)},
    }
    for child in column.children:
        yield from _fields(child)


def _native(logical: t.LogicalType) -> str:
    return f"array<{_native(logical.item)}>" if isinstance(logical, t.List) else type_word(logical)


def _tags(names: tuple[str, ...]) -> list[JsonValue]:
    return [{"tag": f"urn:li:tag:{name}"} for name in dict.fromkeys(name.lower() for name in names)]


def _has_pii(columns: tuple[Column, ...]) -> bool:
    return any(column.pii or _has_pii(column.children) for column in columns)
