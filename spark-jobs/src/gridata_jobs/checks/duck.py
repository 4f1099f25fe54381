"""Checks evaluated by DuckDB on Arrow rows, block after block of one batch."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import numpy as np
import pyarrow as pa

from gridata_contracts.model import Check, Contract, Severity
from gridata_contracts.sql.duckdb import DuckDb
from gridata_jobs.checks.plan import CheckPlan, UniqueCheck, compile_checks
from gridata_jobs.checks.verdicts import BrokenRow, Verdicts
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import ROW_NUMBER


class DuckChecks:
    """The checks of one batch. Keys seen in earlier blocks are remembered (DuckDB spills them to disk)."""

    def __init__(self, contract: Contract, duck: Duck, as_of: datetime) -> None:
        self.plan: CheckPlan = compile_checks(contract, DuckDb(), as_of)
        self._duck = duck
        words = ", ".join(f"{sql} AS _w{i}" for i, sql in enumerate(self.plan.words))
        # Two queries: planning the words of many checks takes longer than running them, and most blocks need none.
        self._unclean = f"SELECT * FROM rows WHERE NOT ({self.plan.clean})"
        self._words = f'SELECT "{ROW_NUMBER}" AS _row, {words} FROM rows'
        self._keys = [_SeenKeys(unique, contract, duck, i) for i, unique in enumerate(self.plan.unique)]

    def check(self, rows: pa.Table) -> Verdicts:
        """Decide every row of a block. Blocks must come in object order: the first row of a key wins."""
        failed: Counter[str] = Counter()
        broken: dict[int, list[Check]] = {}
        unclean = self._duck.select(self._unclean, rows=rows)
        for record in self._duck.select(self._words, rows=unclean).to_pylist() if len(unclean) else []:
            words = tuple(record[f"_w{i}"] for i in range(len(self.plan.words)))
            checks = self.plan.broken(words)
            failed.update(check.id for check in checks)
            errors = [check for check in checks if check.severity is Severity.ERROR]
            if errors:
                broken[record["_row"]] = errors
        valid = _without(rows, list(broken))
        for keys in self._keys:
            repeated = keys.repeated(valid)
            failed[keys.check.id] += len(repeated)
            if keys.check.severity is Severity.ERROR and repeated:
                broken.update({row: [keys.check] for row in repeated})
                valid = _without(valid, repeated)
        verdicts = [BrokenRow(row, tuple(checks)) for row, checks in sorted(broken.items())]
        return Verdicts(valid, verdicts, +failed)


class _SeenKeys:
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


def _without(rows: pa.Table, numbers: list[int]) -> pa.Table:
    if not numbers:
        return rows
    keep = ~np.isin(rows.column(ROW_NUMBER).to_numpy(), np.array(numbers, dtype=np.int64))
    return rows.filter(pa.array(keep))
