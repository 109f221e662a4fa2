"""Tracklets, broken and stitched."""

import pytest

from litterwatch.detector.deposits.history import TrackHistory, group_of, near_border
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label, Track

P = DepositParameters()
SIZE = (320, 240)


def person(x: float, y: float = 100.0, tall: float = 80.0) -> Box:
    return Box(x - 14, y - tall, x + 14, y)


def walk(
    history: TrackHistory,
    track_id: int,
    times: list[float],
    places: list[float],
    *,
    label: Label = Label.PERSON,
) -> None:
    for t, x in zip(times, places, strict=True):
        box = person(x)
        history.see([Track(track_id, label, box, 0.9, times[0], t)], [box], t)


def steps(t_from: float, t_to: float, rate: float = 6.0) -> list[float]:
    return [t_from + i / rate for i in range(int((t_to - t_from) * rate) + 1)]


def test_a_broken_track_is_continued_by_the_one_that_fits() -> None:
    history = TrackHistory(P)
    first, second = steps(0, 2), steps(3, 5)
    walk(history, 1, first, [10 + 40 * t for t in first])
    walk(history, 2, second, [10 + 40 * t for t in second])
    walk(history, 3, second, [300 - 40 * t for t in second])
    first_end = history.tracklets[0].boxes[-1]
    chain = history.chain(history.tracklets[1])
    assert chain.ids == (1, 2)
    assert chain.first == 0
    assert chain.last == pytest.approx(5.0)
    assert history.chain(history.tracklets[2]).ids == (3,)
    assert chain.at(2.5) == first_end
    assert chain.at(9.0) is None
    assert chain.last_box.centre[0] == pytest.approx(210)


def test_too_late_too_far_too_tall_or_another_kind_is_no_continuation() -> None:
    for times, places, y_label in (
        (steps(6, 8), 90.0, Label.PERSON),
        (steps(2.5, 4), 250.0, Label.PERSON),
        (steps(2.5, 4), 90.0, Label.VEHICLE),
    ):
        history = TrackHistory(P)
        walk(history, 1, steps(0, 2), [90.0] * 13)
        walk(history, 2, times, [places] * len(times), label=y_label)
        assert history.chain(history.tracklets[0]).ids == (1,)
    history = TrackHistory(P)
    walk(history, 1, steps(0, 2), [90.0] * 13)
    tall = person(90, tall=150)
    history.see([Track(2, Label.PERSON, tall, 0.9, 2.5, 2.5)], [tall], 2.5)
    assert history.chain(history.tracklets[0]).ids == (1,)


def test_who_stands_is_written_down_once_a_second() -> None:
    history = TrackHistory(P)
    walk(history, 1, steps(0, 60), [50.0] * 361)
    (tracklet,) = history.tracklets
    assert len(tracklet.times) < 80
    assert tracklet.last == pytest.approx(60)
    assert tracklet.at(30.2) == person(50)
    assert tracklet.at(70) is None


def test_the_oldest_is_forgotten() -> None:
    history = TrackHistory(DepositParameters(remember=20.0))
    walk(history, 1, steps(0, 2), [50.0] * 13)
    walk(history, 2, steps(10, 45), [10 + 6 * t for t in steps(10, 45)])
    assert [t.id for t in history.tracklets] == [2]
    assert history.tracklets[0].first > 14
    assert history.looks_of(1) == []
    assert history.looks_of(2)


def test_guesses_of_the_tracker_are_not_looks() -> None:
    history = TrackHistory(P)
    box = person(50)
    history.see([Track(1, Label.PERSON, box, 0.9, 0.0, 0.5)], [box], 1.0)
    assert history.tracklets == []


def test_a_group_was_together_for_three_seconds() -> None:
    history = TrackHistory(P)
    times = steps(0, 6)
    walk(history, 1, times, [10 + 20 * t for t in times])
    walk(history, 2, times, [40 + 20 * t for t in times])
    walk(history, 3, times, [300 - 40 * t for t in times])
    chains = [history.chain(t) for t in history.tracklets]
    assert [c.ids for c in group_of(chains[0], chains, P, size=SIZE)] == [(1,), (2,)]


def test_who_comes_to_light_beside_somebody_who_walks_came_with_him() -> None:
    """Two who come as one are one box until they part; who stood there waiting came alone."""
    history = TrackHistory(P)
    come, apart = steps(0, 3), steps(3, 5)
    walk(history, 1, come + apart[1:], [10 + 30 * t for t in come] + [100.0] * (len(apart) - 1))
    walk(history, 2, come + apart[1:], [125.0] * (len(come) + len(apart) - 1))
    walk(history, 3, apart, [110 + 40 * (t - 3) for t in apart])
    chains = [history.chain(t) for t in history.tracklets]
    owner = next(c for c in chains if 3 in c.ids)
    assert [c.ids for c in group_of(owner, chains, P, size=SIZE)] == [(3,), (1,)]
    at_the_rim = (125, 240)
    assert [c.ids for c in group_of(owner, chains, P, size=at_the_rim)] == [(3,)]


def test_the_border() -> None:
    assert near_border(Box(1, 50, 30, 90), (320, 240))
    assert not near_border(Box(50, 50, 80, 90), (320, 240))
