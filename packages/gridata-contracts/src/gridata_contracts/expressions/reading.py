"""One expression while it is read: what was used of its text, and how a part of it is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NoReturn

from sqlglot import TokenType, exp

from gridata_contracts.columns import Schema
from gridata_contracts.expressions.grammar import Flaw, Grammar
from gridata_contracts.expressions.tree import Node


class UnreadableError(Exception):
    """Parts of an expression have no meaning here. Never leaves this package.

    Attributes:
        flaws: what to tell the author; empty where a column's own problem was told already.
    """

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(f"{len(flaws)} flaws")
        self.flaws = tuple(flaws)


class Reading:
    """The text of an expression, the columns it may name, and what has been read so far.

    Attributes:
        columns: paths in the order they were met.
    """

    def __init__(self, grammar: Grammar, schema: Schema) -> None:
        self.grammar = grammar
        self.schema = schema
        self.columns: list[str] = []
        self._used: Counter[str] = Counter()

    def use(self, *words: str) -> None:
        """These tokens stand for a part of the tree."""
        self._used.update(word.upper() for word in words)

    def refuse(self, node: exp.Expr, allowed: str, next_step: str = "") -> NoReturn:
        """Give up a part of the text.

        Raises:
            UnreadableError: always.
        """
        places = [each.meta for each in node.walk() if "start" in each.meta]
        start = min((place["start"] for place in places), default=0)
        end = max((place["end"] for place in places), default=len(self.grammar.text))
        got = self.grammar.text[start : end + 1]
        got += ")" * (got.count("(") - got.count(")"))  # sqlglot does not say where a call ends
        raise UnreadableError([Flaw(start, got, allowed, next_step)])

    def refuse_unused(self) -> None:
        """Hold the parser to account: every token has to stand for a part of the tree, and the other way round.

        Raises:
            UnreadableError: sqlglot skipped a token or made one up.
        """
        left = self._used.copy()
        for token in self.grammar.tokens:
            word = "<>" if token.token_type is TokenType.NEQ else token.text.upper()
            if left[word] == 0:
                raise UnreadableError([Flaw(token.start, token.text, "a condition without it", "Leave it out.")])
            left[word] -= 1
        if left.total():
            allowed = "( ) around every part that could be read in two ways"
            raise UnreadableError([Flaw(0, self.grammar.text, allowed)])


def each_of(nodes: Sequence[exp.Expr], read: Callable[[exp.Expr], Node]) -> tuple[Node, ...]:
    """Read all of them, so that the flaws of all of them are told at once.

    Raises:
        UnreadableError: with the flaws of every one.
    """
    found: list[Node] = []
    flaws: list[Flaw] = []
    is_whole = True
    for node in nodes:
        try:
            found.append(read(node))
        except UnreadableError as error:
            flaws += error.flaws
            is_whole = False
    if not is_whole:
        raise UnreadableError(flaws)
    return tuple(found)
