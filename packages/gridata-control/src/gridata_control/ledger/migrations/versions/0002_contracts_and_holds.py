"""Contract documents by hash, so that a batch can always be run under its own; batches that a quality gate holds."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contracts",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.add_column("batches", sa.Column("held_at_utc", sa.DateTime(timezone=True)))
    op.add_column("batches", sa.Column("gate_overridden", sa.Boolean, nullable=False, server_default=sa.false()))
