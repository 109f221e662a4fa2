"""A thing that the detector calls a person stays a thing."""

import numpy as np
import pytest

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.hypothesis import Cause, Hypothesis, Source
from litterwatch.detector.deposits.mistaken import is_the_thing
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import WHOLE_FRAME, Label, Track, Zone, ZoneKind

PLACE = Box(150, 80, 170, 105)
BORN, H = 10.0, 80.0


def case(box: Box = PLACE) -> Case:
    mask = np.ones((int(box.height), int(box.width)), bool)
    life = Hypothesis(1, Source.CHANGE, box, mask, BORN, BORN - 2, BORN - 3)
    zone = Zone("z", ZoneKind.NO_DUMP, WHOLE_FRAME)
    return Case(life, zone, permitted_now=False, person_height=H, area=box.area)


def person(
    box: Box, *, confidence: float = 0.3, first: float = 14.0, label: Label = Label.PERSON
) -> Track:
    return Track(7, label, box, confidence, first, first + 1, first)


def test_a_bag_called_a_person_is_the_bag() -> None:
    assert is_the_thing(person(PLACE.grown(1, 1)), PLACE.grown(1, 1), [case()], H)


@pytest.mark.parametrize(
    ("track", "box"),
    [
        (person(PLACE, confidence=0.6), PLACE),  # sure
        (person(PLACE, first=9.0), PLACE),  # was there before it: it may be he
        (person(Box(150, 25, 175, 105)), Box(150, 25, 175, 105)),  # stands before it
        (person(Box(130, 82, 172, 105)), Box(130, 82, 172, 105)),  # lies on it
        (person(Box(200, 80, 220, 105)), Box(200, 80, 220, 105)),  # elsewhere
        (person(PLACE, label=Label.TWO_WHEELER), PLACE),
    ],
)
def test_others_are_who_they_are(track: Track, box: Box) -> None:
    assert not is_the_thing(track, box, [case()], H)


def test_what_is_no_case_any_more_explains_nobody() -> None:
    over = case()
    over.hypothesis.move(Cause.REFUSED, BORN + 1, reason="light")
    assert not is_the_thing(person(PLACE), PLACE, [over], H)
