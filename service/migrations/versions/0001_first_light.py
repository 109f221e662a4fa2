"""Footage, events, evidence, garbage, custody."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "custody",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_custody")),
        sa.UniqueConstraint("hash", name=op.f("uq_custody_hash")),
    )
    op.create_table(
        "footage",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("codec", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("rotation", sa.Integer(), nullable=True),
        sa.Column("captured_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("config_sha256", sa.String(length=64), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("software", sa.String(length=64), nullable=False),
        sa.Column("frames_decoded", sa.BigInteger(), nullable=False),
        sa.Column("frames_analysed", sa.BigInteger(), nullable=False),
        sa.Column("frames_inferred", sa.BigInteger(), nullable=False),
        sa.Column("wall_seconds", sa.Double(), nullable=False),
        sa.Column("gaps", sa.JSON(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_footage")),
    )
    op.create_index(op.f("ix_footage_sha256"), "footage", ["sha256"], unique=False)

    op.create_table(
        "garbage",
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_garbage")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("footage_id", sa.String(length=64), nullable=False),
        sa.Column("machine_id", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("t_enter", sa.Double(), nullable=True),
        sa.Column("t_release", sa.Double(), nullable=False),
        sa.Column("t_release_uncertainty", sa.Double(), nullable=False),
        sa.Column("t_provisional", sa.Double(), nullable=False),
        sa.Column("t_confirmed", sa.Double(), nullable=True),
        sa.Column("t_actor_left", sa.Double(), nullable=True),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("actor_box", sa.JSON(), nullable=True),
        sa.Column("actor_label", sa.String(length=32), nullable=True),
        sa.Column("actor_ambiguous", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=255), nullable=False),
        sa.Column("n_items", sa.Integer(), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["footage_id"], ["footage.id"], name=op.f("fk_events_footage_id_footage")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_footage_id"), "events", ["footage_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("t_start", sa.Double(), nullable=True),
        sa.Column("t_end", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_evidence_event_id_events")
        ),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_evidence")),
        sa.UniqueConstraint("event_id", "role", name=op.f("uq_evidence_event_id_role")),
    )


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_index(op.f("ix_events_footage_id"), table_name="events")

    op.drop_table("events")
    op.drop_table("garbage")
    op.drop_index(op.f("ix_footage_sha256"), table_name="footage")

    op.drop_table("footage")
    op.drop_table("custody")
