"""The sample from first to last file: people, goods, orders and clicks; faults; two waves of drops; the answer key."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from gridata_contracts.errors import UsageError
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract
from gridata_contracts.naming import contract_path, parse_dataset_id
from gridata_control.samples.answer_key import ANSWER_KEY_FILE, ExpectedReason, write_answer_key
from gridata_control.samples.click_files import write_clicks
from gridata_control.samples.customer_files import write_customers
from gridata_control.samples.manifest import MANIFEST_FILE, Manifest, write_manifest
from gridata_control.samples.order_files import write_orders
from gridata_control.samples.orders import build_orders
from gridata_control.samples.people import build_people
from gridata_control.samples.plan import UPDATE_UTC, Plan
from gridata_control.samples.product_files import write_products
from gridata_control.samples.products import CATEGORIES, build_shelf
from gridata_control.samples.strays import write_strays
from gridata_control.samples.tree import WAVES, Tree

DATASETS = ("orders", "customers", "products", "clickstream")
Progress = Callable[[str], None]


def generate(plan: Plan, contracts_dir: Path, out: Path, progress: Progress = lambda _: None) -> Manifest:
    """Write the sample below `out`, in place of one written before; the same plan gives the same bytes.

    Args:
        plan: seed and sizes.
        contracts_dir: the e-commerce contracts, which say which check each fault breaks.
        out: a new or empty folder, or one that holds a sample.
        progress: told what is being made, in a few words.

    Raises:
        UsageError: the folder holds something else.
        PermanentError: a contract lacks a check that the sample breaks on purpose.
    """
    _clear(out)
    contracts = {name: _contract(contracts_dir, name) for name in DATASETS}
    tree = Tree(out)
    progress("people and products")
    shelf = build_shelf(plan)
    people = build_people(plan, len(CATEGORIES))
    progress("orders")
    book = build_orders(plan, people, shelf)
    expected: list[ExpectedReason] = []
    expected += write_products(tree, shelf, contracts["products"], plan)
    expected += write_customers(tree, people, contracts["customers"], plan)
    expected += write_orders(tree, book, contracts["orders"], plan)
    progress("clicks")
    expected += write_clicks(tree, book, contracts["clickstream"], plan)
    expected += write_strays(tree, book)
    write_answer_key(out, expected)
    manifest = Manifest(plan.seed, plan.sizes, UPDATE_UTC, len(expected), tree.drops)
    write_manifest(out, manifest)
    return manifest


def _contract(contracts_dir: Path, name: str) -> Contract:
    return load_contract(contracts_dir / contract_path(parse_dataset_id(f"ecommerce.{name}.v1")))


def _clear(out: Path) -> None:
    """Remove an older sample, and nothing else."""
    ours = {MANIFEST_FILE, ANSWER_KEY_FILE, *WAVES}
    if out.exists() and (not out.is_dir() or {path.name for path in out.iterdir()} - ours):
        raise UsageError(f"--out {out}: got something that is no sample, allowed a new or empty folder. Name another.")
    for name in sorted(ours):
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
