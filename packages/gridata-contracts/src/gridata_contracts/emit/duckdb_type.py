"""Contract → DuckDB types, as text for `read_json(columns := …)`, `read_csv(types := …)` and casts."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.model import Contract


def columns(contract: Contract) -> dict[str, str]:
    """DuckDB type by top-level column, in declared order."""
    return {column.name: duckdb_type(column.type) for column in contract.columns}


def duckdb_type(logical: t.LogicalType) -> str:
    """The DuckDB type that holds every value of a logical type exactly; sessions run in UTC."""
    match logical:
        case t.String():
            return "VARCHAR"
        case t.Boolean():
            return "BOOLEAN"
        case t.Integer(bits):
            return "BIGINT" if bits == 64 else "INTEGER"
        case t.Floating(bits):
            return "DOUBLE" if bits == 64 else "FLOAT"
        case t.Decimal(precision, scale):
            return f"DECIMAL({precision},{scale})"
        case t.Date():
            return "DATE"
        case t.Timestamp():
            return "TIMESTAMP WITH TIME ZONE"
        case t.Struct(fields):
            return f"STRUCT({', '.join(f'{_name(each.name)} {duckdb_type(each.type)}' for each in fields)})"
        case t.List(item):
            return f"{duckdb_type(item)}[]"


def _name(name: str) -> str:
    return f'"{name}"'
