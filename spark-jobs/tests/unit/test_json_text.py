"""json_text accepts exactly RFC 8259, one name once, 100 levels deep: held to JSONTestSuite."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridata_contracts.values import NumberToken
from gridata_jobs.read.json_text import MAX_DEPTH, RecordError, dump, parse

SUITE = Path(__file__).parents[1] / "data/json_test_suite/cases.jsonl"
CASES = {case["name"]: case["latin1"].encode("latin-1") for case in map(json.loads, SUITE.read_text().splitlines())}
CASES["n_structure_100000_opening_arrays"] = b"[" * 100_000
CASES["n_structure_open_array_object"] = b'[{"":' * 50_000 + b"\n"

REFUSED_BY_US = {"y_object_duplicated_key", "y_object_duplicated_key_and_value"}
"""JSON by its grammar; RFC 8259 says names SHOULD be unique, and readers disagree about which one counts."""

ACCEPTED_NUMBERS = {
    "i_number_double_huge_neg_exp", "i_number_huge_exp", "i_number_neg_int_huge_exp", "i_number_pos_double_huge_exp",
    "i_number_real_neg_overflow", "i_number_real_pos_overflow", "i_number_real_underflow", "i_number_too_big_neg_int",
    "i_number_too_big_pos_int", "i_number_very_big_negative_int",
}  # fmt: skip
"""A number keeps its digits; whether it is in range is its column's type to say."""

ACCEPTED_SURROGATES = {
    "i_object_key_lone_2nd_surrogate", "i_string_1st_surrogate_but_2nd_missing", "i_string_incomplete_surrogate_pair",
    "i_string_1st_valid_surrogate_2nd_invalid", "i_string_incomplete_surrogate_and_escape_valid",
    "i_string_incomplete_surrogates_escape_valid", "i_string_invalid_lonely_surrogate", "i_string_invalid_surrogate",
    "i_string_inverted_surrogates_U+1D11E", "i_string_lone_second_surrogate",
}  # fmt: skip
"""Escapes of half a character are JSON; values.py refuses them in a column, `_extra` keeps them escaped."""

REFUSED_DEPTH_OR_MARK = {"i_structure_500_nested_arrays", "i_structure_UTF-8_BOM_empty_object"}
"""Deeper than any contract; a byte order mark counts only at the beginning of a file."""


def refusal(raw: bytes) -> str | None:
    """The reason's code; None for text that is accepted."""
    try:
        parse(raw.decode())
    except RecordError as error:
        return error.reason.code.value if error.reason.expected else "no words"
    except UnicodeDecodeError:
        return "INVALID_ENCODING"
    return None


@pytest.mark.parametrize("name", sorted(name for name in CASES if name.startswith("y_")))
def test_json_is_accepted(name):
    assert refusal(CASES[name]) == ("DUPLICATE_FIELD" if name in REFUSED_BY_US else None)


@pytest.mark.parametrize("name", sorted(name for name in CASES if name.startswith("n_")))
def test_what_is_not_json_is_refused_with_a_reason(name):
    assert refusal(CASES[name]) in {"INVALID_JSON", "INVALID_ENCODING"}


@pytest.mark.parametrize("name", sorted(name for name in CASES if name.startswith("i_")))
def test_what_the_standard_leaves_open_is_decided(name):
    if name in ACCEPTED_NUMBERS | ACCEPTED_SURROGATES:
        assert refusal(CASES[name]) is None
    elif name in REFUSED_DEPTH_OR_MARK:
        assert refusal(CASES[name]) == "INVALID_JSON"
    else:
        assert refusal(CASES[name]) == "INVALID_ENCODING"


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nesting_is_accepted_up_to_the_limit_wherever_the_stack_stands(opening):
    closing = "".join({"[": "]", "{": "}"}[c] for c in reversed(opening) if c in "[{")
    levels = MAX_DEPTH // len(closing)

    deep = parse(opening * levels + "1" + closing * levels)

    assert dump(deep) == opening * levels + "1" + closing * levels
    assert refusal((opening * levels + "[1]" + closing * levels).encode()) == "INVALID_JSON"
    assert refusal((opening * 5000 + closing * 5000).encode()) == "INVALID_JSON"
    assert sys.getrecursionlimit() == 1000  # nobody raised it to get here


def test_brackets_in_strings_do_not_nest():
    text = json.dumps(["[{" * 200, [1] * 200, [[]] * 200])

    assert dump(parse(text)) == text.replace(" ", "")


def test_the_name_that_stands_twice_is_named():
    with pytest.raises(RecordError) as error:
        parse('{"a":1,"b":{"c":1,"d":2,"c":3}}')

    assert (error.value.reason.code.value, error.value.reason.column) == ("DUPLICATE_FIELD", "c")


trees = st.recursive(
    st.none() | st.booleans() | st.text() | st.from_regex(r"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(tree=trees)
def test_what_is_dumped_is_parsed_to_the_same(tree):
    assert parse(dump(tree)) == tree


@settings(max_examples=100, deadline=None)
@given(number=st.from_regex(r"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z"))
def test_a_number_keeps_its_text(number):
    token = parse(number)

    assert type(token) is NumberToken
    assert dump([token]) == f"[{number}]"


def test_half_a_character_is_dumped_escaped():
    assert dump({"\ud800": "é\udc00"}) == '{"\\ud800":"\\u00e9\\udc00"}'
