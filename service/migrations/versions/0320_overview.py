"""Camera-hours of live cameras; indexes for the overview."""

import sqlalchemy as sa
from alembic import op

revision = "0320"
down_revision = "0310"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_reviews_counts": ["is_withdrawn", "unit", "state", "kind", "score"],
    "ix_reviews_unit_source": ["is_withdrawn", "unit", "source"],
    "ix_reviews_claimed": ["claimed_by", "is_withdrawn", "state"],
    "ix_reviews_figures": ["is_withdrawn", "moment", "state", "unit", "is_dated", "source"],
}


def upgrade() -> None:
    op.create_table(
        "camera_days",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_camera_days")),
    )
    op.create_index(op.f("ix_footage_finished_at"), "footage", ["finished_at"], unique=False)
    op.create_index(op.f("ix_reviews_changed_at"), "reviews", ["changed_at"], unique=False)
    for name, columns in INDEXES.items():
        op.create_index(name, "reviews", columns, unique=False)
    op.create_index("ix_audit_action_at", "audit", ["action", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_audit_action_at", table_name="audit")
    for name in INDEXES:
        op.drop_index(name, table_name="reviews")
    op.drop_index(op.f("ix_reviews_changed_at"), table_name="reviews")
    op.drop_index(op.f("ix_footage_finished_at"), table_name="footage")
    op.drop_table("camera_days")
