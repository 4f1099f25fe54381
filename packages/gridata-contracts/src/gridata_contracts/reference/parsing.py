"""Rules about text that stands for another type: numbers, dates, JSON."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from gridata_contracts.reference.case import Case, Holds
from gridata_contracts.text_types import type_of_word
from gridata_contracts.types import String
from gridata_contracts.values import Refusal, parse_text

_DEEPEST_JSON = 100
_WIDTHS = {"YYYY": 4, "MM": 2, "DD": 2, "HH": 2, "mm": 2, "ss": 2, "SSS": 3, "SSSSSS": 6}
_OFFSET = re.compile(r"Z|[+-](0[0-9]|1[0-4]):[0-5][0-9]")


def _is_castable_to(case: Case) -> bool:
    kind = type_of_word(case.argument("type")) or String()
    return not isinstance(parse_text(kind, case.value), Refusal)


def _has_format(case: Case) -> bool:
    """The format from left to right: each word takes as many digits as it has letters."""
    text, rest, numbers = case.value, case.argument("format"), {}
    while rest:
        word = next((word for word in sorted(_WIDTHS, key=len, reverse=True) if rest.startswith(word)), rest[0])
        taken = text[: _WIDTHS.get(word, 1)]
        if word == "Z":
            offset = _OFFSET.match(text)
            if offset is None:
                return False
            taken = offset[0]
        elif word in _WIDTHS:
            if len(taken) < len(word) or not (taken.isascii() and taken.isdigit()):
                return False
            numbers[word] = int(taken)
        elif taken != word:
            return False
        text, rest = text[len(taken) :], rest[len(word) :]
    return not text and _exists(numbers)


def _exists(numbers: Mapping[str, int]) -> bool:
    try:
        dt.date(numbers["YYYY"], numbers["MM"], numbers["DD"])
        dt.time(numbers.get("HH", 0), numbers.get("mm", 0), numbers.get("ss", 0))
    except ValueError:
        return False
    return True


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, of which names may repeat."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _json(text: str) -> Any:
    """The value of JSON text; numbers as text. Raises ValueError for any other."""
    try:
        value = json.loads(
            text, parse_constant=_no_constant, parse_int=str, parse_float=str, object_pairs_hook=_Members
        )
        json.dumps(value, ensure_ascii=False).encode()  # raises a ValueError for half a surrogate pair
    except RecursionError:
        raise ValueError("too deep") from None
    level = [value]
    for _ in range(_DEEPEST_JSON):
        level = [child for each in level for child in _children(each)]
    if any(isinstance(each, list) for each in level):
        raise ValueError("too deep")
    return value


def _children(value: Any) -> list[Any]:
    if isinstance(value, _Members):
        return [member for _, member in value]
    return value if isinstance(value, list) else []


def _is_json(case: Case) -> bool:
    try:
        _json(case.value)
    except ValueError:
        return False
    return True


def _has_json_keys(case: Case) -> bool:
    if not _is_json(case):
        return False
    value = _json(case.value)
    return isinstance(value, _Members) and set(case.argument("keys")) <= {name for name, _ in value}


HOLDS: Mapping[str, Holds] = {
    "is_castable_to": _is_castable_to,
    "is_integer_text": lambda case: re.fullmatch("-?(0|[1-9][0-9]*)", case.value) is not None,
    "is_number_text": lambda case: (
        re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", case.value) is not None
    ),
    "is_date_text": _has_format,
    "is_timestamp_text": _has_format,
    "is_json": _is_json,
    "has_json_keys": _has_json_keys,
}
