"""Which sketches there are, and which of them a column's type has."""

from __future__ import annotations

from enum import StrEnum

from gridata_contracts.types import Decimal, Floating, Integer, LogicalType


class SketchKind(StrEnum):
    """Also the name of the metric that a batch leaves."""

    BINS = "bins"  # numbers counted by size
    CATEGORIES = "categories"  # records counted by value
    REGISTERS = "registers"  # how many different values there are


def sketch_kind(kind: LogicalType) -> SketchKind:
    """The sketch that says how a column's values are distributed."""
    numeric = isinstance(kind, Integer | Decimal | Floating)
    return SketchKind.BINS if numeric else SketchKind.CATEGORIES
