"""One live camera: what it makes of its pictures, without a camera."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np
import pytest

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.reader_messages import Stream, StreamReport, StreamState
from litterwatch.camera_adapters.reader_process import CameraReader
from litterwatch.detector.change.health import Health
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Event, EventState, Frame, PassedOver, Site
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.clock import ManualClock
from litterwatch.service.events.scripted import scripted_event
from litterwatch.service.local_time import LOCAL
from litterwatch.service.runtime.camera_watch import CameraWatch
from litterwatch.service.runtime.condition import Blind, Link

START = datetime(2026, 3, 1, tzinfo=UTC)
MODEL = ("street", "c" * 64)
ONLINE = StreamReport(Stream.MAIN, StreamState.ONLINE, codec="h264", size=(64, 36), interval=0.04)


@dataclass
class ScriptedReader:
    """Gives the frames it holds."""

    frames: list[Frame] = field(default_factory=list)
    streams: dict[Stream, StreamReport] = field(default_factory=lambda: {Stream.MAIN: ONLINE})
    skipped: int = 0
    killed: int = 0
    died: int = 0

    def receive(self) -> Iterator[Frame]:
        while self.frames:
            yield self.frames.pop(0)

    def watch(self) -> str | None:
        return None


@dataclass
class ScriptedJudge:
    """Says its life's number with what it finds at the end."""

    life: int
    health: Health = field(default_factory=Health)
    analysed: int = 0
    inferred: int = 0
    tally: Mapping[str, int] = field(default_factory=dict)
    passed: list[PassedOver] = field(default_factory=list)

    def wants_detection(self, frame: Frame) -> bool:
        return True

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        self.analysed += 1
        return []

    def passed_over(self) -> list[PassedOver]:
        passed, self.passed = self.passed, []
        return passed

    def finish(self) -> list[Event]:
        return [scripted_event(f"life {self.life}", EventState.PROVISIONAL)]


class Trial:
    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.reader = ScriptedReader()
        self.judges: list[ScriptedJudge] = []
        self.shown: list[Frame] = []
        self.watch = CameraWatch(
            CameraEntry(CameraConnection("gate", "rtsp://h/gate"), Site()),
            cast(CameraReader, self.reader),
            self._judge,
            rate=6.0,
            config_sha256="b" * 64,
            clock=self.clock,
            show=self.shown.append,
            is_drawn=lambda one: one.media_time > 1,
        )

    def _judge(self) -> Any:
        self.judges.append(ScriptedJudge(len(self.judges)))
        return self.judges[-1]

    def see(self, media_time: float, size: tuple[int, int] = (32, 18)) -> list[Any]:
        """One picture, judged a quarter of a second after it was taken."""
        taken = self.clock.now()
        image = np.full((size[1], size[0], 3), 100, np.uint8)
        index = round(media_time * 6)
        self.reader.frames.append(Frame("gate", index, media_time, taken, image, (64, 36)))
        self.clock.advance(0.25)
        (frame,) = self.watch.receive()
        found = self.watch.cross(frame, MODEL)
        self.watch.wants_detection(frame)
        return found + self.watch.advance(frame, None, MODEL)


@pytest.fixture
def trial() -> Trial:
    return Trial()


def test_pictures_have_the_local_hour_and_a_delay(trial: Trial) -> None:
    trial.reader.frames.append(
        Frame("gate", 0, 1.0, START, np.zeros((18, 32, 3), np.uint8), (64, 36))
    )
    (frame,) = trial.watch.receive()
    assert frame.captured_at is not None
    assert frame.captured_at.tzinfo is LOCAL
    trial.see(2.0)
    condition = trial.watch.condition(None)
    assert condition.lag == pytest.approx(0.25)
    assert (condition.link, condition.is_well) == (Link.ONLINE, True)
    trial.clock.advance(1.0)


def test_what_was_passed_over_is_told_once_if_the_lot_falls_on_it(trial: Trial) -> None:
    box = Box(1, 2, 3, 4)
    trial.judges[0].passed = [PassedOver("dwell", moment, box) for moment in (0.5, 1.5)]
    assert trial.watch.passed(MODEL) == []  # before the first picture nobody knows the hour
    trial.judges[0].passed = [PassedOver("dwell", moment, box) for moment in (0.5, 1.5)]
    trial.see(2.0)
    (told,) = trial.watch.passed(MODEL)
    assert told.passed.media_time == 1.5
    assert (told.source.camera_id, told.source.model_sha256) == ("gate", MODEL[1])
    assert trial.watch.passed(MODEL) == []


def test_every_picture_that_was_judged_is_shown(trial: Trial) -> None:
    trial.see(1.0)
    trial.see(2.0)
    assert [frame.media_time for frame in trial.shown] == [1.0, 2.0]


def test_another_size_of_picture_begins_another_life_and_counts_go_on(trial: Trial) -> None:
    trial.see(1.0)
    trial.see(2.0)
    trial.see(3.0, size=(32, 24))
    assert len(trial.judges) == 2
    assert trial.watch.condition(None).analysed == 3


@pytest.mark.parametrize(("away", "lives"), [(9.0, 1), (11.0, 2)])
def test_a_hole_ends_a_life_with_what_was_open(trial: Trial, away: float, lives: int) -> None:
    trial.see(1.0)
    found = trial.see(1.0 + away)
    assert len(trial.judges) == lives
    assert [each.event.id for each in found] == ["life 0"] * (lives - 1)
    if found:
        # Its hour is that of the pictures it was seen in.
        assert found[0].source.captured_from == START - timedelta(seconds=1)


def test_a_camera_that_is_turned_is_told_for_a_minute(trial: Trial) -> None:
    trial.judges[0].health = Health(moved=True)
    trial.see(1.0)
    trial.judges[0].health = Health()
    trial.see(5.0)
    assert trial.watch.condition(None).blind == (Blind.TURNED,)
    for second in range(10, 70, 5):
        trial.see(float(second))
    assert trial.watch.condition(None).blind == ()


def test_zones_that_sleep_judge_nothing_and_the_camera_is_said_to_be_turned(trial: Trial) -> None:
    trial.see(1.0)
    trial.watch.entry = replace(trial.watch.entry, is_asleep=True)
    assert not trial.watch.is_judged_alike(replace(trial.watch.entry, is_asleep=False))
    for second in range(2, 40, 2):
        assert trial.see(float(second)) == []
    condition = trial.watch.condition(None)
    assert (condition.blind, condition.is_well) == ((Blind.TURNED,), False)
    assert condition.analysed == 1
    assert condition.media_time == 38.0, "pictures come all the same"


def test_events_tell_the_version_of_the_zones(trial: Trial) -> None:
    trial.watch.entry = replace(trial.watch.entry, zones_version=3)
    trial.see(1.0)
    (found,) = trial.watch.finish(MODEL)
    assert found.source.zones_version == 3


def test_a_camera_that_is_away_has_no_delay_and_sees_nothing(trial: Trial) -> None:
    trial.judges[0].health = Health(frozen=True)
    trial.see(1.0)
    assert trial.watch.condition(None).blind == (Blind.FROZEN,)
    gone = StreamReport(Stream.MAIN, StreamState.WAITING, "SourceUnavailable", "why", 3.0)
    trial.reader.streams = {Stream.MAIN: gone}
    condition = trial.watch.condition(None)
    assert (condition.link, condition.blind, condition.lag) == (Link.UNREACHABLE, (), None)
    assert (condition.why, condition.retry_in) == ("why", 3.0)


@dataclass
class ScriptedMemory:
    """Writes down what it is asked to keep, and gives another judge to go on with."""

    kept: list[tuple[int, float, bool]] = field(default_factory=list)
    known: ScriptedJudge | None = None

    def keep(self, judge: Any, media_time: float, config: str, *, whole: bool) -> None:
        self.kept.append((judge.life, media_time, whole))

    def recalled(self, fresh: Any, first: Frame, config: str) -> Any:
        return self.known or fresh


def remembering(trial: Trial) -> ScriptedMemory:
    memory = ScriptedMemory()
    trial.watch = CameraWatch(
        CameraEntry(CameraConnection("gate", "rtsp://h/gate"), Site()),
        cast(CameraReader, trial.reader),
        trial._judge,
        rate=6.0,
        config_sha256="b" * 64,
        clock=trial.clock,
        memory=memory,
    )
    return memory


def test_a_watch_goes_on_with_what_is_remembered(trial: Trial) -> None:
    memory = remembering(trial)
    memory.known = ScriptedJudge(77)
    trial.see(1.0)
    assert memory.known.analysed == 1
    (found,) = trial.watch.finish(MODEL)
    assert found.event.id == "life 77"


def test_what_is_known_is_kept_every_minute_and_whole_at_the_end(trial: Trial) -> None:
    memory = remembering(trial)
    trial.see(1.0)
    assert memory.kept == []
    trial.clock.advance(60.0)
    trial.see(2.0)
    trial.see(3.0)
    life = trial.judges[-1].life
    assert memory.kept == [(life, 2.0, False)]
    trial.watch.finish(MODEL)
    assert memory.kept[1:] == [(life, 3.0, True)]


def test_after_a_hole_the_new_life_knows_what_the_old_one_kept(trial: Trial) -> None:
    memory = remembering(trial)
    trial.see(1.0)
    memory.known = ScriptedJudge(78)
    trial.see(20.0)
    assert memory.kept == [(trial.judges[-2].life, 1.0, True)]
    assert memory.known.analysed == 1


def test_nothing_is_kept_of_a_watch_that_saw_nothing(trial: Trial) -> None:
    memory = remembering(trial)
    trial.watch.finish(MODEL)
    assert memory.kept == []


def test_other_zones_begin_with_what_is_known_of_the_place(trial: Trial) -> None:
    memory = remembering(trial)
    trial.see(1.0)
    memory.known = ScriptedJudge(79)
    trial.watch.finish(MODEL)
    trial.watch.renew(trial._judge)
    trial.see(2.0)
    assert memory.known.analysed == 1


def test_zones_that_sleep_do_not_replace_what_is_known(trial: Trial) -> None:
    memory = remembering(trial)
    trial.see(1.0)
    trial.watch.finish(MODEL)
    trial.watch.renew(trial._judge)
    trial.watch.entry = replace(trial.watch.entry, is_asleep=True)
    trial.see(2.0)
    trial.see(300.0)
    trial.watch.finish(MODEL)
    assert [at for _, at, _ in memory.kept] == [1.0]
