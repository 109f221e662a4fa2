"""The newest picture of a camera on the disk, and since when a camera is as it is."""

import json
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np

from litterwatch.detector.types import Frame
from litterwatch.service.clock import ManualClock
from litterwatch.service.runtime.board import Board, read_status
from litterwatch.service.runtime.condition import Blind, Condition, Link
from litterwatch.service.runtime.newest_still import EVERY, NewestStill, still_path


def frame(clock: ManualClock, grey: int) -> Frame:
    image = np.full((18, 32, 3), grey, np.uint8)
    return Frame("gate", 0, clock.monotonic(), clock.now(), image, (64, 36))


def test_the_newest_picture_is_there_and_not_every_picture_is_written(tmp_path: Path) -> None:
    clock = ManualClock()
    still = NewestStill(tmp_path, "gate", clock)
    for grey in (40, 80, 120):
        still.show(frame(clock, grey))
        clock.advance(EVERY / 2)
    picture = cv2.imread(str(still_path(tmp_path, "gate")))
    assert picture is not None
    assert picture.shape == (18, 32, 3)
    assert abs(float(picture.mean()) - 120) < 4
    assert [path.name for path in (tmp_path / "live").iterdir()] == ["gate.jpg"]
    assert still_path(tmp_path, "gate").stat().st_mode & 0o007 == 0


def test_a_disk_that_refuses_ends_nothing(tmp_path: Path) -> None:
    clock = ManualClock()
    still = NewestStill(tmp_path, "gate", clock)
    (tmp_path / "live").write_text("a file where the folder should be")
    for _ in range(2):
        still.show(frame(clock, 40))
        clock.advance(EVERY)
    (tmp_path / "live").unlink()
    still.show(frame(clock, 40))
    assert still_path(tmp_path, "gate").is_file()


def test_the_status_says_since_when_a_camera_is_as_it_is(tmp_path: Path) -> None:
    clock = ManualClock()
    board = Board({"gate": Condition("gate", Link.ONLINE)})
    told = []
    for blind, rate in (((), 1.0), ((), 2.0), ((Blind.DARK,), 2.0), ((Blind.DARK,), 1.0)):
        board.conditions = {"gate": Condition("gate", Link.ONLINE, blind=blind, rate=rate)}
        board.write(tmp_path, clock.now())
        told.append(read_status(tmp_path)["cameras"][0]["since"])
        clock.advance(60)
    start = ManualClock().now()
    later = (start + timedelta(seconds=120)).isoformat(timespec="milliseconds")
    assert told == [start.isoformat(timespec="milliseconds")] * 2 + [later] * 2
    board.conditions = {}
    board.write(tmp_path, clock.now())
    assert json.loads((tmp_path / "live-status.json").read_text())["cameras"] == []
