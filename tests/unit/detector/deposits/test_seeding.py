"""What proposes a deposit."""

import numpy as np

from litterwatch.detector.change.view import Blob
from litterwatch.detector.deposits.hypothesis import Source
from litterwatch.detector.deposits.seeding import (
    WasteSpots,
    from_change,
    from_waste,
    in_hand,
    unclaimed,
)
from litterwatch.detector.geometry import Box


def blob(box: Box, rest: float = 2.0, known_for: float = 5.0) -> Blob:
    mask = np.ones((int(box.height), int(box.width)), bool)
    return Blob(
        box=box,
        area=box.area,
        age=rest,
        rest=rest,
        first_changed=1.0,
        mask=mask,
        visible=1.0,
        flicker=0.0,
        known_for=known_for,
        known_since=0.0,
        edge_ratio=2.0,
    )


def test_change_proposes_what_has_rested_long_enough() -> None:
    young, old = blob(Box(0, 0, 10, 10), 0.6), blob(Box(50, 0, 60, 10), 2.0)
    assert [s.box for s in from_change([young, old], 1.5)] == [old.box]
    assert len(from_change([young, old], 0.5)) == 2


def test_ground_seen_for_less_than_what_lies_there_tells_nothing() -> None:
    """Between people whom the detector missed the reference may hold one of them."""
    box = Box(0, 0, 10, 10)
    assert from_change([blob(box, rest=2.0, known_for=1.0)], 1.5) == []
    assert len(from_change([blob(box, rest=2.0, known_for=2.5)], 1.5)) == 1
    assert len(from_change([blob(box, rest=9.0, known_for=6.0)], 1.5)) == 1, "long enough"


def test_waste_that_lies_still_is_a_spot_and_what_moves_is_not() -> None:
    spots = WasteSpots()
    for i in range(12):
        t = i / 6
        lies, moves = Box(50, 50, 70, 66), Box(100 + 9 * i, 50, 120 + 9 * i, 66)
        spots.see([(lies, 0.4), (moves, 0.5), (Box(0, 0, 5, 5), 0.1)], t, 60.0)
    still = spots.spots_at_rest(11 / 6, 1.5, [])
    assert [s.box for s in still] == [Box(50, 50, 70, 66)]
    assert 0.39 < still[0].confidence < 0.41
    held = spots.spots_at_rest(11 / 6, 1.5, [Box(40, 0, 80, 90)])
    assert held == []
    assert spots.standing_since(1.0) != []
    assert spots.standing_since(0.0) == []
    spots.see([], 60.0, 60.0)
    assert spots.spots == []


def test_in_hand_or_on_the_ground() -> None:
    person = Box(40, 0, 80, 100)
    assert in_hand(Box(50, 40, 70, 60), [person])
    assert not in_hand(Box(50, 80, 70, 99), [person])
    assert not in_hand(Box(90, 40, 110, 60), [person])


def test_only_the_new_part_of_a_waste_box_is_proposed() -> None:
    spots = WasteSpots()
    for i in range(12):
        spots.see([(Box(50, 50, 90, 80), 0.6)], i / 6, 60.0)
    new = blob(Box(52, 60, 70, 80))
    (seed,) = from_waste(spots.spots, [new, blob(Box(0, 0, 9, 9))], 0.5)
    assert seed.source is Source.WASTE
    assert seed.box == new.box
    (whole,) = from_waste(spots.spots, [], 0.5)
    assert whole.box == Box(50, 50, 90, 80)
    assert whole.blob is None


def test_a_place_is_claimed_once() -> None:
    (seed,) = from_change([blob(Box(50, 50, 70, 70))], 1.0)
    assert unclaimed([seed], [], []) == [seed]
    assert unclaimed([seed], [Box(45, 45, 75, 75)], []) == []
    assert unclaimed([seed], [Box(55, 55, 60, 60)], []) == []
    assert unclaimed([seed], [Box(150, 50, 170, 70)], []) == [seed]
    # a bag where a refused person stood is new; the same region is not
    assert unclaimed([seed], [], [Box(45, 0, 75, 75)]) == [seed]
    assert unclaimed([seed], [], [Box(50, 50, 71, 71)]) == []
