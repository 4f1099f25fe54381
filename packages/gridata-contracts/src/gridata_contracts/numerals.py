"""Readers of numbers: text → int, Decimal or float, compiled once per type because every cell goes through one."""

from __future__ import annotations

import decimal
import math
import re
import struct
from collections.abc import Callable

from gridata_contracts.refusals import Refusal, invalid, out_of_range
from gridata_contracts.types import Decimal, Floating, Integer

MAX_NUMBER_CHARS = 400
"""Longer numerals are refused before they are computed with: no double needs more, no decimal comes near."""

NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?:[eE]([+-]?)([0-9]+))?")
_CONTEXT = decimal.Context(prec=MAX_NUMBER_CHARS + 200, Emin=-(2 * 10**6), Emax=2 * 10**6)
_EXPONENT_DIGITS = 6  # a longer exponent puts a number of MAX_NUMBER_CHARS beyond every type, or next to zero


def integer_reader(logical: Integer) -> Callable[[str], int | Refusal]:
    """Whole numbers within the type's bits."""
    low, high = -(2 ** (logical.bits - 1)), 2 ** (logical.bits - 1)
    no_integer, too_large = invalid(logical), out_of_range(logical)

    def read(text: str) -> int | Refusal:
        if _INTEGER.fullmatch(text) is None:
            return no_integer
        if len(text) > len("-9223372036854775808"):
            return too_large
        value = int(text)
        return value if low <= value < high else too_large

    return read


def decimal_reader(logical: Decimal) -> Callable[[str], decimal.Decimal | Refusal]:
    """Numbers, exponents worked out, with exactly the type's fraction digits."""
    usual = _usual_decimal(logical).fullmatch
    zeros = ["." * (missing == logical.scale > 0) + "0" * missing for missing in range(logical.scale + 1)]
    no_number = invalid(logical)

    def read(text: str) -> decimal.Decimal | Refusal:
        if match := usual(text):  # without arithmetic
            return decimal.Decimal(text + zeros[logical.scale - len(match[1] or "")])
        if len(text) > MAX_NUMBER_CHARS or (number := _NUMBER.fullmatch(text)) is None:
            return no_number
        return _worked_out(logical, number)

    return read


def _usual_decimal(logical: Decimal) -> re.Pattern[str]:
    """Digits that fit as they stand, fraction in group 1; no negative zero."""
    whole = logical.precision - logical.scale
    digits = f"(?:0|[1-9][0-9]{{0,{whole - 1}}})" if whole else "0"
    fraction = rf"(?:\.([0-9]{{1,{logical.scale}}}))?" if logical.scale else "()"
    return re.compile(rf"(?:-(?![0.]*\Z))?{digits}{fraction}")


def _worked_out(logical: Decimal, number: re.Match[str]) -> decimal.Decimal | Refusal:
    """Any other numeral, by value."""
    mantissa = decimal.Decimal(number[1], _CONTEXT)
    sign, exponent = number[2] or "", (number[3] or "").lstrip("0") or "0"
    if mantissa.is_zero():
        return _zero(logical)
    if len(exponent) > _EXPONENT_DIGITS:
        return _near_zero(logical) if sign == "-" else out_of_range(logical)
    value = mantissa.scaleb(int(sign + exponent), _CONTEXT)
    if value.adjusted() > MAX_NUMBER_CHARS:
        return out_of_range(logical)
    if value.adjusted() < -MAX_NUMBER_CHARS:
        return _near_zero(logical)
    scaled = value.quantize(decimal.Decimal(1).scaleb(-logical.scale), decimal.ROUND_HALF_UP, _CONTEXT)
    if scaled != value and not logical.round_half_up:
        return invalid(logical)
    if scaled.is_zero():
        return _zero(logical)
    return out_of_range(logical) if scaled.adjusted() >= logical.precision - logical.scale else scaled


def _near_zero(logical: Decimal) -> decimal.Decimal | Refusal:
    return _zero(logical) if logical.round_half_up else invalid(logical)


def _zero(logical: Decimal) -> decimal.Decimal:
    return decimal.Decimal(0).scaleb(-logical.scale)


def floating_reader(logical: Floating) -> Callable[[str], float | Refusal]:
    """Finite numbers, rounded to the type's bits; `NaN` and infinities where the contract allows them."""
    no_number, too_large = invalid(logical), out_of_range(logical)
    narrow = struct.Struct("<f") if logical.bits == 32 else None  # the native "f" makes infinities, silently

    def read(text: str) -> float | Refusal:
        if len(text) > MAX_NUMBER_CHARS or _NUMBER.fullmatch(text) is None:
            return NOT_FINITE.get(text, no_number) if logical.allow_nan else no_number
        value = float(text)
        if not math.isfinite(value):
            return too_large
        return value if narrow is None else _narrowed(value, narrow, too_large)

    return read


def _narrowed(value: float, narrow: struct.Struct, too_large: Refusal) -> float | Refusal:
    try:
        narrowed: float = narrow.unpack(narrow.pack(value))[0]
    except OverflowError:
        return too_large
    return narrowed
