"""The keys a batch has shown so far, for rules that let the first row of a key win."""

from __future__ import annotations

import pyarrow as pa

from gridata_contracts.model import Contract
from gridata_jobs.checks.plan import UniqueCheck
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import ROW_NUMBER


class SeenKeys:
    """The keys of one unique check that the batch has shown so far."""

    def __init__(self, unique: UniqueCheck, contract: Contract, duck: Duck, number: int) -> None:
        from gridata_contracts.emit.arrow import arrow_type

        self.check = unique.check
        self._duck = duck
        types = {column.name: column.type for column in contract.columns}
        names = [f'"{name}"' for name in unique.columns]
        empty = pa.schema([pa.field(name, arrow_type(types[name])) for name in unique.columns]).empty_table()
        self._table = f"seen_{number}"
        duck.connection.register("no_keys", empty)
        duck.connection.execute(f"CREATE OR REPLACE TEMP TABLE {self._table} AS SELECT * FROM no_keys")
        duck.connection.unregister("no_keys")
        keys, present = ", ".join(names), " AND ".join(f"{name} IS NOT NULL" for name in names)
        if unique.condition is not None:
            present += f" AND ({unique.condition})"
        same = " AND ".join(f"_s.{name} = _k.{name}" for name in names)
        seen = f"EXISTS (SELECT 1 FROM {self._table} _s WHERE {same})"
        # Asked first, because it is cheap and the answer is nearly always no.
        self._any = (
            f"SELECT 1 FROM (SELECT {keys}, count(*) AS _n FROM rows WHERE {present} GROUP BY {keys}) _k "
            f"WHERE _n > 1 OR {seen} LIMIT 1"
        )
        self._repeated = (
            f"SELECT _row FROM (SELECT {keys}, {ROW_NUMBER} AS _row, row_number() OVER (PARTITION BY {keys} "
            f"ORDER BY {ROW_NUMBER}) AS _nth FROM rows WHERE {present}) _k WHERE _nth > 1 OR {seen}"
        )
        self._remember = f"INSERT INTO {self._table} SELECT DISTINCT {keys} FROM rows WHERE {present}"

    def repeated(self, rows: pa.Table) -> list[int]:
        """Rows whose key an earlier row of the batch has; afterwards all keys of the block are seen."""
        found: list[int] = []
        if len(self._duck.select(self._any, rows=rows)):
            found = [int(row) for row in self._duck.select(self._repeated, rows=rows).column("_row").to_numpy()]
        self._duck.connection.register("rows", rows)
        try:
            self._duck.connection.execute(self._remember)
        finally:
            self._duck.connection.unregister("rows")
        return sorted(found)
