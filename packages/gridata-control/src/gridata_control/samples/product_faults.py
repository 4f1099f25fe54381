"""Faults of products, each breaking exactly what it says. The file is typed, so only values can be wrong."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

from gridata_contracts.reasons import ReasonCode
from gridata_control.samples.faults import Breach, Fault, broken, unreadable
from gridata_control.samples.product_rows import Cell, ProductRecord

ProductFault = Fault[ProductRecord, ProductRecord]


def product_faults() -> tuple[ProductFault, ...]:
    """Every fault of products."""
    not_finite = unreadable(ReasonCode.INVALID_VALUE, "weight_kg")
    return (
        _cell("weight_nan", not_finite, math.nan),
        _cell("weight_infinite", not_finite, math.inf),
        _cell("name_null", broken("name", "is_not_null"), None),
        _cell("name_blank", broken("name", "is_not_blank"), " "),
        Fault("product_id_without_letter", (broken("product_id", "has_pattern"),), _number_only),
        _cell("unknown_currency", broken("currency", "is_in_set"), "CHF"),
        _cell("negative_price", broken("price", "is_greater_than"), Decimal("-1.00")),
        _cell("negative_weight", broken("weight_kg", "is_greater_than"), -0.5),
        _cell("updated_in_the_future", broken("updated_at", "is_not_after_as_of"), datetime(2099, 1, 1, tzinfo=UTC)),
        Fault("same_product_twice", (broken("product_id", "is_unique"),), _other_sku, keeps_original=True),
        Fault("same_sku_twice", (broken("sku", "is_unique"),), _other_product_id, keeps_original=True),
    )


def _number_only(record: ProductRecord) -> ProductRecord:
    return {**record, "product_id": str(record["product_id"])[1:]}


def _other_sku(record: ProductRecord) -> ProductRecord:
    return {**record, "sku": f"{record['sku']}-B"}


def _other_product_id(record: ProductRecord) -> ProductRecord:
    """An id beyond the largest sample, so that only the SKU is there twice."""
    return {**record, "product_id": f"P{int(str(record['product_id'])[1:]) + 50_000}"}


def _cell(name: str, breach: Breach, value: Cell) -> ProductFault:
    """A fault that writes one value into the breached column."""
    column = breach.column or ""
    return Fault(name, (breach,), lambda record: {**record, column: value})
