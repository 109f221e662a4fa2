"""Who stays is named once, with his box in the full picture."""

import numpy as np

from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.dwells import CODE, Dwells
from litterwatch.detector.types import Frame, Label, PassedOver, Track


def frame(now: float) -> Frame:
    return Frame("c", int(now * 6), now, None, np.zeros((36, 64, 3), np.uint8), (128, 72))


def track(now: float, label: Label = Label.PERSON, number: int = 1, seen: float = 0.0) -> Track:
    return Track(number, label, Box(10, 10, 20, 30), 0.9, 0.0, now - seen)


def told(*looks: tuple[float, list[Track]]) -> list[PassedOver]:
    dwells = Dwells()
    return [one for now, tracks in looks for one in dwells.look(tracks, frame(now))]


def test_somebody_who_stays_is_named_once_in_full_pixels() -> None:
    found = told(*((t, [track(t)]) for t in (0.0, 4.9, 5.1, 6.0, 60.0)))
    assert found == [PassedOver(CODE, 5.1, Box(20, 20, 40, 60), label=Label.PERSON)]


def test_a_passer_by_a_parked_car_and_somebody_unseen_are_not_named() -> None:
    assert told((3.0, [track(3.0)])) == []
    assert told((9.0, [track(9.0, Label.VEHICLE)])) == []
    assert told((9.0, [track(9.0, seen=0.5)])) == []
