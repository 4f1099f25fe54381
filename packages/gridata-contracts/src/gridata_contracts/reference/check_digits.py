"""Check digits in plain Python."""

from __future__ import annotations

from collections.abc import Sequence

DIGITS = frozenset("0123456789")
CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
HEXADECIMAL = frozenset("0123456789ABCDEFabcdef")


def of_signs(text: str, signs: frozenset[str], *lengths: int) -> bool:
    """Only these characters, and one of these lengths (any but 0 when none is given)."""
    return set(text) <= signs and (len(text) in lengths if lengths else bool(text))


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for i, sign in enumerate(reversed(digits)):
        total += sum(map(int, str(int(sign) * 2))) if i % 2 else int(sign)
    return total % 10 == 0


def in_digits(text: str) -> str:
    """A is 10 and Z is 35."""
    return "".join(str(int(sign, 36)) for sign in text)


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Sum of the digits, each times its weight."""
    return sum(int(sign) * weight for sign, weight in zip(digits, weights, strict=True))


def passes_gtin(digits: str) -> bool:
    """GS1 General Specifications, 7.9: weights 3 and 1 from the right of what the check digit stands behind."""
    *others, check = map(int, digits)
    total = sum(digit * (3, 1)[i % 2] for i, digit in enumerate(reversed(others)))
    return (10 - total % 10) % 10 == check


def passes_mod_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10."""
    product = 10
    for sign in digits[:-1]:
        product = ((int(sign) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])
