"""Rules about a value that is there, or about which of several are."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds, is_among
from gridata_contracts.sql.blanks import BLANKS

_STANDS_FOR_NOTHING = {"n/a", "#n/a", "null", "none", "nil", "unknown", "undefined", "-", "--", "?"}


def _is_named(case: Case) -> bool:
    """The other column holds one of the values."""
    column = case.argument("column")
    other = case.look(column)
    return other is not None and is_among(other, [case.literal(value, column) for value in case.argument("values")])


def _is_not_placeholder(case: Case) -> bool:
    words = case.argument("values") or _STANDS_FOR_NOTHING
    return _small(case.value.strip(BLANKS)) not in {_small(word) for word in words}


def _small(text: str) -> str:
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def _present(case: Case) -> list[bool]:
    return [case.look(path) is not None for path in case.argument("columns")]


HOLDS: Mapping[str, Holds] = {
    "is_not_null": lambda case: case.value is not None or case.parent_is_null,
    "is_null": lambda case: case.value is None,
    "is_not_null_where": lambda case: case.value is not None or not _is_named(case),
    "is_null_where": lambda case: case.value is None or not _is_named(case),
    "is_not_empty": lambda case: case.value != "",
    "is_not_blank": lambda case: bool(case.value.strip(BLANKS)),
    "is_not_null_or_blank": lambda case: case.parent_is_null or bool((case.value or "").strip(BLANKS)),
    "is_null_or_empty": lambda case: not case.value,
    "is_not_placeholder": _is_not_placeholder,
    "has_items": lambda case: case.within(len(case.value), int),
    "is_not_null_in_all": lambda case: all(_present(case)),
    "is_not_null_in_any": lambda case: any(_present(case)),
    "is_not_null_in_exactly_one": lambda case: sum(_present(case)) == 1,
}
