"""Contract → Arrow schema. Arrow is imported on use, so the package itself stays light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridata_contracts import types as t
from gridata_contracts.model import Contract

if TYPE_CHECKING:
    import pyarrow as pa


def schema(contract: Contract) -> pa.Schema:
    """The contract's columns, all nullable: a check decides about null, not the reader."""
    import pyarrow as pa

    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in contract.columns])


def arrow_type(logical: t.LogicalType) -> pa.DataType:
    """The Arrow type that holds every value of a logical type exactly; timestamps in microseconds, UTC."""
    import pyarrow as pa

    match logical:
        case t.String():
            return pa.string()
        case t.Boolean():
            return pa.bool_()
        case t.Integer(bits):
            return pa.int64() if bits == 64 else pa.int32()
        case t.Floating(bits):
            return pa.float64() if bits == 64 else pa.float32()
        case t.Decimal(precision, scale):
            return pa.decimal128(precision, scale)
        case t.Date():
            return pa.date32()
        case t.Timestamp():
            return pa.timestamp("us", tz="UTC")
        case t.Struct(fields):
            return pa.struct([pa.field(f.name, arrow_type(f.type)) for f in fields])
        case t.List(item):
            return pa.list_(pa.field("element", arrow_type(item)))
