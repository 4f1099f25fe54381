"""CSV at DuckDB's speed, for the lines whose form a grammar proves: no quotes, every cell of the accepted text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from gridata_contracts import types as t
from gridata_contracts.emit.duckdb_type import duckdb_type
from gridata_contracts.model import Column, Contract
from gridata_jobs.read.duck import Duck, quoted, text_literal
from gridata_jobs.read.grammar import text_scalar


class FastCsv:
    """Reads the lines of one header that match the contract's cells. Lines with quotes are read exactly."""

    def __init__(self, contract: Contract, header: Sequence[str]) -> None:
        delimiter = contract.landing.csv.delimiter
        by_name = {column.name: column for column in contract.columns}
        cells = [_cell_pattern(by_name.get(name), contract) for name in header]
        pattern = re.escape(delimiter).join(cells) + r"\r?\n?"
        columns = "".join(
            f", {_cell(header.index(c.name), c.type) if c.name in header else _null(c.type)} AS {quoted(c.name)}"
            for c in contract.columns
        )
        self._sql = (
            f"SELECT row AS _row_number{columns}, CAST(NULL AS VARCHAR) AS _extra "
            f"FROM (SELECT row, string_split(rtrim(line, chr(13) || chr(10)), {text_literal(delimiter)}) AS cells "
            f"FROM lines WHERE regexp_full_match(line, {text_literal(pattern)}))"
        )

    def read(self, lines: pa.Table, duck: Duck) -> pa.Table:
        """Typed rows of the matching lines; the others are absent."""
        return duck.select(self._sql, lines=lines)


def _cell_pattern(column: Column | None, contract: Contract) -> str:
    if column is None or isinstance(column.type, t.Struct | t.List):
        return ""  # only an empty cell is read fast
    if isinstance(column.type, t.String):
        csv = contract.landing.csv
        return rf"[^{re.escape(csv.delimiter)}{re.escape(csv.quote)}\r\n\x00]*"
    return f"(?:{text_scalar(column.type)})?"


def _cell(index: int, logical: t.LogicalType) -> str:
    cell = f"nullif(cells[{index + 1}], '')"
    if isinstance(logical, t.Floating) and logical.bits == 32:
        cell = f"CAST({cell} AS DOUBLE)"  # as record.py: through a double, rounded twice
    return f"CAST({cell} AS {duckdb_type(logical)})"


def _null(logical: t.LogicalType) -> str:
    return f"CAST(NULL AS {duckdb_type(logical)})"
