r"""Regular expressions of contracts: a subset that RE2, java.util.regex, ECMAScript and Python's re read alike.

A pattern always matches the whole text. It is parsed to the small tree below and written back in one canonical form,
in which every class is explicit: `.` is `[^\n]`, `\d` is `[0-9]`, `\w` is `[0-9A-Z_a-z]`, `\s` is ASCII white space,
and a leading `(?i)` spells both cases of ASCII letters. Everything else (look-around, back references, lazy and
possessive repetition, `\b`, `\p{..}`, flags) is refused with its position, because the engines differ on it or lack it.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridata_contracts.pattern_parser import MAX_REPEAT, Parser, PatternError
from gridata_contracts.pattern_tree import Node, repeat_product, write

MAX_PATTERN_CHARS = 500


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern.

    Attributes:
        text: canonical form without anchors, for functions that match the whole text
            (`re.fullmatch`, DuckDB `regexp_full_match`).
    """

    tree: Node
    text: str

    @property
    def anchored(self) -> str:
        r"""For functions that search (Spark `rlike`): `\A(?:…)\z`, since Java's `$` also matches before a newline."""
        return rf"\A(?:{self.text})\z"

    @property
    def ecma(self) -> str:
        """For JSON Schema: `^(?:…)$`, where ECMAScript's `$` is the end of the text only."""
        return f"^(?:{self.text})$"


def parse_pattern(text: str) -> Pattern:
    """Parse a pattern of the portable subset.

    Raises:
        PatternError: something outside of the subset, with its position.
    """
    if len(text) > MAX_PATTERN_CHARS:
        raise PatternError(MAX_PATTERN_CHARS, f"{len(text)} characters", f"Write at most {MAX_PATTERN_CHARS}.")
    tree = Parser(text).parse()
    _refuse_explosion(tree)
    return Pattern(tree, write(tree))


def _refuse_explosion(tree: Node) -> None:
    product = repeat_product(tree)
    if product > MAX_REPEAT:
        raise PatternError(0, f"nested repetition up to {product}", f"Repeat at most {MAX_REPEAT} times in all.")


__all__ = ["MAX_PATTERN_CHARS", "Pattern", "PatternError", "parse_pattern"]
