"""What one would ask of any frame, from the names and types of its columns alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gridata_contracts.suite import Ask
from gridata_contracts.types import Date, Decimal, Floating, Integer, LogicalType, String, Timestamp
from gridata_jobs.frames.asked import rule
from gridata_jobs.frames.checks import Checks, schema_of_frame
from gridata_jobs.frames.columns import checkable_types

_COMPARABLE = (String, Integer, Decimal, Date, Timestamp)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_FORMATS = {
    "email": "is_email", "mail": "is_email", "url": "is_url", "uri": "is_url", "website": "is_url", "uuid": "is_uuid",
    "guid": "is_uuid", "ip": "is_ip_address", "phone": "is_phone_number", "iban": "is_iban",
    "currency": "is_currency_code", "timezone": "is_timezone", "isbn": "is_isbn", "ean": "is_gtin", "gtin": "is_gtin",
}  # fmt: skip
_NEVER_NEGATIVE = frozenset({
    "price", "amount", "total", "cost", "quantity", "qty", "count", "weight", "height", "width", "length", "age",
    "stock", "revenue", "fee", "tax", "size", "duration", "distance", "salary",
})  # fmt: skip
_MAY_BE_AHEAD = frozenset({
    "due", "expires", "expiry", "expiration", "until", "end", "valid", "delivery", "estimated", "expected", "planned",
    "scheduled", "next", "promised", "deadline", "eta",
})  # fmt: skip


def run_standard_checks(frame: Any) -> list[tuple[str, int]]:
    """(check, failing rows) of `standard_checks` on a frame; 1 or 0 for a check about the whole frame.

    Raises:
        UsageError: it is no frame we know.
    """
    return Checks(*standard_checks(frame)).check(frame).failures


def standard_checks(frame: Any) -> list[Ask]:
    """Checks that follow from names and types; a starting point to read, cut and extend.

    The frame has rows; `id` and `*_id` are never null, the first column is unique when it is one of them; text is not
    blank; `email`, `url`, `currency`, … have their format; prices, quantities, … are not negative; floating numbers
    are finite; dates and times are not ahead of now, unless the name says that they may be. All of them only flag, so
    that each looks at every row.
    """
    types = checkable_types(schema_of_frame(frame))
    asked = [rule("has_row_count", min=1), *_keys(types)]
    asked += [each for name, kind in types.items() for each in _of(name, kind)]
    return [replace(each, terms={"action": "flag"}) for each in asked]


def _keys(types: Mapping[str, LogicalType]) -> Iterator[Ask]:
    keys = [name for name in types if _words(name)[-1:] == ["id"]]
    yield from (rule("is_not_null", name) for name in keys)
    first = next(iter(types), "")
    if first in keys and isinstance(types[first], _COMPARABLE):
        yield rule("is_unique", columns=[first])


def _of(name: str, kind: LogicalType) -> Iterator[Ask]:
    words = _words(name)
    match kind:
        case String():
            yield rule("is_not_blank", name)
            formats = dict.fromkeys(_FORMATS[word] for word in words[-1:] if word in _FORMATS)
            yield from (rule(each, name) for each in formats)
        case Integer() | Decimal() if _NEVER_NEGATIVE.intersection(words):
            yield rule("is_not_negative", name)
        case Floating():
            yield rule("is_finite", name)
            if _NEVER_NEGATIVE.intersection(words):
                yield rule("is_not_negative", name)
        case Date() | Timestamp() if not _MAY_BE_AHEAD.intersection(words):
            yield rule("is_not_after_as_of", name)


def _words(name: str) -> list[str]:
    """`orderId` and `order_id` → order, id."""
    return [word.lower() for word in _WORD.findall(name)]
