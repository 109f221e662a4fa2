"""Packages of the desk: made behind the scenes, kept for a while, fetched by whoever asked."""

import errno
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select

from litterwatch.detector.errors import (
    Conflict,
    EvidenceDiskFull,
    EvidenceError,
    EvidenceUnavailable,
    ModelMissing,
    NotAllowed,
)
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Image
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.actor import SYSTEM_ACTOR, Actor, Office
from litterwatch.service.db import Database
from litterwatch.service.events.scripted_package import (
    EVENT,
    OFFICER,
    SECOND,
    PackageHouse,
    make_scripted_packages,
)
from litterwatch.service.events.service import as_unreviewed
from litterwatch.service.evidence.custody_tables import ExportState, PackageRow, WhyNot
from litterwatch.service.evidence.export import Wish, decide_export, request_export
from litterwatch.service.evidence.holds import place_hold, release_hold
from litterwatch.service.evidence.packages import FOLDER, open_package, package_path
from litterwatch.service.evidence.packing import Packing
from litterwatch.service.evidence.retention import delete_due
from litterwatch.service.evidence.verify import verify_package
from litterwatch.service.tables import CustodyRow, ExportRow

WEEK = timedelta(days=7)


class Killed(Exception):
    """What a test does to a worker, in place of SIGKILL."""


class DeadlyDetector(ScriptedDetector):
    """One at which the worker dies."""

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        raise Killed


@pytest.fixture
def house(tmp_path: Path, any_database: Database) -> PackageHouse:
    return PackageHouse(tmp_path, any_database)


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[PackageHouse]:
    house = PackageHouse(tmp_path)
    yield house
    house.close()


def packing(house: PackageHouse, detector: ObjectDetector | None = None) -> Packing:
    eyes = detector or ScriptedDetector()
    return Packing(house.root, house.database, house.clock, eyes, kept=WEEK)


def run_once(house: PackageHouse, detector: ObjectDetector | None = None) -> int:
    """A round of a worker that is started for it, and ended after it however it ends."""
    worker = packing(house, detector)
    try:
        return worker.run()
    finally:
        worker.stop()


def asked(house: PackageHouse, *, unblurred: bool = False) -> str:
    wish = Wish(EVENT, "chuyển hồ sơ", "Công an xã", is_unblurred=unblurred)
    return request_export(house.database, house.clock, OFFICER, wish, is_kept=True)


def fetched(house: PackageHouse, export_id: str, actor: Actor = OFFICER) -> bytes:
    opened = open_package(house.database, house.clock, house.root, actor, export_id)
    with opened.file as file:
        return file.read()


def state(house: PackageHouse, export_id: str) -> tuple[ExportState, PackageRow]:
    with house.database.reading() as session:
        return (
            session.get_one(ExportRow, export_id).state,
            session.get_one(PackageRow, export_id),
        )


def actions(house: PackageHouse) -> list[str]:
    with house.database.reading() as session:
        rows = select(CustodyRow.action).where(CustodyRow.subject == EVENT)
        return [a.removeprefix("evidence.") for a in session.scalars(rows.order_by(CustodyRow.seq))]


def test_a_package_is_made_fetched_and_whole(house: PackageHouse, tmp_path: Path) -> None:
    number = asked(house)
    with pytest.raises(Conflict, match="not yet"):
        fetched(house, number)
    assert run_once(house) == 1
    content = fetched(house, number)
    package = tmp_path / "fetched.zip"
    package.write_bytes(content)
    assert verify_package(package).event_id == EVENT
    path = package_path(house.root, number)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    made = ["export_requested", "export_begun", "exported", "package_fetched"]
    assert actions(house)[2:] == made
    now, row = state(house, number)
    assert (now, row.fetched_at, row.attempts) == (ExportState.DONE, house.clock.now(), 1)
    assert run_once(house) == 0


def test_only_who_asked_is_given_it_and_the_refusal_is_in_the_chain(house: PackageHouse) -> None:
    number = asked(house)
    run_once(house)
    for other in (SECOND, Actor("officer", Office.SCREENER)):
        with pytest.raises(NotAllowed, match="whoever asked"):
            fetched(house, number, other)
    assert actions(house)[-2:] == ["refused", "refused"]


def test_what_shows_faces_waits_for_a_second_person(house: PackageHouse) -> None:
    number, declined = asked(house, unblurred=True), asked(house, unblurred=True)
    assert run_once(house) == 0
    with pytest.raises(NotAllowed):
        decide_export(house.database, house.clock, OFFICER, number, agree=True)
    decide_export(house.database, house.clock, SECOND, declined, agree=False)
    with pytest.raises(Conflict, match="not as you saw it"):
        decide_export(house.database, house.clock, SECOND, number, agree=True, revision=7)
    decide_export(house.database, house.clock, SECOND, number, agree=True, revision=1)
    assert run_once(house) == 1
    assert b"originals/" in fetched(house, number)
    assert state(house, declined)[0] is ExportState.REFUSED


def test_exports_of_the_command_line_are_left_to_it(house: PackageHouse) -> None:
    wish = Wish(EVENT, "chuyển hồ sơ", "Công an xã")
    request_export(house.database, house.clock, OFFICER, wish)
    assert run_once(house) == 0
    assert not (house.root / FOLDER).exists()


def test_a_worker_that_is_killed_leaves_nothing_to_fetch_and_begins_again(
    house: PackageHouse,
) -> None:
    number = asked(house)
    with pytest.raises(Killed):
        run_once(house, DeadlyDetector())
    folder = house.root / FOLDER
    (folder / ".litterwatch-left").mkdir()
    (folder / ".litterwatch-left" / "clip.mp4").write_bytes(b"half")
    package_path(house.root, number).write_bytes(b"whole, but its row never said so")
    with pytest.raises(Conflict, match="not yet"):
        fetched(house, number)
    assert run_once(house) == 1
    assert sorted(path.name for path in folder.iterdir()) == [f"{number}.zip", "packing.lock"]
    assert actions(house)[-4:] == ["export_begun", "export_interrupted", "export_begun", "exported"]


def test_what_kills_the_worker_twice_is_given_up(house: PackageHouse) -> None:
    number = asked(house)
    for _ in range(2):
        with pytest.raises(Killed):
            run_once(house, DeadlyDetector())
    assert run_once(house) == 0
    now, row = state(house, number)
    assert (now, row.why) == (ExportState.FAILED, WhyNot.INTERRUPTED)
    assert actions(house)[-1] == "export_failed"


def test_an_orderly_end_loses_nothing_and_is_no_attempt(lite: PackageHouse) -> None:
    looked = Event()

    class Slow(ScriptedDetector):
        def detect(self, images: Sequence[Image]) -> list[Detections]:
            worker.wake()
            looked.set()
            assert ended.wait(60)
            return super().detect(images)

    ended = Event()
    number = asked(lite)
    worker = packing(lite, Slow())
    worker.start()
    assert looked.wait(60)
    worker._stopped.set()
    ended.set()
    worker.stop()
    now, row = state(lite, number)
    assert (now, row.attempts) == (ExportState.REQUESTED, 0)
    assert run_once(lite) == 1


def test_two_workers_on_one_folder_do_not_both_make_it(lite: PackageHouse) -> None:
    first, second = packing(lite), packing(lite)
    asked(lite)
    assert first.run() == 1
    asked(lite)
    assert second.run() == 0
    first.stop()
    assert second.run() == 1
    second.stop()


class NoModel(ScriptedDetector):
    def detect(self, images: Sequence[Image]) -> list[Detections]:
        raise ModelMissing("/somewhere/weights: there is no such model.")


def test_why_there_is_no_package_is_told(
    lite: PackageHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_model = asked(lite)
    run_once(lite, NoModel())
    full = asked(lite)
    with monkeypatch.context() as patched:

        def no_room(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patched.setattr("litterwatch.service.evidence.exporting.write_archive", no_room)
        run_once(lite)
    gone = asked(lite)
    lite.clock.advance(timedelta(days=400).total_seconds())
    with lite.store().opened() as store:
        assert delete_due(lite.database, store, lite.clock, SYSTEM_ACTOR, as_unreviewed)
    run_once(lite)
    for number, why in (
        (without_model, WhyNot.NO_MODEL),
        (full, WhyNot.DISK_FULL),
        (gone, WhyNot.GONE),
    ):
        now, row = state(lite, number)
        assert (now, row.why) == (ExportState.FAILED, why)
    assert [path.name for path in (lite.root / FOLDER).iterdir()] == ["packing.lock"]


def test_no_package_takes_the_room_that_is_kept_for_evidence(lite: PackageHouse) -> None:
    number = asked(lite)
    worker = Packing(
        lite.root,
        lite.database,
        lite.clock,
        ScriptedDetector(),
        kept=WEEK,
        reserve_bytes=1 << 60,
    )
    assert worker.run() == 0
    worker.stop()
    assert state(lite, number)[1].why is WhyNot.DISK_FULL


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_folder_that_cannot_be_made_keeps_them_waiting(
    lite: PackageHouse, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    number = asked(lite)

    def refused(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "mkdir", refused)
        with pytest.raises(EvidenceDiskFull if code == errno.ENOSPC else EvidenceError):
            run_once(lite)
    assert state(lite, number)[0] is ExportState.REQUESTED
    assert run_once(lite) == 1


def test_packages_go_when_their_time_is_over_but_not_under_hold(house: PackageHouse) -> None:
    number = asked(house)
    run_once(house)
    path = package_path(house.root, number)
    with house.database.writing() as session:
        hold = place_hold(session, house.clock, SECOND, event_id=EVENT, reason="khiếu nại")
    house.clock.advance(WEEK.total_seconds() + 1)
    run_once(house)
    assert fetched(house, number)
    with house.database.writing() as session:
        release_hold(session, house.clock, OFFICER, hold, "đã giải quyết")
    run_once(house)
    assert not path.exists()
    assert actions(house)[-1] == "package_removed"
    assert run_once(house) == 0
    with pytest.raises(EvidenceUnavailable, match="ask for it again"):
        fetched(house, number)
    assert state(house, number)[1].removed_at == house.clock.now()


def test_a_package_does_not_outlive_its_evidence(lite: PackageHouse) -> None:
    lite.clock.advance(timedelta(days=400).total_seconds())
    number = asked(lite)
    run_once(lite)
    with lite.store().opened() as store:
        assert delete_due(lite.database, store, lite.clock, SYSTEM_ACTOR, as_unreviewed)
    run_once(lite)
    assert not package_path(lite.root, number).exists()


@pytest.mark.parametrize("damage", ["gone", "changed", "a link"])
def test_what_is_not_what_was_made_is_never_given(lite: PackageHouse, damage: str) -> None:
    number = asked(lite)
    run_once(lite)
    path = package_path(lite.root, number)
    content = bytearray(path.read_bytes())
    if damage == "changed":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "gone":
        path.unlink()
    else:
        path.rename(path.with_suffix(".other"))
        path.symlink_to(path.with_suffix(".other"))
    for _ in range(2):
        with pytest.raises(EvidenceUnavailable, match="ask for it again"):
            fetched(lite, number)
    assert actions(lite)[-1] == "package_lost"
    assert actions(lite).count("package_lost") == 1
    asked(lite)
    assert run_once(lite) == 1
    assert not path.exists()


def test_a_package_that_no_export_knows_is_left_where_it_is(lite: PackageHouse) -> None:
    asked(lite)
    run_once(lite)
    unknown = package_path(lite.root, "f" * 32)
    unknown.write_bytes(b"of another database")
    run_once(lite)
    assert unknown.exists()


@pytest.mark.slow
def test_kill_9_while_it_is_made(lite: PackageHouse) -> None:
    number = asked(lite)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=make_scripted_packages, args=(lite.root, theirs))
    process.start()
    assert ours.poll(60)
    assert process.pid is not None
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    assert state(lite, number)[0] is ExportState.BEGUN
    with pytest.raises(Conflict):
        fetched(lite, number)
    assert run_once(lite) == 1
    assert not list((lite.root / FOLDER).glob(".litterwatch-*"))
    assert fetched(lite, number)
