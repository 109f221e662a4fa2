"""Reviews, their steps, missed events."""

import sqlalchemy as sa
from alembic import op

revision = "0201"
down_revision = "0200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_events_updated_at"), "events", ["updated_at"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_dated", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("act", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("parent_id", sa.String(length=64), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("event_version", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_reviews_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["events.id"], name=op.f("fk_reviews_parent_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["users.id"], name=op.f("fk_reviews_claimed_by_users")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_reviews")),
    )
    op.create_index("ix_reviews_state_score", "reviews", ["state", "score", "event_id"])
    op.create_index("ix_reviews_state_moment", "reviews", ["state", "moment", "event_id"])
    op.create_index("ix_reviews_withdrawn_score", "reviews", ["is_withdrawn", "score", "event_id"])
    op.create_index(
        "ix_reviews_withdrawn_moment", "reviews", ["is_withdrawn", "moment", "event_id"]
    )
    op.create_index("ix_reviews_withdrawn_source", "reviews", ["is_withdrawn", "source", "state"])
    op.create_index("ix_reviews_source_moment", "reviews", ["source", "moment", "is_withdrawn"])
    op.create_index("ix_reviews_withdrawn_state", "reviews", ["is_withdrawn", "state"])
    op.create_index(op.f("ix_reviews_unit"), "reviews", ["unit"])
    op.create_table(
        "review_steps",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("from_state", sa.String(length=32), nullable=True),
        sa.Column("to_state", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("audit_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["reviews.event_id"], name=op.f("fk_review_steps_event_id_reviews")
        ),
        sa.PrimaryKeyConstraint("event_id", "number", name=op.f("pk_review_steps")),
        sa.UniqueConstraint("actor", "request_key", name=op.f("uq_review_steps_actor_request_key")),
    )
    op.create_index(op.f("ix_review_steps_actor"), "review_steps", ["actor"])
    op.create_table(
        "missed_events",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("footage_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("media_time", sa.Double(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.String(length=64), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["footage_id"], ["footage.id"], name=op.f("fk_missed_events_footage_id_footage")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_missed_events_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["users.id"], name=op.f("fk_missed_events_reported_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_events")),
    )
    op.create_index(op.f("ix_missed_events_footage_id"), "missed_events", ["footage_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_missed_events_footage_id"), table_name="missed_events")
    op.drop_table("missed_events")
    op.drop_index(op.f("ix_review_steps_actor"), table_name="review_steps")
    op.drop_table("review_steps")
    op.drop_index(op.f("ix_reviews_unit"), table_name="reviews")
    op.drop_index("ix_reviews_withdrawn_state", table_name="reviews")
    op.drop_index("ix_reviews_source_moment", table_name="reviews")
    op.drop_index("ix_reviews_withdrawn_source", table_name="reviews")
    op.drop_index("ix_reviews_withdrawn_moment", table_name="reviews")
    op.drop_index("ix_reviews_withdrawn_score", table_name="reviews")
    op.drop_index("ix_reviews_state_moment", table_name="reviews")
    op.drop_index("ix_reviews_state_score", table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_events_updated_at"), table_name="events")
