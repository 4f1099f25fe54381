"""The first ledger: files, batches, batch_files, runs, quality_metrics, stamps."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("file_id", sa.String(64), primary_key=True),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version_id", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("modified_utc", _INSTANT, nullable=False),
        sa.Column("seen_at_utc", _INSTANT, nullable=False),
        sa.Column("decided_at_utc", _INSTANT),
        sa.Column("dataset", sa.Text),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("detail", sa.Text),
        sa.Column("duplicate_of", sa.String(64)),
        sa.Column("content_sha256", sa.String(64)),
        sa.Column("batch_id", sa.Text),
        sa.Column("rows_in", sa.BigInteger),
        sa.Column("n_valid", sa.BigInteger),
        sa.Column("n_rejected", sa.BigInteger),
    )
    op.create_index("files_by_state", "files", ["state", "dataset"])
    op.create_index("files_by_size", "files", ["dataset", "size_bytes"])
    op.create_index("files_by_batch", "files", ["batch_id"])
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.Text, primary_key=True),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("contract_hash", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ingested_at_utc", _INSTANT, nullable=False),
        sa.Column("created_at_utc", _INSTANT, nullable=False),
        sa.Column("parent_id", sa.Text, sa.ForeignKey("batches.batch_id")),
        sa.Column("run_number", sa.Integer, nullable=False),
        sa.Column("dag_id", sa.Text),
        sa.Column("dispatched_at_utc", _INSTANT),
        sa.Column("claimed_until_utc", _INSTANT),
        sa.Column("published_at_utc", _INSTANT),
        sa.Column("bronze_snapshot_id", sa.BigInteger),
        sa.Column("quarantine_snapshot_id", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("report", sa.Text),
    )
    op.create_index("batches_by_state", "batches", ["state", "dataset"])
    op.create_table(
        "batch_files",
        sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.batch_id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("file_id", sa.String(64), sa.ForeignKey("files.file_id"), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "position"),
        sa.UniqueConstraint("batch_id", "file_id", name="batch_files_once"),
    )
    op.create_index("batch_files_by_file", "batch_files", ["file_id"])
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("batch_id", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("started_at_utc", _INSTANT, nullable=False),
        sa.Column("ended_at_utc", _INSTANT),
        sa.Column("exit_code", sa.Integer),
        sa.Column("report", sa.Text),
        sa.PrimaryKeyConstraint("run_id", "job"),
    )
    op.create_index("runs_by_batch", "runs", ["batch_id"])
    op.create_table(
        "quality_metrics",
        sa.Column("metric_id", sa.String(64), primary_key=True),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("scope_id", sa.Text, nullable=False),
        sa.Column("check_id", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("passed", sa.Boolean),
        sa.Column("run_id", sa.Text),
        sa.Column("measured_at_utc", _INSTANT, nullable=False),
        sa.Column("flushed_at_utc", _INSTANT),
    )
    op.create_index("quality_metrics_staged", "quality_metrics", ["flushed_at_utc"])
    op.create_table(
        "stamps",
        sa.Column("target_table", sa.Text, nullable=False),
        sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.batch_id"), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger),
        sa.Column("run_id", sa.Text),
        sa.Column("stamped_at_utc", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("target_table", "batch_id"),
    )
