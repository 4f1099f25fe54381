"""Rules about text: its length and the patterns it matches."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_relations import bounds_in_order
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.like import like_pattern
from gridata_contracts.sql.patterns import fixed
from gridata_contracts.sql.subject import Subject

_WORD = r"[^\t-\r ]+"


@row_rule(
    Group.TEXT,
    "Length in code points, inclusive bounds.",
    applies=Applies.TEXT,
    optional={"min": Argument.INTEGER, "max": Argument.INTEGER},
    one_of=True,
    relation=bounds_in_order,
    expected="between {min} and {max} characters",
    aliases=("ColumnLength", "minLength", "maxLength", "expect_column_value_lengths_to_be_between"),
    example=on(t.String(), {"min": 1, "max": 3}, "abc", "abcd"),
)
def has_length(s: Subject) -> str:
    return s.within(s.dialect.length(s.value), str)


@row_rule(
    Group.TEXT,
    "Number of words, inclusive bounds; a word is text without white space (blank, tab, line ends).",
    applies=Applies.TEXT,
    optional={"min": Argument.INTEGER, "max": Argument.INTEGER},
    one_of=True,
    relation=bounds_in_order,
    expected="between {min} and {max} words",
    example=on(t.String(), {"min": 2, "max": 3}, "two words\n", "one\u00a0word"),
)
def has_word_count(s: Subject) -> str:
    return s.within(s.dialect.occurrences(s.value, fixed(_WORD)), str)


@row_rule(
    Group.TEXT,
    "The whole text matches the pattern.",
    applies=Applies.TEXT,
    required={"pattern": Argument.PATTERN},
    expected="text matching {pattern}",
    aliases=("matches", "pattern", "hasPattern", "expect_column_values_to_match_regex"),
    example=on(t.String(), {"pattern": "P[0-9]{5}"}, "P00001", "P1"),
)
def has_pattern(s: Subject) -> str:
    return s.dialect.matches(s.value, s.text("pattern"))


@row_rule(
    Group.TEXT,
    "The whole text does not match the pattern.",
    applies=Applies.TEXT,
    required={"pattern": Argument.PATTERN},
    expected="text not matching {pattern}",
    aliases=("expect_column_values_to_not_match_regex",),
    example=on(t.String(), {"pattern": "TEST.*"}, "P00001", "TEST-1"),
)
def has_no_pattern(s: Subject) -> str:
    return f"NOT {s.dialect.matches(s.value, s.text('pattern'))}"


@row_rule(
    Group.TEXT,
    "The whole text matches at least one of the patterns.",
    applies=Applies.TEXT,
    required={"patterns": Argument.PATTERNS},
    expected="text matching one of {patterns}",
    example=on(t.String(), {"patterns": ["P[0-9]{5}", "S-[a-z]+"]}, "S-a", "S-1"),
)
def has_any_pattern(s: Subject) -> str:
    return _joined(s, " OR ")


@row_rule(
    Group.TEXT,
    "The whole text matches every one of the patterns.",
    applies=Applies.TEXT,
    required={"patterns": Argument.PATTERNS},
    expected="text matching each of {patterns}",
    example=on(t.String(), {"patterns": [".*[0-9].*", ".*[a-z].*"]}, "a1", "a"),
)
def has_all_patterns(s: Subject) -> str:
    return _joined(s, " AND ")


@row_rule(
    Group.TEXT,
    "The whole text matches none of the patterns.",
    applies=Applies.TEXT,
    required={"patterns": Argument.PATTERNS},
    expected="text matching none of {patterns}",
    aliases=("expect_column_values_to_not_match_regex_list",),
    example=on(t.String(), {"patterns": ["(?i)n/?a", "-+"]}, "none", "N/A"),
)
def has_none_of_patterns(s: Subject) -> str:
    return f"NOT {_joined(s, ' OR ')}"


def _joined(s: Subject, word: str) -> str:
    return f"({word.join(s.dialect.matches(s.value, each) for each in s.texts('patterns'))})"


@row_rule(
    Group.TEXT,
    "The whole text is like `pattern`: `%` is any text, `_` any one character; nothing escapes them.",
    applies=Applies.TEXT,
    required={"pattern": Argument.STRING},
    expected="text like {pattern}",
    aliases=("expect_column_values_to_match_like_pattern",),
    example=on(t.String(), {"pattern": "a_c%"}, "abc\nd", "ac"),
)
def is_like(s: Subject) -> str:
    return s.dialect.matches(s.value, like_pattern(s.text("pattern")))


@row_rule(
    Group.TEXT,
    "The whole text is not like `pattern`: `%` is any text, `_` any one character; nothing escapes them.",
    applies=Applies.TEXT,
    required={"pattern": Argument.STRING},
    expected="text not like {pattern}",
    aliases=("expect_column_values_to_not_match_like_pattern",),
    example=on(t.String(), {"pattern": "%test_"}, "test", "my tests"),
)
def is_not_like(s: Subject) -> str:
    return f"NOT {s.dialect.matches(s.value, like_pattern(s.text('pattern')))}"
