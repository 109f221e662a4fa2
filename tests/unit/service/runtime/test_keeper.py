"""What a live watch finds is stored: at once, again when confirmed, and whatever the disk does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Clip, EventState, Label, PassedOver
from litterwatch.labelling.records import Origin
from litterwatch.service.actor import Actor, Office
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event
from litterwatch.service.events.tables import EventRow, FootageRow, FootageState
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.holds import place_hold
from litterwatch.service.evidence.scripted import ScriptedClips, ScriptedDisk
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.evidence.tables import Role
from litterwatch.service.labels.candidates import Draw
from litterwatch.service.runtime.condition import Condition, Link
from litterwatch.service.runtime.keeper import Keeper
from litterwatch.service.runtime.live_messages import Found, Passed, Source
from litterwatch.service.runtime.passed_pictures import PassedPictures
from litterwatch.service.runtime.stretches import BROKEN_OFF, Stretches
from litterwatch.service.settings import EvidenceSettings, LabelSettings
from litterwatch.service.tables import CandidateRow, EvidenceRow

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Source("gate", START, "h264", (1280, 720), 25.0, "b" * 64, "street", "c" * 64)


@dataclass
class ScriptedRing(ScriptedClips):
    """A ring that holds footage from one time to another."""

    oldest: float = 0.0
    newest: float = 1000.0

    def span(self) -> tuple[float, float] | None:
        return (self.oldest, self.newest)

    def cut(self, t_start: float, t_end: float, into: Path) -> Clip:
        clip = super().cut(t_start, t_end, into)
        first, last = max(t_start, self.oldest), min(t_end, self.newest)
        return replace(clip, t_start=first, t_end=last)


@dataclass
class House:
    house: ScriptedHouse
    store: EvidenceStore
    ring: ScriptedRing
    keeper: Keeper
    stretches: Stretches

    def find(self, state: EventState, source: Source = SOURCE, machine_id: str = "e1") -> None:
        self.keeper.hear(Found(scripted_event(machine_id, state), source))

    def events(self) -> list[EventRow]:
        with self.house.database.reading() as session:
            return list(session.scalars(select(EventRow).order_by(EventRow.created_at)))

    def clip(self) -> EvidenceRow:
        with self.house.database.reading() as session:
            return session.scalars(select(EvidenceRow).where(EvidenceRow.role == Role.CLIP)).one()

    def footage(self) -> list[FootageRow]:
        with self.house.database.reading() as session:
            live = FootageRow.live_since.is_not(None)
            return list(
                session.scalars(select(FootageRow).where(live).order_by(FootageRow.started_at))
            )

    def work(self, seconds: float = 0.0) -> None:
        self.house.clock.advance(seconds)
        while self.keeper.work():
            self.house.clock.advance(0.1)


@pytest.fixture
def disk() -> ScriptedDisk:
    return ScriptedDisk()


@pytest.fixture
def house(tmp_path: Path, disk: ScriptedDisk) -> Iterator[House]:
    scripted = ScriptedHouse(tmp_path)
    scripted.clock.advance(60.0)
    with scripted.store(disk).opened() as store:
        ring = ScriptedRing()
        stretches = Stretches(scripted.database, scripted.clock, "0.1.0")
        keeper = Keeper(
            scripted.database,
            store,
            stretches,
            lambda _: ring,
            EvidenceSettings(reserve_bytes=0),
            scripted.clock,
        )
        yield House(scripted, store, ring, keeper, stretches)
    scripted.close()


def test_a_provisional_event_is_stored_at_once(house: House) -> None:
    house.ring.newest = 41.0
    house.find(EventState.PROVISIONAL)
    house.work()
    (event,) = house.events()
    assert event.state is EventState.PROVISIONAL
    assert house.keeper.kept.last_delay == pytest.approx(30.0, abs=1.0)


def test_a_confirmed_event_waits_for_the_end_of_its_clip(house: House) -> None:
    house.ring.newest = 39.0  # he left at 35 s, and 5 s are to be seen after that
    house.find(EventState.CONFIRMED)
    house.work()
    assert house.events() == []
    assert house.keeper.kept.waiting == 1
    house.ring.newest = 41.1
    house.work()
    assert len(house.events()) == 1
    assert house.ring.cuts[0] == pytest.approx((16.8, 40.0))


def test_a_camera_that_is_lost_is_not_waited_for_longer_than_it_may_take(house: House) -> None:
    house.ring.newest = 36.0
    house.find(EventState.CONFIRMED)
    house.work(24.0)
    assert house.events() == []
    house.work(2.0)
    assert len(house.events()) == 1


def test_an_event_that_moves_on_keeps_its_identity_and_its_latest_clip(house: House) -> None:
    for state in (EventState.PROVISIONAL, EventState.CONFIRMED):
        house.find(state)
        house.work()
    (event,) = house.events()
    assert event.state is EventState.CONFIRMED
    assert len([path for path in house.house.files() if path.endswith("clip.mp4")]) == 1


def test_the_clip_of_an_event_that_never_moves_on_is_completed(house: House) -> None:
    house.ring.newest = 33.0
    house.find(EventState.PROVISIONAL)
    house.work()
    assert house.clip().t_end == 33.0
    house.ring.newest = 36.0
    house.work(5.0)
    assert (house.clip().t_end, house.keeper.kept.waiting) == (33.0, 1)
    house.ring.newest = 60.0
    house.work()
    assert (house.clip().t_end, house.keeper.kept.waiting) == (40.0, 0)
    (event,) = house.events()
    assert event.state is EventState.PROVISIONAL
    assert len([path for path in house.house.files() if path.endswith("clip.mp4")]) == 1
    assert check(house.house.root, house.house.database, "hashes").is_sound


def test_what_was_completed_is_not_completed_again(house: House) -> None:
    for _ in range(2):  # told twice, as after a restart
        house.ring.newest = 33.0
        house.find(EventState.PROVISIONAL)
        house.work()
        house.ring.newest = 60.0
        house.work()
    assert (house.clip().t_end, house.keeper.kept.failing) == (40.0, None)


@pytest.mark.parametrize("ring", [{"newest": 36.0}, {"oldest": 30.0, "newest": 60.0}])
def test_what_the_lost_camera_gave_is_kept(house: House, ring: dict[str, float]) -> None:
    house.ring.newest = 36.0
    house.find(EventState.PROVISIONAL)
    house.work()
    before = house.clip().path
    for name, value in ring.items():  # nothing came after it, or the beginning has gone meanwhile
        setattr(house.ring, name, value)
    house.work(30.0)
    assert (house.clip().path, house.keeper.kept.waiting) == (before, 0)
    assert len([path for path in house.house.files() if path.endswith("clip.mp4")]) == 1


def test_a_later_state_takes_the_place_of_completing(house: House) -> None:
    house.ring.newest = 33.0
    house.find(EventState.PROVISIONAL)
    house.work()
    house.find(EventState.CONFIRMED)
    house.ring.newest = 60.0
    house.work()
    (event,) = house.events()
    assert (event.state, house.clip().t_end) == (EventState.CONFIRMED, 40.0)
    assert len(house.ring.cuts) == 2


def test_a_held_event_keeps_the_clip_it_has(house: House) -> None:
    house.ring.newest = 33.0
    house.find(EventState.PROVISIONAL)
    house.work()
    (event,) = house.events()
    with house.house.database.writing() as session:
        actor = Actor("x", Office.INSPECTOR)
        place_hold(session, house.house.clock, actor, event_id=event.id, reason="appeal")
    before = house.clip().path
    house.ring.newest = 60.0
    house.work()
    assert house.clip().path == before
    assert check(house.house.root, house.house.database, "hashes").is_sound


def test_a_provisional_event_can_be_cancelled(house: House) -> None:
    for state in (EventState.PROVISIONAL, EventState.CANCELLED):
        house.find(state)
        house.work()
    (event,) = house.events()
    assert event.state is EventState.CANCELLED


def test_a_full_disk_loses_nothing(house: House, disk: ScriptedDisk) -> None:
    disk.room_for = disk.room_taken
    house.find(EventState.PROVISIONAL)
    assert house.keeper.work()
    assert house.events() == []
    assert house.keeper.kept.failing is not None
    assert not house.keeper.work()  # not at once again
    disk.room_for = None
    house.work(10.5)
    assert len(house.events()) == 1
    assert house.keeper.kept.failing is None


def test_events_of_one_watch_share_a_stretch(house: House) -> None:
    for machine_id in ("e1", "e2"):
        house.find(EventState.CONFIRMED, machine_id=machine_id)
    house.work()
    (stretch,) = house.footage()
    assert (stretch.source, stretch.state) == ("gate", FootageState.SCANNING)
    assert {event.footage_id for event in house.events()} == {stretch.id}
    house.stretches.close({"gate": Condition("gate", Link.ONLINE, analysed=70, inferred=7)})
    (stretch,) = house.footage()
    assert (stretch.state, stretch.frames_analysed, stretch.error) == (FootageState.DONE, 70, None)


@pytest.mark.parametrize(
    "changed",
    [
        {"captured_from": START + timedelta(hours=1)},
        {"config_sha256": "d" * 64},
        {"model_sha256": "d" * 64},
    ],
)
def test_another_clock_or_configuration_begins_another_stretch(
    house: House, changed: dict[str, object]
) -> None:
    house.find(EventState.PROVISIONAL)
    house.work(1.0)
    house.find(EventState.CONFIRMED, replace(SOURCE, **changed), "e2")  # type: ignore[arg-type]
    house.work(1.0)
    house.find(EventState.CONFIRMED)  # the first one moves on in its own stretch
    house.work()
    before, after = house.footage()
    assert before.state is FootageState.DONE
    assert {event.machine_id: event.footage_id for event in house.events()} == {
        "e1": before.id,
        "e2": after.id,
    }


def test_what_a_crash_left_open_is_closed(house: House) -> None:
    house.find(EventState.PROVISIONAL)
    house.work()
    again = Stretches(house.house.database, house.house.clock, "0.1.0")
    assert again.close_broken() == 1
    (stretch,) = house.footage()
    assert (stretch.state, stretch.error) == (FootageState.DONE, BROKEN_OFF)
    assert again.close_broken() == 0


def test_the_manifest_tells_the_hour_and_whose_clock_it_is(house: House, tmp_path: Path) -> None:
    house.find(EventState.CONFIRMED)
    house.work()
    (file,) = tmp_path.glob("evidence/*/*/*/manifest.json")
    text = file.read_text()
    assert '"released_at":"2026-01-01T00:00:30.000+00:00"' in text
    assert "Live camera" in text


def test_stopping_stores_what_waits(house: House) -> None:
    house.ring.newest = 10.0
    house.keeper.start()
    house.find(EventState.CONFIRMED)
    house.keeper.stop()
    assert len(house.events()) == 1


def test_a_later_state_after_a_restart_belongs_to_the_stretch_before(house: House) -> None:
    """A watch that goes on where it stopped is not a second alert for the same thing."""
    house.find(EventState.PROVISIONAL)
    house.work()
    (before,) = house.events()
    house.stretches.close({})
    house.house.clock.advance(5.0)
    stretches = Stretches(house.house.database, house.house.clock, "0.1.0")
    again = Keeper(
        house.house.database,
        house.store,
        stretches,
        lambda _: house.ring,
        EvidenceSettings(),
        house.house.clock,
    )
    again.hear(Found(scripted_event("e1", EventState.CONFIRMED), SOURCE))
    assert again.work()
    (event,) = house.events()
    assert (event.id, event.state) == (before.id, EventState.CONFIRMED)
    assert len(house.footage()) == 1
    other = replace(SOURCE, camera_id="yard")
    assert stretches.home_of("e1", other.camera_id) is None


# -- pictures of what was passed over ------------------------------------------------------------


def passed(media_time: float, camera_id: str = "gate") -> Passed:
    one = PassedOver("dwell", media_time, Box(5, 5, 25, 40), label=Label.PERSON)
    return Passed(one, replace(SOURCE, camera_id=camera_id))


def showing(house: House, settings: LabelSettings, reserve_bytes: int = 0) -> PassedPictures:
    """The keeper keeps pictures from now on, with a lot that has fallen on each."""
    draw = Draw(settings, house.house.root, house.house.clock)
    pictures = PassedPictures(
        house.house.database,
        draw,
        house.stretches,
        lambda _: house.ring,
        house.house.clock,
        reserve_bytes,
    )
    house.keeper.pictures = pictures
    return pictures


def candidates(house: House) -> list[CandidateRow]:
    with house.house.database.reading() as session:
        standing = select(CandidateRow).where(CandidateRow.removed_at.is_(None))
        return list(session.scalars(standing.order_by(CandidateRow.created_at)))


def test_a_picture_of_what_was_passed_over_is_cut_from_the_ring(house: House) -> None:
    showing(house, LabelSettings())
    house.keeper.hear(passed(50.0))
    house.ring.newest = 50.5  # its picture may not be whole yet
    assert not house.keeper.work()
    house.ring.newest = 51.0
    house.find(EventState.PROVISIONAL)
    house.work()  # the event first
    (event,) = house.events()
    (kept,) = candidates(house)
    assert (kept.origin, kept.media_time, kept.share) == (Origin.RANDOM_DWELL, 50.0, 0.01)
    assert kept.footage_id == event.footage_id
    assert (house.house.root / kept.path).stat().st_size == kept.size
    assert house.ring.stills[-1] == 50.0


def test_a_picture_that_cannot_be_had_is_let_go(house: House) -> None:
    showing(house, LabelSettings())
    house.ring.newest, house.ring.gone = 10.0, True
    house.keeper.hear(passed(50.0))
    house.work(19.0)
    assert house.ring.stills == []
    house.work(2.0)
    assert house.ring.stills == [50.0]
    assert not house.keeper.work()
    assert candidates(house) == []


def test_pictures_take_no_room_of_evidence_and_no_more_than_their_camera_s(house: House) -> None:
    showing(house, LabelSettings(), reserve_bytes=1 << 62)
    house.keeper.hear(passed(50.0))
    house.work()
    assert candidates(house) == []
    showing(house, LabelSettings())
    house.keeper.hear(passed(50.0))
    house.work()
    (first,) = candidates(house)
    showing(house, LabelSettings(audit_bytes=first.size))
    for camera, moment in (("gate", 51.0), ("yard", 52.0), ("gate", 53.0)):
        house.keeper.hear(passed(moment, camera))
        house.work(1.0)
    assert [row.media_time for row in candidates(house)] == [52.0, 53.0]
    assert not (house.house.root / first.path).exists()


def test_what_waits_is_bounded(house: House) -> None:
    pictures = showing(house, LabelSettings())
    for number in range(100):
        pictures.hear(passed(float(number)))
    house.work()
    assert [row.media_time for row in candidates(house)] == [float(n) for n in range(36, 100)]
