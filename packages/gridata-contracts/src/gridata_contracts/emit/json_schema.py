"""Contract → JSON Schema 2020-12 of one record, for producers to test against before they land a file.

It says what JSON Schema can say; rules across columns are listed by their words under `x-gridata`. The files under
`data/schemas/` are this module's output, kept in the repository so that producers see changes in a diff.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from gridata_contracts import types as t
from gridata_contracts.model import Check, Column, Contract, JsonValue, Nulls, UnknownFields
from gridata_contracts.naming import DatasetId
from gridata_contracts.patterns import parse_pattern

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIMESTAMP = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_KEYWORDS = {
    "is_in_set": {"values": "enum"},
    "is_between": {"min": "minimum", "max": "maximum"},
    "is_greater_than": {"value": "exclusiveMinimum"},
    "is_less_than": {"value": "exclusiveMaximum"},
    "is_multiple_of": {"value": "multipleOf"},
    "has_length": {"min": "minLength", "max": "maxLength"},
    "has_items": {"min": "minItems", "max": "maxItems"},
}
_SAYABLE_ON: Mapping[str, tuple[type, ...]] = {
    "is_in_set": (t.String, t.Boolean, t.Integer),
    "is_between": (t.Integer, t.Floating, t.Decimal),
    "is_greater_than": (t.Integer, t.Floating, t.Decimal),
    "is_less_than": (t.Integer, t.Floating, t.Decimal),
    "is_multiple_of": (t.Integer,),
    "has_length": (t.String,),
    "has_items": (t.List,),
}
"""Rules JSON Schema can say, where one value has one JSON form (`1.50` and `"1.5"` are one decimal)."""

_NEXT_STEP = "Run gridata contract render --target json-schema --output data/schemas."

Schema = dict[str, JsonValue]


def schema(contract: Contract) -> Schema:
    """The JSON Schema of one record; warnings and rules it cannot say are listed under `x-gridata`."""
    by_column: dict[str, list[Check]] = {}
    for check in contract.checks:
        by_column.setdefault(check.column or "", []).append(check)
    rest = [check for check in contract.checks if not _is_said(contract, check)]
    said = _object(contract.columns, contract, by_column)
    return {
        "$schema": DIALECT,
        "$id": f"urn:gridata:{contract.id}",
        "title": contract.title,
        "description": contract.description,
        **said,
        "x-gridata": {
            "version": contract.version,
            "format": contract.landing.format.value,
            "primaryKey": [*contract.primary_key],
            "rules": [_in_words(check) for check in rest],
        },
    }


def text(contract: Contract) -> str:
    """The JSON Schema as it is committed."""
    return json.dumps(schema(contract), indent=2, ensure_ascii=False) + "\n"


def file_name(dataset: DatasetId) -> str:
    """Name of the committed file below `data/schemas/`."""
    return f"{dataset}.schema.json"


def drift(contracts: Iterable[Contract], directory: Path) -> list[str]:
    """One message per committed schema that is missing, differs from its contract, or has no contract."""
    wanted = {directory / file_name(contract.id): text(contract) for contract in contracts}
    stale = [path for path, content in wanted.items() if not path.is_file() or path.read_text() != content]
    orphans = [path for path in sorted(directory.glob("*.schema.json")) if path not in wanted]
    return [
        *(f"{path}: got a missing or old schema, allowed what the contract says. {_NEXT_STEP}" for path in stale),
        *(f"{path}: got a schema without a contract, allowed one per contract. Remove it." for path in orphans),
    ]


def _object(columns: tuple[Column, ...], contract: Contract, checks: Mapping[str, list[Check]]) -> Schema:
    required: list[JsonValue] = [column.name for column in columns if column.required]
    said: Schema = {"properties": {column.name: _property(column, contract, checks) for column in columns}}
    if required:
        said["required"] = required
    if contract.unknown_fields is UnknownFields.REJECT:
        said["additionalProperties"] = False
    return {"type": "object", **said}


def _property(column: Column, contract: Contract, checks: Mapping[str, list[Check]]) -> Schema:
    said = _typed(column.type, column, contract, checks)
    _add_keywords(said, checks.get(column.path, ()), column.type)
    if not column.required:
        said = _or_null(said)
    if column.description:
        said = {"description": column.description, **said}
    return {**said, "x-pii": True} if column.pii else said


def _add_keywords(said: Schema, checks: Iterable[Check], logical: t.LogicalType) -> None:
    """A keyword that two checks need stands a second time under `allOf`."""
    taken: set[str] = set()
    more: list[JsonValue] = []
    for check in checks:
        keywords = _keywords(check, logical)
        if taken & keywords.keys():
            more.append(keywords)
        else:
            said.update(keywords)
        taken |= keywords.keys()
    if more:
        said["allOf"] = more


def _typed(logical: t.LogicalType, column: Column, contract: Contract, checks: Mapping[str, list[Check]]) -> Schema:
    match logical:
        case t.String():
            return {"type": "string"}
        case t.Boolean():
            return {"type": "boolean"}
        case t.Integer(bits):
            return {"type": "integer", "minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}
        case t.Floating():
            return {"type": "number"}
        case t.Decimal():
            return _decimal(logical)
        case t.Date():
            return {"type": "string", "format": "date", "pattern": _DATE}
        case t.Timestamp(zone):
            return {"type": "string", "format": "date-time", "pattern": _TIMESTAMP + ("$" if zone is None else "?$")}
        case t.Struct():
            return _object(column.children, contract, checks)
        case t.List(item):
            said = _typed(item, column, contract, checks)
            needs_items = any(child.required for child in column.children)
            return {"type": "array", "items": said if needs_items else _or_null(said)}


def _decimal(logical: t.Decimal) -> Schema:
    """A number, or text that keeps every digit."""
    whole = logical.precision - logical.scale
    digits = f"(?:0|[1-9][0-9]{{0,{whole - 1}}})" if whole else "0"
    fraction = rf"(?:\.[0-9]{{1,{logical.scale}}}0*)?" if logical.scale else r"(?:\.0+)?"
    fraction = r"(?:\.[0-9]+)?" if logical.round_half_up else fraction
    limit = 10**whole
    return {
        "type": ["number", "string"],
        "exclusiveMinimum": -limit,
        "exclusiveMaximum": limit,
        "pattern": f"^-?{digits}{fraction}$",
    }


def _keywords(check: Check, logical: t.LogicalType) -> Schema:
    """What JSON Schema says for the check on a value of the type; nothing for warnings."""
    if not _says_no(check):
        return {}
    if check.rule == "has_pattern":
        return {"pattern": parse_pattern(str(check.arguments["pattern"])).ecma}
    if check.rule == "is_not_blank":
        return {"pattern": r"[^\t-\r ]"}
    if not isinstance(logical, _SAYABLE_ON.get(check.rule, ())):
        return {}
    names = _KEYWORDS[check.rule]
    if not check.arguments.keys() <= names.keys():
        return {}
    quoted = any(isinstance(value, str) for value in check.arguments.values())
    return {} if quoted else {names[name]: value for name, value in check.arguments.items()}


def _or_null(said: Schema) -> Schema:
    kinds = said.get("type")
    types: list[JsonValue] = [*kinds, "null"] if isinstance(kinds, list) else [kinds, "null"]
    values = said.get("enum")
    return {**said, "type": types, **({"enum": [*values, None]} if isinstance(values, list) else {})}


def _is_said(contract: Contract, check: Check) -> bool:
    if not _says_no(check):
        return False
    if check.rule == "is_not_null":
        return True
    place = _find(contract.columns, check.column)
    return place is not None and bool(_keywords(check, place.type))


def _says_no(check: Check) -> bool:
    """Every record that fails the check is rejected, so that a schema may refuse it."""
    return check.rejects_each_row and check.where is None and check.nulls is not Nulls.FAIL


def _find(columns: tuple[Column, ...], path: str | None) -> Column | None:
    for column in columns:
        found = column if column.path == path else _find(column.children, path)
        if found is not None:
            return found
    return None


def _in_words(check: Check) -> JsonValue:
    return {
        "check": check.id,
        "column": check.column,
        "expected": check.expected,
        "severity": check.severity.value,
    }
