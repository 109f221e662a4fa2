"""Cameras as rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.camera_adapters.certificates import Trust
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.detector.errors import ConfigError, Conflict, NotFound
from litterwatch.service.cameras.service import (
    CameraWish,
    add_camera,
    all_cameras,
    camera_of,
    change_camera,
    credentials_of,
    record_clock,
    record_probe,
    remove_camera,
)
from litterwatch.service.cameras.tables import CameraSecretRow
from litterwatch.service.cameras.vault import Vault, opened_vault
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.sites.service import (
    CameraDraft,
    SiteDraft,
    camera,
    save_camera,
    save_site,
)
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.sites.zones import in_force, versions

LOGIN = Credentials("admin", Secret("Tr0ub4dor&3"))
SITE = '[[zone]]\nid = "gate"\nkind = "no_dump"\noutline = [[0, 0], [1, 0], [1, 1]]\n'
CLOCK = ManualClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return opened_vault(tmp_path / "cameras.key")


def gate(**more: object) -> CameraWish:
    fields = {"id": "gate", "main_address": "rtsp://10.0.0.5/main", "credentials": LOGIN, **more}
    return CameraWish(**fields)  # type: ignore[arg-type]


def test_a_camera_is_noted_with_its_login_sealed(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate(name="Cổng chợ", site=SITE, preset="1"))
    with database.reading() as session:
        row = camera_of(session, "gate")
        assert camera(session, "gate").name == "Cổng chợ"
        assert row.main_address == "rtsp://10.0.0.5/main"
        assert credentials_of(session, vault, row) == LOGIN
        zones = in_force(session, "gate")
        assert [zone.id for zone in zones.site.zones] == ["gate"]
        assert (zones.version, zones.preset) == (1, "1")
    database.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("litterwatch.sqlite3*"))
    assert b"Tr0ub4dor" not in stored


def test_the_same_id_twice_is_a_conflict(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate())
    with pytest.raises(Conflict, match="--replace"), database.writing() as session:
        add_camera(session, CLOCK, vault, gate())


def test_a_change_keeps_what_it_does_not_mention(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate(site=SITE))
    new = Credentials("admin", Secret("another one"))
    with database.writing() as session:
        change_camera(session, CLOCK, vault, CameraWish("gate", credentials=new, site=SITE))
    with database.reading() as session:
        row = camera_of(session, "gate")
        assert row.main_address == "rtsp://10.0.0.5/main"
        assert credentials_of(session, vault, row) == new
        assert len(session.scalars(select(CameraSecretRow)).all()) == 1, "the old one is gone"
        assert [zones.version for zones in versions(session, "gate")] == [2, 1]


def test_a_camera_that_is_removed_leaves_no_login_and_its_zones(
    database: Database, vault: Vault
) -> None:
    with database.writing() as session:
        trust = Trust(is_unchecked=True)
        add_camera(session, CLOCK, vault, gate(name="Cổng chợ", site=SITE, trust=trust))
        assert len(session.scalars(select(CameraSecretRow)).all()) == 2
    with database.writing() as session:
        remove_camera(session, CLOCK, "gate")
    with database.reading() as session:
        assert all_cameras(session) == []
        assert session.scalars(select(CameraSecretRow)).all() == []
        assert [zones.version for zones in versions(session, "gate")] == [1], "evidence names it"
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate(site=SITE))
    with database.reading() as session:
        (known,) = all_cameras(session)
        assert known.entry.name == "Cổng chợ"
        assert in_force(session, "gate").version == 2


def test_a_camera_of_the_desk_is_given_an_address(database: Database, vault: Vault) -> None:
    site = SiteDraft("Chợ Xanh", SiteKind.MARKET, "01273")
    with database.writing() as session:
        place = save_site(session, CLOCK, "boss", site).id
        entry = save_camera(session, CLOCK, "boss", place, CameraDraft("Cổng 2", "gate2/"))
    with database.reading() as session:
        (known,) = all_cameras(session)
        assert (known.entry.id, known.row) == (entry.id, None)
        with pytest.raises(NotFound, match=f"cameras add {entry.id}"):
            camera_of(session, entry.id)
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate(id=entry.id))
    with database.reading() as session:
        (known,) = all_cameras(session)
        assert known.row is not None
        assert (known.entry.name, known.entry.site_id) == ("Cổng 2", place)


def test_a_preset_alone_keeps_the_zones(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate(site=SITE))
    with database.writing() as session:
        change_camera(session, CLOCK, vault, CameraWish("gate", preset="2"))
    with database.reading() as session:
        zones = in_force(session, "gate")
        assert ([zone.id for zone in zones.site.zones], zones.preset) == (["gate"], "2")
    with database.writing() as session:
        change_camera(session, CLOCK, vault, CameraWish("gate", site='[site]\nid = "x"\n'))
    with database.reading() as session:
        zones = in_force(session, "gate")
        assert (zones.site.id, zones.version, zones.preset) == ("x", 3, "2")


def test_a_clock_that_was_measured_is_kept(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate())
        record_clock(session, "gate", -7.3, 0.14, CLOCK.now())
        record_clock(session, "gone", 1.0, 0.1, CLOCK.now())
    with database.reading() as session:
        row = camera_of(session, "gate")
        assert (row.clock_error, row.clock_uncertainty) == (-7.3, 0.14)
        assert row.clock_measured_at == CLOCK.now()


def test_a_camera_without_login_or_site_has_none(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate(credentials=None))
    with database.reading() as session:
        row = camera_of(session, "gate")
        assert credentials_of(session, vault, row) is None
        zones = in_force(session, "gate")
        assert (len(zones.site.zones), zones.version, zones.preset) == (1, None, None)


def test_a_probe_fills_addresses_nobody_gave(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        add_camera(session, CLOCK, vault, gate())
        found = {"main_address": "rtsp://10.0.0.5/x", "sub_address": "rtsp://10.0.0.5/sub"}
        record_probe(session, CLOCK, "gate", {"is_usable": True}, found)
    with database.reading() as session:
        row = camera_of(session, "gate")
        assert row.main_address == "rtsp://10.0.0.5/main"
        assert row.sub_address == "rtsp://10.0.0.5/sub"
        assert row.probe == {"is_usable": True}
        assert row.probed_at == CLOCK.now()


def test_a_camera_that_is_not_there_is_named(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound, match="no camera gate"):
        camera_of(session, "gate")


def test_a_camera_needs_an_address(database: Database, vault: Vault) -> None:
    with pytest.raises(ConfigError, match="needs an address"), database.writing() as session:
        add_camera(session, CLOCK, vault, CameraWish("gate"))


@pytest.mark.parametrize("name", ["", "-x", "a/b", "a b", "x" * 65, "../x"])
def test_odd_ids_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the id"):
        CameraWish(name)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://admin:Tr0ub4dor@10.0.0.5/main",
        "rtsp://10.0.0.5/user=admin_password=Tr0ub4dor_channel=1.sdp",
        "http://10.0.0.5/snap.jpg?user=admin&pwd=Tr0ub4dor",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ConfigError, match="Take name and password out") as caught:
        CameraWish("gate", main_address=address)
    assert "Tr0ub4dor" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("main_address", "/etc/passwd"),
        ("main_address", "file:///etc/passwd"),
        ("sub_address", "http://10.0.0.5/"),
        ("snapshot_address", "rtsp://10.0.0.5/x"),
        ("main_address", "rtsp://"),
    ],
)
def test_an_address_must_be_of_its_kind(name: str, address: str) -> None:
    with pytest.raises(ConfigError, match="must be one such as"):
        gate(**{name: address})


def test_a_wrong_site_file_is_refused_whole() -> None:
    with pytest.raises(ConfigError, match="the site file of gate"):
        gate(site="[site]\ncolour = 1\n")
