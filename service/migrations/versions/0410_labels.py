"""Labels, markings, permissions for training, what was passed over."""

import sqlalchemy as sa
from alembic import op

revision = "0410"
down_revision = "0322"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_candidates",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("footage_id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("actor_label", sa.String(length=32), nullable=True),
        sa.Column("media_time", sa.Double(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["footage_id"], ["footage.id"], name=op.f("fk_label_candidates_footage_id_footage")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_candidates")),
    )
    op.create_index(
        op.f("ix_label_candidates_created_at"), "label_candidates", ["created_at"], unique=False
    )
    op.create_index(
        op.f("ix_label_candidates_footage_id"), "label_candidates", ["footage_id"], unique=False
    )
    op.create_table(
        "training_permits",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_training_permits_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["users.id"], name=op.f("fk_training_permits_given_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["users.id"], name=op.f("fk_training_permits_withdrawn_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_permits")),
    )
    op.create_index(
        op.f("ix_training_permits_event_id"), "training_permits", ["event_id"], unique=False
    )
    op.create_index("ix_training_permits_source", "training_permits", ["source"], unique=False)
    op.create_table(
        "labels",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=True),
        sa.Column("missed_id", sa.String(length=64), nullable=True),
        sa.Column("candidate_id", sa.String(length=64), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("media_time", sa.Double(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("box", sa.JSON(), nullable=True),
        sa.Column("track", sa.String(length=255), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("negative", sa.String(length=32), nullable=True),
        sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("looks", sa.JSON(), nullable=True),
        sa.Column("doubt", sa.Double(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["label_candidates.id"],
            name=op.f("fk_labels_candidate_id_label_candidates"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_labels_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["missed_id"], ["missed_events.id"], name=op.f("fk_labels_missed_id_missed_events")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
    )
    op.create_index(op.f("ix_labels_event_id"), "labels", ["event_id"], unique=False)
    op.create_index("ix_labels_source", "labels", ["source"], unique=False)
    op.create_index(
        "ix_labels_standing_state",
        "labels",
        ["is_standing", "state", "batch", "place"],
        unique=False,
    )
    op.create_index(op.f("ix_labels_unit"), "labels", ["unit"], unique=False)
    op.create_table(
        "label_markings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("label_id", sa.String(length=64), nullable=False),
        sa.Column("labeller", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_repeat", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("boxes", sa.JSON(), nullable=False),
        sa.Column("drafted", sa.JSON(), nullable=False),
        sa.Column("drafted_by", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["label_id"], ["labels.id"], name=op.f("fk_label_markings_label_id_labels")
        ),
        sa.ForeignKeyConstraint(
            ["labeller"], ["users.id"], name=op.f("fk_label_markings_labeller_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_markings")),
        sa.UniqueConstraint("labeller", "number", name=op.f("uq_label_markings_labeller_number")),
        sa.UniqueConstraint(
            "label_id", "labeller", name=op.f("uq_label_markings_label_id_labeller")
        ),
    )


def downgrade() -> None:
    op.drop_table("label_markings")
    op.drop_index(op.f("ix_labels_unit"), table_name="labels")
    op.drop_index("ix_labels_standing_state", table_name="labels")
    op.drop_index("ix_labels_source", table_name="labels")
    op.drop_index(op.f("ix_labels_event_id"), table_name="labels")
    op.drop_table("labels")
    op.drop_index("ix_training_permits_source", table_name="training_permits")
    op.drop_index(op.f("ix_training_permits_event_id"), table_name="training_permits")
    op.drop_table("training_permits")
    op.drop_index(op.f("ix_label_candidates_footage_id"), table_name="label_candidates")
    op.drop_index(op.f("ix_label_candidates_created_at"), table_name="label_candidates")
    op.drop_table("label_candidates")
