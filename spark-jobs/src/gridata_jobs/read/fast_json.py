"""JSON lines at DuckDB's speed, for the records whose form the grammar proves."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pyarrow as pa

from gridata_contracts import types as t
from gridata_contracts.emit.duckdb_type import duckdb_type
from gridata_contracts.model import Column, Contract
from gridata_jobs.read.duck import Duck, quoted, text_literal
from gridata_jobs.read.field_order import learn_orders
from gridata_jobs.read.grammar import record_pattern

SAMPLE_RECORDS = 50
"""Records that teach a file's field order."""

JsonShape = str | dict[str, "JsonShape"] | list["JsonShape"]


class FastJson:
    """Reads the lines that match the contract's grammar in one field order.

    The order is learnt from a file's first records: most producers write every record in one order. Records in any
    other order are read exactly, only slower.
    """

    def __init__(self, contract: Contract, sample: Iterable[str]) -> None:
        pattern = record_pattern(contract.columns, learn_orders(sample))
        matches = "false" if pattern is None else f"regexp_full_match(line, {text_literal(pattern)})"
        shape = json.dumps(_shape_of(contract.columns))
        columns = "".join(f", record.{quoted(column.name)} AS {quoted(column.name)}" for column in contract.columns)
        self._sql = (
            f"SELECT row AS _row_number{columns}, CAST(NULL AS VARCHAR) AS _extra "
            f"FROM (SELECT row, from_json(line, {text_literal(shape)}) AS record FROM lines WHERE {matches})"
        )

    def read(self, lines: pa.Table, duck: Duck) -> pa.Table:
        """Typed rows of the matching lines; the others are absent.

        Args:
            lines: columns `row` (int64) and `line` (string).
            duck: a connection of this thread.
        """
        return duck.select(self._sql, lines=lines)


def _shape_of(columns: Iterable[Column]) -> JsonShape:
    return {column.name: _shape(column.type, column) for column in columns}


def _shape(logical: t.LogicalType, column: Column) -> JsonShape:
    match logical:
        case t.Struct():
            return _shape_of(column.children)
        case t.List(item):
            return [_shape(item, column)]
        case _:
            return duckdb_type(logical)
