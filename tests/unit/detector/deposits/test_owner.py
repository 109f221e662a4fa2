"""Who left it there."""

from dataclasses import replace

import numpy as np
import pytest

from litterwatch.detector.deposits.history import Chain, TrackHistory, Tracklet
from litterwatch.detector.deposits.owner import (
    Throw,
    away_distance,
    find_owner,
    passer_of,
    reach_distance,
)
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label, Track

P = DepositParameters()
PLACE = Box(100, 90, 120, 105)
SIZE = (320, 240)


def see(
    history: TrackHistory,
    track_id: int,
    way: list[tuple[float, float]],
    label: Label = Label.PERSON,
    *,
    width: float = 28.0,
) -> None:
    """Along (t, x) corners at 6 looks a second."""
    t, end = way[0][0], way[-1][0]
    while t <= end + 1e-9:
        k = max(i for i, corner in enumerate(way) if corner[0] <= t + 1e-9)
        a, b = way[k], way[min(k + 1, len(way) - 1)]
        share = 0.0 if b[0] == a[0] else (t - a[0]) / (b[0] - a[0])
        x = a[1] + share * (b[1] - a[1])
        box = Box(x - width / 2, 20, x + width / 2, 100)
        history.see([Track(track_id, label, box, 0.9, way[0][0], t)], [box], t)
        t += 1 / 6


PUTS_DOWN = [(0.0, 20.0), (2.0, 95.0), (4.0, 95.0), (8.0, 300.0)]


def test_the_one_who_was_there_is_the_owner() -> None:
    history = TrackHistory(P)
    see(history, 1, PUTS_DOWN)
    see(history, 2, [(0.0, 250.0), (8.0, 260.0)])
    owner = find_owner(history, PLACE, (1.0, 5.0), 80.0, P, size=SIZE)
    assert owner is not None
    assert owner.chain.ids == (1,)
    assert owner.contact.touch == 1.0
    assert not owner.ambiguous
    assert owner.vehicle is None
    assert owner.first_seen == 0.0


def test_two_who_explain_it_alike_are_declared() -> None:
    history = TrackHistory(P)
    see(history, 1, PUTS_DOWN)
    see(history, 2, [(t, x + 6) for t, x in PUTS_DOWN])
    owner = find_owner(history, PLACE, (1.0, 5.0), 80.0, P, size=SIZE)
    assert owner is not None
    assert owner.ambiguous
    assert len(owner.group) == 2


def test_other_signs_decide_between_two() -> None:
    history = TrackHistory(P)
    see(history, 1, PUTS_DOWN)
    see(history, 2, [(t, x + 6) for t, x in PUTS_DOWN])
    owner = find_owner(
        history,
        PLACE,
        (1.0, 5.0),
        80.0,
        P,
        size=SIZE,
        favour=lambda chain: 3.0 if chain.ids == (2,) else 1.0,
    )
    assert owner is not None
    assert owner.chain.ids == (2,)
    assert not owner.ambiguous


def test_nobody_near_is_nobody() -> None:
    history = TrackHistory(P)
    see(history, 1, [(0.0, 250.0), (8.0, 260.0)])
    assert find_owner(history, PLACE, (1.0, 5.0), 80.0, P, size=SIZE) is None


def test_who_passes_at_speed_explains_only_what_was_seen_to_fly() -> None:
    history = TrackHistory(P)
    see(history, 1, [(0.0, -100.0), (1.2, 400.0)], Label.TWO_WHEELER, width=60)
    window = (0.0, 1.5)
    assert find_owner(history, PLACE, window, 80.0, P, size=SIZE) is None
    throw = Throw(1, 0.55)
    owner = find_owner(history, PLACE, window, 80.0, P, size=SIZE, throw=throw)
    assert owner is not None
    assert owner.vehicle is owner.chain


def test_a_throw_reaches_farther_than_arms() -> None:
    history = TrackHistory(P)
    see(history, 1, [(0.0, 20.0), (1.0, 20.0), (4.0, 20.0)])
    far = Box(220, 95, 232, 104)
    assert find_owner(history, far, (0.0, 3.0), 80.0, P, size=SIZE) is None
    throw = Throw(1, 1.0)
    owner = find_owner(history, far, (0.0, 3.0), 80.0, P, size=SIZE, throw=throw)
    assert owner is not None
    assert owner.contact.nearest == 0.0
    nobody = Throw(7, 1.0)
    assert find_owner(history, far, (0.0, 3.0), 80.0, P, size=SIZE, throw=nobody) is None


def test_a_vehicle_must_have_stood_there_and_have_come() -> None:
    history = TrackHistory(P)
    see(
        history,
        1,
        [(0.0, -80.0), (3.0, 120.0), (8.0, 120.0), (11.0, 400.0)],
        Label.VEHICLE,
        width=120.0,
    )
    owner = find_owner(history, PLACE, (2.0, 9.0), 80.0, P, size=SIZE)
    assert owner is not None
    assert owner.chain.label is Label.VEHICLE
    parked = TrackHistory(P)
    see(parked, 1, [(0.0, 120.0), (11.0, 120.0)], Label.VEHICLE, width=120.0)
    assert find_owner(parked, PLACE, (2.0, 9.0), 80.0, P, size=SIZE) is None


def test_a_driver_brings_his_vehicle_into_it() -> None:
    history = TrackHistory(P)
    see(history, 1, [(0.0, -80.0), (2.0, 60.0), (12.0, 60.0)], Label.VEHICLE, width=80.0)
    see(history, 2, [(3.0, 80.0), (4.0, 100.0), (6.0, 100.0), (8.0, 80.0)])
    owner = find_owner(history, PLACE, (3.0, 7.0), 80.0, P, size=SIZE)
    assert owner is not None
    assert owner.chain.ids == (2,)
    assert owner.vehicle is not None
    assert owner.vehicle.ids == (1,)
    assert owner.first_seen == 0.0


def test_distances_count_depth() -> None:
    beside = Box(70, 20, 98, 100)
    behind = Box(96, -80, 124, 0)
    assert reach_distance(PLACE, beside, Label.PERSON, 80.0, P) == 0.0
    assert reach_distance(PLACE, behind, Label.PERSON, 80.0, P) > 0.5
    on_the_wall = Box(72, 20, 92, 48)
    assert reach_distance(on_the_wall, beside, Label.PERSON, 80.0, P) > P.touch_near - 0.1
    assert away_distance(PLACE, Box(100, 20, 120, 100), 80.0) == 0.0
    assert away_distance(PLACE, Box(186, 20, 214, 100), 80.0) == 1.0


@pytest.mark.parametrize(
    ("person", "stands_at_it"),
    [
        (Box(185, 177, 222, 249), True),  # seen down to the knees, behind the mattress
        (Box(60, 177, 97, 249), False),  # beside it: nothing hides his feet
        (Box(185, 165, 222, 237), False),  # his box ends above it: he stands far behind
        (Box(195, 210, 212, 249), False),  # smaller than what would be hidden of him
    ],
)
def test_whose_legs_the_thing_hides_stands_at_it(person: Box, stands_at_it: bool) -> None:
    mattress = Box(176, 246, 256, 298)
    apart = reach_distance(mattress, person, Label.PERSON, 66.0, P)
    assert (apart == 0.0) is stands_at_it


def test_who_passes_explains_what_came_suddenly_within_his_reach() -> None:
    history = TrackHistory(P)
    see(history, 1, [(0.0, -100.0), (1.2, 400.0)], Label.TWO_WHEELER, width=60)
    owner = find_owner(history, PLACE, (0.0, 1.5), 80.0, P, size=SIZE, sudden=True)
    assert owner is not None
    far = Box(100, 220, 120, 235)
    assert find_owner(history, far, (0.0, 1.5), 80.0, P, size=SIZE, sudden=True) is None


def test_who_was_before_it_at_one_look_and_behind_it_at_the_next_has_passed_it() -> None:
    history = TrackHistory(P)
    for t, x in ((1.0, 20.0), (1.25, 190.0)):  # four looks a second at a motorbike in town
        box = Box(x - 25, 30, x + 25, 100)
        history.see([Track(1, Label.TWO_WHEELER, box, 0.9, 1.0, t)], [box], t)
    owner = find_owner(history, PLACE, (0.0, 2.5), 80.0, P, size=SIZE, sudden=True)
    assert owner is not None
    assert 1.0 < owner.contact.closest < 1.25
    assert find_owner(history, PLACE, (0.0, 2.5), 80.0, P, size=SIZE) is None


def test_a_vehicle_far_away_that_comes_straight_on_does_not_stand() -> None:
    def coming(height: float, speed: float) -> TrackHistory:
        history = TrackHistory(P)
        for k in range(36):
            y = 95 + speed * k / 6
            box = Box(100, y - height, 100 + 1.2 * height, y)
            history.see([Track(1, Label.VEHICLE, box, 0.9, 0.0, k / 6)], [box], k / 6)
        return history

    near, far = coming(80.0, 0.0), coming(16.0, 8.0)
    near.see([Track(1, Label.VEHICLE, Box(300, 15, 396, 95), 0.9, 0.0, 9.0)], [PLACE], 9.0)
    place = Box(100, 100, 112, 112)
    assert find_owner(near, place, (1.0, 6.0), 80.0, P, size=SIZE) is not None
    assert find_owner(far, place, (1.0, 6.0), 80.0, P, size=SIZE) is None


def driven(*looks: tuple[float, float]) -> Chain:
    """Something as large as a motorbike at (t, x), with its wheels at row 100."""
    times = [t for t, _ in looks]
    boxes = [Box(x - 40, 40, x + 40, 100) for _, x in looks]
    return Chain((Tracklet(-1, Label.TWO_WHEELER, times, boxes),))


def test_who_drove_past_unrecognised_when_it_came_explains_it() -> None:
    place = Box(150, 90, 170, 105)
    past = driven(*((t / 6, 40 * t) for t in range(12)))
    owner = passer_of([past], place, (-0.5, 2.0), 80.0, P, size=SIZE)
    assert owner is not None
    assert owner.chain is past
    assert owner.vehicle is past
    assert not owner.recognised
    assert not owner.ambiguous
    twin = replace(past, tracklets=(replace(past.tracklets[0], id=-2),))
    both = passer_of([past, twin], place, (-0.5, 2.0), 80.0, P, size=SIZE)
    assert both is not None
    assert both.ambiguous


@pytest.mark.parametrize(
    ("chain", "place"),
    [
        (driven(*((t / 6, min(40 * t, 160)) for t in range(12))), Box(150, 90, 170, 105)),  # stops
        (driven(*((t / 6, 40 * t) for t in range(12))), Box(150, 190, 170, 205)),  # far beside it
        (driven(*((t / 6 - 9, 40 * t) for t in range(12))), Box(150, 90, 170, 105)),  # before
        (driven(*((t / 6, 40 * t) for t in range(12))), Box(0, 0, 400, 105)),  # dwarfs it
    ],
)
def test_who_stops_or_passes_elsewhere_or_earlier_does_not(chain: Chain, place: Box) -> None:
    assert passer_of([chain], place, (-0.5, 2.0), 80.0, P, size=SIZE) is None


def drive(history: TrackHistory, box: Box, until: float = 6.0) -> None:
    """A vehicle that comes by a little and stands."""
    for t in np.arange(0, until + 1e-9, 1 / 6):
        behind = min(0.0, 60 * (t - 1))
        at = Box(box.x1 + behind, box.y1, box.x2 + behind, box.y2)
        history.see([Track(1, Label.VEHICLE, at, 0.9, 0.0, t)], [at], t)


def test_a_vehicle_as_large_as_the_picture_or_from_edge_to_edge_explains_nothing() -> None:
    for box, explains_it in (
        (Box(70, 30, 310, 130), True),
        (Box(70, 2, 310, 238), False),
        (Box(1, 30, 319, 130), False),
        (Box(50, 20, 250, 225), False),
    ):
        history = TrackHistory(P)
        drive(history, box)
        owner = find_owner(history, PLACE, (1.0, 5.0), 80.0, P, size=SIZE)
        assert (owner is not None) is explains_it


def test_nobody_is_said_to_have_come_out_of_the_whole_picture() -> None:
    for box, came_out in ((Box(20, 30, 240, 130), True), (Box(20, 2, 240, 238), False)):
        history = TrackHistory(P)
        drive(history, box)
        see(history, 2, [(1.5, 95.0), (4.0, 95.0), (8.0, 300.0)])
        owner = find_owner(history, PLACE, (1.0, 5.0), 80.0, P, size=SIZE)
        assert owner is not None
        assert owner.chain.ids == (2,)
        assert (owner.vehicle is not None) is came_out
