"""Checks that follow from a property's own keys: required, unique, enum and logicalTypeOptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from open_data_contract_standard.model import SchemaProperty

from gridata_contracts.columns import Place
from gridata_contracts.problems import Problems
from gridata_contracts.types import Date, Decimal, Floating, Integer, List, LogicalType, String, Timestamp

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_OPTIONS: dict[type, tuple[str, ...]] = {
    String: ("minLength", "maxLength", "pattern"),
    Integer: (*_BOUNDS, "multipleOf", "format"),
    Decimal: (*_BOUNDS, "multipleOf"),
    Floating: (*_BOUNDS, "format"),
    Date: _BOUNDS,
    Timestamp: (*_BOUNDS, "timezone", "defaultTimezone"),
    List: ("minItems", "maxItems"),
}


@dataclass(frozen=True)
class Wanted:
    """A check somebody asked for, before its arguments are accepted.

    Attributes:
        where: path in the document of what asks for it.
        id: given by the contract; None gets `<column path>.<rule>`.
        severity: as written; None is error.
        terms: how it is judged beside that, as written (verdict_terms.py).
    """

    rule: str
    arguments: dict[str, Any]
    where: str
    id: str | None = None
    severity: str | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    dimension: str | None = None


def derived_checks(place: Place, item: SchemaProperty, problems: Problems) -> Iterator[Wanted]:
    """Wanted checks of one place, in the order required, enum, options."""
    if place.required:
        yield Wanted("is_not_null", {}, f"{place.source}.required")
    if item.enum is not None:
        yield Wanted("is_in_set", {"values": [each.value for each in item.enum]}, f"{place.source}.enum")
    yield from _from_options(place, item.logicalTypeOptions or {}, problems)


def _from_options(place: Place, options: dict[str, Any], problems: Problems) -> Iterator[Wanted]:
    where = f"{place.source}.logicalTypeOptions"
    allowed = _OPTIONS.get(type(place.type), ())
    for name in options:
        if name not in allowed:
            hint = "Write a pattern instead." if name == "format" else ""
            problems.add_choice(f"{where}.{name}", name, allowed or ("no options for this type",), hint)
    for rule, names in _rules_of(place.type).items():
        arguments = {argument: options[name] for name, argument in names.items() if name in options}
        if arguments:
            yield Wanted(rule, arguments, where)


def _rules_of(kind: LogicalType) -> dict[str, dict[str, str]]:
    """By rule, the options that become its arguments."""
    if isinstance(kind, String):
        return {"has_length": {"minLength": "min", "maxLength": "max"}, "has_pattern": {"pattern": "pattern"}}
    if isinstance(kind, List):
        return {"has_items": {"minItems": "min", "maxItems": "max"}}
    return {
        "is_between": {"minimum": "min", "maximum": "max"},
        "is_greater_than": {"exclusiveMinimum": "value"},
        "is_less_than": {"exclusiveMaximum": "value"},
        "is_multiple_of": {"multipleOf": "value"},
    }
