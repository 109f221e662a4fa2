"""Two registers become one and two again, with what was in them; on both databases."""

from datetime import UTC, datetime
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from litterwatch.service.cameras.service import all_cameras
from litterwatch.service.db import MIGRATIONS, Database
from litterwatch.service.sites.service import SourceUnits, camera
from litterwatch.service.sites.zones import in_force, versions

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
FILE = '[site]\nid = "{}"\nperson_height = [[0.4, 0.12], [0.9, 0.45]]\n'
ZONE = '[[zone]]\nid = "file"\nkind = "no_dump"\noutline = [[0, 0], [1, 0], [1, 1]]\n'
DRAWN = (
    '{"site": {"id": "Cổng v1"}, "zone": [{"id": "drawn", "kind": "no_dump",'
    ' "outline": [[0, 0], [1, 0], [1, 1]]}]}'
)


def insert(database: Database, table: str, **values: Any) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with database.writing() as session:
        session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)  # noqa: S608 - a test's own names


def rows(database: Database, question: str) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(question))]


def two_registers(database: Database) -> None:
    """gate is known to both, yard to the command line alone, mill to the desk alone."""
    at = {"created_at": AT, "updated_at": AT}
    for name, version in (("gate", 2), ("yard", None)):
        insert(database, "cameras", id=name, name=f"the {name}", site_version=version, **at)
    for version in (1, 2):
        insert(
            database,
            "camera_sites",
            camera_id="gate",
            version=version,
            text=FILE.format(f"file {version}") + ZONE,
            sha256="a" * 64,
            preset="7",
            created_at=AT,
        )
    place = {"kind": "market", "unit": "01273", "note": "", **at}
    insert(database, "sites", id="market", name="Chợ Xanh", **place)
    facts = {"serial": "S1", "mac": "", "approval_number": "", "approval_signer": ""}
    facts |= {"conformity": "", "lane": "provided", "site_id": "market"}
    for key, source in (("c0ffee", "gate"), ("beef", "mill/")):
        insert(
            database,
            "camera_register",
            id=key,
            name=f"desk {source}",
            source=source,
            is_sign_installed=True,
            **facts,
            **at,
        )
    person = {"name": "Hoà", "language": "vi", "password_hash": "x", "is_active": True}
    person |= {"must_change_password": False, "totp_step": 0, "failures": 0, **at}
    insert(database, "users", id="hoa", login="hoa", **person)
    insert(
        database,
        "zones",
        id="z1",
        camera_id="c0ffee",
        version=1,
        document=DRAWN,
        sha256="b" * 64,
        note="",
        made_by="hoa",
        made_at=AT,
    )


def before() -> str:
    """The revision that the two registers are of."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    parent = ScriptDirectory.from_config(config).get_revision("0130").down_revision
    assert isinstance(parent, str)
    return parent


def test_what_both_knew_is_one_camera_and_nothing_is_lost(bare_database: Database) -> None:
    bare_database.upgrade(before())
    two_registers(bare_database)
    bare_database.upgrade()
    with bare_database.reading() as session:
        known = {one.entry.id: one for one in all_cameras(session)}
        assert sorted(known) == ["beef", "gate", "yard"]
        assert {name for name, one in known.items() if one.row is not None} == {"gate", "yard"}
        gate = known["gate"].entry
        assert (gate.name, gate.serial, gate.site_id) == ("desk gate", "S1", "market")
        assert (known["yard"].entry.name, known["yard"].entry.site_id) == ("the yard", None)
        # The site files are there, and what was drawn at the desk is in force.
        kept = versions(session, "gate")
        assert [zones.version for zones in kept] == [4, 3, 2, 1]
        assert [zone.id for zone in in_force(session, "gate").site.zones] == ["drawn"]
        assert kept[1].preset == "7"
        units = SourceUnits(session)
        assert (units.unit_of("gate"), units.unit_of("mill/1.mp4")) == ("01273", "01273")
        assert units.unit_of("yard") is None


def test_back_again_the_command_line_has_its_cameras_and_the_desk_its_own(
    bare_database: Database,
) -> None:
    bare_database.upgrade(before())
    two_registers(bare_database)
    bare_database.upgrade()
    bare_database.downgrade(before())
    assert rows(bare_database, "SELECT id, name, site_version FROM cameras ORDER BY id") == [
        ("gate", "desk gate", 4),
        ("yard", "the yard", None),
    ]
    kept = rows(bare_database, "SELECT text, preset FROM camera_sites WHERE version = 2")
    assert kept == [(FILE.format("file 1") + "\n" + ZONE, "7")]
    desk = "SELECT id, source, name FROM camera_register ORDER BY id"
    assert rows(bare_database, desk) == [
        ("beef", "mill/", "desk mill/"),
        ("gate", "gate", "desk gate"),
    ]
    drawn = "SELECT version, made_by FROM zones ORDER BY version"
    assert rows(bare_database, drawn) == [(1, "hoa"), (4, "hoa")]
    bare_database.upgrade()
    with bare_database.reading() as session:
        assert camera(session, "gate").site_id == "market"
        assert [zone.id for zone in in_force(session, "gate").site.zones] == ["drawn"]
