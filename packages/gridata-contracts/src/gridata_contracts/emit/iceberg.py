"""Contract → Iceberg tables: bronze for valid rows, quarantine for rejected ones, as plain data.

Every column is optional: the checks decide about null, and DuckDB writes Parquet columns optional, which an Iceberg
column marked required would refuse. Field ids only link the parts of this description; a catalog assigns its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridata_contracts import types as t
from gridata_contracts.columns import walk
from gridata_contracts.model import Column, Contract, JsonValue
from gridata_contracts.naming import bronze_table, quarantine_table

INGESTED_AT = "_ingested_at"
PREVIOUS_VERSIONS = "50"
"""Metadata files a table keeps beside the current one; snapshots do not depend on them."""
_PARTITION_ID = 1000
"""The specification starts partition field ids here."""


@dataclass(frozen=True)
class IcebergColumn:
    """One top-level column.

    Attributes:
        type: Iceberg type as JSON: a word such as `timestamptz`, or an object for struct and list.
    """

    field_id: int
    name: str
    type: JsonValue
    required: bool = False
    doc: str = ""


@dataclass(frozen=True)
class PartitionField:
    """`transform(source)`, such as `day(_ingested_at)`."""

    source: str
    transform: str
    name: str


@dataclass(frozen=True)
class IcebergTable:
    """What a catalog needs to create the table.

    Attributes:
        table_id: `<domain>_<layer>.<name>`.
        properties: table properties to have.
    """

    table_id: str
    columns: tuple[IcebergColumn, ...]
    partition: tuple[PartitionField, ...]
    properties: dict[str, str]

    def schema_json(self) -> dict[str, JsonValue]:
        """The schema in the form of the Iceberg specification (appendix C)."""
        fields: list[JsonValue] = [
            _field_json(each.field_id, each.name, each.type, each.doc, required=each.required) for each in self.columns
        ]
        return {"type": "struct", "schema-id": 0, "identifier-field-ids": [], "fields": fields}

    def partition_json(self) -> dict[str, JsonValue]:
        """The partition spec in the form of the Iceberg specification (appendix C)."""
        ids = {column.name: column.field_id for column in self.columns}
        fields: list[JsonValue] = [
            {
                "source-id": ids[each.source],
                "field-id": _PARTITION_ID + i,
                "transform": each.transform,
                "name": each.name,
            }
            for i, each in enumerate(self.partition)
        ]
        return {"spec-id": 0, "fields": fields}


def bronze_schema(contract: Contract) -> IcebergTable:
    """Contract columns, then lineage columns; no statistics of personal columns in manifests."""
    ids = itertools.count(1)
    columns = [IcebergColumn(next(ids), each.name, "", doc=each.description) for each in contract.columns]
    columns = [
        IcebergColumn(column.field_id, column.name, _column_json(each, ids), doc=column.doc)
        for column, each in zip(columns, contract.columns, strict=True)
    ]
    return IcebergTable(
        bronze_table(contract.id),
        (*columns, *_plain_columns(_BRONZE_LINEAGE, ids)),
        _BY_DAY,
        {**_properties(contract), **{_metrics(path): "none" for path in (*_pii_leaves(contract.columns), "_extra")}},
    )


def quarantine_schema(contract: Contract) -> IcebergTable:
    """One row per rejected record or file, with its reasons; the record's text has no statistics."""
    ids = itertools.count(1)
    return IcebergTable(
        quarantine_table(contract.id),
        _plain_columns(_QUARANTINE, ids),
        _BY_DAY,
        {**_properties(contract), _metrics("record"): "none", _metrics("reasons.element.got"): "none"},
    )


def iceberg_type(logical: t.LogicalType, ids: Iterator[int]) -> JsonValue:
    """The Iceberg type as JSON; `ids` gives the field ids of nested fields."""
    match logical:
        case t.Struct(fields):
            numbers = [next(ids) for _ in fields]
            return {
                "type": "struct",
                "fields": [
                    _field_json(number, each.name, iceberg_type(each.type, ids), "")
                    for number, each in zip(numbers, fields, strict=True)
                ],
            }
        case t.List(item):
            element_id = next(ids)
            element = iceberg_type(item, ids)
            return {"type": "list", "element-id": element_id, "element-required": False, "element": element}
        case t.Decimal(precision, scale):
            return f"decimal({precision}, {scale})"
        case _:
            return _SCALARS[logical if isinstance(logical, t.Integer | t.Floating) else type(logical)]


def _column_json(column: Column, ids: Iterator[int]) -> JsonValue:
    """The type of a column with its fields' descriptions."""
    json = iceberg_type(column.type, ids)
    inner = json
    while isinstance(inner, dict) and inner["type"] == "list":
        inner = inner["element"]
    if isinstance(inner, dict) and isinstance(inner["fields"], list):
        for field, child in zip(inner["fields"], column.children, strict=True):
            _describe(field, child)
    return json


def _describe(field: JsonValue, column: Column) -> None:
    if not isinstance(field, dict):
        return
    if column.description:
        field["doc"] = column.description
    inner = field["type"]
    while isinstance(inner, dict) and inner["type"] == "list":
        inner = inner["element"]
    if isinstance(inner, dict) and isinstance(inner["fields"], list):
        for each, child in zip(inner["fields"], column.children, strict=True):
            _describe(each, child)


def _field_json(number: int, name: str, kind: JsonValue, doc: str, *, required: bool = False) -> JsonValue:
    field: dict[str, JsonValue] = {"id": number, "name": name, "required": required, "type": kind}
    return {**field, "doc": doc} if doc else field


def _plain_columns(columns: Sequence[tuple[str, t.LogicalType, str]], ids: Iterator[int]) -> tuple[IcebergColumn, ...]:
    numbered = [(next(ids), *column) for column in columns]
    return tuple(IcebergColumn(number, name, iceberg_type(kind, ids), doc=doc) for number, name, kind, doc in numbered)


def _pii_leaves(columns: Sequence[Column]) -> list[str]:
    """Iceberg's own paths: `items.element.name`, and the element of an array of scalars."""
    leaves = []
    for column in walk(columns):
        if column.pii and not column.children:
            kind, path = column.type, column.path
            while isinstance(kind, t.List):
                kind, path = kind.item, f"{path}[*]"
            leaves.append(path.replace("[*]", ".element"))
    return leaves


def _metrics(path: str) -> str:
    return f"write.metadata.metrics.column.{path}"


def _properties(contract: Contract) -> dict[str, str]:
    """Full metrics on both ids: with the default truncation an overwrite by batch fails on replay."""
    return {
        _metrics("_batch_id"): "full",
        _metrics("_file_id"): "full",
        "write.parquet.compression-codec": "zstd",
        # Every commit writes a metadata file; without these they stay for ever.
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": PREVIOUS_VERSIONS,
        "gridata.contract": str(contract.id),
        "gridata.owner": contract.owner,
    }


_SCALARS: dict[object, str] = {
    t.String: "string",
    t.Boolean: "boolean",
    t.Date: "date",
    t.Timestamp: "timestamptz",
    t.Integer(32): "int",
    t.Integer(64): "long",
    t.Floating(32): "float",
    t.Floating(64): "double",
    t.Floating(32, allow_nan=True): "float",
    t.Floating(64, allow_nan=True): "double",
}
_BY_DAY = (PartitionField(INGESTED_AT, "day", f"{INGESTED_AT}_day"),)
_LONG, _TEXT = t.Integer(64), t.String()
_REASON = t.Struct(tuple(t.Field(name, _TEXT) for name in ("code", "check", "column", "expected", "got")))
_BRONZE_LINEAGE: tuple[tuple[str, t.LogicalType, str], ...] = (
    ("_file_id", _TEXT, "Identity of the landed object version."),
    ("_batch_id", _TEXT, "Batch that published the row."),
    ("_row_number", _LONG, "Record in the file, from 1, without the header."),
    ("_source_uri", _TEXT, "Where the file was landed."),
    (INGESTED_AT, t.Timestamp(), "When the batch was made; the same for all its rows and retries."),
    ("_extra", _TEXT, "Fields the contract does not declare, as JSON; treated as personal."),
    (
        "_flags",
        t.List(_TEXT),
        "Checks the row fails and was kept all the same: warnings, and what a threshold tolerates.",
    ),
)
_QUARANTINE: tuple[tuple[str, t.LogicalType, str], ...] = (
    *_BRONZE_LINEAGE[:2],
    ("_row_number", _LONG, "Record in the file, from 1; null when the whole file was rejected."),
    *_BRONZE_LINEAGE[3:5],
    ("reasons", t.List(_REASON), "Why it was rejected, at least one."),
    ("record", _TEXT, "The record as JSON with personal and undeclared values masked; null when it cannot be parsed."),
    ("record_sha256", _TEXT, "Of the record's own bytes."),
    ("record_bytes", _LONG, "Length of the record's own bytes."),
    ("contract_version", _TEXT, "Version of the contract it was checked against."),
    ("contract_hash", _TEXT, "Hash of that contract."),
)
