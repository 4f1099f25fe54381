"""Runs say when their metadata was told, so that the sweep can tell it for jobs that keep no disk."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("told_at_utc", sa.DateTime(timezone=True)))
    op.add_column("runs", sa.Column("told_error", sa.Text))
    op.execute("UPDATE runs SET told_at_utc = ended_at_utc WHERE ended_at_utc IS NOT NULL")  # their jobs told them
    op.create_index("runs_untold", "runs", ["told_at_utc", "ended_at_utc"])
