"""The store keeps its promises at every step, whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.detector.errors import Conflict, EvidenceDiskFull, EvidenceError, StoreError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Event, EventKind, EventState, Label, Reason
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.events.service import EvidenceSink, begin_footage
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.disk import Disk, OsDisk
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.evidence.scripted import PowerCut, ScriptedClips, ScriptedDisk
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.settings import EvidenceSettings
from litterwatch.service.tables import EventRow, EvidenceRow, GarbageRow

FOOTAGE = Footage("street.mp4", "a" * 64, "b" * 64, "scripted", "c" * 64, "0.1.0")


def an_event(machine_id: str = "e1", state: EventState = EventState.CONFIRMED) -> Event:
    return Event(
        id=machine_id,
        camera_id="street.mp4",
        kind=EventKind.BAG_DUMP,
        state=state,
        score=0.8,
        t_enter=20.0,
        t_release=30.0,
        t_release_uncertainty=0.2,
        t_provisional=40.0,
        t_confirmed=60.0 if state is EventState.CONFIRMED else None,
        t_actor_left=35.0,
        box=Box(10, 10, 20, 20),
        actor_box=Box(5, 5, 25, 40),
        actor_label=Label.PERSON,
        actor_ambiguous=False,
        zone="frame",
        n_items=1,
        features={"owner": 0.9},
        reasons=(Reason("released", 30.0, {"gap": 0.4}),),
    )


class House:
    """A data folder with its database, and stores on it with any disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = ManualClock()
        self.database = Database(sqlite_url(root / "litterwatch.sqlite3"))
        self.database.upgrade()
        with self.database.writing() as session:
            begin_footage(session, self.clock, FOOTAGE)

    def store(self, disk: Disk | None = None, reserve_bytes: int = 0) -> EvidenceStore:
        return EvidenceStore(
            self.root, self.database, self.clock, disk=disk, reserve_bytes=reserve_bytes
        )

    def sink(self, store: EvidenceStore, clips: ScriptedClips | None = None) -> EvidenceSink:
        return EvidenceSink(
            self.database,
            store,
            self.clock,
            footage=FOOTAGE,
            clips=clips or ScriptedClips(),
            settings=EvidenceSettings(),
        )

    def files(self) -> set[str]:
        found = (self.root / "evidence").rglob("*")
        return {path.name for path in found if path.is_file()}

    def counts(self) -> tuple[int, int, int]:
        """Events, evidence rows, garbage rows."""
        with self.database.reading() as session:
            return (
                len(session.scalars(select(EventRow)).all()),
                len(session.scalars(select(EvidenceRow)).all()),
                len(session.scalars(select(GarbageRow)).all()),
            )

    def assert_sound(self) -> None:
        assert check(self.root, self.database, "hashes").problems == ()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.database.close()


ALL_FILES = {"clip.mp4", "before.jpg", "act.jpg", "after.jpg", "actor.jpg", "manifest.json"}


def test_an_event_is_stored_with_all_its_files(house: House) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(an_event())
    assert house.files() == ALL_FILES
    assert house.counts() == (1, 6, 0)
    house.assert_sound()


def test_the_same_event_again_changes_nothing(house: House) -> None:
    clips = ScriptedClips()
    with house.store().opened() as store:
        sink = house.sink(store, clips)
        sink.accept(an_event())
        sink.accept(an_event())
    assert len(clips.cuts) == 1
    assert house.counts() == (1, 6, 0)


def steps_of_one_event(house: House) -> list[tuple[str, str]]:
    disk = ScriptedDisk()
    with house.store(disk).opened() as store:
        house.sink(store).accept(an_event())
    return disk.steps


def test_every_file_is_synced_before_its_name_and_its_folder_after(house: House) -> None:
    steps = steps_of_one_event(house)
    renames = [number for number, (step, _) in enumerate(steps) if step == "rename"]
    assert len(renames) == len(ALL_FILES)
    for number in renames:
        final = Path(steps[number][1])
        written = final.with_name(f"{final.stem}.part{final.suffix}")
        assert steps[number - 1] == ("sync", str(written))
        assert steps[number + 1] == ("sync", str(final.parent))


def test_every_new_folder_is_made_durable_before_files_are_written(house: House) -> None:
    steps = steps_of_one_event(house)
    made = [(number, path) for number, (step, path) in enumerate(steps) if step == "make_folder"]
    assert [Path(path).relative_to(house.root).parts[0] for _, path in made] == ["evidence"] * 4
    for number, path in made:
        assert steps[number + 1] == ("sync", str(Path(path).parent))


def test_a_power_cut_before_any_step_leaves_the_promises_true(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = House(tmp_path / "whole")
    total = len(steps_of_one_event(whole))
    whole.database.close()
    assert total > 20
    for number in range(total):
        folder = tmp_path / str(number)
        folder.mkdir()
        house = House(folder)
        with pytest.raises(PowerCut):
            house.sink(house.store(ScriptedDisk(cut_at=number))).accept(an_event())
        house.assert_sound()
        events, evidence, _ = house.counts()
        assert (events, evidence) == (0, 0)
        with house.store().opened() as store:  # the next start
            assert house.files() == set()
            assert house.counts() == (0, 0, 0)
            house.sink(store).accept(an_event())
        house.assert_sound()
        assert house.counts() == (1, 6, 0)
        house.database.close()


def test_a_full_disk_at_any_step_stores_nothing_and_deletes_nothing(house: House) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(an_event("first"))
    tried = ScriptedDisk()
    with house.store(tried).opened() as store:
        house.sink(store).accept(an_event("tried"))
    room_needed = tried.room_taken
    before, counts = house.files(), house.counts()
    assert room_needed > len(ALL_FILES)
    for left in range(room_needed):
        disk = ScriptedDisk(room_for=left)
        with house.store(disk).opened() as store:
            sink = house.sink(store)
            with pytest.raises(EvidenceDiskFull, match="othing was stored or deleted"):
                sink.accept(an_event("second"))
            assert (house.files(), house.counts()) == (before, counts)
            house.assert_sound()
    with house.store(ScriptedDisk(room_for=room_needed)).opened() as store:
        house.sink(store).accept(an_event("second"))
    house.assert_sound()


def test_the_reserve_is_never_touched(house: House) -> None:
    disk = ScriptedDisk(free=500_000)
    with house.store(disk, reserve_bytes=500_001).opened() as store:
        with pytest.raises(EvidenceDiskFull, match="kept in reserve"):
            house.sink(store).accept(an_event())
        assert house.counts() == (0, 0, 0)
    assert house.files() == set()


def test_a_clip_that_ate_into_the_reserve_is_removed_again(house: House) -> None:
    class Shrinking(ScriptedDisk):
        def free_bytes(self, folder: Path) -> int:
            return 0 if any(folder.rglob("clip.part.mp4")) else 1 << 30

    with house.store(Shrinking(), reserve_bytes=1 << 20).opened() as store:
        with pytest.raises(EvidenceDiskFull):
            house.sink(store).accept(an_event())
        assert house.counts() == (0, 0, 0)
    assert house.files() == set()


def test_files_that_cannot_be_removed_yet_stay_declared(house: House) -> None:
    class Stuck(ScriptedDisk):
        def remove(self, path: Path) -> bool:
            if path.exists():
                raise PermissionError(13, "Permission denied")
            return False

    sink = house.sink(house.store(Stuck(room_for=8)))
    with pytest.raises(EvidenceDiskFull) as caught:
        sink.accept(an_event())
    assert any("at the next start" in note for note in caught.value.__notes__)
    house.assert_sound()
    assert house.counts()[2] == 6
    assert house.store().sweep_garbage() == 6
    assert house.files() == set()


def test_a_database_that_refuses_leaves_no_file(house: House) -> None:
    other = Footage("unknown.mp4", "d" * 64, "b" * 64, "scripted", "c" * 64, "0.1.0")
    with house.store().opened() as store:
        sink = EvidenceSink(
            house.database,
            store,
            house.clock,
            footage=other,  # never begun: its events have no footage row to belong to
            clips=ScriptedClips(),
            settings=EvidenceSettings(),
        )
        with pytest.raises(StoreError):
            sink.accept(an_event())
        assert house.counts() == (0, 0, 0)
    assert house.files() == set()


def test_two_processes_cannot_write_to_one_folder(house: House) -> None:
    second = house.store().opened()
    with house.store().opened(), pytest.raises(Conflict, match="Another litterwatch"):
        second.__enter__()
    with house.store().opened():
        house.assert_sound()


def test_a_folder_that_cannot_be_written_is_explained(house: House, tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where the folder should be")
    with house.store().opened() as store:
        sink = house.sink(store)
        with pytest.raises(EvidenceError, match="check the disk and its permissions"):
            sink.accept(an_event())


def test_stale_garbage_never_costs_a_piece_of_evidence(house: House) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(an_event())
        with house.database.writing() as session:
            path = session.scalars(select(EvidenceRow.path)).first()
            assert path is not None
            session.add(GarbageRow(path=path, reason="mistake", created_at=house.clock.now()))
        store.sweep_garbage()
    assert house.files() == ALL_FILES
    assert house.counts() == (1, 6, 0)


def test_stored_evidence_is_never_written_again(house: House) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(an_event())
        with house.database.reading() as session:
            row = session.scalars(select(EventRow)).one()
        again = store.folder(row.id, row.version)
        with pytest.raises(Conflict, match="stored already"):
            again.__enter__()
    house.assert_sound()


def test_files_are_readable_by_nobody_else(tmp_path: Path) -> None:
    OsDisk().create(tmp_path / "x", b"1")
    assert (tmp_path / "x").stat().st_mode & 0o007 == 0
