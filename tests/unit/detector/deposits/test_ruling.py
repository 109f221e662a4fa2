"""What one case says in one frame."""

import numpy as np
import pytest

from litterwatch.detector.change.health import Health
from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.change.scripted import scripted_view
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.hypothesis import Cause, Hypothesis, Source, State
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.observing import Look, observe
from litterwatch.detector.deposits.owner import find_owner
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.proposing import watch
from litterwatch.detector.deposits.ruling import judge
from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import EventState, Frame, Label, Site, Track

P = DepositParameters()
SIZE = (320, 240)
PLACE = Box(150, 180, 170, 195)


def look(t: float) -> Look:
    view = scripted_view(t)
    return Look(t, view, (), (), (), True, SIZE)


def left() -> tuple[Docket, Case]:
    """A thing at 4 s whose owner walked off and was beyond reach at 6 s."""
    docket = Docket(Site(), P, ChangeModel(), Memory(P, PersonHeight()))
    docket.frame = Frame("gate", 0, 9.0, None, np.full((240, 320, 3), 120, np.uint8), SIZE)
    for t in np.arange(0, 8, 1 / 6):
        x = float(np.interp(t, [0, 3, 5, 8], [20, 145, 190, 330]))
        box = Box(x - 14, 110, x + 14, 190)
        track = Track(1, Label.PERSON, box, 0.9, 0.0, float(t))
        docket.memory.history.see([track], [box], float(t))
    life = Hypothesis(1, Source.CHANGE, PLACE, np.ones((15, 20), bool), 6.0, 4.0, 3.0)
    case = Case(life, docket.site.zones[0], False, person_height=80.0, area=PLACE.area)
    case.owner = find_owner(docket.memory.history, PLACE, case.window(P), 80.0, P, size=SIZE)
    case.hypothesis.move(Cause.TOUCH_FOUND, 6.0)
    case.observation = observe(PLACE, case.hypothesis.mask, None, look(8.0), P)
    case.visible_for, case.present_for, case.seen_whole = 3.0, 2.5, True
    docket.cases.append(case)
    return docket, case


@pytest.mark.parametrize(("looks_clean_since", "alerts"), [(None, 1), (7.9, 0)])
def test_no_alert_is_given_while_the_place_looks_clean(
    looks_clean_since: float | None, alerts: int
) -> None:
    docket, case = left()
    case.gone_since = looks_clean_since
    events = judge(docket, case, look(8.0))
    assert [event.state for event in events] == [EventState.PROVISIONAL] * alerts


def test_who_carried_a_large_load_is_found_once_people_are_known_to_be_taller() -> None:
    """His legs were hidden: by his own box he stood too far behind what he left."""
    image, size = np.full((360, 640, 3), 120, np.uint8), (640, 360)
    docket = Docket(Site(), P, ChangeModel(), Memory(P, PersonHeight()))
    docket.frame = Frame("gate", 0, 9.0, None, image, size)
    docket.change.update(image, 0.0, actors=(), health=Health())
    place = Box(186, 246, 256, 298)
    life = Hypothesis(1, Source.CHANGE, place, np.ones((52, 70), bool), 9.8, 8.3, 7.3)
    case = Case(life, docket.site.zones[0], False, person_height=64.0, area=place.area)
    docket.cases.append(case)
    for t in np.arange(4, 16, 1 / 6):
        x = float(np.interp(t, [4, 7.5, 9.6, 16], [40, 206, 206, 600]))
        box = Box(x - 16, 178, x + 16, 244 if t < 10 else 289)
        track = Track(1, Label.PERSON, box, 0.9, 0.0, float(t))
        docket.memory.height.update([track], size)
        docket.memory.history.see([track], [box], float(t))
        if t > 9.8:
            now = Look(float(t), scripted_view(float(t)), (), (), (), True, size)
            case.observation = observe(place, life.mask, None, now, P)
            judge(docket, case, now)
        if 9.8 < t < 10:
            assert case.owner is None
    assert case.owner is not None
    assert case.person_height > 100
    assert life.state is not State.SEED


@pytest.mark.parametrize(
    ("born", "long_looks", "alerts"), [(7.8, 0, 1), (7.8, 1, 0), (6.0, 1, 1), (6.0, 3, 0)]
)
def test_one_look_at_a_body_holds_a_case_that_is_just_opened(
    born: float, long_looks: int, alerts: int
) -> None:
    docket, case = left()
    case.hypothesis.born, case.long_looks = born, long_looks
    assert len(judge(docket, case, look(8.0))) == alerts


@pytest.mark.parametrize(("was_there", "long_looks"), [(False, 1), (True, 0)])
def test_an_old_heap_beside_a_thing_does_not_make_it_a_body(
    was_there: bool, long_looks: int
) -> None:
    docket, case = left()
    beside = Box(172, 175, 205, 195)  # with the thing 55 px of a person's 80
    before = np.full((240, 320, 3), 120, np.uint8)
    before[175:195, 172:205] = 30 if was_there else 120
    now = before.copy()
    now[175:195, 150:205] = 30
    for t, picture in ((1.0, before), (3.0, before), (8.0, now)):
        docket.memory.thumbnails.see(picture, t)
    seen = Look(8.0, scripted_view(8.0), (), ((beside, 0.3),), (), True, SIZE)
    watch(docket, case, None, seen)
    assert case.long_looks == long_looks
