"""Declared column lineage against what happens: change one input column, see which output columns change.

For every input column a few changed values are tried, each on all rows. The outputs that change under any of them
must be exactly those that name the column: no edge is missing, none is made up. Columns that decide which rows exist
(`indirect`) may change any output and must change something.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows
from pyspark.sql.types import ArrayType, DataType, StructType
from pyspark.sql.window import Window, WindowSpec

from gridata_jobs.customer_360.lineage import CUSTOMER_360_LINEAGE
from gridata_jobs.customer_360.profile import Assumptions, customer_360
from gridata_jobs.customer_360.schemas import CLICKS, CUSTOMER_360, CUSTOMERS
from gridata_jobs.process_orders.daily_sales import daily_sales
from gridata_jobs.process_orders.items import order_items
from gridata_jobs.process_orders.lineage import DAILY_SALES_LINEAGE, ORDER_ITEMS_LINEAGE, ORDERS_LINEAGE
from gridata_jobs.process_orders.orders import silver_orders
from gridata_jobs.process_orders.schemas import BRONZE, DAILY_SALES, ORDER_ITEMS, ORDERS
from gridata_jobs.target.declaration import TargetTable
from gridata_jobs.target.lineage import Source, TableLineage

if TYPE_CHECKING:
    from tests.spark.conftest import Lake, Orders, Row

pytestmark = pytest.mark.spark

Rows = Mapping[str, list["Row"]]
Run = Callable[[Rows], list["Row"]]
RunAll = Callable[[Sequence[Rows]], list[list["Row"]]]
Columns = Mapping[str, Sequence[str]]

WORDS = {
    "status": ("cancelled", "returned", "delivered", "captured", "refunded", "failed", "paid", "shipped"),
    "currency": ("GBP", "USD"),
    "event_type": ("page_view", "purchase", "add_to_cart"),
}


def changed_values(name: str, value: object) -> list[object]:
    """Other values of the same type, and none."""
    match value:
        case bool():
            return [not value, None]
        case int():
            return [value + 1, None]
        case Decimal():
            return [value + Decimal("1.37"), None]
        case datetime():
            return [value + timedelta(hours=7), value - timedelta(days=40), value + timedelta(days=40), None]
        case date():
            return [value - timedelta(days=4000), None]
        case str():
            return [*WORDS.get(name, (f"{value}x",)), None]
        case _:
            return []


def changed(rows: Sequence[Row], path: Sequence[str]) -> Iterator[list[Row]]:
    """The rows with one column changed: every kind of change, per list place, on all rows and on the first alone."""
    samples = [value for row in rows for value in values_at(row, path)]
    first = next((value for value in samples if value is not None), None)
    kinds = 1 if isinstance(rows[0].get(path[-1]), list) else len(changed_values(path[-1], first))
    longest = max((len(value) for value in (row.get(path[0]) for row in rows) if isinstance(value, list)), default=1)
    for kind, place, only_first in product(range(kinds), range(longest), (True, False)):
        copied = copy.deepcopy(list(rows))
        for row in copied[:1] if only_first else copied:
            change_at(row, path, kind, place)
        if copied != rows:
            yield copied


def values_at(value: object, path: Sequence[str]) -> Iterator[object]:
    if isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from values_at(value.get(path[0]), path[1:])


def change_at(value: object, path: Sequence[str], kind: int, place: int) -> None:
    """Change in place; of a list the item at one place, so that shares move against each other. A list is cut."""
    if isinstance(value, list):
        for item in value[place : place + 1]:
            change_at(item, path, kind, place)
    elif isinstance(value, dict) and len(path) > 1:
        change_at(value.get(path[0]), path[1:], kind, place)
    elif isinstance(value, dict):
        old = value.get(path[0])
        if isinstance(old, list):
            del old[-1:]
        elif options := changed_values(path[0], old):
            value[path[0]] = options[kind % len(options)]


def leaves(kind: DataType, prefix: str = "") -> Iterator[str]:
    """Dotted paths of every column that is no struct and no list."""
    if isinstance(kind, ArrayType):
        yield from leaves(kind.elementType, prefix)
    elif isinstance(kind, StructType):
        for field in kind.fields:
            yield from leaves(field.dataType, f"{prefix}.{field.name}" if prefix else field.name)
    else:
        yield prefix


def prove(lineage: TableLineage, target: TargetTable, base: Rows, run_all: RunAll, columns: Columns) -> None:
    assert set(lineage.direct) == set(target.names)
    trials = [
        (Source(table, column), {**base, table: rows})
        for table, columns_of in columns.items()
        for column in columns_of
        for rows in changed(base[table], column.split("."))
    ]
    before, *afters = run_all([base, *(rows for _, rows in trials)])
    moved: dict[Source, set[str]] = {
        Source(table, column): set() for table, names in columns.items() for column in names
    }
    for (source, _), after in zip(trials, afters, strict=True):
        moved[source] |= differing(target, before, after)
    problems = []
    for source, outputs in moved.items():
        declared = {name for name, sources in lineage.direct.items() if source in sources}
        if declared - outputs:
            problems.append(f"{source.column}: declared and unmoved {sorted(declared - outputs)}")
        undeclared = outputs - {name for name, sources in lineage.direct.items() if names(sources, source)}
        if source not in lineage.indirect and undeclared:
            problems.append(f"{source.column}: moved and undeclared {sorted(undeclared)}")
        if source in lineage.indirect and not outputs:
            problems.append(f"{source.column}: decides nothing")
    named = {source for sources in lineage.direct.values() for source in sources} | lineage.indirect
    problems += [f"{source.column}: not tried" for source in sorted(named - moved.keys())]
    assert problems == []


def names(sources: Iterable[Source], changed_source: Source) -> bool:
    """Whether the sources name the column, or a field inside it: who cuts a list changes all its fields."""
    inside = f"{changed_source.column}."
    return any(
        one.table == changed_source.table and (one.column == changed_source.column or one.column.startswith(inside))
        for one in sources
    )


def side_by_side(table: str, tag: str, run: Run) -> RunAll:
    """Many trials in one query, where rows of different tags do not meet: each trial marks its rows' tag."""

    def run_all(trials: Sequence[Rows]) -> list[list[Row]]:
        marked = [{**row, tag: f"{number:04d}|{row[tag]}"} for number, rows in enumerate(trials) for row in rows[table]]
        found: list[list[Row]] = [[] for _ in trials]
        for row in run({table: marked}):
            number, _, value = str(row[tag]).partition("|")
            found[int(number)].append({**row, tag: value})
        return found

    return run_all


def differing(target: TargetTable, before: list[Row], after: list[Row]) -> set[str]:
    """Columns that differ in a row of the same key, or all when rows came or went."""
    old, new = ({tuple(row[name] for name in target.key): row for row in rows} for rows in (before, after))
    if old.keys() != new.keys():
        return set(target.names)
    return {name for key in old for name in target.names if old[key][name] != new[key][name]}


def frame(spark: SparkSession, rows: Sequence[Row], schema: StructType | str) -> DataFrame:
    values: Any = rows  # dictionaries are fine with Spark and missing in its type stubs
    return spark.createDataFrame(values, schema)


def collected(frame: DataFrame) -> list[Row]:
    return [row.asDict(recursive=True) for row in frame.collect()]


def rich_orders(orders: Orders) -> list[Row]:
    """Two orders of one customer and one of another: returns, refunds, every status left at least once."""
    statuses = ("placed", "paid", "packed", "shipped", "delivered", "returned", "cancelled", "placed")
    history = [{"status": status, "at": datetime(2025, 1, 1 + n, tzinfo=UTC)} for n, status in enumerate(statuses)]
    payment = {"method": "card", "amount": Decimal("20.00"), "paid_at": datetime(2025, 1, 1, 13, tzinfo=UTC)}
    later = datetime(2025, 1, 1, 14, tzinfo=UTC)
    payments = [
        {**payment, "payment_id": "PAY1", "status": "captured"},
        {**payment, "payment_id": "PAY2", "method": "paypal", "status": "refunded", "paid_at": later},
    ]
    lines = [orders.item(1, unit_price=Decimal("30.00")), orders.item(2, returned=True)]
    common = {
        "items": lines,
        "status_history": history,
        "payments": payments,
        "discount_total": Decimal("5.00"),
        "coupon_code": "SAVE5",
        "_batch_id": "b",
        "_file_id": "f",
    }
    rows = [
        {**orders.order(n), "customer_id": f"C{n % 2:06d}", "_row_number": n, **copy.deepcopy(common)}
        for n in (1, 2, 3)
    ]
    nothing_back: list[Row] = [orders.item(1, unit_price=Decimal("30.00")), orders.item(2)]
    return [*rows[:2], {**rows[2], "items": nothing_back}]


def bronze_frame(lake: Lake, dataset: str, rows: Sequence[Row]) -> DataFrame:
    """Rows in the types ingest writes, with the place of each row's file looked up from its id."""
    import pyarrow as pa

    schema = lake.arrow_schema(dataset).append(pa.field("_object_order", pa.string()))
    placed = [{**row, "_object_order": row.get("_file_id", "")} for row in rows]
    return lake.spark.createDataFrame(pa.Table.from_pylist(placed, schema))


NOT_READ = ("_source_uri", "_ingested_at", "_extra", "_object_order")


def test_silver_orders(lake: Lake, orders: Orders) -> None:
    base = rich_orders(orders)
    schema = bronze_frame(lake, "ecommerce.orders.v1", base).schema
    columns = [*(name for name in leaves(schema) if name not in NOT_READ), "items"]

    def run(rows: Rows) -> list[Row]:
        return collected(silver_orders(bronze_frame(lake, "ecommerce.orders.v1", rows[BRONZE])))

    prove(ORDERS_LINEAGE, ORDERS, {BRONZE: base}, side_by_side(BRONZE, "order_id", run), {BRONZE: columns})


def silver(lake: Lake, orders: Orders) -> tuple[list[Row], StructType]:
    frame = silver_orders(bronze_frame(lake, "ecommerce.orders.v1", rich_orders(orders)))
    words = json.dumps(frame.schema.jsonValue()).replace('"nullable": false', '"nullable": true')
    return collected(frame), StructType.fromJson(json.loads(words))


def from_silver(spark: SparkSession, schema: StructType, transform: Callable[[DataFrame], DataFrame]) -> Run:
    return lambda rows: collected(transform(frame(spark, rows[ORDERS.id], schema)))


def test_order_items(lake: Lake, orders: Orders) -> None:
    base, schema = silver(lake, orders)
    run = side_by_side(ORDERS.id, "order_id", from_silver(lake.spark, schema, order_items))
    prove(ORDER_ITEMS_LINEAGE, ORDER_ITEMS, {ORDERS.id: base}, run, {ORDERS.id: list(leaves(schema))})


def test_daily_sales(lake: Lake, orders: Orders) -> None:
    base, schema = silver(lake, orders)
    base[2]["cost_of_goods"] = base[2]["gross_margin"] = None
    run = side_by_side(ORDERS.id, "channel", from_silver(lake.spark, schema, daily_sales))
    columns = [field.name for field in schema.fields if not isinstance(field.dataType, ArrayType)]
    prove(DAILY_SALES_LINEAGE, DAILY_SALES, {ORDERS.id: base}, run, {ORDERS.id: columns})


def three_customers() -> dict[str, list[Row]]:
    """Customers with different recency, frequency and revenue, seen on the site within a month."""
    customers: list[Row] = [
        {
            "customer_id": f"C{n:06d}",
            "birth_date": date(1980, 5, n),
            "gender": "female",
            "country": "DE",
            "city": "Bonn",
            "signup_date": date(2024, 1, n),
            "segment": "consumer",
            "marketing_opt_in": True,
            "preferred_channel": "web",
            "preferred_language": "de",
            "updated_at": datetime(2024, 1, n, tzinfo=UTC),
            "_file_id": "f",
            "_row_number": n,
        }
        for n in (1, 2, 3)
    ]
    # Other versions of customer 1 that lose by their file, and by their row, alone.
    customers.append({**customers[0], "city": "Ulm", "_file_id": "e", "_row_number": 9})
    customers.append({**customers[0], "city": "Essen", "_row_number": 0})
    placed = [(1, 20), (1, 12), (1, 2), (2, 10), (2, 3), (3, 1)]
    orders: list[Row] = [
        {
            "customer_id": f"C{buyer:06d}",
            "order_ts": datetime(2025, 1, day, 12, tzinfo=UTC),
            "currency": "EUR",
            "units": 2,
            "kept_revenue": Decimal("100.00") * buyer,
            "kept_margin": Decimal("40.00") + day,
            "returned_amount": Decimal("3.00"),
            "is_cancelled": False,
            "is_returned": True,
        }
        for buyer, day in placed
    ]
    clicks: list[Row] = [
        {
            "event_id": f"e{n}",
            "customer_id": f"C{n % 3 + 1:06d}",
            "session_id": f"s{n % 4}",
            "event_type": ("page_view", "add_to_cart", "purchase")[n % 3],
            "event_ts": datetime(2025, 1, 3 + n, tzinfo=UTC),
            "product_id": "P00001",
        }
        for n in range(9)
    ]
    return {CUSTOMERS: customers, ORDERS.id: orders, CLICKS: clicks}


ORDER_COLUMNS = (
    "customer_id string, order_ts timestamp, currency string, units long, kept_revenue decimal(14,2), "
    "kept_margin decimal(14,2), returned_amount decimal(14,2), is_cancelled boolean, is_returned boolean"
)
CLICK_COLUMNS = (
    "event_id string, customer_id string, session_id string, event_type string, event_ts timestamp, product_id string"
)


def marked(row: Row, trial: int) -> Row:
    """The row with its trial's number before its identities, so that trials do not meet."""
    ids = {name: row.get(name) for name in ("customer_id", "event_id")}
    return {**row, **{name: f"{trial:04d}|{value}" for name, value in ids.items() if value is not None}}


class InTrial:
    """Stands for `Window` where customers are compared with all others: here with those of their trial."""

    @staticmethod
    def partitionBy() -> WindowSpec:  # noqa: N802 - Spark's name
        return Window.partitionBy(F.substring_index("customer_id", "|", 1))

    @staticmethod
    def orderBy(column: Column) -> WindowSpec:  # noqa: N802
        return InTrial.partitionBy().orderBy(column)


def test_customer_360(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """All trials in one query. They share one thing, the typical interval between orders of everybody."""
    monkeypatch.setattr("gridata_jobs.customer_360.value.Window", InTrial)
    base = three_customers()
    given = Assumptions(datetime(2025, 2, 1, tzinfo=UTC))

    def run(rows: Rows) -> list[Row]:
        orders = frame(lake.spark, rows[ORDERS.id], ORDER_COLUMNS)
        customers = bronze_frame(lake, "ecommerce.customers.v1", rows[CUSTOMERS])
        clicks = frame(lake.spark, rows[CLICKS], CLICK_COLUMNS)
        return collected(customer_360(orders, customers, clicks, given))

    def run_all(trials: Sequence[Rows]) -> list[list[Row]]:
        together = {
            table: [marked(row, number) for number, rows in enumerate(trials) for row in rows[table]] for table in base
        }
        found: list[list[Row]] = [[] for _ in trials]
        for row in run(together):
            number, _, customer_id = str(row["customer_id"]).partition("|")
            found[int(number)].append({**row, "customer_id": customer_id})
        return found

    columns = {table: list(rows[0]) for table, rows in base.items()}
    prove(CUSTOMER_360_LINEAGE, CUSTOMER_360, base, run_all, columns)
