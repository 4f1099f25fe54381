"""Numbers counted by size, in bins that grow with them: quantiles to within 1.6 %, histograms, merged exactly.

A bin is one of 32 equal parts between two powers of two, so that engines agree on it to the bit: halving and doubling
a binary number is exact, a logarithm is not.
Source: the layout is that of HdrHistogram (G. Tene); relative accuracy as in DDSketch (C. Masson et al., PVLDB 12).
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

PARTS = 32
LEAST_POWER, GREATEST_POWER = -1000, 1022
"""Sizes below 2**-1000 (1e-301) count as 0, those from 2**1023 (9e307) on as the greatest."""
LEAST, MOST = math.ldexp(1.0, LEAST_POWER), math.nextafter(math.ldexp(1.0, GREATEST_POWER + 1), 0.0)


@dataclass(frozen=True)
class Bins:
    """Records of a numeric column by bin.

    Attributes:
        counts: records by number of the bin: 0 for about 0, negative for negative numbers, rising with the size.
        whole: the column holds whole numbers, so that a narrow bin stands for the one it can hold.
    """

    counts: Mapping[int, int]
    whole: bool = False

    @cached_property
    def records(self) -> int:
        """How many numbers were counted."""
        return sum(self.counts.values())

    def merged(self, other: Bins) -> Bins:
        """Of both."""
        return Bins(Counter(self.counts) + Counter(other.counts), self.whole and other.whole)

    def values(self) -> Iterator[tuple[float, int]]:
        """Number that stands for a bin, and its records; numbers rise."""
        for number in sorted(self.counts):
            if self.counts[number]:
                yield self._value(number), self.counts[number]

    def quantile(self, share: float) -> float | None:
        """The least number that at least this share (0 to 1) of the records does not exceed; None without records."""
        number = self._bin_at(share)
        return None if number is None else self._value(number)

    def quantile_bounds(self, share: float) -> tuple[float, float] | None:
        """The least and the greatest number that the true quantile may be."""
        number = self._bin_at(share)
        return None if number is None else self._bounds(number)

    def _bin_at(self, share: float) -> int | None:
        needed, seen = max(1, math.ceil(share * self.records)), 0
        for number in sorted(self.counts):
            seen += self.counts[number]
            if seen >= needed:
                return number
        return None

    def _value(self, number: int) -> float:
        low, high = self._bounds(number)
        return low if low == high else (low + high) / 2

    def _bounds(self, number: int) -> tuple[float, float]:
        if number == 0:
            return (0.0, 0.0) if self.whole else (-LEAST, LEAST)
        power, part = divmod(abs(number) - 1, PARTS)
        size = math.ldexp(1.0, power + LEAST_POWER)
        low, high = size * (1 + part / PARTS), size * (1 + (part + 1) / PARTS)
        if self.whole and low < 2**53:  # beyond, every binary number is whole
            low, high = float(math.ceil(low)), float(math.ceil(high) - 1)
        if (power + LEAST_POWER, part) == (GREATEST_POWER, PARTS - 1):
            high = sys.float_info.max
        return (low, high) if number > 0 else (-high, -low)


def bin_of(value: float) -> int:
    """Number of the bin of a finite number."""
    size = min(abs(value), MOST)
    if size < LEAST:
        return 0
    mantissa, exponent = math.frexp(size)  # 0.5 <= mantissa < 1
    number = (exponent - 1 - LEAST_POWER) * PARTS + int((mantissa * 2 - 1) * PARTS) + 1
    return -number if value < 0 else number


def bins_sql(value: str, table: str) -> str:
    """Query of `bin` and `n`, as both engines read it.

    Args:
        value: SQL of the numbers, binary and finite, or null.
        table: that has them.
    """
    size = f"least(greatest(abs(x), {LEAST / 2!r}), {MOST!r})"
    sized = f"SELECT x, a, floor(log2(a)) AS p FROM (SELECT x, {size} AS a FROM (SELECT {value} AS x FROM {table}) v) s"
    # A logarithm may be rounded across a power of two; the comparison puts it right.
    off = "CASE WHEN a < power(2, p) THEN -1 WHEN a >= power(2, p + 1) THEN 1 ELSE 0 END"
    exact = f"SELECT x, a, p + {off} AS p FROM ({sized}) l WHERE x IS NOT NULL"
    number = f"(p - {LEAST_POWER}) * {PARTS} + floor((a / power(2, p) - 1) * {PARTS}) + 1"
    signed = f"CASE WHEN a < {LEAST!r} THEN 0 WHEN x < 0 THEN -({number}) ELSE {number} END"
    return f"SELECT bin, count(*) AS n FROM (SELECT CAST({signed} AS BIGINT) AS bin FROM ({exact}) e) b GROUP BY bin"
