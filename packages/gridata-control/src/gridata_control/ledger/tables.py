"""The ledger's tables, as SQLAlchemy Core. The migrations build the same ones; a test compares both."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from gridata_control.ledger.engine import JsonText, UtcInstant

metadata = MetaData()

files = Table(
    "files",
    metadata,
    Column("file_id", String(64), primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version_id", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("etag", Text),
    Column("modified_utc", UtcInstant, nullable=False),
    Column("seen_at_utc", UtcInstant, nullable=False),
    Column("decided_at_utc", UtcInstant),
    Column("dataset", Text),
    Column("state", String(16), nullable=False),
    Column("reason", String(32)),
    Column("detail", Text),
    Column("duplicate_of", String(64)),
    Column("content_sha256", String(64)),
    Column("batch_id", Text),
    Column("rows_in", BigInteger),
    Column("n_valid", BigInteger),
    Column("n_rejected", BigInteger),
    Index("files_by_state", "state", "dataset"),
    Index("files_by_size", "dataset", "size_bytes"),
    Index("files_by_batch", "batch_id"),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", Text, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("contract_hash", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ingested_at_utc", UtcInstant, nullable=False),
    Column("created_at_utc", UtcInstant, nullable=False),
    Column("parent_id", Text, ForeignKey("batches.batch_id")),
    Column("run_number", Integer, nullable=False),
    Column("dag_id", Text),
    Column("dispatched_at_utc", UtcInstant),
    Column("claimed_until_utc", UtcInstant),
    Column("published_at_utc", UtcInstant),
    Column("bronze_snapshot_id", BigInteger),
    Column("quarantine_snapshot_id", BigInteger),
    Column("error", Text),
    Column("report", JsonText),
    Column("held_at_utc", UtcInstant),
    Column("gate_overridden", Boolean, nullable=False, server_default=false()),
    Column("rewrite", Integer, nullable=False, server_default=text("0")),
    Column("rewriting", Integer),
    Index("batches_by_state", "state", "dataset"),
)

rewrites = Table(
    "rewrites",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("contract_hash", Text, nullable=False),
    Column("gate_overridden", Boolean, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("why", Text),
    Column("asked_at_utc", UtcInstant, nullable=False),
    Column("writing_at_utc", UtcInstant),
    Column("ended_at_utc", UtcInstant),
    Column("run_id", Text),
    Column("error", Text),
    Column("before", JsonText),
    PrimaryKeyConstraint("batch_id", "number"),
)

contracts = Table(
    "contracts",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("document", Text, nullable=False),
)

batch_files = Table(
    "batch_files",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("file_id", String(64), ForeignKey("files.file_id"), nullable=False),
    PrimaryKeyConstraint("batch_id", "position"),
    UniqueConstraint("batch_id", "file_id", name="batch_files_once"),
    Index("batch_files_by_file", "file_id"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("batch_id", Text),
    Column("tries", Integer, nullable=False),
    Column("started_at_utc", UtcInstant, nullable=False),
    Column("ended_at_utc", UtcInstant),
    Column("exit_code", Integer),
    Column("report", JsonText),
    Column("told_at_utc", UtcInstant),
    Column("told_error", Text),
    PrimaryKeyConstraint("run_id", "job"),
    Index("runs_by_batch", "batch_id"),
    Index("runs_untold", "told_at_utc", "ended_at_utc"),
)

quality_metrics = Table(
    "quality_metrics",
    metadata,
    Column("metric_id", String(64), primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("check_id", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("passed", Boolean),
    Column("run_id", Text),
    Column("fingerprint", String(16)),
    Column("snapshot_id", BigInteger),
    Column("sketch", Text),
    Column("measured_at_utc", UtcInstant, nullable=False),
    Column("flushed_at_utc", UtcInstant),
    Index("quality_metrics_staged", "flushed_at_utc"),
)

stamps = Table(
    "stamps",
    metadata,
    Column("target_table", Text, nullable=False),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
    Column("snapshot_id", BigInteger),
    Column("run_id", Text),
    Column("stamped_at_utc", UtcInstant, nullable=False),
    Column("rewrite", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("target_table", "batch_id"),
)

backups = Table(
    "backups",
    metadata,
    Column("set_id", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("taken_at_utc", UtcInstant, nullable=False),
    Column("ended_at_utc", UtcInstant, nullable=False),
    PrimaryKeyConstraint("set_id", "what"),
)
