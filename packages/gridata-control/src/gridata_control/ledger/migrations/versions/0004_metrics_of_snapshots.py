"""Staged metrics say which snapshot they are of and, by fingerprint, which question they answer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quality_metrics", sa.Column("fingerprint", sa.String(16)))
    op.add_column("quality_metrics", sa.Column("snapshot_id", sa.BigInteger))
