"""Which columns of a table are personal, from all that says so: the table, the contracts, the catalog's tags."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from gridata_contracts.columns import walk
from gridata_contracts.errors import TransientError
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import layer_of, split_table
from gridata_contracts.reasons import MASK
from gridata_control.catalog.columns import table_columns

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from gridata_control.settings import Settings

EXTRA = "_extra"
"""Undeclared fields, treated as personal."""

_TAGS = ("urn:li:tag:pii", "urn:li:tag:pii-derived")
_METRICS = "write.metadata.metrics.column."
_STATEMENT = (
    "SELECT metadata FROM metadata_aspect_v2 WHERE version = 0 AND aspect_name = 'schemaMetadata' AND urn LIKE ?"
)


def personal_paths(settings: Settings, table: Table) -> frozenset[str]:
    """Paths such as `address.street`, without a mark for array items; rather one too many than one too few.

    A column is personal when the table keeps no statistics of it, when a contract of the same domain marks a column
    of the same last name, or when the catalog tagged it because it is made of one that is.

    Raises:
        ContractError: a contract cannot be read, so nobody knows what to mask.
        TransientError: nor the catalog's tags.
    """
    table_id = ".".join(table.name())
    if layer_of(table_id) == "quarantine":
        return frozenset()  # its records are masked when they are written
    contracts = load_contracts(settings.contracts_dir) if settings.contracts_dir.is_dir() else {}
    domain = split_table(table_id)[0].rpartition("_")[0]
    names = {
        column.name
        for dataset, contract in contracts.items()
        if dataset.domain == domain
        for column in walk(contract.columns)
        if column.pii
    }
    marked = {*_without_statistics(table), *_tagged(settings, table_id), EXTRA}
    paths = {column.path for schema in table.schemas().values() for column in table_columns(schema)}
    return frozenset(path for path in paths if path in marked or path.rpartition(".")[2] in names)


def mask(value: object, path: str, personal: frozenset[str]) -> object:
    """The value with every personal part replaced; null stays null."""
    if value is None:
        return None
    if path in personal:
        return MASK
    if isinstance(value, dict):
        return {name: mask(one, f"{path}.{name}", personal) for name, one in value.items()}
    if isinstance(value, list):
        return [mask(one, path, personal) for one in value]
    return value


def _without_statistics(table: Table) -> Iterator[str]:
    for name, value in table.properties.items():
        if name.startswith(_METRICS) and value == "none":
            yield name.removeprefix(_METRICS).replace(".element", "")


def _tagged(settings: Settings, table_id: str) -> Iterator[str]:
    """Read without DataHub's client, which takes a second to load."""
    file = settings.datahub_dir / "lite.db"
    if not file.exists():
        return
    pattern = f"urn:li:dataset:(urn:li:dataPlatform:iceberg,{table_id},%"
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=60)) as connection:
            rows = connection.execute(_STATEMENT, [pattern]).fetchall()
    except sqlite3.Error as error:
        raise TransientError(
            f"embedded catalog {file}: got {type(error).__name__}, allowed a readable database. Try again."
        ) from error
    for (text,) in rows:
        for field in json.loads(text)["fields"]:
            tags = (field.get("globalTags") or {"tags": []})["tags"]
            if any(tag["tag"] in _TAGS for tag in tags):
                yield field["fieldPath"]
