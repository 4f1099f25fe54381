"""Whether a batch's rows are in a table, asked of the table itself and not of the ledger."""

from __future__ import annotations

from collections.abc import Callable

from gridata_contracts.naming import bronze_table, quarantine_table
from gridata_control.catalog import open_catalog
from gridata_control.catalog.data_files import reading
from gridata_control.ledger import Batch
from gridata_control.settings import Settings

LAYERS = {"bronze": bronze_table, "quarantine": quarantine_table}


def rows_probe(settings: Settings) -> Callable[[Batch], frozenset[str]]:
    """A question about one batch: which of bronze and quarantine hold at least one row of it now?

    The question raises PermanentError when a file that may hold the answer is lost, TransientError when the store does
    not answer.
    """

    def written(batch: Batch) -> frozenset[str]:
        from pyiceberg.exceptions import NoSuchTableError

        catalog = open_catalog(settings)
        found = set()
        for layer, table_of in LAYERS.items():
            table_id = table_of(batch.dataset)
            with reading(table_id):
                try:
                    table = catalog.load_table(table_id)
                except NoSuchTableError:
                    continue
                scan = table.scan(row_filter=f"_batch_id = '{batch.id}'", selected_fields=("_batch_id",), limit=1)
                if scan.to_arrow().num_rows:
                    found.add(layer)
        return frozenset(found)

    return written
