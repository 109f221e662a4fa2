"""What live watching is told by the register, and when it is told anew."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust
from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.detector.errors import ConfigError
from litterwatch.service.cameras.service import (
    CameraWish,
    add_camera,
    change_camera,
    choose_transport,
    record_clock,
    record_probe,
    remove_camera,
)
from litterwatch.service.cameras.tables import CameraRow, CameraSecretRow
from litterwatch.service.cameras.vault import Vault, opened_vault
from litterwatch.service.cameras.watched import RegisterCameras
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.sites.service import CameraDraft, SiteDraft, save_camera, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.sites.zones import save_zones
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, make_account

LOGIN = Credentials("viewer", Secret("Tr0ub4dor&3"))
SITE = '[site]\nid = "gate"\nperson_height = [[0.5, 0.2]]\n'
PAVEMENT = {"id": "pavement", "kind": "no_dump", "outline": [[0, 0], [1, 0], [1, 1]]}


class Trial:
    """A register, and what is asked of it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.clock = ManualClock()
        self.key_file = folder / "cameras.key"
        self.vault: Vault = opened_vault(self.key_file)
        self.cameras = RegisterCameras(database, self.key_file)

    def add(self, camera_id: str, **more: object) -> None:
        fields = {"main_address": f"rtsp://10.0.0.5/{camera_id}", "credentials": LOGIN, **more}
        with self.database.writing() as session:
            wish = CameraWish(camera_id, **fields)  # type: ignore[arg-type]
            add_camera(session, self.clock, self.vault, wish)

    def change(self, **more: object) -> None:
        self.clock.advance(1)
        with self.database.writing() as session:
            wish = CameraWish("gate", **more)  # type: ignore[arg-type]
            change_camera(session, self.clock, self.vault, wish)

    def choose(self, transport: Transport) -> None:
        self.clock.advance(1)
        with self.database.writing() as session:
            choose_transport(session, self.clock, "boss", "gate", transport)

    def draw(self) -> None:
        draft = AccountDraft("hoa", "Hoà", [Grant(Role.REVIEWER)], "hash")
        with self.database.writing() as session:
            hoa = make_account(session, self.clock, "system", draft).id
            save_zones(session, self.clock, hoa, "gate", [PAVEMENT], seen_version=1)

    def remove(self) -> None:
        with self.database.writing() as session:
            remove_camera(session, self.clock, "gate")

    def measure(self) -> None:
        with self.database.writing() as session:
            record_clock(session, "gate", 7.3, 0.1, self.clock.now())


@pytest.fixture
def trial(any_database: Database, tmp_path: Path) -> Trial:
    return Trial(any_database, tmp_path)


def test_a_camera_is_watched_by_the_zones_that_were_drawn_with_its_login(trial: Trial) -> None:
    address = "http://10.0.0.5/onvif/device_service"
    trial.add("gate", site=SITE, preset="2", onvif_address=address)
    trial.draw()
    (entry,) = trial.cameras.read().entries
    assert (entry.id, entry.connection.main) == ("gate", "rtsp://10.0.0.5/gate")
    assert (entry.connection.username, entry.connection.password) == ("viewer", LOGIN.password)
    assert [zone.id for zone in entry.site.zones] == ["pavement"]
    assert entry.site.person_height == ((0.5, 0.2),), "goes over from the file"
    assert (entry.zones_version, entry.preset) == (2, "2")
    assert entry.onvif is not None
    assert (entry.onvif.address, entry.onvif.credentials) == (address, LOGIN)


def test_an_empty_register_is_watched_as_well(trial: Trial) -> None:
    read = trial.cameras.read()
    assert (read.entries, read.left_out) == ((), ())


def test_a_camera_of_recordings_alone_is_not_watched(trial: Trial) -> None:
    with trial.database.writing() as session:
        place = save_site(session, trial.clock, "boss", SiteDraft("x", SiteKind.MARKET, "01273"))
        save_camera(session, trial.clock, "boss", place.id, CameraDraft("Cổng", "gate/"))
    assert trial.cameras.read().entries == ()


def test_what_cannot_be_watched_is_named_and_the_others_are(trial: Trial) -> None:
    trial.add("gate")
    trial.add("mill", main_address=None, onvif_address="http://10.0.0.6/onvif/device_service")
    trial.add("yard", credentials=Credentials("viewer", Secret("x" * 200)))
    read = trial.cameras.read()
    assert [entry.id for entry in read.entries] == ["gate"]
    (mill, not_probed), (yard, too_long) = read.left_out
    assert (mill, yard) == ("mill", "yard")
    assert "cameras probe mill" in not_probed
    assert "longer than 126" in too_long
    assert "xxx" not in too_long


def test_which_certificate_is_believed_is_kept_with_the_camera(trial: Trial) -> None:
    pinned = Trust(fingerprint="ab" * 32)
    trial.add("gate", main_address="rtsps://10.0.0.5/gate", trust=pinned)
    trial.add("open", main_address="rtsps://10.0.0.6/open", credentials=None, trust=pinned)
    trial.add("yard", main_address="rtsps://10.0.0.7/yard")
    told = {entry.id: entry.connection.trust for entry in trial.cameras.read().entries}
    assert told == {"gate": pinned, "open": pinned, "yard": KNOWN_HERE}
    trial.change(trust=KNOWN_HERE)
    assert trial.cameras.read().entries[0].connection.trust == KNOWN_HERE
    # Nobody who has the database alone can make another certificate believed.
    with trial.database.writing() as session:
        for row in session.scalars(select(CameraSecretRow)):
            row.sealed = opened_vault(trial.key_file.with_name("other")).seal_trust(row.id, pinned)
    read = trial.cameras.read()
    assert read.entries == ()
    assert all("does not fit the key" in why for _, why in read.left_out)


def test_how_streams_travel_is_chosen_for_each_camera(trial: Trial) -> None:
    trial.add("gate")
    trial.add("yard", transport=Transport.UDP)

    def told() -> list[str]:
        return [entry.connection.transport for entry in trial.cameras.read().entries]

    assert told() == ["tcp", "udp"]
    trial.change(transport=Transport.UDP)
    assert told() == ["udp", "udp"]
    trial.change(sub_address="rtsp://10.0.0.5/sub")
    assert told() == ["udp", "udp"], "what is not mentioned stays"
    with pytest.raises(ConfigError, match="cannot go by UDP"):
        trial.change(main_address="rtsps://10.0.0.5/gate")
    with pytest.raises(ConfigError, match="cannot go by UDP"):
        trial.add("mill", main_address="rtsps://10.0.0.6/mill", transport=Transport.UDP)
    assert told() == ["udp", "udp"]
    trial.change(main_address="rtsps://10.0.0.5/gate", transport=Transport.TCP)
    assert told() == ["tcp", "udp"]


def test_an_encrypted_stream_that_a_probe_found_is_not_asked_for_by_udp(trial: Trial) -> None:
    onvif = "http://10.0.0.5/onvif/device_service"
    trial.add("gate", main_address=None, onvif_address=onvif, transport=Transport.UDP)
    with trial.database.writing() as session:
        found = {"main_address": "rtsps://10.0.0.5/gate"}
        record_probe(session, trial.clock, "gate", {}, found)
    read = trial.cameras.read()
    assert read.entries == ()
    assert "use tcp with rtsps" in read.left_out[0][1]


def test_a_camera_of_single_pictures_is_watched_by_them(trial: Trial) -> None:
    trial.add("gate", main_address=None, snapshot_address="http://10.0.0.5/picture.jpg")
    trial.add("yard", main_address=None, snapshot_address="https://10.0.0.5/picture.jpg")
    read = trial.cameras.read()
    assert [entry.connection.main for entry in read.entries] == ["http://10.0.0.5/picture.jpg"]
    ((name, why),) = read.left_out
    assert name == "yard"
    assert "http://" in why


@pytest.mark.parametrize(
    ("step", "is_news"),
    [
        (lambda trial: trial.add("yard"), True),
        (lambda trial: trial.remove(), True),
        (lambda trial: trial.change(credentials=Credentials("viewer", Secret("another"))), True),
        (lambda trial: trial.change(sub_address="rtsp://10.0.0.5/sub"), True),
        (lambda trial: trial.change(trust=Trust(is_unchecked=True)), True),
        (lambda trial: trial.change(transport=Transport.UDP), True),
        (lambda trial: trial.choose(Transport.UDP), True),
        (lambda trial: trial.choose(Transport.TCP), False),
        (lambda trial: trial.draw(), True),
        (lambda trial: trial.key_file.touch(), True),
        (lambda trial: trial.measure(), False),
    ],
)
def test_a_change_is_seen_by_the_stamp(
    trial: Trial, step: Callable[[Trial], None], is_news: bool
) -> None:
    trial.add("gate", site=SITE)
    read = trial.cameras.read()
    assert trial.cameras.stamp(read.files) == read.stamp
    step(trial)
    assert (trial.cameras.stamp(read.files) != read.stamp) == is_news


def test_a_lost_key_is_told_and_nothing_is_watched_without_its_login(trial: Trial) -> None:
    trial.add("gate")
    trial.key_file.unlink()
    with pytest.raises(ConfigError, match="restore it"):
        trial.cameras.read()


def test_a_database_that_cannot_be_read_is_told(trial: Trial) -> None:
    CameraRow.__table__.drop(trial.database.engine)  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="register of cameras cannot be read"):
        trial.cameras.read()
    with pytest.raises(ConfigError, match="register of cameras cannot be read"):
        trial.cameras.stamp(())
