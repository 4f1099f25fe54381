"""Iceberg's maintenance procedures on one table. Each does nothing when there is nothing to do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gridata_contracts.model import JsonValue

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_COMPACT = {
    "min-input-files": "5",  # fewer small files in a partition are not worth a rewrite
    "delete-file-threshold": "1",  # readers merge delete files again and again until they are rewritten
    "remove-dangling-deletes": "true",
}


def compact(spark: SparkSession, catalog: str, table: str) -> dict[str, JsonValue]:
    """Rewrite small files of each partition into large ones; rows and their lineage columns stay as they are."""
    options = ", ".join(f"'{name}', '{value}'" for name, value in _COMPACT.items())
    row = _call(spark, f"{catalog}.system.rewrite_data_files(table => '{table}', options => map({options}))")
    return {
        "files_rewritten": int(row["rewritten_data_files_count"]),
        "files_added": int(row["added_data_files_count"]),
        "bytes_rewritten": int(row["rewritten_bytes_count"]),
    }


def compact_manifests(spark: SparkSession, catalog: str, table: str) -> dict[str, JsonValue]:
    """Gather the entries of many small manifests, which every reader opens, in few."""
    row = _call(spark, f"{catalog}.system.rewrite_manifests(table => '{table}')")
    return {"manifests_rewritten": int(row["rewritten_manifests_count"])}


def expire(spark: SparkSession, catalog: str, table: str, before: datetime) -> dict[str, JsonValue]:
    """Drop snapshots older than `before` that neither a tag nor a branch holds, and the files only they name."""
    statement = f"expire_snapshots(table => '{table}', older_than => TIMESTAMP '{_sql(before)}', retain_last => 1)"
    row = _call(spark, f"{catalog}.system.{statement}")
    return {
        "data_files_deleted": int(row["deleted_data_files_count"]),
        "manifests_deleted": int(row["deleted_manifest_files_count"]) + int(row["deleted_manifest_lists_count"]),
    }


def remove_orphans(spark: SparkSession, catalog: str, table: str, before: datetime, *, listed_by_io: bool) -> list[str]:
    """Delete files below the table's folder that no metadata names and that were last written before `before`.

    Args:
        spark: session of the catalog.
        catalog: its name.
        table: table id.
        before: younger files may belong to a commit under way.
        listed_by_io: list with the catalog's own file access, which object stores need.

    Returns:
        Locations of the deleted files.
    """
    listing = ", prefix_listing => true" if listed_by_io else ""
    statement = f"remove_orphan_files(table => '{table}', older_than => TIMESTAMP '{_sql(before)}'{listing})"
    rows = spark.sql(f"CALL {catalog}.system.{statement}").collect()
    return sorted(str(row["orphan_file_location"]) for row in rows)


def _call(spark: SparkSession, call: str) -> dict[str, int]:
    row = spark.sql(f"CALL {call}").collect()[0]
    return {name: int(value or 0) for name, value in row.asDict().items()}


def _sql(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S.%f}"
