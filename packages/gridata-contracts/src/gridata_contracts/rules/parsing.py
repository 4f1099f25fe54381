"""Rules about text that stands for another type. Which text is accepted values.py says, never an engine's cast."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_times import castable_type, date_format, timestamp_format
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.day_text import format_pattern
from gridata_contracts.sql.numeral_text import INTEGER, NUMBER, castable
from gridata_contracts.sql.patterns import fixed
from gridata_contracts.sql.subject import Subject
from gridata_contracts.text_types import type_of_word


@row_rule(
    Group.PARSING,
    "The text is an accepted value of `type`: int, long, decimal(p,s), float, double, date, timestamp (with an offset)"
    " or boolean, as in a file of a contract.",
    applies=Applies.TEXT,
    required={"type": Argument.STRING},
    relation=castable_type,
    expected="text of type {type}",
    aliases=("ColumnDataType",),
    example=on(t.String(), {"type": "decimal(5,2)"}, "123.450", "1234.5"),
)
def is_castable_to(s: Subject) -> str:
    return castable(s.value, type_of_word(s.text("type")) or t.String(), s.dialect)


@row_rule(
    Group.PARSING,
    "A whole number of any length: digits without leading zeros, with `-` in front where it is negative.",
    applies=Applies.TEXT,
    expected="a whole number",
    example=on(t.String(), {}, "-10", "1.0"),
)
def is_integer_text(s: Subject) -> str:
    return s.dialect.matches(s.value, fixed(INTEGER))


@row_rule(
    Group.PARSING,
    "A number as JSON writes it, of any length: `-1.5`, `2e-3`.",
    applies=Applies.TEXT,
    expected="a number",
    example=on(t.String(), {}, "1.5e3", "1,5"),
)
def is_number_text(s: Subject) -> str:
    return s.dialect.matches(s.value, fixed(NUMBER))


@row_rule(
    Group.PARSING,
    "A day of the calendar, from the year 1, written as `format` says: YYYY, MM and DD with - / . : , _ T or blanks.",
    applies=Applies.TEXT,
    required={"format": Argument.STRING},
    relation=date_format,
    expected="a date written {format}",
    aliases=("is_valid_date",),
    example=on(t.String(), {"format": "DD.MM.YYYY"}, "29.02.2024", "29.02.2023"),
)
def is_date_text(s: Subject) -> str:
    return s.dialect.matches(s.value, fixed(format_pattern(s.text("format"))))


@row_rule(
    Group.PARSING,
    "A day of the calendar and a time of day, written as `format` says: YYYY MM DD HH mm, and where wanted ss, SSS or"
    " SSSSSS (fraction) and Z (offset), with - / . : , _ T or blanks.",
    applies=Applies.TEXT,
    required={"format": Argument.STRING},
    relation=timestamp_format,
    expected="a timestamp written {format}",
    aliases=("is_valid_timestamp",),
    example=on(t.String(), {"format": "YYYY-MM-DDTHH:mm:ssZ"}, "2024-02-29T23:59:59+01:00", "2024-02-30T00:00:00Z"),
)
def is_timestamp_text(s: Subject) -> str:
    return s.dialect.matches(s.value, fixed(format_pattern(s.text("format"))))
