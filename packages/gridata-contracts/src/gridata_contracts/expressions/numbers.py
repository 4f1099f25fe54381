"""Numbers of an expression: literals by value, and how wide the results of calculations are."""

from __future__ import annotations

import decimal
import math

from gridata_contracts.exact_digits import MOST, Digits, digits, product, together
from gridata_contracts.expressions.agreement import Family, family, too_wide
from gridata_contracts.expressions.tree import Constant, Node, Operator
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.refusals import Refusal
from gridata_contracts.types import Decimal, Floating, LogicalType

_MOST_TURNED = 34  # Spark's unary minus and abs round to 34 digits, Scala's default (4.1.3, Decimal.unary_-)
_MOST_EXPONENT_CHARS = 5  # `e-400` is no double any more


def literal_number(text: str) -> Constant | Refusal:
    """A numeral by value: exact where 38 digits hold it, else the nearest double."""
    _, _, exponent = text.lower().partition("e")
    if len(exponent) >= _MOST_EXPONENT_CHARS or not math.isfinite(float(text)):
        return Refusal(ReasonCode.OUT_OF_RANGE, "a number that a double can hold")
    number = _plain(decimal.Decimal(text))
    if number is None:
        return Constant(float(text), Floating())
    size = _size(number)
    return Constant(number, Decimal(max(size.whole + size.scale, 1), size.scale))


def opposite(literal: Constant) -> Constant:
    """The literal with its sign turned. There is one zero."""
    value = literal.value
    if isinstance(value, decimal.Decimal):
        return Constant(value.copy_negate() if value else value, literal.type)  # `-value` would round to the context
    return Constant(-value if isinstance(value, float) and value else value, literal.type)


def calculated(operator: Operator, left: Node, right: Node) -> LogicalType | str:
    """The type of a sum, difference or product; or, when exact digits do not suffice, what is allowed."""
    if family(left.type) is Family.FLOATING:
        return Floating()
    sizes = (digits(left.type), digits(right.type))
    if operator is not Operator.TIMES:
        needed = together(sizes, 1)
        return too_wide(needed) or Decimal(needed.whole + needed.scale, needed.scale)
    needed = product(sizes)
    # Spark reckons with one digit more than a product can have, and rounds when that is the 39th.
    return too_wide(Digits(needed.whole + 1, needed.scale)) or Decimal(needed.whole + needed.scale, needed.scale)


def turned(node: Node) -> LogicalType | str:
    """The type of a number with its sign turned or dropped; or, when it is too long for that, what is allowed.

    An integer becomes a decimal, which has an opposite of the least integer too.
    """
    if family(node.type) is Family.FLOATING:
        return node.type
    size = digits(node.type)
    if size.whole + size.scale > _MOST_TURNED:
        return f"numbers of at most {_MOST_TURNED} digits, not {size.whole + size.scale}"
    return Decimal(size.whole + size.scale, size.scale)


def _plain(number: decimal.Decimal) -> decimal.Decimal | None:
    """Without exponent and trailing zeros; None when it has more than 38 digits."""
    if not number:
        return decimal.Decimal(0)
    if not -MOST <= number.adjusted() < MOST:
        return None
    stripped = f"{number:f}"
    stripped = stripped.rstrip("0").rstrip(".") if "." in stripped else stripped
    plain = decimal.Decimal(stripped)
    return plain if _size(plain).fit else None


def _size(number: decimal.Decimal) -> Digits:
    """Digits before and after the point of a number without exponent."""
    _, _, exponent = number.as_tuple()
    scale = -exponent if isinstance(exponent, int) else 0
    return Digits(max(number.adjusted() + 1, 0) if number else 1, scale)
