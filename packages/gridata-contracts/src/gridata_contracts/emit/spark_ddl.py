"""Contract → Spark schema as DDL text, which `StructType.fromDDL` and `DataFrameReader.schema` read."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.model import Contract


def schema(contract: Contract) -> str:
    """The contract's columns, all nullable: a check decides about null, not the reader."""
    return ", ".join(f"{_name(column.name)} {spark_type(column.type)}" for column in contract.columns)


def spark_type(logical: t.LogicalType) -> str:
    """The Spark SQL type that holds every value of a logical type exactly."""
    match logical:
        case t.String():
            return "STRING"
        case t.Boolean():
            return "BOOLEAN"
        case t.Integer(bits):
            return "BIGINT" if bits == 64 else "INT"
        case t.Floating(bits):
            return "DOUBLE" if bits == 64 else "FLOAT"
        case t.Decimal(precision, scale):
            return f"DECIMAL({precision},{scale})"
        case t.Date():
            return "DATE"
        case t.Timestamp():
            return "TIMESTAMP"
        case t.Struct(fields):
            return f"STRUCT<{', '.join(f'{_name(each.name)}: {spark_type(each.type)}' for each in fields)}>"
        case t.List(item):
            return f"ARRAY<{spark_type(item)}>"


def _name(name: str) -> str:
    return f"`{name}`"
