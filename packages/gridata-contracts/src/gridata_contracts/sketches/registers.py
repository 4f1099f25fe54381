"""How many different values there are, to within about 1.6 %: HyperLogLog over MD5, which every engine has.

Source: P. Flajolet et al., HyperLogLog (2007); the estimator without bias tables is O. Ertl, New cardinality
estimation algorithms for HyperLogLog sketches (2017), algorithm 6.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

DIGITS = 3
"""Hexadecimal digits of a hash that choose the register."""
REGISTERS = 4096  # 16 ** DIGITS
_REST = 13
"""Further digits, whose leading zero bits are counted."""
_BITS = 4 * _REST


@dataclass(frozen=True)
class Registers:
    """Greatest rank seen by each register.

    Attributes:
        ranks: REGISTERS bytes; 0 = no value fell there, else leading zero bits + 1.
        records: how many values were looked at, repeated ones too.
    """

    ranks: bytes
    records: int

    def merged(self, other: Registers) -> Registers:
        """Of both."""
        return Registers(bytes(map(max, self.ranks, other.ranks)), self.records + other.records)

    def estimate(self) -> float:
        """How many different values there were."""
        counts = Counter(self.ranks)
        if counts[0] == REGISTERS:
            return 0.0
        weight = REGISTERS * _tau(1 - counts[_BITS + 1] / REGISTERS)
        for rank in range(_BITS, 0, -1):
            weight = (weight + counts[rank]) / 2
        weight += REGISTERS * _sigma(counts[0] / REGISTERS)
        return REGISTERS * (REGISTERS / (2 * math.log(2))) / weight


def rank_of(rest: str) -> int:
    """Rank of the digits after those that choose the register."""
    return _BITS - int(rest, 16).bit_length() + 1


def registers_sql(text: str, table: str, value: str | None = None) -> str:
    """Query of `register`, `least` and `n`: the least rest of a hash has the most leading zeros.

    Args:
        text: SQL of the values as text, or null.
        table: that has them.
        value: column that the text is made of, where counting equal values is cheaper than hashing each. None = is not.
    """
    rows = f"SELECT {text} AS v, 1 AS n FROM {table} WHERE {text} IS NOT NULL"
    if value is not None:
        counted = f"SELECT {value}, count(*) AS n FROM {table} WHERE {value} IS NOT NULL GROUP BY {value}"
        rows = f"SELECT {text} AS v, n FROM ({counted}) c"
    parts = f"substr(h, 1, {DIGITS}) AS register, substr(h, {DIGITS + 1}, {_REST}) AS rest, n"
    found = f"SELECT {parts} FROM (SELECT md5(v) AS h, n FROM ({rows}) t) v"
    return f"SELECT register, min(rest) AS least, sum(n) AS n FROM ({found}) r GROUP BY register"


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x, before = x * x, z
        z, y = z + x * y, y + y
    return z


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        x, y, before = math.sqrt(x), y / 2, z
        z -= (1 - x) ** 2 * y
    return z / 3
