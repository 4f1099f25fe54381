"""What a sample shows about one value: how often it is there, the type of nearly all of it, the values it takes."""

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
MAX_MISFIT_SHARE = 0.02
"""Share of values that may be of another type than the others: real files have some."""
_ONE_MISFIT_OF = 20
"""Of so many values, one may be a misfit even if that is a larger share."""


@dataclass
class Profile:
    """Everything seen at one path.

    Attributes:
        seen: how often its parent was there.
        values: the values that were there and not null; once a type is inferred, those of that type.
        misfits: the others.
        fields: profiles of an object's fields, or of the objects in an array.
        item: profile of an array's items.
        objects: how many of the values were objects, or nulls in an array, of which fields are asked for likewise.
    """

    name: str
    seen: int = 0
    values: list[Any] = field(default_factory=list)
    misfits: list[Any] = field(default_factory=list)
    fields: dict[str, Profile] = field(default_factory=dict)
    item: Profile | None = None
    objects: int = 0

    @property
    def always_there(self) -> bool:
        """Never null and never absent where its parent was."""
        return self.seen > 0 and len(self.values) + len(self.misfits) == self.seen


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
            if item is None:
                _add_missing_fields(profile.item)


def _add_missing_fields(item: Profile) -> None:
    """A null among an array's items: none of its fields is there."""
    item.objects += 1
    for field_of_item in item.fields.values():
        _add(field_of_item, None)


def infer_type(profile: Profile, *, text_only: bool) -> LogicalType | None:
    """The narrowest of our types that accepts nearly all values; None when no type does, or nothing was seen of it.

    Values of another type become the profile's misfits: of a type that takes all of them there are none, so text that
    looks like numbers with few exceptions is numbers, and only text is left to be text.

    Args:
        profile: of the value.
        text_only: the sample is CSV, where every value is text.
    """
    values = profile.values
    if not values:
        return None
    few = max(int(MAX_MISFIT_SHARE * len(values)), int(len(values) >= _ONE_MISFIT_OF))
    candidates = _candidates(profile, text_only=text_only)
    for kinds, most in ((candidates[:-1], 0), (candidates, few)):
        for kind in kinds:
            fits = [_accepts(kind, value, text_only) for value in values]
            if fits.count(False) <= most:
                profile.values = [value for value, fit in zip(values, fits, strict=True) if fit]
                profile.misfits = [value for value, fit in zip(values, fits, strict=True) if not fit]
                return kind
    return None


def _candidates(profile: Profile, *, text_only: bool) -> list[LogicalType]:
    """From narrow to wide; text is the last resort."""
    found: list[LogicalType] = []
    if profile.fields:
        found.append(Struct(()))
    inner = None if profile.item is None else infer_type(profile.item, text_only=text_only)
    if inner is not None:
        found.append(List(inner))
    return [*found, Boolean(), *_number_types(profile), Date(), Timestamp(), Timestamp("Etc/UTC"), String()]


def _number_types(profile: Profile) -> list[LogicalType]:
    texts = [str(value) for value in profile.values]
    matches = [_PLAIN.fullmatch(text) for text in texts]
    plain = [match for match in matches if match is not None]
    scale = max((len((match[1] or "").rstrip("0")) for match in plain), default=0)
    written = max((len(match[1] or "") for match in plain), default=0)
    is_money = _MONEY.search(profile.name.lower()) is not None
    exact = len(plain) >= (1 - MAX_MISFIT_SHARE) * len(texts) and scale <= _MAX_SCALE
    money: list[LogicalType] = [Decimal(18, max(2, scale))] if exact and (is_money or 0 < written <= 2) else []
    return [*money, Integer(64), Floating(64)] if is_money else [Integer(64), *money, Floating(64)]


def _accepts(kind: LogicalType, value: Any, text_only: bool) -> bool:
    if isinstance(value, dict | list):
        return isinstance(kind, Struct if isinstance(value, dict) else List)
    if isinstance(kind, Struct | List):
        return False
    parsed = parse_text(kind, value) if text_only else parse_json_scalar(kind, value)
    return not isinstance(parsed, Refusal)


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
