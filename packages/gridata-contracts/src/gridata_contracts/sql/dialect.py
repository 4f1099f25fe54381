"""The few SQL forms in which DuckDB and Spark differ; rules compose them.

Both emissions of a form (duckdb.py, spark.py) must give the same value on every input; the differential tests hold
them to it.
"""

from __future__ import annotations

from typing import Protocol

from gridata_contracts import types as t


class Dialect(Protocol):
    """SQL text of one engine."""

    def name(self, identifier: str) -> str: ...
    def field(self, parent: str, identifier: str) -> str: ...
    def text(self, value: str) -> str: ...
    def cast(self, text: str, logical: t.LogicalType) -> str: ...
    def converted(self, value: str, logical: t.LogicalType) -> str: ...
    def operand(self, value: str, logical: t.LogicalType) -> str: ...
    def length(self, value: str) -> str: ...
    def trimmed(self, value: str) -> str: ...
    def matches(self, value: str, pattern: str) -> str: ...
    def any_item(self, array: str, variable: str, condition: str) -> str: ...
    def count(self, array: str) -> str: ...
    def repeats(self, array: str, field: str) -> str: ...
    def total(self, array: str, variable: str, term: str, logical: t.LogicalType) -> str: ...


def type_name(logical: t.LogicalType, *, text_type: str, instant: str) -> str:
    match logical:
        case t.String():
            return text_type
        case t.Boolean():
            return "BOOLEAN"
        case t.Integer():
            return "BIGINT"
        case t.Floating():
            return "DOUBLE"
        case t.Decimal(precision, scale):
            return f"DECIMAL({precision},{scale})"
        case t.Date():
            return "DATE"
        case t.Timestamp():
            return instant
        case t.Struct() | t.List():
            raise TypeError("structs and lists have no literal")
