"""What a contract's checks cost on a lane, before anything is read: scans, tables of keys, groupings or shuffles.

It is read off the plans that the engines get; a test holds it against Spark's physical plan. Not counted is what does
not depend on the rules: aggregates of a few numbers, and the reports about rejected rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gridata_contracts.model import Check, Contract, JsonValue
from gridata_contracts.rules import RULES
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.duckdb import DuckDb
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.aggregates import AggregatePlan, plan_aggregates
from gridata_jobs.checks.plan import CheckPlan, UniqueCheck, compile_checks
from gridata_jobs.checks.regrouping import Regrouping, figure_regroupings, marking_regroupings
from gridata_jobs.checks.second_look import KeyTable, plan_second_look

LANES: Mapping[str, type[Dialect]] = {"duckdb": DuckDb, "spark": SparkSql}
_WORDS = {"duckdb": "grouping", "spark": "shuffle"}
_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)  # no plan has another form at another instant


@dataclass(frozen=True)
class ScanCost:
    """What is decided while each record is read once.

    Attributes:
        row_rules: checks of single rows, bits of so many `words`.
        aggregates: checks of numbers of the batch.
        column_metrics: numbers of columns that are kept beside them.
        states: what the engine aggregates for both, each once.
    """

    row_rules: int
    words: int
    aggregates: int
    column_metrics: int
    states: int


@dataclass(frozen=True)
class TableCost:
    """One table of keys.

    Attributes:
        checks: ids of those that share it.
        columns: paths of the columns it holds.
        where: the condition its checks share.
        in_scan: its checks look at no other row of the batch.
        statistics: queries for numbers that its checks compare rows with.
    """

    checks: tuple[str, ...]
    columns: tuple[str, ...]
    where: str | None
    in_scan: bool
    statistics: int
    regroupings: tuple[Regrouping, ...]


@dataclass(frozen=True)
class LookupCost:
    """One check that looks values up; the distinct keys of the other table are made for it.

    Attributes:
        columns: of the key; none = one number of all its rows, which regroups nothing.
    """

    check: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """What one lane will do with a batch.

    Attributes:
        unique: of keys whose first row stands, asked one after the other before any table.
        history: ids of checks that compare with earlier batches' numbers, without a row.
    """

    lane: str
    scan: ScanCost
    unique: tuple[Regrouping, ...]
    tables: tuple[TableCost, ...]
    lookups: tuple[LookupCost, ...]
    history: tuple[str, ...]

    @property
    def regroupings(self) -> tuple[Regrouping, ...]:
        """What the rules cost, without their look-ups."""
        return (*self.unique, *(each for table in self.tables for each in table.regroupings))

    @property
    def total(self) -> int:
        """Shuffles on Spark, sorts and hash tables on DuckDB: of the rules, and one of each look-up's keys."""
        return len(self.regroupings) + sum(each.columns != () for each in self.lookups)

    @property
    def of_all_rows(self) -> int:
        """Those of them that bring all rows of a table into one order, on Spark into one task."""
        return sum(not each.keys for each in self.regroupings)


def explain(contract: Contract, lane: str) -> Explanation:
    """Plan the checks for a lane and say what they cost."""
    dialect = LANES[lane]()
    plan = compile_checks(contract, dialect, _ANY_INSTANT)
    second = plan_second_look(contract, dialect, _ANY_INSTANT)
    looked_up = {str(asked.rows.reference): asked.check.id for table in second.all_tables for asked in table.asked}
    lookups = (LookupCost(looked_up[name], each.table, each.columns) for name, each in second.references.items())
    shares = lane == "spark"
    return Explanation(
        lane,
        _scan(plan, plan_aggregates(contract, dialect)),
        tuple(_first_of_each_key(each) for each in plan.unique),
        tuple(_table(each, in_scan=each in second.by_row, shares=shares) for each in second.all_tables),
        tuple(lookups),
        tuple(check.id for check in contract.checks if RULES[check.rule].needs_history),
    )


def _scan(plan: CheckPlan, aggregates: AggregatePlan) -> ScanCost:
    words = len(plan.words) if plan.row_checks else 0
    numbers = len(aggregates.checks), len(aggregates.metrics), len(aggregates.keys)
    return ScanCost(len(plan.row_checks), words, *numbers)


def _first_of_each_key(unique: UniqueCheck) -> Regrouping:
    return Regrouping(unique.columns, (unique.check.id,))


def _table(table: KeyTable, *, in_scan: bool, shares: bool) -> TableCost:
    checks = [asked.check for asked in table.asked]
    names = dict.fromkeys(path for asked in table.asked for path in asked.rows.names)
    figures = (each for asked in table.figures for each in figure_regroupings(asked))
    return TableCost(
        tuple(check.id for check in checks),
        tuple(names),
        _where(checks),
        in_scan,
        sum(len(getattr(RULES[check.rule].evaluation, "statistics", ())) for check in checks),
        (*marking_regroupings(table.markings, shares=shares), *figures),
    )


def _where(checks: Iterable[Check]) -> str | None:
    return next((check.where.text for check in checks if check.where is not None), None)


def explanation_json(found: Explanation) -> dict[str, JsonValue]:
    """One JSON object per lane."""
    return {
        "lane": found.lane,
        "scan": {**vars(found.scan)},
        "unique": [_regrouping_json(each) for each in found.unique],
        "tables": [
            {
                "checks": [*table.checks],
                "columns": [*table.columns],
                "where": table.where,
                "in_scan": table.in_scan,
                "statistics": table.statistics,
                "regroupings": [_regrouping_json(each) for each in table.regroupings],
            }
            for table in found.tables
        ],
        "lookups": [{"check": each.check, "table": each.table, "columns": [*each.columns]} for each in found.lookups],
        "history": [*found.history],
        "totals": {"scans": 1, f"{_WORDS[found.lane]}s": found.total, "of_all_rows": found.of_all_rows},
    }


def explanation_text(found: Explanation) -> str:
    """The same for people, one step per line."""
    word = _WORDS[found.lane]
    lines = [
        f"{found.lane}:",
        f"  scan: {_scan_text(found.scan)}",
        *(f"  first row of each key: {_regrouping(each, word)}" for each in found.unique),
        *(line for table in found.tables for line in _table_lines(table, word)),
    ]
    lines += [
        f"  look-up in {each.table} ({', '.join(each.columns)}): {each.check}, one {word} of its keys"
        if each.columns
        else f"  look-up in {each.table}: {each.check}, one number of all its rows"
        for each in found.lookups
    ]
    if found.history:
        lines.append(f"  earlier batches' numbers, without a row: {', '.join(found.history)}")
    into = "into one task" if found.lane == "spark" else "into one order"
    whole = f", {found.of_all_rows} of them of all rows {into}" if found.of_all_rows else ""
    return "\n".join([*lines, f"  total: 1 scan, {_count(found.total, word)}{whole}"])


def _scan_text(scan: ScanCost) -> str:
    rules = f"{_count(scan.row_rules, 'row rule')} in {_count(scan.words, 'packed word')}"
    aggregates = f"{_count(scan.aggregates, 'aggregate')} and {_count(scan.column_metrics, 'number')} of columns"
    return f"{rules}; {aggregates} in {_count(scan.states, 'state')}"


def _table_lines(table: TableCost, word: str) -> Iterator[str]:
    where = f" where {table.where}" if table.where else ""
    yield f"  table of keys ({', '.join(table.columns)}){where}: {', '.join(table.checks)}"
    when = "asked of each part of the batch alone" if table.in_scan else "asked at the end"
    statistics = f", {_count(table.statistics, 'query')} for statistics" if table.statistics else ""
    yield f"    {when}{statistics}"
    for each in table.regroupings:
        yield f"    {_regrouping(each, word)}"


def _regrouping(each: Regrouping, word: str) -> str:
    by = f"by {', '.join(each.keys)}" if each.keys else "of all rows"
    return f"one {word} {by}: {', '.join(each.checks)}"


def _regrouping_json(each: Regrouping) -> JsonValue:
    return {"keys": [*each.keys], "checks": [*each.checks]}


def _count(number: int, noun: str) -> str:
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"
