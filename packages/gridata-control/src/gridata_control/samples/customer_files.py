"""Customer files: private customers, businesses, and the week's changes."""

from __future__ import annotations

from gridata_contracts.model import Contract
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.samples.csv_rows import customer_record, encode
from gridata_control.samples.customer_faults import customer_faults
from gridata_control.samples.files import write_lines
from gridata_control.samples.people import Customer, People, moved_customers
from gridata_control.samples.plan import Plan
from gridata_control.samples.poison import Poisoner
from gridata_control.samples.tree import Tree

LANDING = "landing/ecommerce/customers/v1/"


def write_customers(tree: Tree, people: People, contract: Contract, plan: Plan) -> list[ExpectedReason]:
    """Write all customer files; returns what must be rejected."""
    poisoner = Poisoner(contract, customer_faults())
    header = encode(customer_record(people.customers[0]).keys())
    for wave, key, story, customers in (
        (1, f"{LANDING}2024-01-01/customers.csv", "export", _segment(people, "consumer")),
        (1, f"{LANDING}2024-01-01/businesses.csv.gz", "export", _segment(people, "business")),
        (2, f"{LANDING}2024-01-08/customers.csv", "update", moved_customers(people, plan)),
    ):
        chosen = poisoner.choose(len(customers), plan.randomness(f"faults in {key}"))
        records = (customer_record(customer) for customer in customers)
        rows = poisoner.rows(key, records, chosen, lambda record: encode(record.values()))
        tree.add(wave, key, story, write_lines(tree.path(wave, key), rows, header))
    return poisoner.expected


def _segment(people: People, name: str) -> tuple[Customer, ...]:
    return tuple(customer for customer in people.customers if customer.segment == name)
