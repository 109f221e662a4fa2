"""Sites, the register of cameras, zones."""

import sqlalchemy as sa
from alembic import op

revision = "0202"
down_revision = "0201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_index(op.f("ix_sites_unit"), "sites", ["unit"])
    op.create_table(
        "camera_register",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("serial", sa.String(length=255), nullable=False),
        sa.Column("mac", sa.String(length=32), nullable=False),
        sa.Column("approval_number", sa.String(length=255), nullable=False),
        sa.Column("approval_date", sa.Date(), nullable=True),
        sa.Column("approval_signer", sa.String(length=255), nullable=False),
        sa.Column("conformity", sa.String(length=255), nullable=False),
        sa.Column("certificate_until", sa.Date(), nullable=True),
        sa.Column("is_sign_installed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_camera_register_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_register")),
    )
    op.create_index(op.f("ix_camera_register_site_id"), "camera_register", ["site_id"])
    op.create_table(
        "zones",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["camera_register.id"], name=op.f("fk_zones_camera_id_camera_register")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_zones_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
        sa.UniqueConstraint("camera_id", "version", name=op.f("uq_zones_camera_id_version")),
    )


def downgrade() -> None:
    op.drop_table("zones")
    op.drop_index(op.f("ix_camera_register_site_id"), table_name="camera_register")
    op.drop_table("camera_register")
    op.drop_index(op.f("ix_sites_unit"), table_name="sites")
    op.drop_table("sites")
