"""The text of an expression as sqlglot's tree, after every character was found to belong to our few words and signs.

sqlglot reads all of SQL and forgives a lot (`BETWEEN 1 2`, a trailing comma, `a b` as an alias). So its tokenizer knows
no other keywords here than ours, its parser knows no functions, and the reader of the tree counts every token back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import Parser, Token, Tokenizer, TokenType, exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError

from gridata_contracts.expressions.text import KEYWORDS
from gridata_contracts.problems import show

MAX_CHARS = 2000
MAX_NESTING = 16
"""The parser needs 20 Python frames for each bracket, out of 1000."""

ALLOWED = (
    "columns, literals, AND, OR, NOT, =, <>, <, <=, >, >=, IN, BETWEEN, IS NULL, +, -, *, abs, coalesce, contains, "
    "ends_with, length, lower, starts_with and upper"
)

_SIGNS = {"<=": TokenType.LTE, ">=": TokenType.GTE, "<>": TokenType.NEQ, "!=": TokenType.NEQ}
_WORDS = {word: TokenType[word] for word in (*KEYWORDS, "DATE", "TIMESTAMP")}
_SINGLE = {
    "(": TokenType.L_PAREN,
    ")": TokenType.R_PAREN,
    ",": TokenType.COMMA,
    ".": TokenType.DOT,
    "-": TokenType.DASH,
    "+": TokenType.PLUS,
    "*": TokenType.STAR,
    "=": TokenType.EQ,
    "<": TokenType.LT,
    ">": TokenType.GT,
}
_KNOWN = {*_SIGNS.values(), *_WORDS.values(), *_SINGLE.values(), TokenType.STRING, TokenType.NUMBER}
_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BEFORE_NOT = {TokenType[name] for name in ("L_PAREN", "COMMA", "AND", "OR", "NOT", "IS")}
_VALUES = {*_NAMES, *(TokenType[word] for word in ("STRING", "NUMBER", "TRUE", "FALSE", "NULL", "DATE", "TIMESTAMP"))}
_OPENED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|/\*.*?\*/|('|"|/\*)""", re.DOTALL)
_HINTS = {
    "[": "Items of an array are looked at by rules on them, such as is_sum_of_items.",
    ";": "It is one condition, not statements.",
    "/": "Division is left out, because engines round it differently; multiply the other side.",
    "%": "Use the rule is_multiple_of.",
    "`": 'Quote a name with ".',
    "like": "Use starts_with, ends_with or contains, or a rule with a pattern.",
}


@dataclass(frozen=True)
class Flaw:
    """Where a text leaves the grammar.

    Attributes:
        position: characters from 0.
        got: the piece of text there.
    """

    position: int
    got: object
    allowed: str = ALLOWED
    next_step: str = ""

    @property
    def message(self) -> str:
        """What the author is told, before the next step."""
        return f"got {show(self.got)} at position {self.position}, allowed {self.allowed}."


@dataclass(frozen=True)
class Grammar:
    """A text that follows the grammar: its tokens and sqlglot's tree over them."""

    text: str
    tokens: tuple[Token, ...]
    root: exp.Expr


class _Tokenizer(Tokenizer):
    """Other signs stay tokens of their own, so that they can be named; other words are names."""

    KEYWORDS: ClassVar[dict[str, TokenType]] = {**_SIGNS, **_WORDS}


class _Parser(Parser):
    """Knows no functions, and where the words for values stand."""

    FUNCTIONS: ClassVar = {}
    FUNCTION_PARSERS: ClassVar = {}
    NO_PAREN_FUNCTIONS: ClassVar = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {}
    PRIMARY_PARSERS: ClassVar = {
        **Parser.PRIMARY_PARSERS,
        TokenType.NULL: lambda self, token: self.expression(exp.Null(), token),
        TokenType.TRUE: lambda self, token: self.expression(exp.Boolean(this=True), token),
        TokenType.FALSE: lambda self, token: self.expression(exp.Boolean(this=False), token),
        TokenType.STAR: lambda self, token: self.expression(exp.Star(), token),
    }


def read_grammar(text: object) -> Grammar | Flaw:
    """The tree of a text, or the first place where it leaves the grammar."""
    if not isinstance(text, str) or not text.strip():
        return Flaw(0, text, "a condition such as status = 'shipped' AND total > 10")
    if len(text) > MAX_CHARS:
        return Flaw(MAX_CHARS, f"{len(text)} characters", f"at most {MAX_CHARS}", "Split the check.")
    try:
        tokens = _Tokenizer().tokenize(text)
    except TokenError:
        opened = next((match.start() for match in _OPENED.finditer(text) if match[1]), 0)
        return Flaw(opened, text[opened:], "text between two '", "Write '' for ' itself.")
    return _flaw(text, tokens) or _parsed(text, tokens)


def _flaw(text: str, tokens: list[Token]) -> Flaw | None:
    """The first token that is not ours, or stands where none of ours may."""
    depth = run = 0
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        kind, got = token.token_type, text[token.start : token.end + 1]
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
        run = run + 1 if kind in (TokenType.NOT, TokenType.DASH) else 0
        if token.comments:
            return _comment(text, token.comments[0])
        if not _is_known(token):
            return Flaw(token.start, got, next_step=_HINTS.get(got, ""))
        if kind is TokenType.NOT and not _begins(before) and not _negates(after):
            return Flaw(token.start, got, "NOT before a whole condition", "Put it and its condition in ( ).")
        if before is not None and _are_apart(before, token):
            return Flaw(token.start, got, next_step=_HINTS.get(got.lower(), ""))
        if depth + run > MAX_NESTING:
            return Flaw(token.start, text[token.start :], f"at most {MAX_NESTING} levels", "Split the check.")
    return None if tokens else Flaw(0, text, "a condition", "A comment alone says nothing.")


def _comment(text: str, inside: str) -> Flaw:
    found = re.search(r"(?:--|/\*|\{#)" + re.escape(inside), text)
    position = 0 if found is None else found.start()
    return Flaw(position, text[position:], "no comments", "Put it beside the expression, after #.")


def _is_known(token: Token) -> bool:
    kind = token.token_type
    if kind in _NAMES:
        return _NAME.fullmatch(token.text) is not None
    if kind is TokenType.NUMBER:
        return _NUMBER.fullmatch(token.text) is not None
    return kind in _KNOWN and token.text != "!"


def _begins(before: Token | None) -> bool:
    """A condition may begin after this token."""
    return before is None or before.token_type in _BEFORE_NOT


def _negates(after: Token | None) -> bool:
    """NOT IN, NOT BETWEEN."""
    return after is not None and after.token_type in (TokenType.IN, TokenType.BETWEEN)


def _are_apart(before: Token, token: Token) -> bool:
    """Two values side by side, which SQL would take for a value and its alias."""
    is_dated = before.token_type in (TokenType.DATE, TokenType.TIMESTAMP) and token.token_type is TokenType.STRING
    ends = before.token_type in _VALUES or before.token_type is TokenType.R_PAREN
    return ends and token.token_type in _VALUES and not is_dated


def _parsed(text: str, tokens: list[Token]) -> Grammar | Flaw:
    parser = _Parser(error_level=ErrorLevel.IMMEDIATE, error_message_context=MAX_CHARS)
    try:
        roots = parser.parse(tokens, text)
    except ParseError as error:
        place = error.errors[0]
        position, got = len(place["start_context"] or ""), place["highlight"] or text
        return Flaw(position, got, "a whole condition", "Before or after this something is missing or too much.")
    except RecursionError:  # of a chain such as BETWEEN 1 AND NOT x BETWEEN …
        return Flaw(0, text, f"at most {MAX_NESTING} levels", "Split the check.")
    return Grammar(text, tuple(tokens), roots[0]) if roots[0] is not None else Flaw(0, text, "a condition")
