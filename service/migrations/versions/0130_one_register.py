"""One register of cameras: what the command line noted joins what the desk registered.

`cameras` keeps how a camera is reached; its name and zones move into the register. A camera that
the desk registered under the name of a live camera's footage is that camera, and takes its id.
"""

import json
import secrets
import tomllib
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from litterwatch.service.canonical import sha256_of
from litterwatch.service.db import UtcDateTime

revision = "0130"
down_revision = "0302"
branch_labels = None
depends_on = None

REGISTER = sa.table(
    "camera_register",
    sa.column("id", sa.String),
    sa.column("site_id", sa.String),
    sa.column("name", sa.String),
    sa.column("source", sa.Text),
    sa.column("lane", sa.String),
    sa.column("serial", sa.String),
    sa.column("mac", sa.String),
    sa.column("approval_number", sa.String),
    sa.column("approval_date", sa.Date),
    sa.column("approval_signer", sa.String),
    sa.column("conformity", sa.String),
    sa.column("certificate_until", sa.Date),
    sa.column("is_sign_installed", sa.Boolean),
    sa.column("created_at", UtcDateTime),
    sa.column("updated_at", UtcDateTime),
    sa.column("removed_at", UtcDateTime),
)
CAMERAS = sa.table(
    "cameras",
    sa.column("id", sa.String),
    sa.column("name", sa.String),
    sa.column("site_version", sa.Integer),
    sa.column("created_at", UtcDateTime),
    sa.column("updated_at", UtcDateTime),
)
CAMERA_SITES = sa.table(
    "camera_sites",
    sa.column("camera_id", sa.String),
    sa.column("version", sa.Integer),
    sa.column("text", sa.Text),
    sa.column("sha256", sa.String),
    sa.column("preset", sa.String),
    sa.column("created_at", UtcDateTime),
)
ZONES = sa.table(
    "zones",
    sa.column("id", sa.String),
    sa.column("camera_id", sa.String),
    sa.column("version", sa.Integer),
    sa.column("document", sa.JSON),
    sa.column("sha256", sa.String),
    sa.column("note", sa.Text),
    sa.column("made_by", sa.String),
    sa.column("made_at", UtcDateTime),
    sa.column("preset", sa.String),
)
AGAIN = "as before, when both registers of cameras were joined"


ZONES_TO_REGISTER = "fk_zones_camera_id_camera_register"


def upgrade() -> None:
    # SQLite alters a table by making it anew, which it refuses while another one refers to it.
    with op.batch_alter_table("zones") as table:
        table.drop_constraint(op.f(ZONES_TO_REGISTER), type_="foreignkey")
        table.alter_column("made_by", existing_type=sa.String(64), nullable=True)
        table.add_column(sa.Column("preset", sa.String(255), nullable=True))
    with op.batch_alter_table("camera_register") as table:
        table.alter_column("site_id", existing_type=sa.String(64), nullable=True)
        table.add_column(sa.Column("removed_at", UtcDateTime(), nullable=True))
    op.add_column("footage", sa.Column("zones_version", sa.Integer(), nullable=True))
    op.add_column("events", sa.Column("clock_error", sa.Double(), nullable=True))
    op.add_column("events", sa.Column("clock_uncertainty", sa.Double(), nullable=True))
    op.add_column("events", sa.Column("clock_measured_at", UtcDateTime(), nullable=True))
    connection = op.get_bind()
    for camera in connection.execute(sa.select(CAMERAS)).all():
        _enrol(connection, camera)
        _take_over_sites(connection, camera.id)
    op.drop_table("camera_sites")
    with op.batch_alter_table("cameras") as table:
        table.drop_column("name")
        table.drop_column("site_version")
        table.add_column(sa.Column("clock_error", sa.Double(), nullable=True))
        table.add_column(sa.Column("clock_uncertainty", sa.Double(), nullable=True))
        table.add_column(sa.Column("clock_measured_at", UtcDateTime(), nullable=True))
        table.create_foreign_key(
            op.f("fk_cameras_id_camera_register"),
            "camera_register",
            ["id"],
            ["id"],
            ondelete="CASCADE",
        )
    _bind_zones()


def _bind_zones() -> None:
    with op.batch_alter_table("zones") as table:
        table.create_foreign_key(op.f(ZONES_TO_REGISTER), "camera_register", ["camera_id"], ["id"])


def _enrol(connection: sa.Connection, camera: Any) -> None:
    same = connection.execute(sa.select(REGISTER).where(REGISTER.c.source == camera.id)).all()
    if len(same) == 1:
        _rename(connection, same[0], camera.id)
        return
    if connection.scalar(sa.select(REGISTER.c.id).where(REGISTER.c.id == camera.id)) is None:
        connection.execute(
            sa.insert(REGISTER).values(
                _entry(camera.id, camera.name, camera.created_at, camera.updated_at)
            )
        )


def _entry(camera_id: str, name: str, created_at: datetime, updated_at: datetime) -> dict[str, Any]:
    texts = ("source", "serial", "mac", "approval_number", "approval_signer", "conformity")
    return {
        **dict.fromkeys(texts, ""),
        "id": camera_id,
        "name": name,
        "lane": "provided",
        "is_sign_installed": False,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def _rename(connection: sa.Connection, entry: Any, camera_id: str) -> None:
    """The entry again under the other id; its zones follow."""
    if entry.id == camera_id:
        return
    connection.execute(sa.insert(REGISTER).values({**entry._mapping, "id": camera_id}))
    connection.execute(
        sa.update(ZONES).where(ZONES.c.camera_id == entry.id).values(camera_id=camera_id)
    )
    connection.execute(sa.delete(REGISTER).where(REGISTER.c.id == entry.id))


def _take_over_sites(connection: sa.Connection, camera_id: str) -> None:
    """Site files become versions of the zones; what was drawn at the desk stays in force."""
    rows = sa.select(ZONES).where(ZONES.c.camera_id == camera_id).order_by(ZONES.c.version)
    drawn = connection.execute(rows).all()
    version = drawn[-1].version if drawn else 0
    files = sa.select(CAMERA_SITES).where(CAMERA_SITES.c.camera_id == camera_id)
    kept = connection.execute(files.order_by(CAMERA_SITES.c.version)).all()
    for file in kept:
        version += 1
        told = tomllib.loads(file.text)
        site = {"id": "default", **told.get("site", {})}
        document = {"site": site, "zone": told.get("zone", [])}
        _add(connection, camera_id, version, document, file.created_at, preset=file.preset)
    if drawn and kept:
        last = drawn[-1]
        _add(
            connection,
            camera_id,
            version + 1,
            last.document,
            datetime.now(UTC),
            made_by=last.made_by,
            note=AGAIN,
        )


def _add(
    connection: sa.Connection,
    camera_id: str,
    version: int,
    document: Any,
    at: datetime,
    *,
    preset: str | None = None,
    made_by: str | None = None,
    note: str = "",
) -> None:
    connection.execute(
        sa.insert(ZONES).values(
            id=secrets.token_hex(8),
            camera_id=camera_id,
            version=version,
            document=document,
            sha256=sha256_of(document),
            note=note,
            made_by=made_by,
            made_at=at,
            preset=preset,
        )
    )


def downgrade() -> None:
    with op.batch_alter_table("cameras") as table:
        table.drop_constraint(op.f("fk_cameras_id_camera_register"), type_="foreignkey")
        table.drop_column("clock_measured_at")
        table.drop_column("clock_uncertainty")
        table.drop_column("clock_error")
        table.add_column(sa.Column("name", sa.String(255), nullable=True))
        table.add_column(sa.Column("site_version", sa.Integer(), nullable=True))
    connection = op.get_bind()
    cameras = connection.execute(sa.select(CAMERAS)).all()
    for camera in cameras:
        _give_name_back(connection, camera.id)
    with op.batch_alter_table("cameras") as table:
        table.alter_column("name", existing_type=sa.String(255), nullable=False)
    op.create_table(
        "camera_sites",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("preset", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name=op.f("fk_camera_sites_camera_id_cameras"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("camera_id", "version", name=op.f("pk_camera_sites")),
    )
    for camera in cameras:
        _give_sites_back(connection, camera.id)
    _forget_what_the_desk_cannot_hold(connection)
    for name in ("clock_measured_at", "clock_uncertainty", "clock_error"):
        op.drop_column("events", name)
    op.drop_column("footage", "zones_version")
    with op.batch_alter_table("zones") as table:
        table.drop_constraint(op.f(ZONES_TO_REGISTER), type_="foreignkey")
        table.drop_column("preset")
        table.alter_column("made_by", existing_type=sa.String(64), nullable=False)
    with op.batch_alter_table("camera_register") as table:
        table.drop_column("removed_at")
        table.alter_column("site_id", existing_type=sa.String(64), nullable=False)
    _bind_zones()


def _give_name_back(connection: sa.Connection, camera_id: str) -> None:
    """Its name as the command line had it, and which version of its zones is in force."""
    entry = connection.execute(sa.select(REGISTER).where(REGISTER.c.id == camera_id)).one()
    newest = sa.select(sa.func.max(ZONES.c.version)).where(ZONES.c.camera_id == camera_id)
    connection.execute(
        sa.update(CAMERAS)
        .where(CAMERAS.c.id == camera_id)
        .values(name=entry.name, site_version=connection.scalar(newest))
    )
    if not entry.source:
        # Without this the events of the live camera would belong to no commune any more.
        connection.execute(
            sa.update(REGISTER).where(REGISTER.c.id == camera_id).values(source=camera_id)
        )


def _give_sites_back(connection: sa.Connection, camera_id: str) -> None:
    rows = sa.select(ZONES).where(ZONES.c.camera_id == camera_id).order_by(ZONES.c.version)
    for row in connection.execute(rows).all():
        text = _toml_of(row.document)
        connection.execute(
            sa.insert(CAMERA_SITES).values(
                camera_id=camera_id,
                version=row.version,
                text=text,
                sha256=sha256_of(text),
                preset=row.preset,
                created_at=row.made_at,
            )
        )


def _forget_what_the_desk_cannot_hold(connection: sa.Connection) -> None:
    """Zones that nobody drew, cameras without a site, cameras that were removed."""
    connection.execute(sa.delete(ZONES).where(ZONES.c.made_by.is_(None)))
    gone = sa.select(REGISTER.c.id).where(
        sa.or_(REGISTER.c.site_id.is_(None), REGISTER.c.removed_at.is_not(None))
    )
    connection.execute(sa.delete(ZONES).where(ZONES.c.camera_id.in_(gone)))
    connection.execute(
        sa.delete(REGISTER).where(
            sa.or_(REGISTER.c.site_id.is_(None), REGISTER.c.removed_at.is_not(None))
        )
    )


def _toml_of(document: dict[str, Any]) -> str:
    """Texts, numbers and lists of them are written alike in JSON and TOML."""
    lines = ["[site]"]
    lines += [f"{key} = {json.dumps(v, ensure_ascii=False)}" for key, v in document["site"].items()]
    for zone in document["zone"]:
        lines += ["", "[[zone]]"]
        lines += [f"{key} = {json.dumps(v, ensure_ascii=False)}" for key, v in zone.items()]
    return "\n".join(lines) + "\n"
