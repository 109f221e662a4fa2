"""The store keeps its promises at every step, whatever happens."""

import resource
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.detector.errors import Conflict, EvidenceDiskFull, EvidenceError, StoreError
from litterwatch.detector.types import Image
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.disk import OsDisk
from litterwatch.service.evidence.scripted import PowerCut, ScriptedClips, ScriptedDisk
from litterwatch.service.evidence.tables import Role
from litterwatch.service.tables import EventRow, EvidenceRow, GarbageRow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ScriptedHouse]:
    house = ScriptedHouse(tmp_path)
    yield house
    house.close()


def assert_sound(house: ScriptedHouse) -> None:
    assert check(house.root, house.database, "hashes").problems == ()


def names(house: ScriptedHouse) -> set[str]:
    return {path.rpartition("/")[2] for path in house.files()}


ALL_FILES = {"clip.mp4", "before.jpg", "act.jpg", "after.jpg", "actor.jpg", "manifest.json"}


def test_an_event_is_stored_with_all_its_files(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
    assert names(house) == ALL_FILES
    assert house.counts() == (1, 6, 0)
    assert_sound(house)


def test_the_same_event_again_changes_nothing(house: ScriptedHouse) -> None:
    clips = ScriptedClips()
    with house.store().opened() as store:
        sink = house.sink(store, clips)
        sink.accept(scripted_event())
        sink.accept(scripted_event())
    assert len(clips.cuts) == 1
    assert house.counts() == (1, 6, 0)


def steps_of_one_event(house: ScriptedHouse) -> list[tuple[str, str]]:
    disk = ScriptedDisk()
    with house.store(disk).opened() as store:
        house.sink(store).accept(scripted_event())
    return disk.steps


def test_every_file_is_synced_before_its_name_and_its_folder_after(house: ScriptedHouse) -> None:
    steps = steps_of_one_event(house)
    renames = [number for number, (step, _) in enumerate(steps) if step == "rename"]
    assert len(renames) == len(ALL_FILES)
    for number in renames:
        final = Path(steps[number][1])
        written = final.with_name(f"{final.stem}.part{final.suffix}")
        assert steps[number - 1] == ("sync", str(written))
        assert steps[number + 1] == ("sync", str(final.parent))


def test_every_new_folder_is_made_durable_before_files_are_written(house: ScriptedHouse) -> None:
    steps = steps_of_one_event(house)
    made = [(number, path) for number, (step, path) in enumerate(steps) if step == "make_folder"]
    assert [Path(path).relative_to(house.root).parts[0] for _, path in made] == ["evidence"] * 4
    for number, path in made:
        assert steps[number + 1] == ("sync", str(Path(path).parent))


def test_a_power_cut_before_any_step_leaves_the_promises_true(house: ScriptedHouse) -> None:
    for step in count():
        sink = house.sink(house.store(ScriptedDisk(cut_at=step)))
        try:
            sink.accept(scripted_event())
        except PowerCut:
            assert_sound(house)
            assert house.counts()[:2] == (0, 0)
            with house.store().opened():  # the next start
                assert house.files() == set()
                assert house.counts() == (0, 0, 0)
        else:
            break
    assert step > len(ALL_FILES) * len(("create", "sync", "rename", "sync"))
    assert names(house) == ALL_FILES
    assert house.counts() == (1, 6, 0)
    assert_sound(house)


def test_a_power_cut_while_sweeping_leaves_the_rest_to_the_next_start(
    house: ScriptedHouse,
) -> None:
    for step in count():
        with pytest.raises(PowerCut):
            house.sink(house.store(ScriptedDisk(cut_at=20))).accept(scripted_event())
        left_behind = house.files()
        assert left_behind
        try:
            house.store(ScriptedDisk(cut_at=step)).sweep_garbage()
        except PowerCut:
            assert_sound(house)
            house.store().sweep_garbage()
            assert house.files() == set()
        else:
            break
    assert step > len(ALL_FILES)
    assert house.counts() == (0, 0, 0)


def test_a_full_disk_at_any_step_stores_nothing_and_deletes_nothing(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event("first"))
    tried = ScriptedDisk()
    with house.store(tried).opened() as store:
        house.sink(store).accept(scripted_event("tried"))
    room_needed = tried.room_taken
    before, counts = house.files(), house.counts()
    assert room_needed > len(ALL_FILES)
    for left in range(room_needed):
        disk = ScriptedDisk(room_for=left)
        with house.store(disk).opened() as store:
            sink = house.sink(store)
            with pytest.raises(EvidenceDiskFull, match="othing was stored or deleted"):
                sink.accept(scripted_event("second"))
            assert (house.files(), house.counts()) == (before, counts)
            assert_sound(house)
    with house.store(ScriptedDisk(room_for=room_needed)).opened() as store:
        house.sink(store).accept(scripted_event("second"))
    assert_sound(house)


@pytest.fixture
def _small_files() -> Iterator[None]:
    """No file may grow beyond 2 MiB: the operating system itself refuses, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("_small_files")
def test_the_system_itself_finding_no_room_for_a_clip(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        sink = house.sink(store, ScriptedClips(content=bytes(3 << 20)))
        with pytest.raises(EvidenceDiskFull, match="othing was stored or deleted"):
            sink.accept(scripted_event())
        assert house.counts() == (0, 0, 0)
        assert house.files() == set()
        house.sink(store).accept(scripted_event())
    assert_sound(house)


@pytest.mark.usefixtures("_small_files")
def test_the_system_itself_finding_no_room_for_our_own_file(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        with pytest.raises(EvidenceDiskFull), store.folder("ab" * 16, "c" * 64) as folder:
            folder.write(Role.STILL_ACT, bytes(3 << 20))
        assert house.counts() == (0, 0, 0)
        assert house.files() == set()


def test_ctrl_c_leaves_no_orphan(house: ScriptedHouse) -> None:
    class Interrupted(ScriptedClips):
        def still(self, media_time: float) -> Image:
            raise KeyboardInterrupt

    def scan() -> None:
        with house.store().opened() as store:
            house.sink(store).accept(scripted_event("finished"))
            house.sink(store, Interrupted()).accept(scripted_event("unfinished"))

    with pytest.raises(KeyboardInterrupt):
        scan()
    assert names(house) == ALL_FILES
    assert house.counts() == (1, 6, 0)
    assert_sound(house)


def test_the_reserve_is_never_touched(house: ScriptedHouse) -> None:
    disk = ScriptedDisk(free=500_000)
    with house.store(disk, reserve_bytes=500_001).opened() as store:
        with pytest.raises(EvidenceDiskFull, match="kept in reserve"):
            house.sink(store).accept(scripted_event())
        assert house.counts() == (0, 0, 0)
    assert house.files() == set()


def test_a_clip_that_ate_into_the_reserve_is_removed_again(house: ScriptedHouse) -> None:
    class Shrinking(ScriptedDisk):
        def free_bytes(self, folder: Path) -> int:
            return 0 if any(folder.rglob("clip.part.mp4")) else 1 << 30

    with house.store(Shrinking(), reserve_bytes=1 << 20).opened() as store:
        with pytest.raises(EvidenceDiskFull):
            house.sink(store).accept(scripted_event())
        assert house.counts() == (0, 0, 0)
    assert house.files() == set()


def test_files_that_cannot_be_removed_yet_stay_declared(house: ScriptedHouse) -> None:
    class Stuck(ScriptedDisk):
        def remove(self, path: Path) -> bool:
            if path.exists():
                raise PermissionError(13, "Permission denied")
            return False

    sink = house.sink(house.store(Stuck(room_for=8)))
    with pytest.raises(EvidenceDiskFull) as caught:
        sink.accept(scripted_event())
    assert any("at the next start" in note for note in caught.value.__notes__)
    assert_sound(house)
    declared = house.counts()[2]
    assert declared >= len(ALL_FILES)
    assert house.store().sweep_garbage() == declared
    assert house.files() == set()


def test_a_database_that_refuses_leaves_no_file(house: ScriptedHouse) -> None:
    other = replace(SCRIPTED_FOOTAGE, source="unknown.mp4")
    with house.store().opened() as store:
        # Never begun: its events have no footage row to belong to.
        sink = house.sink(store, footage=other)
        with pytest.raises(StoreError):
            sink.accept(scripted_event())
        assert house.counts() == (0, 0, 0)
    assert house.files() == set()


def test_two_processes_cannot_write_to_one_folder(house: ScriptedHouse) -> None:
    second = house.store().opened()
    with house.store().opened(), pytest.raises(Conflict, match="Another litterwatch"):
        second.__enter__()
    with house.store().opened():
        assert_sound(house)


def test_a_folder_that_cannot_be_written_is_explained(house: ScriptedHouse, tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where the folder should be")
    with house.store().opened() as store:
        sink = house.sink(store)
        with pytest.raises(EvidenceError, match="check the disk and its permissions"):
            sink.accept(scripted_event())


def test_stale_garbage_never_costs_a_piece_of_evidence(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
        with house.database.writing() as session:
            path = session.scalars(select(EvidenceRow.path)).first()
            assert path is not None
            session.add(GarbageRow(path=path, reason="mistake", created_at=house.clock.now()))
        store.sweep_garbage()
    assert names(house) == ALL_FILES
    assert house.counts() == (1, 6, 0)


def test_stored_evidence_is_never_written_again(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
        with house.database.reading() as session:
            row = session.scalars(select(EventRow)).one()
        again = store.folder(row.id, row.version)
        with pytest.raises(Conflict, match="stored already"):
            again.__enter__()
    assert_sound(house)


def test_files_are_readable_by_nobody_else(tmp_path: Path) -> None:
    OsDisk().make_folder(tmp_path / "folder")
    OsDisk().create(tmp_path / "folder" / "file", b"1")
    for path in (tmp_path / "folder", tmp_path / "folder" / "file"):
        assert path.stat().st_mode & 0o007 == 0


def test_removing_what_is_not_there_is_no_error_and_other_refusals_are(tmp_path: Path) -> None:
    disk = OsDisk()
    assert disk.remove(tmp_path / "nowhere") is False
    assert disk.remove_folder(tmp_path / "nowhere") is False
    (tmp_path / "file").write_bytes(b"1")
    assert disk.remove(tmp_path / "file" / "below") is False
    assert disk.remove_folder(tmp_path) is False
    with pytest.raises(OSError, match="Invalid argument"):
        disk.remove_folder(Path())
    with pytest.raises(FileExistsError):
        disk.create(tmp_path / "file", b"2")
