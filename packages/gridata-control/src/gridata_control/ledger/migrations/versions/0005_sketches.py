"""Staged metrics may carry a sketch: a summary of a column that merges with those of other batches."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quality_metrics", sa.Column("sketch", sa.Text))
