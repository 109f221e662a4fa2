"""One file through the steps: the order of the calls, what is kept, how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from litterwatch.camera_adapters.scripted import ScriptedSource
from litterwatch.detector.errors import ModelError, SourceStalled
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import (
    Detections,
    Event,
    EventKind,
    EventState,
    Frame,
    Image,
    Label,
    PassedOver,
)
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.runtime.batch import Hooks, StopRequested, Watch

EVENT = Event(
    id="a",
    camera_id="street",
    kind=EventKind.BAG_DUMP,
    state=EventState.PROVISIONAL,
    score=0.6,
    t_enter=None,
    t_release=1.0,
    t_release_uncertainty=0.2,
    t_provisional=2.0,
    t_confirmed=None,
    t_actor_left=None,
    box=Box(1, 2, 3, 4),
    actor_box=None,
    actor_label=None,
    actor_ambiguous=False,
    zone="frame",
    n_items=1,
    features={},
    reasons=(),
)


@dataclass
class DiaryJudge:
    """Writes down what it is asked, and gives the events it was told to give at each frame."""

    wants: frozenset[int] = frozenset()
    gives: Mapping[int, list[Event]] = field(default_factory=dict)
    at_the_end: list[Event] = field(default_factory=list)
    diary: list[str] = field(default_factory=list)
    seen: dict[int, Detections | None] = field(default_factory=dict)
    tally: Mapping[str, int] = field(default_factory=lambda: {"person": 2})
    analysed: int = 0
    inferred: int = 0

    def wants_detection(self, frame: Frame) -> bool:
        self.diary.append(f"wants {frame.index}")
        return frame.index in self.wants

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        self.diary.append(f"advance {frame.index}")
        self.seen[frame.index] = detections
        self.analysed += 1
        self.inferred += detections is not None
        return list(self.gives.get(frame.index, []))

    def passed_over(self) -> list[PassedOver]:
        return []

    def finish(self) -> list[Event]:
        self.diary.append("finish")
        return self.at_the_end


def frames(count: int) -> list[Frame]:
    """Frames whose grey level is ten times their index."""
    return [
        Frame("street", i, i / 6, None, np.full((4, 6, 3), 10 * i, np.uint8), (12, 8))
        for i in range(count)
    ]


def level_as_confidence(image: Image) -> Detections:
    return Detections.of([(Box(0, 0, 1, 1), float(image[0, 0, 0]) / 100, Label.PERSON)])


def test_the_gate_is_asked_about_a_frame_before_the_one_behind_it_is_judged() -> None:
    judge = DiaryJudge()
    Watch(ScriptedSource(frames(3)), judge, ScriptedDetector()).run()
    assert judge.diary == [
        "wants 0",
        "wants 1",
        "advance 0",
        "wants 2",
        "advance 1",
        "advance 2",
        "finish",
    ]


def test_each_frame_is_judged_with_its_own_detections() -> None:
    judge = DiaryJudge(wants=frozenset({0, 2, 3}))
    watched = Watch(ScriptedSource(frames(5)), judge, ScriptedDetector(level_as_confidence)).run()
    levels = {
        index: None if found is None else round(float(found.confidence[0]) * 100)
        for index, found in judge.seen.items()
    }
    assert levels == {0: 0, 1: None, 2: 20, 3: 30, 4: None}
    assert (watched.analysed, watched.inferred) == (5, 3)


def test_every_frame_can_be_inferred_whatever_the_gate_says() -> None:
    judge = DiaryJudge()
    detector = ScriptedDetector(level_as_confidence)
    watched = Watch(ScriptedSource(frames(4)), judge, detector, infer_every_frame=True).run()
    assert watched.inferred == len(detector.seen) == 4
    assert judge.diary.count("wants 1") == 1


def test_the_last_word_on_an_event_stands_and_what_was_cancelled_does_not() -> None:
    confirmed = replace(EVENT, state=EventState.CONFIRMED, t_confirmed=3.0)
    taken_back = replace(EVENT, id="b")
    late = replace(EVENT, id="c", t_release=0.5)
    judge = DiaryJudge(
        gives={
            0: [EVENT, taken_back],
            1: [confirmed],
            2: [replace(taken_back, state=EventState.CANCELLED)],
        },
        at_the_end=[late],
    )
    watched = Watch(ScriptedSource(frames(3)), judge, ScriptedDetector()).run()
    assert watched.events == (late, confirmed)
    assert watched.tally == {"person": 2}


def test_footage_that_breaks_off_gives_what_was_found_before() -> None:
    lost = SourceStalled("The camera was lost.")
    judge = DiaryJudge(gives={1: [EVENT]})
    source = ScriptedSource(frames(2), error=lost)
    watched = Watch(source, judge, ScriptedDetector()).run()
    assert watched.broken_off is lost
    assert watched.events == (EVENT,)
    assert judge.diary[-1] == "finish"
    assert source.closed


def test_footage_without_a_single_frame_is_an_error() -> None:
    source = ScriptedSource([], error=SourceStalled("Nothing came."))
    with pytest.raises(SourceStalled):
        Watch(source, DiaryJudge(), ScriptedDetector()).run()
    assert source.closed


def test_a_detector_that_fails_ends_the_watch_and_closes_the_source() -> None:
    detector = ScriptedDetector()
    detector.close()
    source = ScriptedSource(frames(3))
    with pytest.raises(ModelError):
        Watch(source, DiaryJudge(wants=frozenset({0})), detector).run()
    assert source.closed


def test_a_wish_to_stop_is_followed_before_the_next_frame() -> None:
    judge = DiaryJudge()
    times: list[float] = []
    hooks = Hooks(progress=times.append, is_stopping=lambda: len(times) == 2)
    source = ScriptedSource(frames(9))
    with pytest.raises(StopRequested):
        Watch(source, judge, ScriptedDetector(), hooks=hooks).run()
    assert times == [0.0, 1 / 6]
    assert "finish" not in judge.diary
    assert source.closed


def test_progress_is_told_in_seconds_of_footage() -> None:
    times: list[float] = []
    watch = Watch(
        ScriptedSource(frames(3)), DiaryJudge(), ScriptedDetector(), hooks=Hooks(times.append)
    )
    assert watch.run().seconds == pytest.approx(2 / 6)
    assert times == pytest.approx([0.0, 1 / 6, 2 / 6])
