"""Rewrites of published batches, with what each replaced; stamps say which of them a target has applied."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rewrites",
        sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.batch_id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("contract_hash", sa.Text, nullable=False),
        sa.Column("gate_overridden", sa.Boolean, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("asked_at_utc", _INSTANT, nullable=False),
        sa.Column("writing_at_utc", _INSTANT),
        sa.Column("ended_at_utc", _INSTANT),
        sa.Column("run_id", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("before", sa.Text),
        sa.PrimaryKeyConstraint("batch_id", "number"),
    )
    op.add_column("batches", sa.Column("rewrite", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("batches", sa.Column("rewriting", sa.Integer))
    op.add_column("stamps", sa.Column("rewrite", sa.Integer, nullable=False, server_default=sa.text("0")))
