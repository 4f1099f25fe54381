"""Rules about text: its length, its form and what it is made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from gridata_contracts.reference.case import Case, Holds, small
from gridata_contracts.sql.blanks import BLANKS


def _matches(case: Case, pattern: str) -> bool:
    return re.fullmatch(pattern, case.value) is not None


def _of_patterns(decide: Callable[[list[bool]], bool]) -> Holds:
    return lambda case: decide([_matches(case, pattern) for pattern in case.argument("patterns")])


def _is_like(text: str, pattern: str) -> bool:
    """Reached: how much of the pattern may have been used up by the text so far."""
    reached = {0}
    for char in [*text, ""]:
        for at in range(len(pattern)):
            if at in reached and pattern[at] == "%":
                reached.add(at + 1)
        if char:
            stays = {at for at in reached if pattern[at : at + 1] == "%"}
            reached = stays | {at + 1 for at in reached if pattern[at : at + 1] in ("_", char) and at not in stays}
    return len(pattern) in reached


def _words(text: str) -> list[str]:
    for blank in BLANKS:
        text = text.replace(blank, " ")
    return [word for word in text.split(" ") if word]


def _compares(holds: Callable[[str, str], bool]) -> Holds:
    def against_part(case: Case) -> bool:
        text, part = case.value, case.argument("text")
        return holds(small(text), small(part)) if case.argument("ignore_case") else holds(text, part)

    return against_part


def _has_case(case: Case) -> bool:
    capitals = any("A" <= char <= "Z" for char in case.value)
    smalls = any("a" <= char <= "z" for char in case.value)
    match case.argument("case"):
        case "upper":
            return not smalls
        case "lower":
            return not capitals
        case _:
            return all(_is_titled(before, char) for before, char in zip(" " + case.value, case.value, strict=False))


def _is_titled(before: str, char: str) -> bool:
    is_letter = before.isascii() and before.isalpha()
    if "A" <= char <= "Z":
        return not is_letter
    return not "a" <= char <= "z" or is_letter or not before.isascii() or before == "'"


def _has_no_control_characters(case: Case) -> bool:
    allowed = "\t\n\r" if case.argument("allow_white_space") else ""
    return all(unicodedata.category(char) != "Cc" or char in allowed for char in case.value)


HOLDS: Mapping[str, Holds] = {
    "has_length": lambda case: case.within(len(case.value), int),
    "has_word_count": lambda case: case.within(len(_words(case.value)), int),
    "has_pattern": lambda case: _matches(case, case.argument("pattern")),
    "has_no_pattern": lambda case: not _matches(case, case.argument("pattern")),
    "has_any_pattern": _of_patterns(any),
    "has_all_patterns": _of_patterns(all),
    "has_none_of_patterns": _of_patterns(lambda found: not any(found)),
    "is_like": lambda case: _is_like(case.value, case.argument("pattern")),
    "is_not_like": lambda case: not _is_like(case.value, case.argument("pattern")),
    "has_substring": _compares(lambda text, part: part in text),
    "has_no_substring": _compares(lambda text, part: part not in text),
    "has_prefix": _compares(str.startswith),
    "has_suffix": _compares(str.endswith),
    "has_case": _has_case,
    "is_trimmed": lambda case: case.value == case.value.strip(BLANKS),
    "has_no_control_characters": _has_no_control_characters,
    "is_ascii": lambda case: bool(case.value.isascii()),
}
