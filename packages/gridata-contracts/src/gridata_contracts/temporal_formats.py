"""Formats of dates and timestamps in text: a closed list of words, and the characters that may stand between them.

| word           | what it stands for                                                  |
|----------------|---------------------------------------------------------------------|
| `YYYY`         | year, four digits, from 0001                                        |
| `MM`, `DD`     | month and day, two digits                                           |
| `HH`           | hour from 00 to 23                                                  |
| `mm`, `ss`     | minute and second from 00 to 59                                     |
| `SSS`, `SSSSSS`| three or six digits of a second's fraction                          |
| `Z`            | offset from UTC: `Z`, or `+HH:MM` or `-HH:MM` up to 14:59           |
"""

from __future__ import annotations

import re

SEPARATORS = "-/.:,_T "
DATE_WORDS = ("YYYY", "MM", "DD")
TIME_WORDS = ("HH", "mm", "ss", "SSS", "SSSSSS", "Z")

_PART = re.compile(r"YYYY|MM|DD|HH|mm|ss|SSSSSS|SSS|Z|[-/.:,_T ]")


def format_parts(text: str) -> list[str] | None:
    """The words and separators of a format in order; None when something else stands in it."""
    parts = _PART.findall(text)
    return parts if "".join(parts) == text else None
