"""What rules ask of arguments that are formats, types, times of a day or spans of time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gridata_contracts.literals import type_word
from gridata_contracts.problems import did_you_mean
from gridata_contracts.sql.json_text import MOST_KEYS
from gridata_contracts.temporal_formats import DATE_WORDS, SEPARATORS, TIME_WORDS, format_parts
from gridata_contracts.text_types import TYPE_WORDS, type_of_word
from gridata_contracts.types import Date, Timestamp

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call  # which needs the rules, which need these relations

MOST_DAYS = 4_000_000
"""More than the ten thousand years that dates and timestamps may lie apart; in microseconds it fits 64 bits."""
MOST_SECONDS = MOST_DAYS * 86_400

_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def castable_type(call: Call) -> None:
    """`type` is a type that text may be converted to."""
    word = call.given["type"]
    if type_of_word(word) is None:
        call.refuse("type", ", ".join(TYPE_WORDS), did_you_mean(word, TYPE_WORDS))


def date_format(call: Call) -> None:
    """`format` has year, month and day, each once, and nothing else."""
    _format(call, DATE_WORDS, ())


def timestamp_format(call: Call) -> None:
    """`format` has year, month, day, hour and minute; seconds, their fraction and the offset may follow."""
    _format(call, (*DATE_WORDS, "HH", "mm"), TIME_WORDS[2:])


def _format(call: Call, needed: tuple[str, ...], more: tuple[str, ...]) -> None:
    parts = format_parts(call.given["format"])
    words = [part for part in parts or () if part not in tuple(SEPARATORS)]
    fractions = [word for word in words if word.startswith("SSS")]
    good = sorted(set(words)) == sorted(words) and set(needed) <= set(words) <= {*needed, *more}
    if parts is None or not good or len(fractions) > 1 or (fractions and "ss" not in words):
        optional = f", and at most once {' '.join(more)}" if more else ""
        allowed = f"each of {' '.join(needed)} once{optional}, with any of {SEPARATORS!r} between"
        call.refuse("format", allowed, "A fraction needs ss." if fractions else "")


def times_of_day(call: Call) -> None:
    """`from` and `to` are different times of a day."""
    for name in ("from", "to"):
        if _TIME_OF_DAY.fullmatch(call.given[name]) is None:
            call.refuse(name, "HH:MM from 00:00 to 24:00")
    if call.given["from"] == call.given["to"]:
        call.refuse("to", "a time other than `from`", "A whole day is from 00:00 to 24:00.")
    if call.given["from"] == "24:00":
        call.refuse("from", "HH:MM from 00:00 to 23:59", "Write 00:00.")


def span_of_days(call: Call) -> None:
    """`days` is a span that dates can lie apart, whole where the column is a date."""
    _at_most(call, "days", MOST_DAYS)
    if call.place is not None and isinstance(call.place.type, Date) and call.given["days"] % 1:
        call.refuse("days", f"a whole number, as {call.place.path} is date")


def bounds_of_days(call: Call) -> None:
    """`min` is at most `max`, and dates can lie so far apart."""
    low, high = call.given.get("min"), call.given.get("max")
    if low is not None and high is not None and low > high:
        call.refuse("min", f"at most max ({high})", "Swap the bounds.")
    for name in ("min", "max"):
        _at_most(call, name, MOST_DAYS)


def slack_in_calendar(call: Call) -> None:
    """`slack_s` is a span that timestamps can lie apart."""
    _at_most(call, "slack_s", MOST_SECONDS)


def temporal_column(call: Call) -> None:
    """The other column is a date or timestamp, and the span is one that timestamps can lie apart."""
    other = call.schema.places[call.given["column"]]
    if not isinstance(other.type, Date | Timestamp):
        call.refuse("column", "a date or timestamp", f"{other.path} is {type_word(other.type)}.")
    for name in ("min_s", "max_s"):
        _at_most(call, name, MOST_SECONDS)


def few_keys(call: Call) -> None:
    """There are at most as many `keys` as can be told apart."""
    if len(call.given["keys"]) > MOST_KEYS:
        call.refuse("keys", f"at most {MOST_KEYS}", "Split them over two checks.", got=len(call.given["keys"]))


def _at_most(call: Call, name: str, most: int) -> None:
    value: Any = call.given.get(name, 0)
    if abs(value) > most:
        call.refuse(name, f"at most {most}")
