"""Indexes by which every page of the queue is read in its order, and its counts from one index;
one by which old orders are found.
"""

from alembic import op

revision = "0430"
down_revision = "0410"
branch_labels = None
depends_on = None

NEW = {
    f"ix_reviews_{name}_{order}": ["is_withdrawn", *columns, order, "event_id", "kind"]
    for name, columns in (
        ("state", ["state"]),
        ("unit_state", ["unit", "state"]),
        ("any", []),
        ("unit", ["unit"]),
    )
    for order in ("score", "moment")
} | {
    "ix_reviews_state_changed": ["is_withdrawn", "state", "changed_at", "event_id"],
    "ix_reviews_kinds": ["is_withdrawn", "kind", "state", "score"],
}
OLD = {
    "ix_reviews_state_score": ["state", "score", "event_id"],
    "ix_reviews_state_moment": ["state", "moment", "event_id"],
    "ix_reviews_withdrawn_score": ["is_withdrawn", "score", "event_id"],
    "ix_reviews_withdrawn_moment": ["is_withdrawn", "moment", "event_id"],
    "ix_reviews_withdrawn_state": ["is_withdrawn", "state"],
}


def upgrade() -> None:
    _change(OLD, NEW)
    op.create_index(op.f("ix_requests_at"), "requests", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_requests_at"), table_name="requests")
    _change(NEW, OLD)


def _change(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    for name in old:
        op.drop_index(name, table_name="reviews")
    for name, columns in new.items():
        op.create_index(name, "reviews", columns, unique=False)
