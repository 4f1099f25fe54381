"""Rules about text that is JSON."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_times import few_keys
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql import json_text
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.PARSING,
    "One JSON value (RFC 8259), nested at most 100 levels deep, without halves of surrogate pairs; names may repeat.",
    applies=Applies.TEXT,
    expected="JSON",
    aliases=("is_valid_json", "expect_column_values_to_be_json_parseable"),
    example=on(t.String(), {}, '{"a": [1.5e3, "\\u00e9", null]}', "{'a': 1}"),
)
def is_json(s: Subject) -> str:
    return json_text.is_json(s.value, s.dialect)


@row_rule(
    Group.PARSING,
    "A JSON object that has all of `keys` as names of its own members; null is a value.",
    applies=Applies.TEXT,
    required={"keys": Argument.STRINGS},
    relation=few_keys,
    expected="a JSON object with {keys}",
    example=on(t.String(), {"keys": ["id", "é"]}, '{"\\u00E9": {}, "id": null}', '{"é": {"id": 1}}'),
)
def has_json_keys(s: Subject) -> str:
    return json_text.has_json_keys(s.value, s.texts("keys"), s.dialect)
