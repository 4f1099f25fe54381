"""Create a table once, let it grow with its contract, refuse every other change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, TransientError
from gridata_contracts.naming import split_table
from gridata_control.catalog.data_files import reading
from gridata_control.catalog.evolution import addable, grew, refusals

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

FORMAT_VERSION = "2"
_ATTEMPTS = 5


def ensure_table(
    catalog: Catalog, table_id: str, schema: Schema, partition_spec: PartitionSpec, properties: Mapping[str, str]
) -> Table:
    """The table `table_id`, created or grown so that rows of `schema` fit; unchanged when they already do.

    Columns added later come last and are optional. Several processes may call this at the same time.

    Args:
        catalog: from `open_catalog`.
        table_id: `<domain>_<layer>.<name>`.
        schema: its field ids only serve to link `partition_spec`; the table has its own, so writers must take ids
            and column order from the returned `table.schema()`.
        partition_spec: fields refer to `schema`.
        properties: table properties to have; others that were set on the table stay.

    Raises:
        PermanentError: the contract dropped, renamed or narrowed a column, or partitions differently.
        LostFileError: the table's newest metadata file is gone or damaged.
        TransientError: other writers kept changing the table.
    """
    from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError

    for _ in range(_ATTEMPTS):
        try:
            with reading(table_id):
                table = catalog.load_table(table_id)
        except NoSuchTableError:
            try:
                table = _create(catalog, table_id, schema, partition_spec, properties)
            except TableAlreadyExistsError:
                continue
        try:
            return _grow(table, table_id, schema, partition_spec, properties)
        except CommitFailedException:
            continue
    raise TransientError(
        f"table {table_id}: got {_ATTEMPTS} commits refused, allowed one writer of the schema at a time. Retry."
    )


def table_for_earlier(
    catalog: Catalog, table_id: str, schema: Schema, partition_spec: PartitionSpec, properties: Mapping[str, str]
) -> Table:
    """The table `table_id`, for rows of an earlier contract: as it is when it has grown beyond `schema` since.

    Arguments and errors are those of `ensure_table`. A table that a later contract has grown is not changed, neither
    its columns nor its properties; columns the rows lack are null.
    """
    from pyiceberg.exceptions import NoSuchTableError

    try:
        with reading(table_id):
            table = catalog.load_table(table_id)
    except NoSuchTableError:
        return ensure_table(catalog, table_id, schema, partition_spec, properties)
    fits = not refusals(schema, table.schema())
    same_parts = _partitioning(partition_spec, schema) == _partitioning(table.spec(), table.schema())
    return table if fits and same_parts else ensure_table(catalog, table_id, schema, partition_spec, properties)


def _create(
    catalog: Catalog, table_id: str, schema: Schema, partition_spec: PartitionSpec, properties: Mapping[str, str]
) -> Table:
    namespace, name = split_table(table_id)
    _ensure_namespace(catalog, namespace)
    return catalog.create_table(
        table_id,
        schema,
        location=f"{catalog.properties['warehouse']}/{namespace}/{name}",
        partition_spec=partition_spec,
        properties={"format-version": FORMAT_VERSION, **properties},
    )


def _ensure_namespace(catalog: Catalog, namespace: str) -> None:
    from pyiceberg.exceptions import NamespaceAlreadyExistsError
    from sqlalchemy.exc import IntegrityError

    try:
        catalog.create_namespace(namespace)
    except (NamespaceAlreadyExistsError, IntegrityError):
        return  # another process was first; both meant the same namespace


def _grow(
    table: Table, table_id: str, schema: Schema, partition_spec: PartitionSpec, properties: Mapping[str, str]
) -> Table:
    current = table.schema()
    problems = refusals(current, schema)
    got, allowed = _partitioning(partition_spec, schema), _partitioning(table.spec(), current)
    if got != allowed:
        problems.append(f"partition: got {got}, allowed {allowed}")
    if problems:
        raise PermanentError(
            "\n".join(f"table {table_id}: {problem}. Start a new major version." for problem in problems)
        )
    missing = {name: value for name, value in properties.items() if table.properties.get(name) != value}
    if not missing and not grew(current, schema):
        return table
    with table.transaction() as transaction:
        if grew(current, schema):
            with transaction.update_schema() as update:
                update.union_by_name(addable(current, schema))
        if missing:
            transaction.set_properties(missing)
    return table


def _partitioning(spec: PartitionSpec, schema: Schema) -> list[str]:
    return [f"{field.transform}({schema.find_column_name(field.source_id)})" for field in spec.fields]
