"""Products as rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from gridata_control.samples.products import Product

Cell = str | float | bool | Decimal | date | datetime | None
ProductRecord = dict[str, Cell]

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("product_id", pa.string()),
    ("sku", pa.string()),
    ("name", pa.string()),
    ("category", pa.string()),
    ("brand", pa.string()),
    ("price", pa.decimal128(12, 2)),
    ("cost", pa.decimal128(12, 2)),
    ("currency", pa.string()),
    ("weight_kg", pa.float64()),
    ("active", pa.bool_()),
    ("launched_on", pa.date32()),
    ("updated_at", pa.timestamp("us", tz="UTC")),
]


def product_record(product: Product) -> ProductRecord:
    """The product's fields by column name, in the order of the file."""
    return {
        "product_id": product.product_id,
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "brand": product.brand,
        "price": Decimal(product.price_cents).scaleb(-2),
        "cost": Decimal(product.cost_cents).scaleb(-2),
        "currency": "EUR",
        "weight_kg": product.weight_kg,
        "active": product.active,
        "launched_on": product.launched_on,
        "updated_at": product.updated_at,
    }


def product_table(records: Iterable[ProductRecord]) -> pa.Table:
    """The records as the shop's systems write them."""
    return pa.Table.from_pylist(list(records), schema=pa.schema(_FIELDS))
