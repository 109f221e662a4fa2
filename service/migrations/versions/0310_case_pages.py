"""When a case is due next, events that reports speak of, orders of programs."""

import sqlalchemy as sa
from alembic import op

revision = "0310"
down_revision = "0150"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("cases", sa.Column("warn_on", sa.Date(), nullable=True))
    op.create_index("ix_cases_due_on", "cases", ["due_on", "id"], unique=False)
    op.create_index("ix_reports_state_received_at", "reports", ["state", "received_at", "id"])
    op.create_table(
        "report_events",
        sa.Column("report_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("linked_by", sa.String(length=255), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_events_report_id_reports")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_report_events_event_id_events")
        ),
        sa.PrimaryKeyConstraint("report_id", "event_id", name=op.f("pk_report_events")),
    )
    op.create_index(op.f("ix_report_events_event_id"), "report_events", ["event_id"])
    op.create_table(
        "requests",
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_requests")),
    )


def downgrade() -> None:
    op.drop_table("requests")
    op.drop_index(op.f("ix_report_events_event_id"), table_name="report_events")
    op.drop_table("report_events")
    op.drop_index("ix_reports_state_received_at", table_name="reports")
    op.drop_index("ix_cases_due_on", table_name="cases")
    op.drop_column("cases", "warn_on")
    op.drop_column("cases", "due_on")
