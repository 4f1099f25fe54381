"""Checks that follow from `logicalTypeOptions`, as ODCS v3.1 lists them by logical type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gridata_contracts.columns import Place, Schema
from gridata_contracts.literals import literal_value
from gridata_contracts.problems import Problems, did_you_mean
from gridata_contracts.types import (
    Date,
    Decimal,
    Floating,
    Integer,
    List,
    LogicalType,
    String,
    Struct,
    Timestamp,
)
from gridata_contracts.values import Refusal
from gridata_contracts.wanted import Wanted

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_OPTIONS: dict[type, tuple[str, ...]] = {
    String: ("minLength", "maxLength", "pattern", "format"),
    Integer: (*_BOUNDS, "multipleOf", "format"),
    Decimal: (*_BOUNDS, "multipleOf"),
    Floating: (*_BOUNDS, "format"),
    Date: (*_BOUNDS, "format"),
    Timestamp: (*_BOUNDS, "format", "timezone", "defaultTimezone"),
    List: ("minItems", "maxItems", "uniqueItems"),
    Struct: ("required",),
}
_REFUSED = {
    ("format", Decimal): "decimal(p,s) says all about it.",
    ("multipleOf", Floating): "Binary numbers are hardly ever an exact multiple; use decimal(p,s).",
    ("minProperties", Struct): "An object has just the fields that the contract declares; use required.",
    ("maxProperties", Struct): "An object has just the fields that the contract declares.",
}

_UNRESERVED = "[0-9A-Za-z!$&'()*+,./:;=?@_~\\[\\]-]|%[0-9A-Fa-f]{2}"
_URI = f"[A-Za-z][0-9A-Za-z+.-]*:(?:{_UNRESERVED})*(?:#(?:{_UNRESERVED})*)?"
"""RFC 3986: a scheme, and the characters that may follow it."""
FORMATS: Mapping[str, tuple[str, Mapping[str, Any]] | None] = {
    "email": ("is_email", {}),
    "uuid": ("is_uuid", {}),
    "uri": ("has_pattern", {"pattern": _URI}),
    "url": ("is_url", {}),
    "hostname": ("is_hostname", {}),
    "ipv4": ("is_ipv4", {}),
    "ipv6": ("is_ipv6", {}),
    "date": ("is_date_text", {"format": "YYYY-MM-DD"}),
    "date-time": ("is_castable_to", {"type": "timestamp"}),
    "byte": ("is_base64", {}),
    "json": ("is_json", {}),
    "binary": None,
    "password": None,
}
"""By format of text, the rule it stands for; None for those that every text has."""
_ISO_DATE = re.compile(r"(?:yyyy|YYYY|uuuu)-MM-(?:dd|DD)")
_ISO_TIMESTAMP = re.compile(_ISO_DATE.pattern + r"(?:T|'T'| )HH:mm:ss(?:\.S{1,6})?(?:Z|'Z'|X{1,3})?")


def option_checks(place: Place, options: Mapping[str, Any], schema: Schema, problems: Problems) -> Iterator[Wanted]:
    """Wanted checks of one place's options; what the type has no meaning for is noted."""
    where = f"{place.source}.logicalTypeOptions"
    allowed = _OPTIONS.get(type(place.type), ())
    for name in options:
        if name not in allowed:
            hint = _REFUSED.get((name, type(place.type)), "")
            problems.add_choice(f"{where}.{name}", name, allowed or ("no options for this type",), hint)
    _refuse_contradiction(place, options, where, problems)
    for rule, names in _rules_of(place.type).items():
        arguments = {argument: options[name] for name, argument in names.items() if name in options}
        if arguments:
            yield Wanted(rule, arguments, where, written={argument: name for name, argument in names.items()})
    if "format" in options and isinstance(place.type, String | Date | Timestamp):
        yield from _format_check(place, options["format"], f"{where}.format", problems)
    if "uniqueItems" in options and isinstance(place.type, List):
        yield from _unique_items(options["uniqueItems"], f"{where}.uniqueItems", problems)
    if "required" in options and isinstance(place.type, Struct):
        yield from _required_fields(place, options["required"], schema, f"{where}.required", problems)


def _rules_of(kind: LogicalType) -> dict[str, dict[str, str]]:
    """By rule, the options that become its arguments."""
    if isinstance(kind, String):
        return {"has_length": {"minLength": "min", "maxLength": "max"}, "has_pattern": {"pattern": "pattern"}}
    if isinstance(kind, List):
        return {"has_items": {"minItems": "min", "maxItems": "max"}}
    if isinstance(kind, Struct):
        return {}
    return {
        "is_between": {"minimum": "min", "maximum": "max"},
        "is_greater_than": {"exclusiveMinimum": "value"},
        "is_less_than": {"exclusiveMaximum": "value"},
        "is_multiple_of": {"multipleOf": "value"},
    }


def _refuse_contradiction(place: Place, options: Mapping[str, Any], where: str, problems: Problems) -> None:
    """A lower and an upper bound of which at least one is exclusive; inclusive ones are compared by their rule."""
    for low, high in (
        ("minimum", "exclusiveMaximum"),
        ("exclusiveMinimum", "maximum"),
        ("exclusiveMinimum", "exclusiveMaximum"),
    ):
        if low not in options or high not in options or isinstance(place.type, String | List | Struct):
            continue
        least, most = (literal_value(place.type, options[name]) for name in (low, high))
        if isinstance(least, Refusal) or isinstance(most, Refusal):
            continue  # the rule says what is wrong with it
        if least >= most:  # type: ignore[operator] # two values of one ordered type
            problems.add(
                f"{where}.{low}", options[low], f"less than {high} ({options[high]})", "No value keeps to both."
            )


def _format_check(place: Place, written: Any, where: str, problems: Problems) -> Iterator[Wanted]:
    if isinstance(place.type, Date | Timestamp):
        iso = _ISO_DATE if isinstance(place.type, Date) else _ISO_TIMESTAMP
        if not isinstance(written, str) or iso.fullmatch(written) is None:
            form = "yyyy-MM-dd" if isinstance(place.type, Date) else "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]XXX"
            hint = (
                "Dates are read as ISO 8601; declare a string with is_date_text or is_timestamp_text for other forms."
            )
            problems.add(where, written, form, hint)
        return
    if not isinstance(written, str) or written not in FORMATS:
        problems.add_choice(where, written, FORMATS, "Or write a pattern instead.")
        return
    found = FORMATS[written]
    if found is not None:
        rule, arguments = found
        yield Wanted(rule, dict(arguments), where, f"{place.path}.format")


def _unique_items(written: Any, where: str, problems: Problems) -> Iterator[Wanted]:
    if not isinstance(written, bool):
        problems.add(where, written, "true or false")
    elif written:
        at, key = where.rsplit(".", 1)
        yield Wanted("has_unique_items", {}, at, written={"field": key, "rule": key})


def _required_fields(place: Place, written: Any, schema: Schema, where: str, problems: Problems) -> Iterator[Wanted]:
    assert isinstance(place.type, Struct)
    names = [field.name for field in place.type.fields]
    if not isinstance(written, list) or not written:
        problems.add(where, written, "a list of fields", f"It has {', '.join(names)}.")
        return
    for i, name in enumerate(written):
        path = f"{place.path}.{name}"
        if name not in names and path not in schema.properties:
            hint = did_you_mean(name, names) or f"Fields are {', '.join(names)}."
            problems.add(f"{where}[{i}]", name, f"a field of {place.path}", hint)
        elif name in names and not schema.places[path].required and name not in written[:i]:
            yield Wanted("is_not_null", {}, f"{where}[{i}]", column=path)
