"""What drives past and the detector does not recognise."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.detector.change.scripted import scripted_view
from litterwatch.detector.change.view import ChangeView, Code
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.passers import MISSED, Passers
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label

P = DepositParameters()
TALL = 20.0
WIDTH, HEIGHT, ROAD = 400, 60, 50
"""The picture is 20 H wide."""


def view(t: float, boxes: Sequence[Box]) -> ChangeView:
    code = np.zeros((HEIGHT, WIDTH), np.uint8)
    for box in boxes:
        cut = box.clipped(WIDTH, HEIGHT)
        code[round(cut.y1) : round(cut.y2), round(cut.x1) : round(cut.x2)] = Code.MOVING
    return scripted_view(t, code, (1.0, 1.0))


def motorbike(x: float, y: float = ROAD, width: float = 24, height: float = 20) -> Box:
    return Box(x - width / 2, y - height, x + width / 2, y)


def watched(looks: Sequence[tuple[float, Sequence[Box]]]) -> Passers:
    passers = Passers()
    for t, boxes in looks:
        passers.see(view(t, boxes), t, lambda _: TALL)
    return passers


def drive(
    rate: float, speed: float, *, seconds: float = 1.5, back: bool = False
) -> list[tuple[float, list[Box]]]:
    """Straight through the picture at so many H/s."""
    times = [i / rate for i in range(int(seconds * rate) + 1)]
    ways = [30 + speed * TALL * t for t in times]
    return [
        (t, [motorbike(WIDTH - x if back else x)])
        for t, x in zip(times, ways, strict=True)
        if x < WIDTH - 20
    ]


@settings(deadline=None)
@given(
    rate=st.sampled_from((4.0, 5.0, 6.0, 8.0, 12.0)),
    speed=st.floats(2.8, 7.5),
    back=st.booleans(),
)
def test_who_goes_straight_on_faster_than_on_foot_drives_past(
    rate: float, speed: float, *, back: bool
) -> None:
    looks = drive(rate, speed, back=back)
    (chain,) = watched(looks).passed((0.0, 2.0), TALL)
    assert chain.label is Label.TWO_WHEELER
    assert all(number < 0 for number in chain.ids)
    assert chain.first == 0.0
    assert chain.last == looks[-1][0]


@settings(deadline=None)
@given(rate=st.sampled_from((4.0, 6.0, 12.0)), speed=st.floats(0.0, 2.3), back=st.booleans())
def test_who_walks_or_stands_does_not(rate: float, speed: float, *, back: bool) -> None:
    assert watched(drive(rate, speed, seconds=4, back=back)).passed((0.0, 9.0), TALL) == []


@settings(deadline=None)
@given(st.lists(st.floats(20, WIDTH - 20), min_size=4, max_size=12))
def test_what_jumps_about_is_followed_only_where_it_goes_straight_on(places: list[float]) -> None:
    looks = [(i / 6, [motorbike(x)]) for i, x in enumerate(places)]
    for chain in watched(looks).passed((0.0, 9.0), TALL):
        (part,) = chain.tracklets
        ways = np.array([box.centre[0] for box in part.boxes])
        straight = np.polyval(np.polyfit(part.times, ways, 1), part.times)
        assert np.abs(ways - straight).max() <= 0.2 * TALL * np.sqrt(len(ways))
        assert abs(ways[-1] - ways[0]) >= 2 * TALL


def test_a_van_is_a_vehicle() -> None:
    looks = [(t, [motorbike(b[0].centre[0], width=60, height=22)]) for t, b in drive(6.0, 4.0)]
    (chain,) = watched(looks).passed((0.0, 2.0), TALL)
    assert chain.label is Label.VEHICLE


@pytest.mark.parametrize(
    "looks",
    [
        drive(6.0, 4.0)[:3],  # seen too briefly
        drive(6.0, 3.0, seconds=0.5),  # not far
        [(t, [motorbike(box[0].centre[0], height=4, width=8)]) for t, box in drive(6.0, 4.0)],
        [(t, box if i % 4 < 2 else []) for i, (t, box) in enumerate(drive(4.0, 4.0))],  # lost
        [(t, box + [motorbike(40 * k, 22) for k in range(1, 8)]) for t, box in drive(6.0, 4.0)],
    ],
)
def test_what_is_no_passer(looks: list[tuple[float, list[Box]]]) -> None:
    assert watched(looks).passed((0.0, 9.0), TALL) == []


def test_passers_are_asked_for_by_time_and_forgotten() -> None:
    passers = watched(drive(6.0, 4.0))
    assert len(passers.passed((1.0, 9.0), TALL)) == 1
    assert passers.passed((3.0, 9.0), TALL) == []
    assert passers.passed((-3.0, -1.0), TALL) == []
    passers.see(view(40.0, []), 40.0, lambda _: TALL)
    assert passers.passed((0.0, 9.0), TALL) == []


def test_what_moves_on_the_spot_all_day_is_not_remembered_all_day() -> None:
    passers = watched([(i / 4, [motorbike(100)]) for i in range(250)])
    sizes = [len(known.times) for known in passers._followed]
    assert sizes == [121]


def test_two_who_pass_each_other_are_two() -> None:
    one, other = drive(8.0, 4.0), drive(8.0, 4.0, back=True)
    looks = [
        (t, [box, motorbike(opposite.centre[0], 28)])
        for (t, (box,)), (_, (opposite,)) in zip(one, other, strict=True)
    ]
    found = watched(looks).passed((0.0, 9.0), TALL)
    assert len(found) == 2
    assert len({chain.ids for chain in found}) == 2


def test_a_laden_cart_is_followed_over_looks_that_miss_it_or_its_rider() -> None:
    """As the detector boxes it: now with whoever rides it, now without, now not at all."""
    looks = [
        (t, [motorbike(30 + 80 * t, height=36 if index % 2 else 20)])
        for index, t in enumerate(i / 6 for i in range(18))
        if index not in {5, 6, 7}
    ]

    def followed(gap: float) -> list[float]:
        laden = Passers(gap=gap)
        for t, boxes in looks:
            laden.follow(boxes, t, lambda _: TALL)
        return [chain.first for chain in laden.passed((0.0, 3.0), TALL)]

    assert followed(MISSED) == [0.0]
    assert len(followed(0.4)) == 2
