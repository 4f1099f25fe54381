"""Logical types of contract columns: a closed set that both engines, Iceberg and Arrow can hold exactly.

`time` and unsigned integers are absent on purpose (semantics of values, docs/reference/values.md).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class String:
    """Unicode text; lengths are counted in code points."""


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`."""


@dataclass(frozen=True)
class Integer:
    """Signed whole number of 32 or 64 bits."""

    bits: int = 64


@dataclass(frozen=True)
class Floating:
    """IEEE 754 binary number of 32 or 64 bits. NaN and infinities only where `allow_nan`."""

    bits: int = 64
    allow_nan: bool = False


@dataclass(frozen=True)
class Decimal:
    """Exact number with `precision` digits, `scale` of them after the point (1 <= precision <= 38).

    Attributes:
        round_half_up: more fraction digits than `scale` are rounded half-up instead of rejected.
    """

    precision: int
    scale: int
    round_half_up: bool = False


@dataclass(frozen=True)
class Date:
    """Calendar day, proleptic Gregorian, years 0001 to 9999."""


@dataclass(frozen=True)
class Timestamp:
    """Instant with microseconds, stored in UTC.

    Attributes:
        zone: IANA zone that naive text is read in; None refuses naive text.
    """

    zone: str | None = None


@dataclass(frozen=True)
class Field:
    """One named field of a struct."""

    name: str
    type: LogicalType


@dataclass(frozen=True)
class Struct:
    """Named fields, each possibly null."""

    fields: tuple[Field, ...]


@dataclass(frozen=True)
class List:
    """Ordered items of one type, each possibly null."""

    item: LogicalType


LogicalType = String | Boolean | Integer | Floating | Decimal | Date | Timestamp | Struct | List
