"""What every `Tracker` keeps, whatever its method."""

from collections.abc import Callable

import pytest

from litterwatch.detector.geometry import Box
from litterwatch.detector.protocols import Tracker
from litterwatch.detector.tracking.tracker import ActorTracker
from litterwatch.detector.types import ACTOR_LABELS, Detections, Label

TRACKERS: list[Callable[[], Tracker]] = [ActorTracker]


@pytest.fixture(params=TRACKERS)
def tracker(request: pytest.FixtureRequest) -> Tracker:
    made: Tracker = request.param()
    return made


def walk(i: int) -> Detections:
    return Detections.of(
        [
            (Box(10 + 5 * i, 50, 40 + 5 * i, 130), 0.9, Label.PERSON),
            (Box(200, 20 + 4 * i, 300, 80 + 4 * i), 0.7, Label.VEHICLE),
            (Box(100, 120, 110, 130), 0.9, Label.WASTE),
        ]
    )


def test_actors_keep_their_ids_and_are_in_order(tracker: Tracker) -> None:
    for i in range(12):
        tracks = tracker.update(walk(i), i / 6)
        assert [track.id for track in tracks] == [1, 2]
        assert all(track.label in ACTOR_LABELS for track in tracks)
        assert all(track.first_seen == 0.0 and track.last_seen == i / 6 for track in tracks)


def test_nothing_seen_is_no_error(tracker: Tracker) -> None:
    assert tracker.update(Detections.empty(), 0.0) == ()
    assert tracker.update(Detections.empty(), 100.0) == ()


def test_two_instances_share_nothing(tracker: Tracker) -> None:
    tracker.update(walk(0), 0.0)
    other = type(tracker)()
    assert [track.id for track in other.update(walk(0), 0.0)] == [1, 2]


def test_an_actor_long_gone_is_dropped_and_his_id_too(tracker: Tracker) -> None:
    tracker.update(walk(0), 0.0)
    assert tracker.update(Detections.empty(), 60.0) == ()
    assert min(track.id for track in tracker.update(walk(0), 60.2)) > 2


def test_snapshots_do_not_change_afterwards(tracker: Tracker) -> None:
    first = tracker.update(walk(0), 0.0)
    box = first[0].box
    tracker.update(walk(1), 0.2)
    assert first[0].box == box


def test_time_that_does_not_increase_is_refused(tracker: Tracker) -> None:
    tracker.update(walk(0), 1.0)
    with pytest.raises(ValueError, match="does not follow"):
        tracker.update(walk(1), 0.9)
