"""From a contract's text to an expression, or to problems that its author can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridata_contracts.expressions.text import write
from gridata_contracts.expressions.tree import Expression

if TYPE_CHECKING:
    from gridata_contracts.columns import Schema
    from gridata_contracts.problems import Problems


def parse_expression(text: object, schema: Schema, where: str, problems: Problems) -> Expression | None:
    """Read a condition about one row.

    Args:
        text: as written in the contract; anything but text is a problem.
        schema: columns that may be named.
        where: path in the document that problems point at.
        problems: takes every problem found, with its position in the text (characters from 0). Nothing is raised.

    Returns:
        None when a problem was noted, or when a column it names has one of its own.
    """
    from gridata_contracts.expressions.grammar import Flaw, read_grammar  # loads the SQL parser, which takes a second
    from gridata_contracts.expressions.reader import Reader
    from gridata_contracts.expressions.reading import Reading, UnreadableError

    grammar = read_grammar(text)
    if isinstance(grammar, Flaw):
        problems.say(where, grammar.message, grammar.next_step)
        return None
    reading = Reading(grammar, schema)
    try:
        tree = Reader(reading).whole()
    except UnreadableError as error:
        for flaw in error.flaws:
            problems.say(where, flaw.message, flaw.next_step)
        return None
    return Expression(write(tree), tree, tuple(dict.fromkeys(reading.columns)))
