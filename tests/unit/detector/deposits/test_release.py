"""Cues of letting go."""

import numpy as np
import pytest

from litterwatch.detector.change.scripted import scripted_view
from litterwatch.detector.change.view import ChangeView, Code
from litterwatch.detector.deposits.history import Chain, Tracklet
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.release import (
    Cue,
    Flights,
    bend,
    best_cue,
    moving_things,
    separation,
)
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label

P = DepositParameters()
PLACE = Box(100, 90, 120, 105)
WINDOW = (1.0, 6.0)


def chain(looks: list[tuple[float, float, float]]) -> Chain:
    """From (t, x, height) of one person with his feet at row 100."""
    times = [t for t, _, _ in looks]
    boxes = [Box(x - 14, 100 - tall, x + 14, 100) for _, x, tall in looks]
    return Chain((Tracklet(1, Label.PERSON, times, boxes),))


def looks(until: float) -> list[float]:
    return [i / 6 for i in range(int(until * 6))]


def test_leaving_the_place_after_touching_it() -> None:
    leaves = chain([(t, 95 if t < 4 else 95 + 60 * (t - 4), 80) for t in looks(8)])
    cue = separation(leaves, PLACE, WINDOW, 80.0, P)
    assert cue is not None
    assert cue.kind == "separate"
    assert cue.media_time == pytest.approx(4.5, abs=0.5)


def test_who_stays_or_never_came_does_not_separate() -> None:
    stays = chain([(t, 95, 80) for t in looks(8)])
    far = chain([(t, 250, 80) for t in looks(8)])
    assert separation(stays, PLACE, WINDOW, 80.0, P) is None
    assert separation(far, PLACE, WINDOW, 80.0, P) is None


def test_stooping_beside_the_place() -> None:
    stoops = chain([(t, 95, 55 if 3 <= t < 4 else 80) for t in looks(8)])
    cue = bend(stoops, PLACE, WINDOW, 80.0)
    assert cue is not None
    assert cue.kind == "bend"
    assert cue.media_time == pytest.approx(4.0, abs=0.2)


@pytest.mark.parametrize(
    "looks_of_him",
    [
        [(t, 95, 80.0) for t in looks(8)],  # stands
        [(t, 250, 55.0 if 3 <= t < 4 else 80.0) for t in looks(8)],  # stoops elsewhere
        [(t, 95, 55.0 if t >= 3 else 80.0) for t in looks(8)],  # sits down for good
        [(t, 95, 55.0 if 3 <= t < 3.1 else 80.0) for t in looks(8)],  # one odd box
    ],
)
def test_what_is_no_stooping(looks_of_him: list[tuple[float, float, float]]) -> None:
    assert bend(chain(looks_of_him), PLACE, WINDOW, 80.0) is None


def view(t: float, things: list[Box]) -> ChangeView:
    code = np.zeros((120, 160), np.uint8)
    for b in things:
        code[int(b.y1) : int(b.y2), int(b.x1) : int(b.x2)] = Code.MOVING
    return scripted_view(t, code, (1.0, 1.0))


def fly(flights: Flights, way: list[tuple[float, float, float]], actor: Box) -> None:
    for t, x, y in way:
        flights.see(view(t, [Box(x - 4, y - 4, x + 4, y + 4)]), [(7, actor)], t, 60.0)


ACTOR = Box(20, 20, 50, 80)
THROWN = [(0.0, 60.0, 40.0), (0.15, 75.0, 42.0), (0.3, 90.0, 52.0), (0.45, 105.0, 70.0)]


def test_a_throw_is_a_quick_straight_fall_from_an_actor_to_the_place() -> None:
    flights = Flights()
    fly(flights, THROWN, ACTOR)
    found = flights.landing(Box(100, 66, 112, 78), (-0.5, 1.0), 60.0)
    assert found is not None
    cue, flight = found
    assert cue == Cue("throw", 0.0, 1.0)
    assert flight.from_actor == 7
    assert flight.speed(60.0) > 1


@pytest.mark.parametrize(
    ("way", "place", "actor"),
    [
        (THROWN, Box(20, 100, 30, 110), ACTOR),  # lands elsewhere
        (THROWN, Box(100, 66, 112, 78), Box(0, 0, 5, 5)),  # comes from nobody
        ([(t * 6, x, y) for t, x, y in THROWN], Box(100, 66, 112, 78), ACTOR),  # too slow to link
        (THROWN[:1], Box(55, 35, 65, 45), ACTOR),  # seen once
        ([(t, x, 110 - y) for t, x, y in THROWN], Box(100, 36, 112, 48), ACTOR),  # rises
    ],
)
def test_what_is_no_throw(way: list[tuple[float, float, float]], place: Box, actor: Box) -> None:
    flights = Flights()
    fly(flights, way, actor)
    assert flights.landing(place, (-0.5, 6.0), 60.0) is None


def test_a_mirror_image_that_goes_where_he_goes_is_no_throw() -> None:
    flights = Flights()
    for t, x, y in THROWN:  # he walks as fast as it, and down the picture as well
        goes_along = Box(ACTOR.x1 + x - 60, ACTOR.y1 + y - 40, ACTOR.x2 + x - 60, ACTOR.y2 + y - 40)
        fly(flights, [(t, x, y)], goes_along)
    assert flights.landing(Box(100, 66, 112, 78), (-0.5, 1.0), 60.0) is None


def test_old_flights_are_forgotten_and_rain_is_not_followed() -> None:
    flights = Flights()
    fly(flights, THROWN, ACTOR)
    flights.see(view(30.0, []), [], 30.0, 60.0)
    assert flights.landing(Box(100, 66, 112, 78), (-0.5, 1.0), 60.0) is None
    rain = [Box(x, y, x + 3, y + 3) for x in range(0, 160, 8) for y in range(0, 120, 8)]
    assert moving_things(view(0.0, rain), 60.0) == []
    assert moving_things(view(0.0, []), 60.0) == []


def test_the_most_telling_cue_wins() -> None:
    throw, stoop = Cue("throw", 5.0, 0.6), Cue("bend", 3.0, 0.8)
    assert best_cue([stoop, None, throw]) == throw
    assert best_cue([None]) is None
