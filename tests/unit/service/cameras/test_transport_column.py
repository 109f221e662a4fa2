"""How streams travel becomes a column and goes away again; on both databases."""

from datetime import UTC, datetime

from sqlalchemy import text

from litterwatch.camera_adapters.connection import Transport
from litterwatch.service.cameras.service import all_cameras
from litterwatch.service.db import Database

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def enrol(database: Database, camera_id: str, **more: str) -> None:
    """A camera with an address, in the words of the database."""
    facts = {"source": "", "serial": "", "mac": "", "approval_number": "", "approval_signer": ""}
    facts |= {"conformity": "", "lane": "provided", "name": camera_id, "id": camera_id}
    reach = {"id": camera_id, "main_address": f"rtsp://10.0.0.5/{camera_id}", **more}
    with database.writing() as session:
        for table, values in (
            ("camera_register", {**facts, "is_sign_installed": True}),
            ("cameras", reach),
        ):
            row = {**values, "created_at": AT, "updated_at": AT}
            names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
            session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)  # noqa: S608 - a test's own names


def told(database: Database) -> dict[str, Transport]:
    with database.reading() as session:
        return {one.entry.id: one.row.transport for one in all_cameras(session) if one.row}


def test_known_cameras_go_on_by_tcp_and_a_choice_is_forgotten_on_the_way_back(
    bare_database: Database,
) -> None:
    bare_database.upgrade("0450")
    enrol(bare_database, "gate")
    bare_database.upgrade()
    enrol(bare_database, "yard", transport="udp")
    assert told(bare_database) == {"gate": Transport.TCP, "yard": Transport.UDP}
    bare_database.downgrade("0450")
    with bare_database.reading() as session:
        kept = session.execute(text("SELECT id, main_address FROM cameras ORDER BY id")).all()
    assert [tuple(row) for row in kept] == [
        ("gate", "rtsp://10.0.0.5/gate"),
        ("yard", "rtsp://10.0.0.5/yard"),
    ]
    bare_database.upgrade()
    assert told(bare_database) == {"gate": Transport.TCP, "yard": Transport.TCP}
