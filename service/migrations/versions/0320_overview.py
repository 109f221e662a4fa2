"""Camera-hours of live cameras; indexes for the overview."""

import sqlalchemy as sa
from alembic import op

revision = "0320"
down_revision = "0302"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "camera_days",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_camera_days")),
    )
    op.create_index(op.f("ix_events_created_at"), "events", ["created_at"], unique=False)
    op.create_index("ix_reviews_state_changed", "reviews", ["state", "changed_at"], unique=False)
    op.create_index("ix_audit_action_at", "audit", ["action", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_audit_action_at", table_name="audit")
    op.drop_index("ix_reviews_state_changed", table_name="reviews")
    op.drop_index(op.f("ix_events_created_at"), table_name="events")
    op.drop_table("camera_days")
