"""Whether a batch's rows are in a table, asked of the table itself and not of the ledger."""

from __future__ import annotations

from collections.abc import Callable

from gridata_contracts.naming import bronze_table, quarantine_table
from gridata_control.catalog import open_catalog
from gridata_control.ledger import Batch
from gridata_control.settings import Settings


def rows_probe(settings: Settings) -> Callable[[Batch], bool]:
    """A question about one batch: does bronze or quarantine hold at least one row of it now?"""

    def has_rows(batch: Batch) -> bool:
        from pyiceberg.exceptions import NoSuchTableError

        catalog = open_catalog(settings)
        for table_id in (bronze_table(batch.dataset), quarantine_table(batch.dataset)):
            try:
                table = catalog.load_table(table_id)
            except NoSuchTableError:
                continue
            scan = table.scan(row_filter=f"_batch_id = '{batch.id}'", selected_fields=("_batch_id",), limit=1)
            if scan.to_arrow().num_rows:
                return True
        return False

    return has_rows
