"""Rules about the time between two columns. A date counts as its midnight in UTC."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_times import temporal_column
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.instants import SECOND_US, micros, span_us
from gridata_contracts.sql.subject import Subject

_OTHER_NULL = "null passes, and so does a null in the other column"
_COLUMNS = {"value": t.Timestamp(), "other": t.Timestamp()}


@row_rule(
    Group.CROSS_COLUMN,
    "At least `min_s` seconds later than another date or timestamp; below 0: at most so much earlier.",
    applies=Applies.TEMPORAL,
    required={"column": Argument.COLUMN, "min_s": Argument.SIGNED},
    relation=temporal_column,
    expected="at least {min_s} seconds after {column}",
    nulls=_OTHER_NULL,
    example=Example(
        _COLUMNS,
        {"column": "other", "min_s": 0.5},
        {"value": "2024-01-01T00:00:00.500000Z", "other": "2024-01-01T00:00:00Z"},
        {"value": "2024-01-01T00:00:00.499999Z", "other": "2024-01-01T00:00:00Z"},
    ),
)
def is_later_than_column_by(s: Subject) -> str:
    return f"{_difference(s)} >= {span_us(s.argument('min_s'), SECOND_US)}"


@row_rule(
    Group.CROSS_COLUMN,
    "At most `max_s` seconds earlier or later than another date or timestamp.",
    applies=Applies.TEMPORAL,
    required={"column": Argument.COLUMN, "max_s": Argument.NUMBER},
    relation=temporal_column,
    expected="within {max_s} seconds of {column}",
    nulls=_OTHER_NULL,
    example=Example(
        _COLUMNS,
        {"column": "other", "max_s": 3600},
        {"value": "2024-01-01T00:00:00Z", "other": "2024-01-01T01:00:00Z"},
        {"value": "2024-01-01T01:00:00.000001Z", "other": "2024-01-01T00:00:00Z"},
    ),
)
def is_within_time_of_column(s: Subject) -> str:
    return f"abs({_difference(s)}) <= {span_us(s.argument('max_s'), SECOND_US)}"


def _difference(s: Subject) -> str:
    path = s.text("column")
    return f"({micros(s)} - {s.dialect.epoch_us(s.other(path), s.columns[path].type)})"
