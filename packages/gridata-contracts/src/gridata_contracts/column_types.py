"""From a property's logicalType, physicalType and options to one of our logical types."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from functools import cache

from open_data_contract_standard.model import SchemaProperty

from gridata_contracts.model import JsonValue
from gridata_contracts.problems import Absent, Problems, did_you_mean
from gridata_contracts.types import (
    Boolean,
    Date,
    Decimal,
    Floating,
    Integer,
    LogicalType,
    String,
    Timestamp,
)

SCALARS = ("string", "boolean", "integer", "number", "date", "timestamp")
LOGICAL = (*SCALARS, "object", "array")

_DECIMAL = re.compile(r"(?:decimal|numeric)\(\s*([0-9]+)\s*,\s*([0-9]+)\s*\)")
_INTEGER_BITS = {None: 64, "int": 32, "integer": 32, "i32": 32, "long": 64, "bigint": 64, "i64": 64}
_FLOATING_BITS = {"float": 32, "real": 32, "f32": 32, "double": 64, "f64": 64}
_SAME_WORD = {
    "string": ("string", "text", "varchar"),
    "boolean": ("boolean", "bool"),
    "date": ("date",),
    "timestamp": ("timestamp", "timestamptz"),
}
_MONEY_HINT = "Use decimal(p,s) for money."
_REFUSED = {
    "time": "Use a string with a pattern, or a timestamp.",
    "map": "Use an array of objects with a key and a value.",
    "vector": "Use an array of number.",
}


def scalar_type(
    column: SchemaProperty, custom: Mapping[str, JsonValue], path: str, problems: Problems
) -> LogicalType | None:
    """The logical type of a property without children; None when a problem was noted."""
    logical = column.logicalType
    if logical not in SCALARS:
        _refuse_logical(logical, path, problems)
        return None
    physical = column.physicalType or (column.logicalTypeOptions or {}).get("format")
    physical = physical.strip().lower() if isinstance(physical, str) else None
    if logical == "integer":
        return _integer(physical, path, problems)
    if logical == "number":
        return _number(physical, custom, path, problems)
    if column.physicalType is not None and physical not in _SAME_WORD[logical]:
        problems.add_choice(f"{path}.physicalType", column.physicalType, _SAME_WORD[logical], "Or leave it out.")
        return None
    if logical == "timestamp":
        return Timestamp(_zone(column.logicalTypeOptions or {}, path, problems))
    plain: Mapping[str, LogicalType] = {"string": String(), "boolean": Boolean(), "date": Date()}
    return plain[logical]


def _refuse_logical(logical: str | None, path: str, problems: Problems) -> None:
    hint = _REFUSED.get(logical or "") or did_you_mean(logical, LOGICAL)
    problems.add(f"{path}.logicalType", Absent if logical is None else logical, ", ".join(LOGICAL), hint)


def _integer(physical: str | None, path: str, problems: Problems) -> LogicalType | None:
    if physical in _INTEGER_BITS:
        return Integer(_INTEGER_BITS[physical])
    unsigned = (physical or "").startswith("u")
    hint = "Unsigned types do not exist in Iceberg; use the next wider signed one." if unsigned else ""
    problems.add(f"{path}.physicalType", physical, "int or long", hint)
    return None


def _number(physical: str | None, custom: Mapping[str, JsonValue], path: str, problems: Problems) -> LogicalType | None:
    where = f"{path}.physicalType"
    decimal = _DECIMAL.fullmatch(physical or "")
    if decimal is not None:
        precision, scale = int(decimal[1]), int(decimal[2])
        if not (1 <= precision <= 38 and scale <= precision):
            problems.add(where, physical, "decimal(p,s) with 1 <= p <= 38 and s <= p")
            return None
        return Decimal(precision, scale, round_half_up=custom.get("round") == "half-up")
    if physical in _FLOATING_BITS:
        return Floating(_FLOATING_BITS[physical], allow_nan=custom.get("allowNan") is True)
    got = Absent if physical is None else physical
    hint = did_you_mean(physical, ["double", "float", "decimal(12,2)"]) if physical else ""
    problems.add(where, got, "decimal(p,s), double or float", " ".join(filter(None, (hint, _MONEY_HINT))))
    return None


def _zone(options: Mapping[str, object], path: str, problems: Problems) -> str | None:
    """The zone naive text is read in: `defaultTimezone`, which the contract must give to allow naive text."""
    zone = options.get("defaultTimezone")
    where = f"{path}.logicalTypeOptions"
    if zone is None:
        if options.get("timezone") is False:
            problems.add(f"{where}.timezone", False, "false only with defaultTimezone", "Name the zone of the source.")
        return None
    if not isinstance(zone, str) or zone not in _zones():
        problems.add(f"{where}.defaultTimezone", zone, "an IANA time zone", did_you_mean(zone, _zones()))
        return None
    return zone


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
