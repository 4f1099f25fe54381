"""What a contract says to people alone: the platform keeps it, and does nothing with it.

Usage, limitations, examples, members of the team, support, other vendors' properties. What the platform acts upon is
in the Contract's own fields; `contract diff` compares those and these words, so that no change goes unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from gridata_contracts.custom_properties import PREFIX
from gridata_contracts.model import JsonValue
from gridata_contracts.quality_limits import OPERATORS
from gridata_contracts.service_levels import EVALUATED, kind_of

_Mapping = Mapping[str, JsonValue]

_ROOT = {"id", "kind", "version", "status", "name", "domain", "tags"}
_NESTED = {"description", "team", "schema", "slaProperties", "customProperties"}
_COLUMN = {
    *("name", "physicalName", "description", "tags", "classification", "required", "unique", "partitioned"),
    *("primaryKey", "primaryKeyPosition", "logicalType", "physicalType", "logicalTypeOptions", "enum"),
}
_ITEM = _COLUMN - {"description", "tags"}
_CHECK = {
    *("id", "type", "engine", "implementation", "severity", "dimension"),
    *("metric", "rule", "arguments", "query", "unit", *OPERATORS),
}
_LEVEL = {"property", "element", "value", "unit"}


def words_of(document: _Mapping) -> dict[str, JsonValue]:
    """Words by place: `description.usage`, `order_id.examples`, `slaProperties.availability`."""
    return dict(_words(document))


def _words(document: _Mapping) -> Iterator[tuple[str, JsonValue]]:
    yield from _rest(document, _ROOT | _NESTED, "")
    yield from _part(document.get("description"), {"purpose"}, "description")
    yield from _part(document.get("team"), {"name"}, "team")
    for level in _items(document.get("slaProperties")):
        name = str(level.get("property"))
        told = _LEVEL if kind_of(name) in EVALUATED else {"property"}
        yield from _rest(level, told, f"slaProperties.{name}.")
    yield from _vendors(document, "")
    for table in _items(document.get("schema")):
        yield from _rest(table, {"name", "logicalType", "physicalType", "properties", "quality"}, "schema.")
        yield from _of_checks(table, "")
        yield from _of_columns(table, "")


def _of_columns(parent: _Mapping, prefix: str) -> Iterator[tuple[str, JsonValue]]:
    for column in _items(parent.get("properties")):
        yield from _of_column(column, _COLUMN, f"{prefix}{column.get('name')}")


def _of_column(column: _Mapping, told: set[str], path: str) -> Iterator[tuple[str, JsonValue]]:
    yield from _rest(column, told | {"properties", "items", "quality", "customProperties"}, f"{path}.")
    yield from _vendors(column, f"{path}.")
    yield from _of_checks(column, f"{path}.")
    yield from _of_columns(column, f"{path}.")
    item = column.get("items")
    if isinstance(item, dict):
        yield from _of_column(item, _ITEM, f"{path}[*]")


def _of_checks(owner: _Mapping, prefix: str) -> Iterator[tuple[str, JsonValue]]:
    for i, check in enumerate(_items(owner.get("quality"))):
        yield from _rest(check, _CHECK, f"{prefix}quality[{i}].")


def _vendors(owner: _Mapping, prefix: str) -> Iterator[tuple[str, JsonValue]]:
    for each in _items(owner.get("customProperties")):
        name = str(each.get("property"))
        if not name.startswith(PREFIX):
            yield from _rest(each, {"property"}, f"{prefix}customProperties.{name}.")


def _part(value: JsonValue, told: set[str], name: str) -> Iterator[tuple[str, JsonValue]]:
    """A mapping of which some keys are told elsewhere; in any other form it is told as a whole."""
    if isinstance(value, dict):
        yield from _rest(value, told, f"{name}.")
    elif value is not None:
        yield name, value


def _rest(mapping: _Mapping, told: set[str], prefix: str) -> Iterator[tuple[str, JsonValue]]:
    yield from ((f"{prefix}{key}", value) for key, value in mapping.items() if key not in told)


def _items(value: JsonValue) -> list[_Mapping]:
    return [cast(_Mapping, each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []
