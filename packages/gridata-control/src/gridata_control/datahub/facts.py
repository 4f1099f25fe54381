"""What there is to say about one dataset, as plain data, whether it is a landing folder or a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gridata_contracts.emit.datahub import aspects
from gridata_contracts.model import Contract, JsonValue
from gridata_control.catalog.columns import table_columns

if TYPE_CHECKING:
    from pyiceberg.schema import Schema


@dataclass(frozen=True)
class FieldFacts:
    """One column or nested field.

    Attributes:
        path: dotted, without a mark for array items: `items.unit_price`.
        kind: `string`, `number`, `boolean`, `date`, `time`, `record` or `array`.
        native_type: the type in the words of the platform.
        tags: such as `pii`.
    """

    path: str
    kind: str
    native_type: str
    nullable: bool = True
    description: str = ""
    key: bool = False
    partition: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatasetFacts:
    """One dataset as DataHub shows it.

    Attributes:
        name: shown to people; `urn` is the identity.
        layer: `landing`, `bronze`, `silver`, …; its tag.
        subtype: `Table` or `Folder`.
        properties: shown as key and value.
    """

    urn: str
    name: str
    layer: str
    subtype: str
    fields: tuple[FieldFacts, ...]
    description: str = ""
    owner: str | None = None
    domain: str | None = None
    tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    modified_ms: int | None = None


def contract_fields(contract: Contract) -> tuple[FieldFacts, ...]:
    """The contract's columns and nested fields, parents before children."""
    return tuple(_contract_field(field) for field in _dicts(_dict(aspects(contract)["schemaMetadata"])["fields"]))


def contract_properties(contract: Contract) -> dict[str, str]:
    """What the contract promises, as key and value."""
    custom = _dict(_dict(aspects(contract)["datasetProperties"])["customProperties"])
    return {name: str(value) for name, value in custom.items()}


def table_fields(schema: Schema, partition_ids: frozenset[int]) -> tuple[FieldFacts, ...]:
    """A table's columns and nested fields, parents before children."""
    return tuple(
        FieldFacts(
            path=column.path,
            kind=column.kind,
            native_type=column.type,
            nullable=not column.required,
            description=column.doc,
            key=column.key,
            partition=column.field_id in partition_ids,
        )
        for column in table_columns(schema)
    )


def described(fields: tuple[FieldFacts, ...], contract: tuple[FieldFacts, ...]) -> tuple[FieldFacts, ...]:
    """Table fields with the tags, key and, where they have none, the words of the contract's fields of that path."""
    known = {fact.path: fact for fact in contract}
    return tuple(_described(fact, known.get(fact.path)) for fact in fields)


def plain_path(path: str) -> str:
    """`items[*].price` as `items.price`."""
    return path.replace("[*]", "")


def _contract_field(field: Mapping[str, JsonValue]) -> FieldFacts:
    tags = (str(tag["tag"]).rpartition(":")[2] for tag in _dicts(_dict(field["globalTags"])["tags"]))
    return FieldFacts(
        path=str(field["fieldPath"]),
        kind=str(field["type"]).removesuffix("Type").lower(),
        native_type=str(field["nativeDataType"]),
        nullable=bool(field["nullable"]),
        description=str(field["description"] or ""),
        key=bool(field["isPartOfKey"]),
        tags=tuple(tags),
    )


def _dict(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _dicts(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _described(fact: FieldFacts, known: FieldFacts | None) -> FieldFacts:
    if known is None:
        return fact
    return replace(fact, description=fact.description or known.description, tags=known.tags, key=known.key)
