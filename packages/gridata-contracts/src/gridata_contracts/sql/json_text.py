r"""JSON by its grammar (RFC 8259), decided by rewriting text with patterns: the engines' own parsers disagree.

DuckDB's takes `[1,]` and `NaN`; Spark's takes single quotes, ignores what follows the value, and limits the length of
numbers and names. Here each scalar becomes one character; then, level by level, each array or object of such characters
becomes one too. What is left of JSON is one character. All of them are control characters, which JSON has none of.
"""

from __future__ import annotations

from collections.abc import Sequence

from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.patterns import fixed

DEEPEST = 100
"""Levels of arrays and objects, as for a record (docs/reference/values.md)."""
MOST_KEYS = 20

_CLOSED, _TEXT, _OTHER = "\x01", "\x02", "\x03"  # stands behind a string; a string; any other value
_KEYS = "\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c"  # strings that are asked for

_NO_STRAY_CONTROL = r"[^\x00-\x08\x0B\x0C\x0E-\x1F]*"
_ESCAPE = (  # a surrogate only in a pair: half a character is no text
    r'\\(?:["\\/bfnrt]|u(?:[0-9A-CEFa-cef][0-9A-Fa-f]{3}|[Dd][0-7][0-9A-Fa-f]{2}'
    r"|[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}))"
)
_STRING = r'"[^"\x00-\x1F]*"'
_LITERAL = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?|true|false|null"
_WHITE_SPACE = "\t\n\r "
_SHORT = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "/": "/"}


def is_json(value: str, dialect: Dialect) -> str:
    """SQL, true for one JSON value, nested at most DEEPEST levels."""
    rest = _reduced(_skeleton(value, (), dialect), DEEPEST, 0, dialect)
    # A pattern, not IN, for which DuckDB calculates the rest twice.
    return f"({_is_clean(value, dialect)} AND {dialect.matches(rest, fixed(f'[{_TEXT}{_OTHER}]'))})"


def has_json_keys(value: str, keys: Sequence[str], dialect: Dialect) -> str:
    """SQL, true for one JSON object, nested at most DEEPEST levels, with members of these names."""
    names, values = _classes(len(keys))
    # Without its first brace the object itself is not reduced, only what it holds.
    rest = _reduced(f"substr({_skeleton(value, keys, dialect)}, 2)", DEEPEST - 1, len(keys), dialect)
    members = rf"(?:{names}:{values}(?:,{names}:{values})*)?\}}"
    has_keys = [f"contains(',' || _k, {dialect.text(f',{key}:')})" for key in _KEYS[: len(keys)]]
    is_object = dialect.matches(value, fixed(r"[\t\n\r ]*\{[\s\S]*"))
    found = dialect.once(rest, "_k", " AND ".join([dialect.matches("_k", fixed(members)), *has_keys]))
    return f"({_is_clean(value, dialect)} AND {is_object} AND {found})"


def _classes(keys: int) -> tuple[str, str]:
    """Patterns of the characters that stand for names, and for values."""
    marks = "".join(f"\\x{ord(key):02X}" for key in _KEYS[:keys])
    return rf"[\x02{marks}]", rf"[\x02\x03{marks}]"


def _is_clean(value: str, dialect: Dialect) -> str:
    """No control character but white space, and no backslash that begins no escape."""
    escapes_gone = _replaced(value, _ESCAPE, "", dialect)
    stray = dialect.matches(value, fixed(_NO_STRAY_CONTROL))
    return f"{stray} AND NOT contains({escapes_gone}, {dialect.text(chr(92))})"


def _skeleton(value: str, keys: Sequence[str], dialect: Dialect) -> str:
    """One character for each scalar, no white space."""
    text = value
    for escaped, code in (("\\\\", r"\u005c"), (r"\"", r"\u0022")):  # every quote left begins or ends a string
        text = f"replace({text}, {dialect.text(escaped)}, {dialect.text(code)})"
    if keys:
        text = dialect.marked(text, fixed(_STRING), _CLOSED)
    for key, mark in zip(keys, _KEYS, strict=False):
        text = _replaced(text, f'"{"".join(map(_spellings, key))}"\\x01', mark, dialect)
    text = _replaced(text, _STRING + (r"\x01" if keys else ""), _TEXT, dialect)
    return f"translate({_replaced(text, _LITERAL, _OTHER, dialect)}, {dialect.text(_WHITE_SPACE)}, '')"


def _spellings(char: str) -> str:
    """Pattern of one character as a name in JSON may write it; quotes and backslashes are written as in _skeleton."""
    code = char.encode("utf-16-be").hex()
    options = ["".join(rf"\\u{''.join(map(_either_case, code[i : i + 4]))}" for i in range(0, len(code), 4))]
    if char in _SHORT:
        options.append(rf"\\{_SHORT[char]}")
    if char not in '"\\' and char >= " ":
        options.append(char if len(code) > 4 else rf"\u{code}")
    return f"(?:{'|'.join(options)})"


def _either_case(digit: str) -> str:
    return f"[{digit.upper()}{digit}]" if digit.isalpha() else digit


def _reduced(text: str, levels: int, keys: int, dialect: Dialect) -> str:
    """So many levels of arrays and objects become one character each."""
    names, values = _classes(keys)
    innermost = rf"\[(?:{values}(?:,{values})*)?\]|\{{(?:{names}:{values}(?:,{names}:{values})*)?\}}"
    done = f"{dialect.length('_j')} = 1"
    step = f"CASE WHEN {done} THEN _j ELSE {_replaced('_j', innermost, _OTHER, dialect)} END"
    return dialect.repeated(text, "_j", step, levels)


def _replaced(value: str, pattern: str, by: str, dialect: Dialect) -> str:
    return dialect.replaced(value, fixed(pattern), by)
