"""Footage of live cameras: stretches of watching, told apart by when they began."""

import sqlalchemy as sa
from alembic import op

from litterwatch.service.db import UtcDateTime

revision = "0100"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("footage", sa.Column("live_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("footage") as table:
        table.drop_column("live_since")
