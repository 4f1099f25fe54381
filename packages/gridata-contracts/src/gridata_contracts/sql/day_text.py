r"""Text that names a day of the calendar, an instant or a number, as patterns: no engine's parser has a say.

Leap years are in the pattern: a year is one when its last two digits are a multiple of four that is not 00, or when
they are 00 and its first two are such a multiple (proleptic Gregorian calendar, ISO 8601).
"""

from __future__ import annotations

from gridata_contracts.temporal_formats import format_parts

_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_FOURTH = "(?:0[48]|[2468][048]|[13579][26])"  # 04 to 96
_LEAP_YEAR = f"(?:[0-9]{{2}}{_FOURTH}|{_FOURTH}00)"
_DAYS_OF_MONTHS = (
    (_YEAR, "(?:0[13578]|1[02])", "(?:0[1-9]|[12][0-9]|3[01])"),
    (_YEAR, "(?:0[469]|11)", "(?:0[1-9]|[12][0-9]|30)"),
    (_YEAR, "02", "(?:0[1-9]|1[0-9]|2[0-8])"),
    (_LEAP_YEAR, "02", "29"),
)
_OF_TIME = {
    "HH": "(?:[01][0-9]|2[0-3])",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "SSS": "[0-9]{3}",
    "SSSSSS": "[0-9]{6}",
    "Z": "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])",
}


def format_pattern(text: str) -> str:
    """Pattern of the text that a format describes (temporal_formats.py)."""
    parts = format_parts(text) or []
    branches = []
    for year, month, day in _DAYS_OF_MONTHS:
        words = {"YYYY": year, "MM": month, "DD": day, **_OF_TIME, ".": r"\."}
        branches.append("".join(words.get(part, part) for part in parts))
    return f"(?:{'|'.join(branches)})"


DATE = format_pattern("YYYY-MM-DD")
INSTANT = rf"{DATE}[T ]{_OF_TIME['HH']}:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,6}})?{_OF_TIME['Z']}"
"""`YYYY-MM-DD[T ]HH:MM:SS[.f{1,6}](Z|[+-]HH:MM)`, the text form of a timestamp (values.py)."""
