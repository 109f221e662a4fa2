"""The life of an actor: born, confirmed, followed, hidden, gone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.detector.geometry import Box, iou
from litterwatch.detector.tracking.tracker import ActorTracker, TrackerParameters, covering_boxes
from litterwatch.detector.types import Detections, Label, Track

PERSON, VEHICLE, BIKE = Label.PERSON, Label.VEHICLE, Label.TWO_WHEELER


def at(x: float, y: float = 100.0, height: float = 80.0) -> Box:
    return Box(x, y, x + 0.4 * height, y + height)


def seen(*boxes: Box, confidence: float = 0.8, label: Label = PERSON) -> Detections:
    return Detections.of([(box, confidence, label) for box in boxes])


def test_a_sure_box_is_an_actor_at_once() -> None:
    (track,) = ActorTracker().update(seen(at(10), confidence=0.5), 0.0)
    assert track == Track(1, PERSON, at(10), 0.5, 0.0, 0.0, 0.0)


def test_a_doubtful_box_needs_a_second_look() -> None:
    tracker = ActorTracker()
    assert tracker.update(seen(at(10), confidence=0.35), 0.0) == ()
    (track,) = tracker.update(seen(at(12), confidence=0.15), 0.2)
    assert (track.id, track.first_seen, track.last_seen) == (1, 0.0, 0.2)


def test_a_weak_box_alone_begins_nothing() -> None:
    tracker = ActorTracker()
    for i in range(5):
        assert tracker.update(seen(at(10), confidence=0.25), i / 6) == ()


def test_a_trial_not_seen_again_is_forgotten() -> None:
    tracker = ActorTracker()
    tracker.update(seen(at(10), confidence=0.35), 0.0)
    tracker.update(Detections.empty(), 0.5)
    assert tracker.update(seen(at(10), confidence=0.35), 0.7) == ()


def test_a_hidden_actor_is_kept_for_three_seconds_and_no_longer() -> None:
    tracker = ActorTracker()
    tracker.update(seen(at(10)), 0.0)
    (track,) = tracker.update(Detections.empty(), 2.9)
    assert track.last_seen == 0.0
    assert tracker.update(Detections.empty(), 3.1) == ()
    (again,) = tracker.update(seen(at(10)), 3.2)
    assert again.id == 2


def test_a_half_hidden_actor_is_continued_by_a_weak_box() -> None:
    tracker = ActorTracker()
    tracker.update(seen(at(10)), 0.0)
    (track,) = tracker.update(seen(at(12), confidence=0.12), 0.2)
    assert (track.id, track.last_seen) == (1, 0.2)
    assert track.confidence == pytest.approx(0.12)


def test_a_body_boxed_by_its_upper_half_is_followed_whole() -> None:
    tracker = ActorTracker()
    whole, half = Box(100, 100, 126, 198), Box(101, 100, 125, 158)
    tracker.update(seen(half), 0.0)
    for i in range(1, 4):
        found = Detections.of([(half, 0.8, PERSON), (whole, 0.5, PERSON)])
        (track,) = tracker.update(found, i / 6)
    assert (track.id, track.box) == (1, whole)


WHOLE = Box(100, 100, 126, 200)


def stands(tracker: ActorTracker, until: float) -> None:
    for i in range(round(until * 6)):
        tracker.update(seen(WHOLE), i / 6)


def test_feet_behind_what_somebody_carries_are_where_they_were() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    (track,) = tracker.update(seen(Box(101, 100, 125, 158)), 1.0)
    assert track.box == Box(101, 100, 125, 200)


def test_who_stoops_behind_what_he_puts_down_keeps_his_feet() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    for i in range(3):
        lower = Box(96, 108 + 8 * i, 128, 164 + 6 * i)
        (track,) = tracker.update(seen(lower), 1.0 + i / 6)
    assert (track.id, track.box) == (1, Box(96, 124, 128, 200))


def test_who_rises_behind_what_he_put_down_keeps_his_feet() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    for i, top in enumerate([115, 130, 130, 115, 102]):
        (track,) = tracker.update(seen(Box(100, top, 128, 200 if i < 3 else top + 55)), 1.0 + i / 6)
    assert (track.id, track.box) == (1, Box(100, 102, 128, 200))


def test_feet_are_not_invented_for_long() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    half = Box(101, 100, 125, 158)
    feet = [tracker.update(seen(half), 1.0 + i / 6)[0].box.y2 for i in range(24)]
    assert feet[15] == 200
    assert feet[-1] == 158


@pytest.mark.parametrize(
    "other", [Box(120, 100, 146, 158), Box(100, 70, 126, 150)], ids=["elsewhere", "too high"]
)
def test_who_comes_to_light_behind_somebody_does_not_get_his_feet(other: Box) -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    tracks = tracker.update(seen(other), 1.0)
    assert other in [track.box for track in tracks]


def test_feet_seen_once_are_not_believed() -> None:
    tracker = ActorTracker()
    half = Box(100, 100, 126, 158)
    for i, box in enumerate([half, half, WHOLE, half]):
        (track,) = tracker.update(seen(box), i / 6)
    assert track.box == half


def test_who_walks_off_into_the_distance_is_boxed_as_he_is_seen() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    farther = Box(102, 84, 122, 164)
    (track,) = tracker.update(seen(farther), 1.5)
    assert track.box == farther


def test_trunk_and_legs_boxed_apart_are_nobody_new() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    looks = [
        seen(Box(101, 105, 126, 163), Box(101, 124, 127, 200), confidence=0.45),
        seen(Box(97, 113, 126, 169), confidence=0.64),
        seen(Box(93, 120, 126, 175), confidence=0.63),
        seen(Box(92, 123, 126, 202), confidence=0.45),
    ]
    ids = {t.id for i, look in enumerate(looks) for t in tracker.update(look, 1.0 + i / 6)}
    assert ids == {1}


def test_who_is_seen_past_somebody_is_not_his_legs() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    behind = Box(106, 125, 131, 180)
    assert [t.id for t in tracker.update(seen(WHOLE, behind), 1.0)] == [1, 2]


def test_he_and_he_with_his_load_are_one() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    with_load = Detections.of(
        [(Box(107, 106, 128, 200), 0.6, PERSON), (Box(97, 106, 117, 200), 0.5, PERSON)]
    )
    assert [t.id for t in tracker.update(with_load, 1.0)] == [1]


def test_two_who_walked_as_one_are_two_when_they_part() -> None:
    tracker = ActorTracker()
    for i in range(6):
        tracker.update(seen(Box(100, 100, 160, 200)), i / 6)
    for i in range(6, 10):
        apart = 4 * (i - 6)
        pair = seen(
            Box(100 - apart, 100, 134 - apart, 200), Box(124 + apart, 100, 160 + apart, 200)
        )
        tracks = tracker.update(pair, i / 6)
    assert len(tracks) == 2


def test_a_sure_look_at_somebody_missed_by_a_jump_of_his_box_is_no_second_actor() -> None:
    tracker = ActorTracker()
    stands(tracker, 1.0)
    strange = Box(90, 95, 200, 290)  # too large to be taken for him, and round him
    assert [t.id for t in tracker.update(seen(strange), 1.0)] == [1]
    assert [t.id for t in tracker.update(seen(WHOLE), 1.2)] == [1]


def test_two_who_cross_keep_their_ids() -> None:
    tracker = ActorTracker()
    for i in range(31):
        left, right = at(10 + 8 * i), at(250 - 8 * i, y=112)
        tracks = tracker.update(seen(left, right), i / 10)
    ids = {track.id: track.box for track in tracks}
    assert iou(ids[1], left) > 0.9
    assert iou(ids[2], right) > 0.9


def test_a_motorbike_that_jumps_further_than_its_box_is_one_actor() -> None:
    tracker = ActorTracker()
    for i in range(8):
        tracks = tracker.update(seen(at(10 + 75 * i), label=BIKE), i / 6)
    assert [track.id for track in tracks] == [1]


def test_kinds_of_actors_are_not_mixed() -> None:
    tracker = ActorTracker()
    tracker.update(seen(at(10)), 0.0)
    tracks = tracker.update(seen(at(10), label=VEHICLE), 0.2)
    assert {(track.id, track.label) for track in tracks} == {(1, PERSON), (2, VEHICLE)}


def test_other_things_are_no_actors() -> None:
    assert ActorTracker().update(seen(at(10), label=Label.WASTE), 0.0) == ()


def test_a_child_beside_is_not_the_man() -> None:
    tracker = ActorTracker()
    tracker.update(seen(at(10, height=200)), 0.0)
    tracks = tracker.update(seen(Box(40, 220, 60, 260)), 0.2)
    assert {track.id for track in tracks} == {1, 2}


def test_time_must_increase() -> None:
    tracker = ActorTracker()
    tracker.update(seen(at(10)), 1.0)
    with pytest.raises(ValueError, match="does not follow"):
        tracker.update(seen(at(10)), 1.0)


def test_standing_still_is_known_since_when() -> None:
    tracker = ActorTracker()
    rng = np.random.default_rng(3)
    for i in range(60):
        x = 10 + 10 * min(i, 20) + float(rng.uniform(-2, 2))
        (track,) = tracker.update(seen(at(x)), i / 6)
    assert track.still_since is not None
    assert 2.5 <= track.still_since <= 3.6


def test_what_covers_the_picture() -> None:
    def car(still_since: float, last_seen: float = 10.0) -> Track:
        return Track(1, VEHICLE, at(0), 0.9, 0.0, last_seen, still_since)

    man = Track(2, PERSON, at(0), 0.9, 0.0, 10.0, 0.0)
    new_car = Track(3, VEHICLE, at(0), 0.9, 9.0, 10.0, 9.0)
    assert covering_boxes([man, car(4.0), new_car], 10.2) == [at(0)] * 3
    assert covering_boxes([car(0.0)], 10.2) == []  # stood there from the start: scenery
    assert covering_boxes([car(4.0, last_seen=9.0)], 10.2) == []


@settings(max_examples=30)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 300), st.integers(0, 200), st.floats(0.1, 1.0)), max_size=4
        ),
        min_size=1,
        max_size=25,
    )
)
def test_ids_are_never_used_again(frames: list[list[tuple[int, int, float]]]) -> None:
    tracker = ActorTracker(TrackerParameters(buffer=0.5))
    last_seen: dict[int, int] = {}
    for i, rows in enumerate(frames):
        found = Detections.of([(at(x, y), c, PERSON) for x, y, c in rows])
        tracks = tracker.update(found, i / 4)
        ids = [track.id for track in tracks]
        assert len(set(ids)) == len(ids)
        assert ids == sorted(ids)
        for track in tracks:
            previous = last_seen.get(track.id)
            assert previous is None or previous == i - 1
            assert track.id <= max(last_seen, default=0) or track.id == len(last_seen) + 1
            last_seen[track.id] = i


@settings(max_examples=10)
@given(speed=st.floats(0.0, 90.0), fps=st.sampled_from([5.0, 12.0, 25.0]))
def test_a_walker_is_one_actor_at_every_frame_rate(speed: float, fps: float) -> None:
    tracker = ActorTracker()
    for i in range(round(4 * fps)):
        tracks = tracker.update(seen(at(10 + speed * i / fps)), i / fps)
    assert [track.id for track in tracks] == [1]


def test_who_enters_where_another_walked_out_is_somebody_else() -> None:
    tracker = ActorTracker()
    for step in range(12):  # out by the left edge at 60 px/s, the box cut off there
        x = 100.0 - step * 10
        box = Box(max(0.0, x), 100, x + 40, 220)
        if box.width > 8:
            tracker.update(Detections.of([(box, 0.9, Label.PERSON)]), step / 6)
    for step in range(18, 24):  # 1.6 s later another comes in there
        box = Box(0, 100, 10.0 + (step - 18) * 10, 220)
        tracks = tracker.update(Detections.of([(box, 0.9, Label.PERSON)]), step / 6)
    seen_now = [track for track in tracks if track.last_seen == pytest.approx(23 / 6)]
    assert [track.first_seen for track in seen_now] == [pytest.approx(3.0)]


def test_a_second_box_on_one_body_is_not_a_second_actor() -> None:
    tracker = ActorTracker()
    whole = Box(0, 100, 40, 200)
    half = Box(0, 102, 20, 198)
    for i in range(4):
        found = Detections.of([(whole, 0.7, PERSON), (half, 0.65, PERSON)])
        assert [t.id for t in tracker.update(found, i / 6)] == [1]


def test_a_child_beside_him_is() -> None:
    tracker = ActorTracker()
    child = Box(20, 130, 40, 200)
    found = Detections.of([(Box(0, 100, 40, 200), 0.9, PERSON), (child, 0.8, PERSON)])
    beside = Detections.of(
        [(Box(0, 100, 40, 200), 0.9, PERSON), (child.grown(-2, 30), 0.8, PERSON)]
    )
    assert len(tracker.update(beside, 0.0)) == 2
    assert len(tracker.update(found, 2.0)) == 1


def test_two_who_cross_are_both_kept() -> None:
    tracker = ActorTracker()
    for i in range(25):
        x = 10 + 8 * i
        found = seen(at(x), at(200 - x, height=78.0))
        ids = [t.id for t in tracker.update(found, i / 6) if t.last_seen == i / 6]
    assert len(ids) == 2


def test_who_comes_to_light_again_does_not_oust_a_steady_actor() -> None:
    tracker = ActorTracker()
    tracker.update(seen(at(100)), 0.0)
    for i in range(1, 12):
        tracker.update(seen(at(300 - 12 * i)), i / 6 + 0.5)
    # The lost one's place and the walker's box now meet, and a double of the walker is offered.
    walker, double = at(156), Box(157, 103, 187, 179)
    found = Detections.of([(walker, 0.9, PERSON), (double, 0.6, PERSON)])
    assert [t.id for t in tracker.update(found, 2.5) if t.last_seen == 2.5] == [2]


@pytest.mark.parametrize("fps", [4.0, 6.0])
def test_a_fast_motorbike_is_one_actor_at_a_low_frame_rate(fps: float) -> None:
    tracker = ActorTracker()
    for i in range(3):  # 7.5 of its heights a second: 12 m/s, 43 km/h
        tracks = tracker.update(seen(at(600 * i / fps), label=BIKE), i / fps)
    assert [track.id for track in tracks] == [1]
