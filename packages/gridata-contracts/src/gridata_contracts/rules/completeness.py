"""Rules about a value that is there."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_relations import bounds_in_order
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, on
from gridata_contracts.sql.ascii_case import lowered, lowered_text
from gridata_contracts.sql.subject import Subject

_PLACEHOLDERS = ("n/a", "#n/a", "null", "none", "nil", "unknown", "undefined", "-", "--", "?")


@row_rule(
    Group.COMPLETENESS,
    "The value is there.",
    applies=Applies.ANY,
    expected="a value",
    nulls="null fails; a field of an object that is itself null is not asked for",
    about_null=True,
    aliases=("IsComplete", "nullValues", "expect_column_values_to_not_be_null"),
    example=on(t.String(), {}, "", None),
)
def is_not_null(s: Subject) -> str:
    return _where_asked_for(s, f"{s.value} IS NOT NULL")


@row_rule(
    Group.COMPLETENESS,
    "There is no value.",
    applies=Applies.ANY,
    expected="no value",
    nulls="null is what it asks for",
    about_null=True,
    aliases=("expect_column_values_to_be_null",),
    example=on(t.String(), {}, None, ""),
)
def is_null(s: Subject) -> str:
    return f"{s.value} IS NULL"


def _where(passes: str | None, fails: str | None) -> Example:
    def row(value: str | None) -> dict[str, str | None]:
        return {"value": value, "status": "shipped"}

    columns = {"value": t.String(), "status": t.String()}
    return Example(columns, {"column": "status", "values": ["shipped"]}, row(passes), row(fails))


@row_rule(
    Group.COMPLETENESS,
    "The value is there whenever `column` holds one of `values`.",
    applies=Applies.ANY,
    required={"column": Argument.COLUMN, "values": Argument.OTHER_VALUES},
    expected="a value when {column} is one of {values}",
    nulls="null fails where the condition holds; a null `column` asks for nothing",
    about_null=True,
    example=_where("a", None),
)
def is_not_null_where(s: Subject) -> str:
    return f"({s.value} IS NOT NULL OR NOT {_condition(s)})"


@row_rule(
    Group.COMPLETENESS,
    "There is no value whenever `column` holds one of `values`.",
    applies=Applies.ANY,
    required={"column": Argument.COLUMN, "values": Argument.OTHER_VALUES},
    expected="no value when {column} is one of {values}",
    nulls="null is what it asks for where the condition holds; a null `column` asks for nothing",
    about_null=True,
    example=_where(None, "a"),
)
def is_null_where(s: Subject) -> str:
    return f"({s.value} IS NULL OR NOT {_condition(s)})"


@row_rule(
    Group.COMPLETENESS,
    "At least one character, be it white space.",
    applies=Applies.TEXT,
    expected="text that is not empty",
    aliases=("not_empty_string",),
    example=on(t.String(), {}, " ", ""),
)
def is_not_empty(s: Subject) -> str:
    return f"{s.value} <> ''"


@row_rule(
    Group.COMPLETENESS,
    "At least one character that is not white space.",
    applies=Applies.TEXT,
    expected="text that is not blank",
    example=on(t.String(), {}, " a", " \t"),
)
def is_not_blank(s: Subject) -> str:
    return f"{s.dialect.trimmed(s.value)} <> ''"


@row_rule(
    Group.COMPLETENESS,
    "The value is there and has at least one character that is not white space.",
    applies=Applies.TEXT,
    expected="text that is there and not blank",
    nulls="null fails; a field of an object that is itself null is not asked for",
    about_null=True,
    example=on(t.String(), {}, "a", None),
)
def is_not_null_or_blank(s: Subject) -> str:
    return _where_asked_for(s, f"({s.value} IS NOT NULL AND {s.dialect.trimmed(s.value)} <> '')")


@row_rule(
    Group.COMPLETENESS,
    "There is no value, or a text without characters.",
    applies=Applies.TEXT,
    expected="no value or the empty text",
    nulls="null is one of the two it asks for",
    about_null=True,
    example=on(t.String(), {}, "", " "),
)
def is_null_or_empty(s: Subject) -> str:
    return f"{s.value} = ''"


@row_rule(
    Group.COMPLETENESS,
    "No word that stands for a missing value, such as N/A, null, none, unknown or -; or none of `values`. "
    "White space around it and the case of A to Z do not count.",
    applies=Applies.TEXT,
    optional={"values": Argument.STRINGS},
    expected="a value, not a placeholder such as N/A",
    aliases=("missingValues",),
    example=on(t.String(), {}, "Nina", " n/A"),
)
def is_not_placeholder(s: Subject) -> str:
    words = dict.fromkeys(lowered_text(word) for word in s.texts("values") or _PLACEHOLDERS)
    listed = ", ".join(map(s.dialect.text, words))
    return f"{lowered(s.dialect.trimmed(s.value), s.dialect)} NOT IN ({listed})"


@row_rule(
    Group.COMPLETENESS,
    "Number of items, inclusive bounds.",
    applies=Applies.ARRAY,
    optional={"min": Argument.INTEGER, "max": Argument.INTEGER},
    one_of=True,
    relation=bounds_in_order,
    expected="between {min} and {max} items",
    aliases=("minItems", "maxItems"),
    example=on(t.List(t.String()), {"min": 1, "max": 2}, ["a"], []),
)
def has_items(s: Subject) -> str:
    return s.within(s.dialect.count(s.value), str)


def _where_asked_for(s: Subject, condition: str) -> str:
    """A field of an object that is itself null is not asked for."""
    return f"({s.place.parent} IS NULL OR {condition})" if s.place.parent else condition


def _condition(s: Subject) -> str:
    """The other column holds one of the values; null where it is null."""
    other = s.columns[s.text("column")]
    return f"({s.is_among(s.other(other.path), s.given(), other.type)})"
