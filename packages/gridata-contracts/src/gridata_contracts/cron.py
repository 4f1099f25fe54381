"""Whether a text is a cron schedule of five fields."""

from __future__ import annotations

import re

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_PART = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?")


def cron_problem(text: str) -> str | None:
    """What is wrong with a schedule, naming the field; None when nothing is."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"It has {len(fields)} fields."
    for field, (name, low, high) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            if not _fits(part, low, high):
                return f"The {name} {part!r} is not *, a number or a range from {low} to {high}, with /step."
    return None


def _fits(part: str, low: int, high: int) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    first, last, step = (None if group is None else int(group) for group in match.groups())
    inside = all(number is None or low <= number <= high for number in (first, last))
    return inside and (last is None or first is None or first <= last) and step != 0
