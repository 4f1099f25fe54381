"""What each function takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridata_contracts.expressions.agreement import NUMBERS, SCALARS, Family, common_type
from gridata_contracts.expressions.numbers import turned
from gridata_contracts.expressions.tree import Function, Node
from gridata_contracts.types import Boolean, Floating, Integer, LogicalType, String


@dataclass(frozen=True)
class Signature:
    """How a function is called.

    Attributes:
        usage: in the author's words.
        families: what its arguments may be; all of them are of one.
        most: arguments at most; None is any number.
        literal: the second argument is a text literal.
    """

    usage: str
    families: Sequence[Family] = (Family.TEXT,)
    least: int = 1
    most: int | None = 1
    literal: bool = False

    def takes(self, count: int) -> bool:
        """So many arguments are right."""
        return self.least <= count and (self.most is None or count <= self.most)


def _searching(function: Function) -> Signature:
    return Signature(f"{function}(text, 'literal')", least=2, most=2, literal=True)


SIGNATURES: Mapping[Function, Signature] = {
    Function.ABS: Signature("abs(number)", NUMBERS),
    Function.COALESCE: Signature("coalesce(a, b, …)", SCALARS, least=2, most=None),
    Function.CONTAINS: _searching(Function.CONTAINS),
    Function.ENDS_WITH: _searching(Function.ENDS_WITH),
    Function.LENGTH: Signature("length(text)"),
    Function.LOWER: Signature("lower(text)"),
    Function.STARTS_WITH: _searching(Function.STARTS_WITH),
    Function.UPPER: Signature("upper(text)"),
}


def result_type(function: Function, arguments: Sequence[Node]) -> LogicalType | str:
    """The type a function gives for arguments that fit its signature; or, when they are too long, what is allowed."""
    match function:
        case Function.ABS:
            return turned(arguments[0])
        case Function.COALESCE:
            bits = [each.type.bits for each in arguments if isinstance(each.type, Floating)]
            return Floating(max(bits)) if bits else common_type(arguments)
        case Function.LENGTH:
            return Integer(32)
        case Function.LOWER | Function.UPPER:
            return String()
        case _:
            return Boolean()
