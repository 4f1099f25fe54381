"""Proof of the ingest lineage: change one landed field, and exactly the outputs the lineage names change.

Each probe record differs from the base record in one field; the real `gridata ingest` reads them all at once. The
contract is that of orders with its rules taken out, so that any value of the right type is published.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from gridata_contracts import types as t
from gridata_contracts.columns import walk
from gridata_contracts.load import load_contract
from gridata_contracts.model import Column, Contract
from gridata_control.catalog import open_catalog
from gridata_control.catalog.rows import read_rows
from gridata_control.datahub import urns
from gridata_control.datahub.facts import plain_path
from gridata_control.datahub.lineage import Lineage, ingest_lineage
from gridata_control.settings import Settings

Record = dict[str, object]
Values = dict[str, object]

RULES = ("quality", "required", "primaryKey", "primaryKeyPosition", "logicalTypeOptions", "examples")
OF_THE_ROW = {"_row_number"}
"""Differs between any two rows of a file; no landed field makes it."""
PROBES = 4
"""Rejected records per field."""

BASE: Record = json.loads(
    """{"order_id": "O1", "customer_id": "C1", "order_ts": "2025-03-01T10:00:00Z", "updated_at": "2025-03-02T10:00:00Z",
    "status": "placed", "currency": "EUR", "channel": "web", "items": [{"line_number": 1, "product_id": "P1",
    "name": "Cup", "quantity": 2, "unit_price": 24.90, "unit_cost": 11.20, "discount": 0.50, "returned": false}],
    "subtotal": 49.30, "discount_total": 5.00, "tax": 1.00, "shipping_cost": 4.90, "total": 50.20,
    "payments": [{"payment_id": "p", "method": "card", "amount": 50.20, "paid_at": "2025-03-01T10:01:00Z",
    "status": "captured"}], "shipping": {"method": "standard", "carrier": "DHL", "address": {"street": "Way 7",
    "city": "Bern", "postal_code": "3000", "country": "CH"}, "shipped_at": "2025-03-02T07:00:00Z",
    "delivered_at": "2025-03-04T13:45:00Z"}, "status_history": [{"status": "placed", "at": "2025-03-01T10:00:00Z"}],
    "coupon_code": "SPRING", "notes": "Ring twice."}"""
)


@dataclass(frozen=True)
class Proof:
    """What was ingested, and what each probe changed.

    Attributes:
        published: changed bronze columns by probed field.
        rejected: changed quarantine columns by probed field, over all of its probes.
    """

    fields: tuple[str, ...]
    published: Mapping[str, set[str]]
    rejected: Mapping[str, set[str]]
    extra: set[str]
    bronze: Lineage
    quarantine: Lineage


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    home = tmp_path_factory.mktemp("proof")
    settings = Settings.load(home, environ={})
    contract = contract_without_rules(settings, home)
    leaves = [column for column in walk(contract.columns) if not column.children]
    longer = [changed(BASE, column, a_longer_value) for column in leaves]
    write(home / "published.jsonl", [BASE, *longer, {**BASE, "undeclared": "x"}])
    broken = [(column, record) for column in leaves for record in broken_records(column)]
    write(home / "rejected.jsonl", [record for _, record in broken])
    ingest(home, contract)

    bronze, quarantine = ingest_lineage(settings, contract)
    published = rows(settings, bronze, "published")
    rejected = rows(settings, quarantine, "rejected")
    assert (len(published), len(rejected)) == (len(leaves) + 2, len(broken))
    witnessed: dict[str, set[str]] = {}
    for start in range(0, len(broken), PROBES):
        base, *probes = rejected[start : start + PROBES]
        changes = set().union(*(difference(base, probe) for probe in probes))
        witnessed[plain_path(broken[start][0].path)] = changes
    return Proof(
        fields=tuple(plain_path(column.path) for column in leaves),
        published={
            plain_path(column.path): difference(published[0], row)
            for column, row in zip(leaves, published[1:-1], strict=True)
        },
        rejected=witnessed,
        extra=difference(published[0], published[-1]),
        bronze=bronze,
        quarantine=quarantine,
    )


def test_every_field_changes_exactly_the_bronze_columns_its_lineage_names(proof: Proof) -> None:
    assert dict(proof.published) == {name: named(proof.bronze, name) for name in proof.fields}


def test_every_field_changes_exactly_the_quarantine_columns_its_lineage_names(proof: Proof) -> None:
    assert dict(proof.rejected) == {name: named(proof.quarantine, name) for name in proof.fields}


def test_undeclared_field_changes_only_extra(proof: Proof) -> None:
    assert proof.extra == {"_extra"}


def named(lineage: Lineage, field: str) -> set[str]:
    return {target for target, sources in lineage.columns.items() if field in {source.column for source in sources}}


def contract_without_rules(settings: Settings, home: Path) -> Contract:
    document = yaml.safe_load((settings.contracts_dir / "ecommerce/orders/v1/contract.odcs.yaml").read_text())
    document["schema"] = [without(table, RULES) for table in document["schema"]]
    path = home / "contracts/ecommerce/orders/v1/contract.odcs.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(document))
    return load_contract(path)


def without(node: object, keys: tuple[str, ...]) -> object:
    if isinstance(node, dict):
        return {key: without(value, keys) for key, value in node.items() if key not in keys}
    return [without(one, keys) for one in node] if isinstance(node, list) else node


def a_longer_value(value: object, column: Column) -> object:
    """Another value of the column's type, of another length as text."""
    match column.type:
        case t.Boolean():
            return not value
        case t.Timestamp():
            return str(value).replace("Z", ".5Z")
        case t.Integer() | t.Decimal() | t.Floating():
            return float(Decimal(str(value)) + 1000) if isinstance(value, float) else int(str(value)) + 1000
        case _:
            return f"{value} and more"


def broken_records(column: Column) -> Iterator[Record]:
    """Rejected records: the base as it is, then the field longer, null, and of a wrong type.

    All four are rejected for one more field that is no text, so that the probe alone makes the difference.
    """
    other = "channel" if column.path == "status" else "status"
    base = {**BASE, other: {"no": "text"}}
    yield base
    for change in (a_longer_value, lambda *_: None, lambda *_: {"wrong": "type"}):
        yield changed(base, column, change)


def changed(record: Record, column: Column, change: Callable[[object, Column], object]) -> Record:
    copied = copy.deepcopy(record)
    place: object = copied
    *parents, last = column.path.replace("[*]", "").split(".")
    for name in parents:
        place = place[name] if isinstance(place, dict) else place
        place = place[0] if isinstance(place, list) else place
    assert isinstance(place, dict)
    place[last] = change(place[last], column)
    return copied


def write(path: Path, records: list[Record]) -> None:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))


def ingest(home: Path, contract: Contract) -> None:
    gridata = Path(sys.executable).with_name("gridata")
    files = [part for name in ("published", "rejected") for part in ("--file", home / f"{name}.jsonl")]
    command = [gridata, "ingest", "--contract", contract.path, *files, "--home", home, "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def rows(settings: Settings, lineage: Lineage, file: str) -> list[Values]:
    """Rows that came from one file, in its order, as values by column path."""
    _, table_id = urns.dataset_name(lineage.target_urn)
    table = open_catalog(settings).load_table(table_id)
    snapshot = table.current_snapshot()
    assert snapshot is not None
    found = [row for batch in read_rows(table, snapshot.snapshot_id) for row in batch.to_pylist()]
    ours = [row for row in found if f"/{file}.jsonl" in str(row["_source_uri"])]
    nested = table_id.startswith("ecommerce_bronze")
    return [flat(row) if nested else row for row in sorted(ours, key=lambda row: int(row["_row_number"]))]


def flat(row: Mapping[str, object], prefix: str = "") -> Values:
    values: Values = {}
    for name, value in row.items():
        items = value if isinstance(value, list) else [value]
        for item in items:
            inner = flat(item, f"{prefix}{name}.") if isinstance(item, dict) else {f"{prefix}{name}": item}
            for path, one in inner.items():
                values[path] = (values[path], one) if path in values else one
    return values


def difference(base: Values, other: Values) -> set[str]:
    return {name for name in base.keys() | other.keys() if base.get(name) != other.get(name)} - OF_THE_ROW
