"""Fair turns, lower rates under load, and no queue."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.types import Frame
from litterwatch.service.runtime.turns import LEAST_RATE, WINDOW, Turns

IMAGE = np.zeros((2, 2, 3), np.uint8)


def frame(camera_id: str, media_time: float) -> Frame:
    return Frame(camera_id, round(100 * media_time), media_time, None, IMAGE, (2, 2))


def simulate(
    cameras: int,
    cost: float,
    seconds: float,
    *,
    rate: float = 6.0,
    hiccup: float = 0.0,
    cost_at: Callable[[float], float] | None = None,
) -> Turns:
    """Cameras at their rate before a machine that needs `cost` seconds a picture.

    Args:
        cameras: how many.
        cost: s of a picture.
        seconds: how long.
        rate: pictures a second of each camera.
        hiccup: s in which the machine does something else, every ten seconds.
        cost_at: s of a picture that is looked at then, instead of `cost`.
    """
    turns, chance = Turns(), random.Random(1)  # noqa: S311
    due = []
    for number in range(cameras):
        turns.add(f"c{number}", rate)
        due.append(chance.random() / rate)
    now, away = 0.0, 5.0
    while now < seconds:
        for number in range(cameras):
            while due[number] <= now:
                turns.offer(frame(f"c{number}", due[number]))
                due[number] += 1 / rate
        taken = turns.take(1)
        needed = cost if cost_at is None else cost_at(now)
        now += needed if taken else 0.01
        if now > away:
            now, away = now + hiccup, away + 10.0
        turns.worked(needed if taken else 0.0)
        turns.judge_load(now)
    return turns


def test_a_newer_picture_takes_the_place_of_one_that_waits() -> None:
    turns = Turns()
    turns.add("gate", 6.0)
    for number in range(5):
        turns.offer(frame("gate", float(number)))
    (only,) = turns.take(10)
    assert only.media_time == 4.0
    assert turns.places["gate"].displaced == 4
    assert not turns.is_waiting


def test_who_waited_longest_comes_first() -> None:
    turns = Turns()
    for name in "abc":
        turns.add(name, 6.0)
    order = []
    for number in range(9):
        for name in "cba":
            turns.offer(frame(name, float(number)))
        order += [taken.camera_id for taken in turns.take(1)]
    assert order == list("abc") * 3


def test_pictures_of_several_cameras_can_be_looked_at_at_once() -> None:
    turns = Turns()
    for name in "abc":
        turns.add(name, 6.0)
        turns.offer(frame(name, 0.0))
    assert [len(turns.take(2)), len(turns.take(2)), len(turns.take(2))] == [2, 1, 0]


def test_a_machine_that_keeps_up_gives_every_camera_its_rate() -> None:
    turns = simulate(cameras=4, cost=0.02, seconds=60)
    assert turns.share == 1.0
    assert all(place.thinned == 0 for place in turns.places.values())


def served(turns: Turns, seconds: float, rate: float = 6.0) -> list[float]:
    """Pictures of each camera that were looked at."""
    return [
        seconds * rate - place.thinned - place.displaced - (place.frame is not None)
        for place in turns.places.values()
    ]


@pytest.mark.parametrize(("cameras", "cost"), [(8, 0.0145), (12, 0.0097)])
def test_a_machine_that_hiccups_but_has_room_keeps_its_rates(cameras: int, cost: float) -> None:
    looked = served(simulate(cameras=cameras, cost=cost, seconds=240, hiccup=0.3), 240)
    assert sum(looked) >= 0.85 * 240 * 6 * cameras


@pytest.mark.parametrize("cost", [0.0097, 0.0118])  # 70 and 85 % of the machine
def test_twelve_cameras_with_room_left_are_not_held_below_their_rate(cost: float) -> None:
    turns = simulate(cameras=12, cost=cost, seconds=240)
    assert turns.share == 1.0
    assert sum(served(turns, 240)) >= 0.99 * 240 * 6 * 12
    assert max(place.thinned for place in turns.places.values()) == 0


def test_a_short_hiccup_holds_nobody_below_his_rate() -> None:
    turns = simulate(cameras=12, cost=0.0097, seconds=240, hiccup=0.2)
    displaced = sum(place.displaced for place in turns.places.values())
    assert displaced > 0, "it does cost some pictures"
    assert turns.share == 1.0
    assert max(place.thinned for place in turns.places.values()) == 0


def test_twelve_cameras_of_which_some_pictures_cost_much_keep_their_rate() -> None:
    chance = random.Random(2)  # noqa: S311

    def cost_at(_now: float) -> float:
        """One in eight goes through the model: 0.05 s; the others are only compared."""
        return 0.05 if chance.random() < 0.125 else 0.004

    looked = served(simulate(cameras=12, cost=0.0, seconds=240, cost_at=cost_at), 240)
    assert sum(looked) >= 0.97 * 240 * 6 * 12
    assert min(looked) >= 0.95 * 240 * 6, "no camera pays for the others"


def test_twelve_cameras_get_their_rate_back_after_an_overload() -> None:
    def cost_at(now: float) -> float:
        """Three times what the machine can do, for half a minute; then 70 % of it."""
        return 0.042 if now < 30 else 0.0097

    early = simulate(cameras=12, cost=0.0, seconds=30, cost_at=cost_at)
    assert early.share < 0.5
    late = simulate(cameras=12, cost=0.0, seconds=90, cost_at=cost_at)
    assert late.share == 1.0, "within a minute"


@pytest.mark.parametrize("cameras", [3, 8, 20])
def test_under_overload_rates_fall_evenly_and_the_machine_stays_busy(cameras: int) -> None:
    turns = simulate(cameras=cameras, cost=0.09, seconds=240)
    assert turns.share < 1.0
    looked = served(turns, 240)
    assert max(looked) <= 1.25 * min(looked) + 4
    assert sum(looked) >= 0.75 * 240 / 0.09


def test_rates_rise_again_when_there_is_room() -> None:
    turns = simulate(cameras=8, cost=0.09, seconds=120)
    low = turns.share
    now = 1000.0
    for _ in range(20):
        now += WINDOW
        turns.judge_load(now)
    assert low < turns.share == 1.0


def test_no_camera_is_pushed_below_a_picture_a_second() -> None:
    turns = simulate(cameras=40, cost=0.3, seconds=300)
    assert turns.share * 6.0 >= LEAST_RATE


def test_a_camera_that_is_gone_is_forgotten() -> None:
    turns = Turns()
    turns.add("gate", 6.0)
    turns.offer(frame("gate", 0.0))
    turns.remove("gate")
    turns.offer(frame("gate", 1.0))
    assert turns.take(5) == []


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=200))
def test_nothing_ever_queues(steps: list[tuple[str, bool]]) -> None:
    turns = Turns()
    for name in "abc":
        turns.add(name, 6.0)
    for number, (name, takes) in enumerate(steps):
        turns.offer(frame(name, float(number)))
        assert sum(place.frame is not None for place in turns.places.values()) <= 3
        if takes:
            assert len({taken.camera_id for taken in turns.take(4)}) <= 3
