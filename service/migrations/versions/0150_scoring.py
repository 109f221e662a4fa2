"""What made the score of an event's features, so that it can be computed again from the record."""

import sqlalchemy as sa
from alembic import op

revision = "0150"
down_revision = "0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("scoring", sa.JSON(none_as_null=True), nullable=True))
    op.execute("UPDATE events SET scoring = '{}'")
    with op.batch_alter_table("events") as table:
        table.alter_column("scoring", existing_type=sa.JSON(none_as_null=True), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("events") as table:
        table.drop_column("scoring")
