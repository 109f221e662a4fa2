"""Over which transport the streams of a camera come; those known before go on by TCP."""

import sqlalchemy as sa
from alembic import op

revision = "0460"
down_revision = "0450"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cameras",
        sa.Column("transport", sa.String(length=32), nullable=False, server_default="tcp"),
    )


def downgrade() -> None:
    op.drop_column("cameras", "transport")
