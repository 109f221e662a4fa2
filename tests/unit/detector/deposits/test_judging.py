"""Where the owner is, and who was lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.detector.change.view import Blob
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.history import TrackHistory
from litterwatch.detector.deposits.hypothesis import Cause, Hypothesis, Source, State
from litterwatch.detector.deposits.judging import (
    Lost,
    cause_of_owner,
    cause_of_sight,
    confirm_after,
    ends_of,
    long_as_a_body,
    person_unaccounted,
    vehicle_ended,
)
from litterwatch.detector.deposits.observing import Observation
from litterwatch.detector.deposits.owner import find_owner
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.release import Cue
from litterwatch.detector.deposits.whereabouts import walked_off, whereabouts
from litterwatch.detector.geometry import Box, covered_share, gap, intersection_area
from litterwatch.detector.types import WHOLE_FRAME, Label, Track, Zone, ZoneKind

P = DepositParameters()
PLACE = Box(150, 90, 170, 105)
SIZE = (320, 240)
ZONE = Zone("z", ZoneKind.NO_DUMP, WHOLE_FRAME)


def case(t_on: float = 4.0, box: Box = PLACE) -> Case:
    mask = np.ones((int(box.height), int(box.width)), bool)
    life = Hypothesis(1, Source.CHANGE, box, mask, t_on + 2, t_on, t_on - 1)
    return Case(life, ZONE, permitted_now=False, person_height=80.0, area=box.area)


def walk(
    history: TrackHistory, track_id: int, way: list[tuple[float, float]], legs_until: float = np.inf
) -> None:
    """Along (t, x) corners at 6 looks a second, feet at row 100; then seen down to row 72."""
    times = np.arange(way[0][0], way[-1][0] + 1e-9, 1 / 6)
    for t in times:
        x = float(np.interp(t, [c[0] for c in way], [c[1] for c in way]))
        box = Box(x - 14, 20, x + 14, 100 if t < legs_until else 72)
        history.see([Track(track_id, Label.PERSON, box, 0.9, way[0][0], float(t))], [box], float(t))


def owned(history: TrackHistory, t_on: float = 4.0, box: Box = PLACE) -> Case:
    found = case(t_on, box)
    found.owner = find_owner(history, box, found.window(P), 80.0, P, size=SIZE)
    assert found.owner is not None
    found.hypothesis.move(Cause.TOUCH_FOUND, t_on + 2)
    return found


def test_who_walks_away_is_away_and_far() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 145), (4.5, 145), (7, 300)])
    thing = owned(history)
    near = whereabouts(thing, history, 4.5, SIZE, P)
    assert cause_of_owner(thing, near, 4.5, P) in {Cause.OWNER_NEAR, Cause.OWNER_AWAY}
    gone = whereabouts(thing, history, 7.1, SIZE, P)
    assert gone.far
    assert gone.in_view
    assert gone.away_for >= P.separated_for
    assert cause_of_owner(thing, gone, 7.1, P) is Cause.OWNER_AWAY
    later = whereabouts(thing, history, 20.0, SIZE, P)
    assert later.far
    assert not later.in_view


def test_an_owner_lost_beside_the_thing_has_left_after_a_while() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 120), (5, 120)])
    thing = owned(history)
    assert whereabouts(thing, history, 6.5, SIZE, P).away_for == 0
    assert whereabouts(thing, history, 9.0, SIZE, P).far


def test_who_comes_to_light_beside_the_thing_is_taken_for_its_keeper() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 145), (8, 145), (10, 290)])  # a passer-by took his id with him
    walk(history, 2, [(8.2, 145), (12, 146)])
    thing = owned(history)
    where = whereabouts(thing, history, 12.0, SIZE, P)
    assert where.in_view
    assert where.nearest < P.attending
    assert where.away_for == 0.0


def test_who_comes_from_elsewhere_is_not() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 145), (4.5, 145), (7, 300)])
    walk(history, 2, [(7, 20), (11, 146)])
    thing = owned(history)
    assert whereabouts(thing, history, 11.0, SIZE, P).far


def test_who_is_too_small_to_stand_there_is_no_keeper() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 145), (4.5, 145), (7, 300)])
    behind = Box(150, 65, 166, 95)  # sits far behind the place, comes to light when he walks off
    for t in np.arange(5, 11, 1 / 6):
        history.see([Track(2, Label.PERSON, behind, 0.9, 5.0, float(t))], [behind], float(t))
    assert whereabouts(owned(history), history, 11.0, SIZE, P).far


def test_an_owner_lost_while_walking_off_has_left() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 145), (4.5, 145), (5.5, 225)])
    thing = owned(history)
    assert whereabouts(thing, history, 5.5, SIZE, P).in_view
    gone = whereabouts(thing, history, 6.6, SIZE, P)
    assert gone.far
    assert gone.away_for >= P.separated_for


def test_an_owner_lost_on_the_thing_is_taken_to_be_there() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 160), (5, 160)])
    thing = owned(history)
    assert whereabouts(thing, history, 60.0, SIZE, P).away_for == 0
    thing.waste_hits = 5  # the detector knows it as waste: he is not it
    assert whereabouts(thing, history, 60.0, SIZE, P).far


def test_unless_somebody_comes_to_light_a_walk_away() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 160), (5, 160)])
    thing = owned(history)
    walk(history, 2, [(9, 230), (10.5, 300)])
    assert whereabouts(thing, history, 20.0, SIZE, P).far


def test_somebody_who_stands_there_under_another_id_may_be_he() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 120), (5, 120)])
    thing = owned(history)
    walk(history, 2, [(8.5, 130), (12, 130)])
    assert whereabouts(thing, history, 12.0, SIZE, P).away_for == 0


def test_a_person_who_ended_where_the_thing_began() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (4, 160)])
    assert person_unaccounted(case(), history, 20.0, SIZE, P) is Lost.IS_IT
    assert person_unaccounted(case(), history, 6.0, SIZE, P) is Lost.MAY_RISE
    assert person_unaccounted(case(t_on=12.0), history, 20.0, SIZE, P) is Lost.NOBODY


def test_a_person_who_ended_within_reach_may_be_it() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (4, 130)])
    assert person_unaccounted(case(), history, 20.0, SIZE, P) is Lost.MAY_BE_IT
    lying = Box(150, 80, 210, 105)
    assert person_unaccounted(case(box=lying), history, 20.0, SIZE, P) is Lost.IS_IT


def test_who_was_seen_once_was_nobody() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(4.0, 160), (4.0, 160)])
    assert person_unaccounted(case(), history, 20.0, SIZE, P) is Lost.NOBODY
    walk(history, 2, [(3.9, 160), (4.1, 160)])
    assert person_unaccounted(case(), history, 20.0, SIZE, P) is not Lost.NOBODY


def test_a_person_who_goes_on_is_accounted_for() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (4, 160)])
    walk(history, 2, [(4.5, 162), (8, 300)])
    assert person_unaccounted(case(), history, 20.0, SIZE, P) is Lost.NOBODY
    other = TrackHistory(P)
    walk(other, 1, [(0, 20), (4, 160)])
    walk(other, 2, [(8, 230), (9.5, 300)])
    assert person_unaccounted(case(), other, 20.0, SIZE, P) is Lost.NOBODY


def test_walking_off_as_the_footage_ends() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 150), (4, 150), (5, 215)])
    thing = owned(history)
    assert thing.owner is not None
    assert walked_off(thing, history, 5.1, SIZE, P)
    assert not walked_off(thing, history, 4.2, SIZE, P) or history.tracklets[0].last > 4.2
    stays = TrackHistory(P)
    walk(stays, 1, [(0, 20), (3, 150), (5, 150)])
    thing = owned(stays)
    assert thing.owner is not None
    assert not walked_off(thing, stays, 5.0, SIZE, P)
    assert walked_off(thing, stays, 50.0, SIZE, P)  # long out of view


def test_who_stands_behind_what_hides_his_legs_has_not_walked_off() -> None:
    mattress = Box(120, 76, 190, 118)
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 150), (6, 152)], legs_until=4.4)
    assert not walked_off(owned(history, box=mattress), history, 6.0, SIZE, P)
    goes = TrackHistory(P)
    walk(goes, 1, [(0, 20), (3, 150), (4.4, 150), (5.2, 240)], legs_until=4.4)
    assert walked_off(owned(goes, box=mattress), goes, 5.2, SIZE, P)


def test_a_companion_who_came_with_the_owner_and_stands_there_has_not_walked_off() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3.8, 145), (4.4, 145), (7, 310)])
    walk(history, 2, [(0, 60), (3.8, 200), (9, 200)])
    thing = owned(history)
    assert thing.owner is not None
    assert len(thing.owner.group) == 2
    assert not walked_off(thing, history, 9.0, SIZE, P)


def test_a_thing_that_cannot_be_seen_for_two_minutes_is_lost() -> None:
    thing = case()
    thing.hidden_since = 7.0
    assert cause_of_sight(thing, 7.0, P) is Cause.HIDDEN
    thing.hypothesis.move(Cause.HIDDEN, 7.0)
    assert cause_of_sight(thing, 60.0, P) is None
    assert cause_of_sight(thing, 127.5, P) is Cause.LOST
    thing.hidden_since = None
    assert cause_of_sight(thing, 60.0, P) is Cause.SEEN_AGAIN


def region(first_changed: float, edge_ratio: float, rest: float = 2.0) -> Blob:
    mask = np.ones((int(PLACE.height), int(PLACE.width)), bool)
    return Blob(PLACE, 200.0, 9.0, rest, first_changed, mask, 1.0, 0.0, 30.0, 0.0, edge_ratio)


@pytest.mark.parametrize(
    ("seen", "waste", "cause"),
    [
        (region(30.0, 0.1), 0.0, Cause.REMOVED),
        (region(30.0, 0.1, rest=1.0), 0.0, None),  # somebody may still stoop there
        (region(30.0, 0.9), 0.0, None),  # what lies there has an outline
        (region(4.0, 0.1), 0.0, None),  # it was so when the thing was sure
        (region(30.0, 0.1), 0.3, None),  # a waste box is round it
        (None, 0.0, None),
    ],
)
def test_a_confirmed_thing_is_gone_when_bare_ground_came_to_light_in_its_place(
    seen: Blob | None, waste: float, cause: Cause | None
) -> None:
    thing = case()
    thing.hypothesis.state, thing.t_confirmed = State.PERSISTING, 20.0
    thing.observation = Observation(
        uncovered=1.0,
        at_rest=1.0,
        person_cover=0.0,
        vehicle_cover=0.0,
        person_fits=False,
        waste=waste,
        resembles=False,
        flicker=0.0,
        blob=seen,
    )
    assert cause_of_sight(thing, 40.0, P) is cause


def test_thrown_things_are_sure_sooner_and_their_thrower_may_stand_near() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 115), (9, 115)])
    thing = owned(history)
    thing.cue = Cue("throw", 3.5, 1.0)
    assert confirm_after(thing, P) == P.throw_confirm
    where = whereabouts(thing, history, 9.0, SIZE, P)
    assert cause_of_owner(thing, where, 9.0, P) is Cause.LANDED
    thing.hypothesis.move(Cause.LANDED, 9.0)
    assert cause_of_owner(thing, where, 9.0, P) is None


def test_an_owner_who_stays_a_minute_is_suspected_all_the_same() -> None:
    history = TrackHistory(P)
    walk(history, 1, [(0, 20), (3, 145), (80, 145)])
    thing = owned(history)
    thing.hypothesis.move(Cause.OWNER_NEAR, 6.0)
    where = whereabouts(thing, history, 60.0, SIZE, P)
    assert cause_of_owner(thing, where, 60.0, P) is None
    assert cause_of_owner(thing, where, 66.5, P) is Cause.OWNER_STAYED


def test_a_part_of_what_is_boxed_as_long_as_a_body_is_as_long() -> None:
    legs = case()
    assert not long_as_a_body(legs, [])
    assert long_as_a_body(legs, [Box(148, 85, 208, 108)])
    assert not long_as_a_body(legs, [Box(200, 85, 260, 108)])
    assert not long_as_a_body(legs, [Box(60, 60, 220, 108)])


def test_what_came_with_it_and_begins_where_it_ends_may_be_the_rest_of_a_body() -> None:
    # 20 px of 80 px lie there; with what is boxed beside it 55 px, with the farther one too many
    legs, trunk = case(), Box(173, 80, 205, 106)
    assert not long_as_a_body(legs, [trunk])  # it was there before
    assert long_as_a_body(legs, [trunk], [trunk])
    assert not long_as_a_body(legs, [], [Box(179, 80, 211, 106)])  # not where it ends
    assert not long_as_a_body(legs, [], [Box(173, 80, 260, 106)])  # longer than anybody


def test_who_walks_off_briskly_need_not_be_waited_for() -> None:
    # 0.8 H beyond the thing, 234 px, is reached at 5.5 s
    for until, is_away in ((5.7, False), (6.1, True)):
        history = TrackHistory(P)
        walk(history, 1, [(0, 20), (3, 145), (4.5, 145), (until, 145 + 87.5 * (until - 4.5))])
        where = whereabouts(owned(history), history, until, SIZE, P)
        assert (where.away_for >= P.separated_for) is is_away


def test_who_only_stands_beyond_reach_is_waited_for() -> None:
    way = [(0.0, 20.0), (3, 145), (4.5, 145), (5.5, 238)]
    for stands_until, is_away in ((6.1, False), (6.6, True)):
        history = TrackHistory(P)
        walk(history, 1, [*way, (stands_until, 238)])
        where = whereabouts(owned(history), history, stands_until, SIZE, P)
        assert (where.away_for >= P.separated_for) is is_away


def park(history: TrackHistory, *, until: float, first: float = 0.0) -> None:
    """A motorbike that comes to stand round the thing's place at 3.5 s, or stands there before."""
    for t in np.arange(first, until + 1e-9, 1 / 6):
        x = float(np.interp(t, [0, 3.5], [20, 160])) if first == 0.0 else 160.0
        box = Box(x - 28, 60, x + 28, 106)
        history.see([Track(5, Label.TWO_WHEELER, box, 0.9, first, float(t))], [box], float(t))


LARGE = Box(133, 62, 186, 105)


def test_a_motorbike_lost_where_it_was_parked_is_the_thing() -> None:
    history = TrackHistory(P)
    park(history, until=4.0)
    assert vehicle_ended(case(box=LARGE), history, SIZE)
    assert not vehicle_ended(case(), history, SIZE)  # a bag beside it is not as large


def test_what_stood_there_while_the_place_was_clean_is_not() -> None:
    history = TrackHistory(P)
    park(history, first=0.1, until=4.0)
    assert not vehicle_ended(case(box=LARGE), history, SIZE)


def test_nor_is_what_drove_on() -> None:
    history = TrackHistory(P)
    park(history, until=4.0)
    for t in np.arange(4.5, 7.0, 1 / 6):
        x = 160 + 80 * (t - 4.5)
        box = Box(x - 28, 60, x + 28, 106)
        history.see([Track(6, Label.TWO_WHEELER, box, 0.9, 4.5, float(t))], [box], float(t))
    assert not vehicle_ended(case(box=LARGE), history, SIZE)


@settings(deadline=None)
@given(
    st.tuples(*(st.integers(-500, 500),) * 2),
    st.tuples(*(st.integers(1, 300),) * 2),
)
def test_the_ends_of_a_thing_lie_in_it_apart_along_its_length(
    corner: tuple[int, int], size: tuple[int, int]
) -> None:
    box = Box(*corner, corner[0] + size[0], corner[1] + size[1])
    one, other = ends_of(box)
    assert one.joined(other) == box
    for end in (one, other):
        assert end.area == pytest.approx(0.4 * box.area)
        assert covered_share(end, box) == pytest.approx(1.0)
    assert intersection_area(one, other) == 0
    assert gap(one, other) == pytest.approx(0.2 * max(size))
