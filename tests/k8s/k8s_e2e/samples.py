"""Files that producers drop."""

from __future__ import annotations

import json

from k8s_e2e.cluster import ROOT

SAMPLES = ROOT / "data/contracts/ecommerce"
_ORDER = json.loads((SAMPLES / "orders/v1/samples/valid/orders.jsonl").read_text().splitlines()[0])


def customers(*ids: str) -> bytes:
    """A file of customers; ids that are none are rejected."""
    header, row, *_ = (SAMPLES / "customers/v1/samples/valid/customers.csv").read_text().splitlines()
    _, _, rest = row.partition(",")
    return "".join(f"{line}\n" for line in (header, *(f"{each},{rest}" for each in ids))).encode()


def orders(first: int, number: int) -> bytes:
    """A file of so many orders, numbered from the first."""
    lines = [json.dumps({**_ORDER, "order_id": f"O{first + i:09d}"}) for i in range(number)]
    return ("\n".join(lines) + "\n").encode()
