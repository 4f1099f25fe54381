"""Check digits as SQL: sums over digits and remainders of long numbers, for text whose form is known to be good.

On other text it means nothing, and a number that is too long may overflow: put the form in front (sql/guarded.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from gridata_contracts.sql.dialect import Dialect

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PIECE_DIGITS = 15
"""A remainder below 1000 and so many digits behind it fit 64 bits."""
_PIECE_LETTERS = PIECE_DIGITS // 2
NUMBER = "_n"
"""Name of the number inside the conditions on it."""
# Behind a blank, since the position of nothing in a text is 1: nothing stands for no digit.
_SIGNS = f" {DIGITS}{LETTERS}"
_TWO_DIGITS = "  " + "".join(f"{i:<2}" for i in range(36))


def number(digits: str) -> str:
    """The number that a text of at most 18 digits writes."""
    return f"TRY_CAST({digits} AS BIGINT)"


def position(d: Dialect, signs: str, char: str) -> str:
    """Where a character stands among others, from 0."""
    return f"(instr({d.text(signs)}, {char}) - 1)"


def char(text: str, place: int) -> str:
    """A text's character, counted from 1."""
    return f"substr({text}, {place}, 1)"


def signs_by_value(values: Mapping[str, int], modulus: int) -> str:
    """Signs in an order in which `position` is each one's value, or some multiples of the modulus more."""
    taken: dict[int, str] = {}
    for sign, value in values.items():
        place = value % modulus
        while place in taken:
            place += modulus
        taken[place] = sign
    return "".join(taken.get(i, " ") for i in range(max(taken) + 1))


def digit(d: Dialect, whole: str, place: int) -> str:
    """A number's digit, counted from 0 at the right."""
    return f"{d.quotient(whole, 10**place) if place else whole} % 10"


def weighted(d: Dialect, digits: str, weights: Sequence[int], holds: Callable[[str], str]) -> str:
    """A condition on the sum of a text's last digits, each times its weight; digits that are not there are 0.

    Args:
        d: the engine.
        digits: SQL of a text of at most 18 digits.
        weights: from the left; the last one is the last digit's.
        holds: the condition on the sum's SQL.
    """
    terms = [(weight, digit(d, NUMBER, place)) for place, weight in enumerate(reversed(weights)) if weight]
    total = " + ".join(f"{weight} * ({term})" for weight, term in terms)
    return d.once(number(digits), NUMBER, holds(f"({total})"))


def passes_mod_10(d: Dialect, digits: str, weights: Sequence[int]) -> str:
    """The weighted sum of a text's last digits ends in 0; weights as in `weighted`, with 17 digits or small weights."""
    # What stands before a number's digit counts ten times and changes nothing.
    numbers = [(weight, d.quotient(NUMBER, 10**place)) for place, weight in enumerate(reversed(weights)) if weight]
    total = " + ".join(f"{weight} * {number_}" for weight, number_ in numbers)
    return d.once(number(digits), NUMBER, f"({total}) % 10 = 0")


def divides(modulus: int, rest: int = 0) -> Callable[[str], str]:
    """A sum leaves the rest when it is divided."""
    return lambda total: f"{total} % {modulus} = {rest}"


def remainder(pieces: Sequence[str], modulus: int) -> str:
    """Rest of a long number, whose digits come in texts of at most 15; no piece but the first may be missing."""
    first, *others = (f"({piece})" for piece in pieces)
    return reduce(
        lambda rest, piece: f"{number(f'({rest}) || {piece}')} % {modulus}", others, f"{number(first)} % {modulus}"
    )


def in_digits(d: Dialect, text: str, first: int, last: int) -> list[str]:
    """Characters `first` to `last` of a text as pieces of digits, where A is 10 and Z is 35."""
    return [
        _expanded(d, text, start, min(start + _PIECE_LETTERS - 1, last))
        for start in range(first, last + 1, _PIECE_LETTERS)
    ]


def _expanded(d: Dialect, text: str, first: int, last: int) -> str:
    pairs = [
        f"substr({d.text(_TWO_DIGITS)}, 2 * instr({d.text(_SIGNS)}, {char(text, place)}) - 1, 2)"
        for place in range(first, last + 1)
    ]
    return f"replace({' || '.join(pairs)}, ' ', '')"


def passes_mod_97(pieces: Sequence[str]) -> str:
    """ISO 7064 MOD 97-10: the number leaves 1."""
    return f"{remainder(pieces, 97)} = 1"


def passes_mod_11_10(d: Dialect, digits: str, count: int) -> str:
    """ISO 7064 MOD 11,10 over so many digits, at most 18."""
    product = "10"
    for place in range(count - 1, 0, -1):
        product = f"2 * (({product} + {digit(d, NUMBER, place)} + 9) % 10 + 1) % 11"
    return d.once(number(digits), NUMBER, f"({product} + {digit(d, NUMBER, 0)}) % 10 = 1")


def passes_mod_10_of_thirds(d: Dialect, digits: str) -> str:
    """The check digit of GTIN and ISBN-13: from the right, weights 1 and 3 in turn."""
    return passes_mod_10(d, digits, [3, 1] * 7)
