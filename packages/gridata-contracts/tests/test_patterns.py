r"""The portable subset: what is accepted means the same as in Python's re, and survives canonical rewriting."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridata_contracts.patterns import PatternError, parse_pattern

# ruff: noqa: RUF001 look-alikes are the point

NAUGHTY = [
    "", " ", "\n", "a\n", "\na", "a\r", "a\x0b", "a\x0c", "a\x85", "a\u2028", "a\u00a0", "\u200b", "\ufeffa",
    "A", "a", "z", "Z", "_", "-", "0", "9", "٣", "߀", "é", "É", "ß", "ſ", "K", "İ", "ı", "😀", "a😀", "e\u0301",
    "]", "[", "^", "$", "\\", ".", "*", "&", "&&", "~~", "--", "||", "a-b", "a.b", "{", "}", "(", ")", "#", " #", "/",
    "O000000001", "O000000001\n", "ada@example.com", "ada@example.com\n", "a@b.co", "\x7f", "\x01", "aaaa", "ab" * 50,
]  # fmt: skip

AS_IN_PYTHON = [
    r"O[0-9]{9}", r"[^@]+@[^@]+\.[A-Za-z]{2,}", r"a|b", r"(?:a|b)+", r"(a|b)?c*", r".", r".+", r"[^a]", r"[^\n]",
    r"a{2,4}", r"[a-z_.-]+", r"[\]\[^\\-]", r"\.\*\+\?\(\)\[\]\{\}\|\^\$\\", r"é+", r"[à-ÿ]", r"😀", r"[😀-😂]",
    r"\x41", r"\u00e9",
    r"\t|\n|\r|\f", r"[&]", r"[&a-z]", r"a{0}", r"a{1,}", r"", r"()", r"(?:)", r"[#/ ]+", r"~+", r"\#", r"[\x00-\x7f]*",
    r"[^\x00-\x7f]", r"(?:(?:ab)+c?)+",
]  # fmt: skip


@pytest.mark.parametrize("text", AS_IN_PYTHON)
def test_accepted_pattern_means_what_it_means_in_python(text: str) -> None:
    canonical = parse_pattern(text).text

    assert [s for s in NAUGHTY if re.fullmatch(canonical, s)] == [s for s in NAUGHTY if re.fullmatch(text, s)]


@pytest.mark.parametrize(
    ("text", "same"),
    [(r"\d", "[0-9]"), (r"\w", "[0-9A-Z_a-z]"), (r"\s", r"[\t-\r ]"), (r"\D", "[^0-9]"), (r"[\d_]", "[0-9_]"),
     (r"[^\W_]", "[0-9A-Za-z]"), (r"(?i)ab1", "[Aa][Bb]1"), (r"(?i)[a-f0-9]", "[0-9A-Fa-f]"), (r"^ab$", "ab"),
     (r".", r"[^\n]"), (r"(?i)[^a]", "[^Aa]")],
)  # fmt: skip
def test_shorthands_are_ascii_on_every_engine(text: str, same: str) -> None:
    canonical = parse_pattern(text).text

    assert [s for s in NAUGHTY if re.fullmatch(canonical, s)] == [s for s in NAUGHTY if re.fullmatch(same, s)]


@pytest.mark.parametrize("text", [*AS_IN_PYTHON, r"\d+\s\w", r"(?i)[a-f]"])
def test_canonical_form_is_its_own_canonical_form(text: str) -> None:
    canonical = parse_pattern(text).text

    assert parse_pattern(canonical).text == canonical


@pytest.mark.parametrize("text", [*AS_IN_PYTHON, r"\d+\s\w", r"(?i)[a-f]", r"[^\W_]"])
def test_re2_in_duckdb_decides_like_python(text: str) -> None:
    canonical = parse_pattern(text).text

    found = duckdb.execute(
        "SELECT s FROM unnest(?) t(s) WHERE regexp_full_match(s, ?)", [NAUGHTY, canonical]
    ).fetchall()

    assert [s for (s,) in found] == [s for s in NAUGHTY if re.fullmatch(canonical, s)]


@pytest.mark.parametrize(
    ("text", "position"),
    [("a++", 2), ("a*?", 2), ("a**", 2), ("(?=a)", 0), ("(?<n>a)", 0), ("(?P<n>a)", 0), (r"(a)\1", 3), (r"\bfoo", 0),
     (r"a\Z", 1), (r"\p{L}", 0), ("a{2", 1), ("a{,3}", 1), ("a{3,2}", 0), ("a{1001}", 0), ("[z-a]", 1), ("[]", 0),
     ("[a", 0), ("(a", 0), ("a)", 1), ("a]", 1), ("}", 0), ("{", 0), ("*", 0), ("^a|b$", 0), ("a^b", 1), ("a$b", 1),
     ("[[:alpha:]]", 1), ("[a&&b]", 2), ("(a*)*", 0), ("(?:a|)+", 0), ("a(?i)b", 1), ("(?i)é", 4), ("(?i)[é]", 4),
     ("\\", 0), (r"\q", 0), (r"\v", 0), (r"\xZZ", 0), (r"\ud800", 0), ("a" * 501, 500), ("(" * 60 + ")" * 60, 50),
     ("(a{100}){20}", 0),     (r"[\d-z]", 1)],
)  # fmt: skip
def test_pattern_outside_of_the_subset_is_refused_with_its_position(text: str, position: int) -> None:
    with pytest.raises(PatternError, match=rf"at position {position}, allowed the portable subset\. [A-Z]"):
        parse_pattern(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.text(max_size=8))
@example("a&&[b", "a")
@example("[|-}]", "|")
@example(r"[\x7c-\x7e|]", "|")
def test_any_text_is_refused_or_means_what_it_means_in_python(text: str, subject: str) -> None:
    try:
        canonical = parse_pattern(text).text
    except PatternError:
        return
    if any(shorthand in text for shorthand in (r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", "(?i)")):
        return  # Python's are Unicode
    assert bool(re.fullmatch(canonical, subject)) == bool(re.fullmatch(text, subject))


@given(st.from_regex(r"O[0-9]{9}", fullmatch=True))
def test_anchored_form_is_for_engines_that_search(text: str) -> None:
    anchored = parse_pattern("^O[0-9]{9}$").anchored

    assert anchored == r"\A(?:O[0-9]{9})\z"
    assert re.search(anchored.replace(r"\z", r"\Z"), text)
    assert not re.search(anchored.replace(r"\z", r"\Z"), text + "\n")
