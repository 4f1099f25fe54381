"""Which values may stand beside each other, and as which type they are compared."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gridata_contracts.exact_digits import MOST, Digits, digits, together
from gridata_contracts.expressions.tree import Constant, Node
from gridata_contracts.literals import literal_value, type_word
from gridata_contracts.refusals import Refusal
from gridata_contracts.types import (
    Boolean,
    Date,
    Decimal,
    Floating,
    Integer,
    LogicalType,
    String,
    Struct,
    Timestamp,
)

NARROWER = "Declare int instead of long, or decimals with fewer digits, or shorten literals."

_LONG = range(-(2**63), 2**63)


class Family(StrEnum):
    """Values compare within their family. The word is what an author is told."""

    EXACT = "whole numbers and decimals"
    FLOATING = "binary numbers"
    TEXT = "text"
    BOOLEAN = "conditions"
    DATE = "dates"
    TIMESTAMP = "timestamps"
    OBJECT = "objects"
    ARRAY = "arrays"


NUMBERS = (Family.EXACT, Family.FLOATING)
SCALARS = tuple(family for family in Family if family not in (Family.OBJECT, Family.ARRAY))
ORDERED = tuple(family for family in SCALARS if family is not Family.BOOLEAN)


_LITERALS = {
    Family.EXACT: "a number",
    Family.FLOATING: "a number of more than 38 digits, which only binary numbers compare with",
    Family.TEXT: "text",
    Family.BOOLEAN: "TRUE or FALSE",
    Family.DATE: "a date",
    Family.TIMESTAMP: "a timestamp",
}


def family(kind: LogicalType) -> Family:
    """The family of a type."""
    match kind:
        case Integer() | Decimal():
            return Family.EXACT
        case Floating():
            return Family.FLOATING
        case String():
            return Family.TEXT
        case Boolean():
            return Family.BOOLEAN
        case Date():
            return Family.DATE
        case Timestamp():
            return Family.TIMESTAMP
        case _:
            return Family.OBJECT if isinstance(kind, Struct) else Family.ARRAY


@dataclass(frozen=True)
class Disagreement:
    """Why values may not stand beside each other.

    Attributes:
        index: the value that does not fit; None when all of them together do not.
    """

    index: int | None
    allowed: str
    next_step: str


def agreed(values: Sequence[Node], families: Sequence[Family]) -> tuple[Node, ...] | Disagreement:
    """Values of one of the families, the same for all; literals as the others say they are meant."""
    found: list[Node] = []
    for i, value in enumerate(values):
        node = _settled(value, values)
        if isinstance(node, Refusal):
            return Disagreement(i, node.expected, "")
        found.append(node)
    by_weight = sorted(range(len(found)), key=lambda i: isinstance(found[i], Constant))  # literals are judged last
    wanted = family(found[by_weight[0]].type)
    for i in by_weight:
        if wanted not in families or family(found[i].type) is not wanted:
            allowed = f"{wanted}, as stand beside it" if wanted in families else " or ".join(families)
            return Disagreement(i, allowed, f"It is {type_of(found[i])}.")
    needed = too_wide(digits_needed(found))
    return Disagreement(None, needed, NARROWER) if needed else tuple(found)


def type_of(node: Node) -> str:
    """The type in the author's words."""
    return _LITERALS[family(node.type)] if isinstance(node, Constant) else type_word(node.type)


def _settled(node: Node, beside: Sequence[Node]) -> Node | Refusal:
    """A node as it is meant beside others: literals take the type of a date, timestamp or binary number there.

    A number beside a `float` is rounded to its 32 bits, as it is everywhere in a contract.
    """
    if not isinstance(node, Constant):
        return node
    firm = [each.type for each in beside if not isinstance(each, Constant)]
    kinds = firm or [each.type for each in beside]
    if isinstance(node.type, String):
        instant = next((kind for kind in kinds if isinstance(kind, Date | Timestamp)), None)
        return node if instant is None else _as_instant(node, instant)
    if isinstance(node.value, decimal.Decimal | float):
        bits = [kind.bits for kind in kinds if isinstance(kind, Floating)]
        return _as_floating(node.value, max(bits)) if bits else node
    return node


def _as_floating(number: decimal.Decimal | float, bits: int) -> Constant | Refusal:
    value = literal_value(Floating(bits), float(number))
    return value if isinstance(value, Refusal) else Constant(value, Floating(bits))


def _as_instant(node: Constant, kind: Date | Timestamp) -> Constant | Refusal:
    value = literal_value(kind, str(node.value))
    plain = Date() if isinstance(kind, Date) else Timestamp()
    return value if isinstance(value, Refusal) else Constant(value, plain)


def common_type(nodes: Sequence[Node]) -> LogicalType:
    """The type that nodes of one family are compared as.

    For exact numbers it may need more digits than engines have; `digits_needed` tells.
    """
    kind = nodes[0].type
    match family(kind):
        case Family.FLOATING:
            return Floating()
        case Family.EXACT if all(map(_is_long, nodes)):
            return Integer()
        case Family.EXACT:
            needed = digits_needed(nodes)
            return Decimal(max(needed.whole + needed.scale, 1), needed.scale)
        case _:
            return kind


def digits_needed(nodes: Sequence[Node]) -> Digits:
    """Digits that hold any of the exact numbers."""
    return together([_digits(node) for node in nodes])


def too_wide(needed: Digits) -> str:
    """What is allowed, for numbers that both engines could not hold together; empty when they can."""
    if needed.fit:
        return ""
    return f"numbers that need at most {MOST} digits together, not {needed.whole + needed.scale}"


def _is_long(node: Node) -> bool:
    if isinstance(node, Constant):
        return isinstance(node.value, decimal.Decimal) and _digits(node).scale == 0 and int(node.value) in _LONG
    return isinstance(node.type, Integer)


def _digits(node: Node) -> Digits:
    if isinstance(node, Constant) and node.value == 0:
        return Digits(0, 0)  # 0 is a value of every decimal, also of one without digits before the point
    return digits(node.type)
