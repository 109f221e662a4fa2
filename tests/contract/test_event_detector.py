"""What every event detector promises, over the engine alone and behind the pipeline's parts."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from litterwatch.detector.deposits.engine import DepositEngine
from litterwatch.detector.geometry import Box
from litterwatch.detector.protocols import EventDetector
from litterwatch.detector.types import (
    WHOLE_FRAME,
    Detections,
    Event,
    EventState,
    Frame,
    Label,
    Scene,
    Site,
    Track,
    Zone,
    ZoneKind,
)

Make = Callable[[], EventDetector]


def roads() -> EventDetector:
    return DepositEngine(Site(zones=(Zone("road", ZoneKind.ROAD, WHOLE_FRAME),)))


@pytest.fixture(params=[DepositEngine, roads], ids=["default", "road"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


@cache
def scenes(seconds: float, rate: float = 6.0) -> tuple[Scene, ...]:
    """Somebody leaves a bag at 4 s and walks off; drawn once for all detectors."""
    rng = np.random.default_rng(5)
    ground = rng.normal(130, 20, (120, 160, 3))
    ground = np.repeat(np.repeat(ground[::6, ::6], 6, axis=0), 6, axis=1)[:120, :160]
    found = []
    for index in range(int(seconds * rate)):
        t = index / rate
        image = ground + rng.normal(0, 1.0, ground.shape)
        if t >= 4:
            image[78:90, 84:98] = 30
        tracks: tuple[Track, ...] = ()
        x = float(np.interp(t, [2, 3.5, 4.5, 7], [-20, 76, 76, 200]))
        if 2 <= t <= 7 and -7 < x < 167:
            box = Box(x - 8, 45, x + 8, 90).clipped(160, 120)
            image[45:90, int(box.x1) : int(box.x2)] = (40, 60, 160)
            tracks = (Track(1, Label.PERSON, box, 0.9, 2.0, t),)
        picture = np.clip(image, 0, 255).astype(np.uint8)
        frame = Frame("contract", index, t, None, picture, (320, 240))
        found.append(Scene(frame, Detections.empty(), tracks))
    return tuple(found)


def run(detector: EventDetector, seconds: float) -> list[Event]:
    events = [event for scene in scenes(seconds) for event in detector.update(scene)]
    return events + detector.finish()


def test_without_footage_there_is_nothing_to_say(make: Make) -> None:
    detector = make()
    assert detector.finish() == []
    assert dict(detector.tally) == {}


def test_an_event_comes_again_under_its_id_as_its_state_moves(make: Make) -> None:
    events = run(make(), 20)
    assert len({event.id for event in events}) == 1
    states = [event.state for event in events]
    assert states == [EventState.PROVISIONAL, EventState.CONFIRMED]
    assert events[0].t_release == events[1].t_release


def test_boxes_are_in_pixels_of_the_full_picture(make: Make) -> None:
    event = run(make(), 20)[-1]
    x, y = event.box.centre
    assert 150 < x < 212
    assert 140 < y < 196


def test_the_end_of_footage_gives_what_was_left_and_says_it_once(make: Make) -> None:
    detector = make()
    events = run(detector, 7.0)
    assert [event.state for event in events] == [EventState.PROVISIONAL]
    assert detector.finish() == []


def test_the_same_footage_gives_the_same_events(make: Make) -> None:
    assert run(make(), 16) == run(make(), 16)


def test_media_time_must_increase(make: Make) -> None:
    detector = make()
    first, second = scenes(1)[:2]
    detector.update(second)
    with pytest.raises(ValueError, match="does not follow"):
        detector.update(first)


def test_every_event_explains_itself(make: Make) -> None:
    event = run(make(), 20)[-1]
    assert event.reasons[0].media_time <= event.reasons[-1].media_time
    assert {"persistence", "touch", "separation"} <= set(event.features)
    assert all(0 <= value <= 1 for value in event.features.values())
    assert 0 < event.score < 1
