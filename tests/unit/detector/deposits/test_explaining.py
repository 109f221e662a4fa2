"""When a thing was let go, where no cue tells."""

import numpy as np
import pytest

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.explaining import passed_at
from litterwatch.detector.deposits.hypothesis import Hypothesis, Source
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.owner import find_owner
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.sighting import Sighting
from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import WHOLE_FRAME, Label, Track, Zone, ZoneKind

P = DepositParameters()
SIZE = (320, 240)
PLACE = Box(150, 90, 170, 105)


def passed_by() -> Case:
    """A thing first seen at 4.5 s, and somebody who went by at 3.5 s on his way."""
    memory = Memory(P, PersonHeight())
    memory.height.update([], SIZE)
    for t in np.arange(0, 7, 1 / 6):
        x = 160 + 60 * (t - 3.5)
        box = Box(x - 14, 20, x + 14, 100)
        memory.history.see([Track(1, Label.PERSON, box, 0.9, 0.0, float(t))], [box], float(t))
    life = Hypothesis(1, Source.CHANGE, PLACE, np.ones((15, 20), bool), 6.0, 4.5, 4.2)
    case = Case(life, Zone("z", ZoneKind.NO_DUMP, WHOLE_FRAME), False, 80.0, area=PLACE.area)
    case.sighting = Sighting(4.2, 4.5)
    case.owner = find_owner(memory.history, PLACE, case.window(P), 80.0, P, size=SIZE)
    assert case.owner is not None
    return case


def test_what_falls_falls_beside_who_passes() -> None:
    case = passed_by()
    case.t_passed = passed_at(case)
    assert case.t_passed == pytest.approx(3.5, abs=0.2)
    t_release, uncertainty = case.released
    assert t_release == case.t_passed
    assert t_release + uncertainty >= 4.2  # the window between the looks is not denied


def test_a_vehicle_is_not_asked() -> None:
    case = passed_by()
    assert case.owner is not None
    case.owner.chain.tracklets[0].label = Label.VEHICLE
    assert passed_at(case) is None
    assert case.released[0] == pytest.approx(4.35)


def test_without_an_owner_the_looks_tell() -> None:
    case = passed_by()
    case.owner = None
    assert passed_at(case) is None
