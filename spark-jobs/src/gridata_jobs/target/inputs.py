"""Rows of published batches, each with the place of its file among all object versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gridata_control.ledger import Ledger, PublishedBatch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def published_rows(spark: SparkSession, ledger: Ledger, bronze: str, batches: Sequence[PublishedBatch]) -> DataFrame:
    """Bronze rows of these batches with `_object_order`: modified time, key and version of the row's file, as text.

    Object versions have this order whenever and in whatever order they were swept, batched and ingested.
    """
    places = [
        (record.file.file_id, f"{record.modified_utc:%Y-%m-%dT%H:%M:%S.%fZ} {record.file.key} {record.file.version_id}")
        for batch in batches
        for record in ledger.files(batch_id=batch.batch_id)
    ]
    order = spark.createDataFrame(places, "_file_id string, _object_order string")
    rows = only_batches(spark.table(bronze), batches)
    # A file the ledger lost sorts first and its rows stay.
    return rows.join(F.broadcast(order), "_file_id", "left").withColumn(
        "_object_order", F.coalesce("_object_order", F.lit(""))
    )


def only_batches(bronze: DataFrame, batches: Sequence[PublishedBatch]) -> DataFrame:
    """The rows of these batches; the instants prune partitions, the ids files."""
    instants = [batch.ingested_at_utc for batch in batches]
    return bronze.where(
        F.col("_batch_id").isin([batch.batch_id for batch in batches])
        & F.col("_ingested_at").between(min(instants), max(instants))
    )
