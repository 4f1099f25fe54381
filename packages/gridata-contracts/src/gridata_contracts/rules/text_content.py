"""Rules about what text is made of: parts, letters, white space."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.ascii_case import lowered, lowered_text
from gridata_contracts.sql.patterns import fixed
from gridata_contracts.sql.subject import Subject

_PART = {"text": Argument.STRING}
_IGNORE_CASE = {"ignore_case": Argument.BOOLEAN}
_NO_CONTROL = r"[^\x00-\x1F\x7F-\u009F]*"
_NO_CONTROL_BUT_WHITE_SPACE = r"[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\u009F]*"
# A small letter that begins a word, or a capital behind a letter. Words begin behind ASCII signs but the apostrophe.
_NO_TITLE = r"(?:(?:[\s\S]*[\x00-&(-@\[-`{-\x7F])?[a-z]|[\s\S]*[A-Za-z][A-Z])[\s\S]*"
_CASES = {"upper": "[^a-z]*", "lower": "[^A-Z]*"}


@row_rule(
    Group.TEXT,
    "The text contains `text`; `ignore_case` takes the letters A to Z in either case.",
    applies=Applies.TEXT,
    required=_PART,
    optional=_IGNORE_CASE,
    expected="text containing {text}",
    example=on(t.String(), {"text": "GmbH", "ignore_case": True}, "Gridata gmbh", "Gridata AG"),
)
def has_substring(s: Subject) -> str:
    value, part = _compared(s)
    return f"contains({value}, {s.dialect.text(part)})"


@row_rule(
    Group.TEXT,
    "The text does not contain `text`; `ignore_case` takes the letters A to Z in either case.",
    applies=Applies.TEXT,
    required=_PART,
    optional=_IGNORE_CASE,
    expected="text without {text}",
    example=on(t.String(), {"text": "  "}, "a b", "a  b"),
)
def has_no_substring(s: Subject) -> str:
    return f"NOT {has_substring(s)}"


@row_rule(
    Group.TEXT,
    "The text begins with `text`; `ignore_case` takes the letters A to Z in either case.",
    applies=Applies.TEXT,
    required=_PART,
    optional=_IGNORE_CASE,
    expected="text beginning with {text}",
    example=on(t.String(), {"text": "https://"}, "https://a", "http://a"),
)
def has_prefix(s: Subject) -> str:
    return s.dialect.starts_with(*_compared(s))


@row_rule(
    Group.TEXT,
    "The text ends with `text`; `ignore_case` takes the letters A to Z in either case.",
    applies=Applies.TEXT,
    required=_PART,
    optional=_IGNORE_CASE,
    expected="text ending with {text}",
    example=on(t.String(), {"text": ".csv", "ignore_case": True}, "a.CSV", "a.csv\n"),
)
def has_suffix(s: Subject) -> str:
    return s.dialect.ends_with(*_compared(s))


def _compared(s: Subject) -> tuple[str, str]:
    if not s.argument("ignore_case"):
        return s.value, s.text("text")
    return lowered(s.value, s.dialect), lowered_text(s.text("text"))


@row_rule(
    Group.TEXT,
    "Letters A to Z in one case; `title`: words begin with a capital and go on with small letters, with either case"
    " after an apostrophe (O'Neil, Don't). Other letters are not looked at.",
    applies=Applies.TEXT,
    required={"case": Argument.CHOICE},
    choices={"case": ("upper", "lower", "title")},
    expected="text in {case} case",
    aliases=("has_valid_string_case",),
    example=on(t.String(), {"case": "title"}, "Jean-Luc O'Neil", "Jean-luc"),
)
def has_case(s: Subject) -> str:
    case = s.text("case")
    if case == "title":
        return f"NOT {s.dialect.matches(s.value, fixed(_NO_TITLE))}"
    return s.dialect.matches(s.value, fixed(_CASES[case]))


@row_rule(
    Group.TEXT,
    "No white space (blank, tab, line ends) at either end.",
    applies=Applies.TEXT,
    expected="text without white space at its ends",
    example=on(t.String(), {}, "a b", "a b\n"),
)
def is_trimmed(s: Subject) -> str:
    return f"{s.dialect.trimmed(s.value)} = {s.value}"


@row_rule(
    Group.TEXT,
    "No control characters (U+0000 to U+001F, U+007F to U+009F); `allow_white_space` allows tab, LF and CR.",
    applies=Applies.TEXT,
    optional={"allow_white_space": Argument.BOOLEAN},
    expected="text without control characters",
    example=on(t.String(), {}, "a\u00a0b", "a\u0085b"),
)
def has_no_control_characters(s: Subject) -> str:
    pattern = _NO_CONTROL_BUT_WHITE_SPACE if s.argument("allow_white_space") else _NO_CONTROL
    return s.dialect.matches(s.value, fixed(pattern))


@row_rule(
    Group.TEXT,
    "ASCII characters only (U+0000 to U+007F).",
    applies=Applies.TEXT,
    expected="ASCII characters only",
    example=on(t.String(), {}, "Cafe", "Café"),
)
def is_ascii(s: Subject) -> str:
    return s.dialect.matches(s.value, fixed(r"[\x00-\x7F]*"))
