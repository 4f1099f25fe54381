"""Bring a target to the wanted rows with one commit, or with none when it already has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, TransientError
from gridata_jobs.publish import committed_bytes
from gridata_jobs.target.declaration import TargetTable
from gridata_jobs.target.stamps import lineage_of_current

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyspark.sql import Column, DataFrame, SparkSession

_CHANGE = "_change"
_SNAPSHOT_PROPERTY = "spark.sql.iceberg.snapshot-property."
_FITTING = "rows that fit the declared columns. Compare the job's schemas.py with the input's contract."
_RETRYABLE = (
    "CommitFailedException",  # another writer was first
    "ValidationException",  # another writer changed rows this commit read
    "CommitStateUnknownException",  # the next run looks before it writes
    "UncheckedSQLException",  # the catalog's database is busy or away
    "UncheckedInterruptedException",
    "SdkClientException",
    "S3Exception",
)


@dataclass(frozen=True)
class Merged:
    """What one merge did.

    Attributes:
        snapshot_id: None when nothing had to change, so nothing was committed.
        size_bytes: of the data files the commit added.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    snapshot_id: int | None = None
    size_bytes: int = 0

    @property
    def changed(self) -> int:
        """Rows touched."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class OpenTable:
    """A target in one session and in the catalog behind it, for which pyiceberg answers faster than Spark."""

    spark: SparkSession
    catalog: Catalog
    table: TargetTable

    @property
    def snapshot_id(self) -> int | None:
        """The current snapshot; None before the first commit."""
        snapshot = self.catalog.load_table(self.table.id).current_snapshot()
        return snapshot.snapshot_id if snapshot else None

    def at(self, snapshot_id: int | None) -> DataFrame:
        """The table's rows as of a snapshot."""
        read = self.spark.read if snapshot_id is None else self.spark.read.option("versionAsOf", str(snapshot_id))
        return read.table(self.table.id)


def merge(
    target: OpenTable,
    wanted: DataFrame,
    stamp: Mapping[str, str],
    *,
    scope: Callable[[DataFrame], DataFrame] | None = None,
    latest_by: Sequence[str] = (),
) -> Merged:
    """Make the target's rows in scope equal `wanted`, in one commit that carries `stamp` in its summary.

    Rows that already are as wanted are not touched; when that is all of them, nothing is committed.

    Args:
        target: says key and columns.
        wanted: at most one row per key, with the target's columns in any order and of types that fit.
        stamp: snapshot summary properties.
        scope: picks, out of all rows of the target, those the transform answers for: of these, rows that are not
            wanted are deleted. Without it nothing is deleted.
        latest_by: columns that order versions of a row; a row is replaced by a later version only.

    Raises:
        TransientError: another writer changed the table, or the catalog or store did not answer.
        PermanentError: Spark refused the statement.
    """
    with committing(target.table.id):
        before = target.snapshot_id
        held = target.at(before)
        old = held if scope is None else scope(held)
        delete = scope is not None
        # Not `persist`: Spark renews cached frames that read a table whenever one of its name is written, also here.
        changes = _changes(target.table, _conform(target, wanted), old, latest_by, delete=delete).localCheckpoint()
        counts = {str(row[_CHANGE]): int(row["count"]) for row in changes.groupBy(_CHANGE).count().collect()}
        snapshot_id, size_bytes = None, 0
        if counts:
            if target.snapshot_id != before:
                raise _another_writer(target.table)
            with _stamped(target.spark, stamp):
                _execute(target.table, changes, latest_by)
            snapshot_id = _committed(target, stamp)
            size_bytes = committed_bytes(target.catalog.load_table(target.table.id), snapshot_id)
    changed = counts.get("insert", 0), counts.get("update", 0), counts.get("delete", 0)
    return Merged(*changed, snapshot_id, size_bytes)


def _execute(target: TargetTable, changes: DataFrame, latest_by: Sequence[str]) -> None:
    """The MERGE statement. Not as SQL over a temporary view: Spark 4.1 cannot plan Iceberg tables below one there."""
    from pyspark.sql import functions as F  # noqa: N812

    def new(name: str) -> Column:
        return F.col(f"s.{name}")

    def old(name: str) -> Column:
        return F.col(f"{target.id}.{name}")

    values = {name: new(name) for name in target.names}
    # Said again here, where the table is read for the commit: a writer between may have been faster.
    later = (
        F.struct(*(new(name).alias(name) for name in latest_by))
        > F.struct(*(old(name).alias(name) for name in latest_by))
        if latest_by
        else F.lit(True)
    )
    (
        changes.alias("s")
        .mergeInto(target.id, _all([old(name) == new(name) for name in target.key]))
        .whenMatched(new(_CHANGE) == "delete")
        .delete()
        .whenMatched(later)
        .update(values)
        .whenNotMatched(new(_CHANGE) != "delete")
        .insert(values)
        .merge()
    )


def _conform(target: OpenTable, frame: DataFrame) -> DataFrame:
    """The target's columns in its order and types; ANSI mode refuses a value that does not fit."""
    from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

    types = {field.name: field.dataType for field in target.at(None).schema.fields}
    return frame.select(*(F.col(name).cast(types[name]).alias(name) for name in target.table.names))


def _changes(
    target: TargetTable, wanted: DataFrame, held: DataFrame, latest_by: Sequence[str], *, delete: bool
) -> DataFrame:
    """One row per row to insert, update or delete, with the wanted values (for a delete: the key)."""
    from pyspark.sql import functions as F  # noqa: N812

    old = held.select(*(F.col(name).alias(f"_old_{name}") for name in target.names))
    same_key = _all([F.col(name) == F.col(f"_old_{name}") for name in target.key])
    rest = [name for name in target.names if name not in target.key]
    differs = ~_all([F.col(name).eqNullSafe(F.col(f"_old_{name}")) for name in rest])
    if latest_by:
        later = F.struct(*latest_by) > F.struct(*(F.col(f"_old_{name}").alias(name) for name in latest_by))
        differs = differs & later
    first = target.key[0]
    change = (
        F.when(F.col(f"_old_{first}").isNull(), "insert").when(F.col(first).isNull(), "delete").when(differs, "update")
    )
    joined = wanted.join(old, same_key, "full_outer" if delete else "left_outer").withColumn(_CHANGE, change)
    keys = (F.coalesce(F.col(name), F.col(f"_old_{name}")).alias(name) for name in target.key)
    return joined.where(F.col(_CHANGE).isNotNull()).select(*keys, *rest, _CHANGE)


def _all(conditions: list[Column]) -> Column:
    return reduce(lambda left, right: left & right, conditions)


@contextmanager
def _stamped(spark: SparkSession, stamp: Mapping[str, str]) -> Iterator[None]:
    """A merge takes no write options; the session's own properties reach the commit instead."""
    for name, value in stamp.items():
        spark.conf.set(f"{_SNAPSHOT_PROPERTY}{name}", value)
    try:
        yield
    finally:
        for name in stamp:
            spark.conf.unset(f"{_SNAPSHOT_PROPERTY}{name}")


def _committed(target: OpenTable, stamp: Mapping[str, str]) -> int:
    """Id of the newest snapshot with exactly this stamp."""
    for snapshot in lineage_of_current(target.catalog.load_table(target.table.id)):
        summary = snapshot.summary.additional_properties if snapshot.summary else {}
        if stamp.items() <= summary.items():
            return snapshot.snapshot_id
    raise TransientError(
        f"table {target.table.id}: got no snapshot with this run's stamp, allowed one. Retry: it looks first."
    )


def _another_writer(table: TargetTable) -> TransientError:
    return TransientError(
        f"table {table.id}: got another writer's commit during this run, allowed one writer at a time. Retry."
    )


@contextmanager
def committing(table: str, allowed: str = _FITTING) -> Iterator[None]:
    """Spark's errors as ours, by the class names in them; their messages may quote values and stay out.

    Raises:
        TransientError: another writer, or the catalog or store was away.
        PermanentError: anything else.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        cause = next((name for name in _RETRYABLE if name in text), None)
        if cause:
            raise TransientError(f"table {table}: got {cause}, allowed one writer at a time. Retry.") from error
        condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
        raise PermanentError(f"table {table}: got {condition} from Spark, allowed {allowed}") from error
