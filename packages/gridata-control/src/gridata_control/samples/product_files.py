"""The product file: the whole catalogue of goods as Parquet."""

from __future__ import annotations

from gridata_contracts.model import Contract
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.samples.files import write_parquet
from gridata_control.samples.plan import Plan
from gridata_control.samples.poison import Poisoner
from gridata_control.samples.product_faults import product_faults
from gridata_control.samples.product_rows import product_record, product_table
from gridata_control.samples.products import Shelf
from gridata_control.samples.tree import Tree

KEY = "landing/ecommerce/products/v1/2024-01-01/products.parquet"


def write_products(tree: Tree, shelf: Shelf, contract: Contract, plan: Plan) -> list[ExpectedReason]:
    """Write the product file; returns what must be rejected."""
    poisoner = Poisoner(contract, product_faults())
    chosen = poisoner.choose(len(shelf.products), plan.randomness(f"faults in {KEY}"))
    records = (product_record(product) for product in shelf.products)
    rows = poisoner.rows(KEY, records, chosen, lambda record: record)
    tree.add(1, KEY, "export", write_parquet(tree.path(1, KEY), product_table(rows)))
    return poisoner.expected
