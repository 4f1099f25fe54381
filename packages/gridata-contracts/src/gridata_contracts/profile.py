"""What a sample shows about one value: how often it is there, which type holds all of it, which values it takes."""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gridata_contracts.types import (
    Boolean,
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
from gridata_contracts.values import Refusal, parse_json_scalar, parse_text

_PLAIN = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
_MONEY = re.compile(r"(?:^|_)(?:price|cost|amount|total|subtotal|tax|discount|fee|balance|salary|revenue)(?:_|$)")
_MAX_SCALE = 6


@dataclass
class Profile:
    """Everything seen at one path.

    Attributes:
        seen: how often its parent was there.
        values: the values that were there and not null.
        fields: profiles of an object's fields, or of the objects in an array.
        item: profile of an array's items.
        objects: how many of the values were objects.
    """

    name: str
    seen: int = 0
    values: list[Any] = field(default_factory=list)
    fields: dict[str, Profile] = field(default_factory=dict)
    item: Profile | None = None
    objects: int = 0

    @property
    def always_there(self) -> bool:
        """Never null and never absent where its parent was."""
        return self.seen > 0 and len(self.values) == self.seen


def profile_records(records: Sequence[dict[str, Any]]) -> Profile:
    """Profile of the records as one object."""
    root = Profile("")
    for record in records:
        _add(root, record)
    return root


def _add(profile: Profile, value: Any) -> None:
    profile.seen += 1
    if value is None:
        return
    profile.values.append(value)
    if isinstance(value, dict):
        for name in value:
            if name not in profile.fields:
                profile.fields[name] = Profile(name, seen=profile.objects)
        profile.objects += 1
        for name, inner in profile.fields.items():
            _add(inner, value.get(name))
    elif isinstance(value, list):
        profile.item = profile.item or Profile(profile.name)
        for item in value:
            _add(profile.item, item)


def infer_type(profile: Profile, *, text_only: bool) -> LogicalType | None:
    """The narrowest of our types that accepts every value; None when no type does, or nothing was seen of it.

    Args:
        profile: of the value.
        text_only: the sample is CSV, where every value is text.
    """
    values = profile.values
    if not values:
        return None
    if all(isinstance(value, dict) for value in values):
        return Struct(()) if profile.fields else None
    if all(isinstance(value, list) for value in values):
        inner = None if profile.item is None else infer_type(profile.item, text_only=text_only)
        return None if inner is None else List(inner)
    return next((kind for kind in _candidates(profile) if _accepts_all(kind, values, text_only)), None)


def _candidates(profile: Profile) -> list[LogicalType]:
    """From narrow to wide; text is the last resort."""
    numbers = _number_types(profile)
    return [Boolean(), *numbers, Date(), Timestamp(), Timestamp("Etc/UTC"), String()]


def _number_types(profile: Profile) -> list[LogicalType]:
    texts = [str(value) for value in profile.values]
    matches = [_PLAIN.fullmatch(text) for text in texts]
    plain = [match for match in matches if match is not None]
    scale = max((len((match[1] or "").rstrip("0")) for match in plain), default=0)
    written = max((len(match[1] or "") for match in plain), default=0)
    is_money = _MONEY.search(profile.name.lower()) is not None
    exact = len(plain) == len(texts) and scale <= _MAX_SCALE
    money: list[LogicalType] = [Decimal(18, max(2, scale))] if exact and (is_money or 0 < written <= 2) else []
    return [*money, Integer(64), Floating(64)] if is_money else [Integer(64), *money, Floating(64)]


def _accepts_all(kind: LogicalType, values: Sequence[Any], text_only: bool) -> bool:
    return not any(isinstance(_parsed(kind, value, text_only), Refusal) for value in values)


def _parsed(kind: LogicalType, value: Any, text_only: bool) -> object:
    if isinstance(value, dict | list):
        return parse_json_scalar(kind, True) if not isinstance(kind, Boolean) else parse_json_scalar(kind, "")
    if text_only:
        return parse_text(kind, value)
    return parse_json_scalar(kind, value)


def smallest(profile: Profile) -> decimal.Decimal:
    """The least number of a numeric profile."""
    return min(decimal.Decimal(str(value)) for value in profile.values)


def distinct_texts(profile: Profile) -> list[str]:
    """The different texts, in the order they were first seen."""
    return list(dict.fromkeys(value for value in profile.values if isinstance(value, str)))


def shape(texts: Sequence[str]) -> str | None:
    """A pattern of identifiers that all look alike: same length, same kind of character at each place.

    `O000000042` and `O000000113` give `^O[0-9]{9}$`. None when they do not look alike.
    """
    if len(texts) < 2 or len({len(text) for text in texts}) != 1 or not 2 <= len(texts[0]) <= 64:
        return None
    classes = [_common_class({text[i] for text in texts}) for i in range(len(texts[0]))]
    if None in classes:
        return None
    if _is_hexadecimal(texts):
        classes = [letter if letter == "-" else "[0-9a-f]" for letter in classes]
    parts, i = [], 0
    while i < len(classes):
        run = next((j for j in range(i, len(classes)) if classes[j] != classes[i]), len(classes)) - i
        parts.append(str(classes[i]) + (f"{{{run}}}" if run > 1 else ""))
        i += run
    return f"^{''.join(parts)}$"


def _is_hexadecimal(texts: Sequence[str]) -> bool:
    return len(texts[0]) >= 16 and all(set(text) <= set("0123456789abcdef-") for text in texts)


def _common_class(characters: set[str]) -> str | None:
    for kind, members in (("[0-9]", "0123456789"), ("[A-Z]", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")):
        if characters <= set(members):
            return kind if len(characters) > 1 or kind == "[0-9]" else next(iter(characters))
    lower = set("abcdefghijklmnopqrstuvwxyz0123456789")
    if characters <= lower:
        return "[0-9a-z]" if len(characters) > 1 else next(iter(characters))
    return next(iter(characters)) if len(characters) == 1 and characters <= {"-", "_", ":", "/"} else None
