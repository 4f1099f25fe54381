"""Rules about values that may stand only once."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_key_relations import key_columns
from gridata_contracts.argument_relations import different_items, differs_from_all
from gridata_contracts.rules.keyed import Keys
from gridata_contracts.rules.registry import register, row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level, Rule, on
from gridata_contracts.sql.subject import Subject

_ITEMS = t.List(t.Struct((t.Field("line", t.Integer()),)))


@row_rule(
    Group.UNIQUENESS,
    "No two items are equal, or share the value of `field` if they are objects; null values are not compared.",
    applies=Applies.ARRAY,
    optional={"field": Argument.STRING},
    relation=different_items,
    expected="[items with different {field}|different items]",
    nulls="null passes, and so do null items and items whose field is null",
    aliases=("uniqueItems",),
    example=on(_ITEMS, {"field": "line"}, [{"line": 1}, {"line": 2}], [{"line": 1}, {"line": 1}]),
)
def has_unique_items(s: Subject) -> str:
    return f"NOT {s.dialect.repeats(s.value, s.text('field') if 'field' in s.check.arguments else None)}"


@row_rule(
    Group.UNIQUENESS,
    "Different from each of `columns` of its row.",
    applies=Applies.SCALAR,
    required={"columns": Argument.COLUMNS},
    relation=differs_from_all,
    expected="a value that none of {columns} has",
    nulls="null passes, and so does a null in another column",
    example=Example(
        {"value": t.String(), "home": t.String(), "work": t.String()},
        {"columns": ["home", "work"]},
        {"value": "3", "home": "1", "work": None},
        {"value": "1", "home": "1", "work": "2"},
    ),
)
def is_different_from_columns(s: Subject) -> str:
    return " AND ".join(f"{s.value} <> {s.other(path)}" for path in s.texts("columns"))


register(
    Rule(
        "is_unique",
        Group.UNIQUENESS,
        Level.KEYED,
        Applies.TABLE,
        "Within the batch the first row of a key (object order, row number) wins, the others fail.",
        "a key not seen before in the batch: {columns}",
        Example(
            {"id": t.String()},
            {"columns": ["id"]},
            [{"id": "a"}, {"id": "b"}, {"id": None}, {"id": None}],
            [{"id": "a"}, {"id": "a"}],
        ),
        required={"columns": Argument.COLUMNS},
        relation=key_columns,
        nulls="a key with a null column is not compared",
        about_null=True,
        aliases=("IsUnique", "duplicateValues"),
        evaluation=Keys(),
    )
)
