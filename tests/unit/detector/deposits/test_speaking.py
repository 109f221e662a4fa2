"""What leaves the engine: one event per act, its kind, its boxes, its reasons."""

from collections.abc import Mapping

import numpy as np
import pytest

from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.change.scripted import scripted_view
from litterwatch.detector.change.stabiliser import Motion
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.explaining import crowd_at, vehicle_come_to_rest
from litterwatch.detector.deposits.hypothesis import Cause, Hypothesis, Source, State
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.owner import find_owner
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.release import Cue
from litterwatch.detector.deposits.reporting import reasons_of, to_source
from litterwatch.detector.deposits.score import WEIGHTS, ScoreWeights, rescored
from litterwatch.detector.deposits.sighting import Sighting
from litterwatch.detector.deposits.speaking import merge_cases, say
from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import EventKind, EventState, Frame, Image, Label, Site, Track

P = DepositParameters()
SIZE = (320, 240)
PICTURE: Image = np.full((240, 320, 3), 120, np.uint8)
PLACE = Box(150, 180, 170, 195)
BESIDE = Box(205, 180, 225, 195)
TALL = 80.0
IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def docket() -> Docket:
    made = Docket(Site(), P, ChangeModel(), Memory(P, PersonHeight()))
    made.frame = Frame("gate", 0, 10.0, None, PICTURE, (640, 480))
    return made


def look(t: float, *actors: tuple[Track, Box]) -> Look:
    view = scripted_view(t)
    return Look(t, view, actors, (), (), True, SIZE)


def walk(
    made: Docket,
    track_id: int,
    way: list[tuple[float, float]],
    *,
    label: Label = Label.PERSON,
    width: float = 28.0,
) -> None:
    """Along (t, x) corners at 6 looks a second, feet at row 190."""
    for t in np.arange(way[0][0], way[-1][0] + 1e-9, 1 / 6):
        x = float(np.interp(t, [c[0] for c in way], [c[1] for c in way]))
        box = Box(x - width / 2, 190 - TALL, x + width / 2, 190)
        track = Track(track_id, label, box, 0.9, way[0][0], float(t))
        made.memory.history.see([track], [box], float(t))


def thing(made: Docket, box: Box = PLACE, t_on: float = 4.0) -> Case:
    """A case of the docket, explained by whoever was there."""
    mask = np.ones((round(box.height), round(box.width)), bool)
    life = Hypothesis(next(made.ordinals), Source.CHANGE, box, mask, t_on + 2, t_on, t_on - 1)
    case = Case(life, made.site.zones[0], permitted_now=False, person_height=TALL, area=box.area)
    window = case.window(P)
    case.owner = find_owner(made.memory.history, box, window, TALL, P, size=SIZE)
    made.cases.append(case)
    return case


LEAVES = [(0.0, 20.0), (3.0, 145.0), (5.0, 190.0), (8.0, 330.0)]


def test_a_second_thing_of_the_same_act_is_counted_in_the_first_one_s_event() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    first, second = thing(made), thing(made, BESIDE, t_on=5.0)
    (alert,) = say(made, first, EventState.PROVISIONAL, look(10.0))
    assert alert.n_items == 1
    (again,) = say(made, second, EventState.PROVISIONAL, look(10.2))
    assert (again.id, again.n_items) == (alert.id, 2)
    assert again.state is EventState.PROVISIONAL
    # that the second one is sure says nothing new of the act; that it was taken back does
    assert say(made, second, EventState.CONFIRMED, look(12.0)) == []
    (less,) = say(made, second, EventState.CANCELLED, look(13.0))
    assert (less.id, less.n_items) == (alert.id, 1)
    assert less.state is EventState.PROVISIONAL


def test_when_the_first_thing_turns_out_to_be_none_what_was_confirmed_speaks() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    shadow, bag = thing(made), thing(made, BESIDE, t_on=5.0)
    (alert,) = say(made, shadow, EventState.PROVISIONAL, look(10.0))
    say(made, bag, EventState.PROVISIONAL, look(10.2))
    assert say(made, bag, EventState.CONFIRMED, look(12.0)) == []
    cancelled, heir = say(made, shadow, EventState.CANCELLED, look(13.0))
    assert (cancelled.id, cancelled.state) == (alert.id, EventState.CANCELLED)
    assert heir.id != alert.id
    assert (heir.state, heir.n_items) == (EventState.CONFIRMED, 1)


def test_what_was_not_confirmed_speaks_for_itself_afterwards() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    shadow, bag = thing(made), thing(made, BESIDE, t_on=5.0)
    say(made, shadow, EventState.PROVISIONAL, look(10.0))
    say(made, bag, EventState.PROVISIONAL, look(10.2))
    (only,) = say(made, shadow, EventState.CANCELLED, look(13.0))
    assert only.state is EventState.CANCELLED
    assert (bag.said, bag.leader) == (None, None)
    (own,) = say(made, bag, EventState.PROVISIONAL, look(14.0))
    assert own.id != only.id


def test_things_of_two_people_are_two_events() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    first = thing(made)
    walk(made, 2, [(20.0, 330.0), (23.0, 215.0), (25.0, 215.0), (28.0, 330.0)])
    second = thing(made, BESIDE, t_on=24.0)
    (one,) = say(made, first, EventState.PROVISIONAL, look(10.0))
    (two,) = say(made, second, EventState.PROVISIONAL, look(30.0))
    assert one.id != two.id
    assert (one.n_items, two.n_items) == (1, 1)


def test_a_thing_after_one_that_was_taken_back_is_an_event_of_its_own() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    first, second = thing(made), thing(made, BESIDE, t_on=5.0)
    (one,) = say(made, first, EventState.PROVISIONAL, look(9.0))
    say(made, first, EventState.CANCELLED, look(10.0))
    (two,) = say(made, second, EventState.PROVISIONAL, look(11.0))
    assert two.id != one.id
    assert two.n_items == 1


def test_of_two_cases_round_one_thing_the_older_stays_and_takes_back_the_other_s_alert() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    old, young = thing(made), thing(made, PLACE.grown(2, 2), t_on=60.0)
    young.owner = None
    (alert,) = say(made, young, EventState.PROVISIONAL, look(70.0))
    (cancelled,) = merge_cases(made, look(71.0))
    assert (cancelled.id, cancelled.state) == (alert.id, EventState.CANCELLED)
    assert young.hypothesis.state is State.MERGED
    assert old.hypothesis.is_open
    assert made.tally == {"merged": 1}
    assert merge_cases(made, look(72.0)) == []


def test_two_things_side_by_side_are_not_merged_nor_is_what_is_closed() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    closed, _, _ = thing(made), thing(made, BESIDE), thing(made)
    closed.hypothesis.move(Cause.VANISHED, 9.0)
    assert merge_cases(made, look(10.0)) == []
    assert [case.hypothesis.is_closed for case in made.cases] == [True, False, False]


def test_beside_a_known_deposit_a_bag_makes_a_pile_grow() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    known = thing(made, Box(176, 180, 200, 195))
    known.owner = None
    for cause in (Cause.ORPHAN_WAITED, Cause.WASTE_SEEN, Cause.STILL_THERE):
        known.hypothesis.move(cause, 5.0)
    new = thing(made)
    (event,) = say(made, new, EventState.PROVISIONAL, look(10.0))
    assert event.kind is EventKind.PILE_GROWTH
    made.cases.remove(known)
    (alone,) = say(made, new, EventState.PROVISIONAL, look(10.0))
    assert alone.kind is not EventKind.PILE_GROWTH


VAN = [(0.0, -80.0), (2.0, 190.0), (9.0, 190.0)]


def test_what_lies_where_the_van_of_its_owner_stood_is_a_vehicle_dump() -> None:
    made = docket()
    walk(made, 1, VAN, label=Label.VEHICLE, width=90.0)
    walk(made, 2, [(2.5, 165.0), (3.0, 150.0), (4.5, 150.0), (7.0, 30.0)])
    (event,) = say(made, thing(made), EventState.PROVISIONAL, look(10.0))
    assert event.kind is EventKind.VEHICLE_DUMP
    assert event.actor_label is Label.PERSON
    assert event.t_enter == pytest.approx(0.0)


def test_what_a_driver_leaves_far_from_his_van_is_no_vehicle_dump() -> None:
    made = docket()
    walk(made, 1, VAN, label=Label.VEHICLE, width=90.0)
    walk(made, 2, [(2.5, 165.0), (3.5, 40.0), (4.5, 40.0), (6.0, 10.0)])
    (event,) = say(made, thing(made, Box(45, 180, 65, 195)), EventState.PROVISIONAL, look(10.0))
    assert event.kind in {EventKind.BAG_DUMP, EventKind.LITTER_SMALL}


def test_what_flies_from_a_driver_is_thrown_from_his_vehicle() -> None:
    made = docket()
    walk(made, 1, VAN, label=Label.VEHICLE, width=90.0)
    walk(made, 2, [(2.5, 165.0), (3.0, 150.0), (4.5, 150.0), (7.0, 30.0)])
    case = thing(made)
    case.cue = Cue("throw", 3.8, 1.0)
    (event,) = say(made, case, EventState.PROVISIONAL, look(10.0))
    assert event.kind is EventKind.THROWN_FROM_VEHICLE
    assert event.t_release == pytest.approx(3.8)


def test_the_reasons_come_in_order_of_time_and_name_place_thing_and_owner() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    case = thing(made)
    case.sighting = Sighting(3.2, 4.0)
    case.cue = Cue("bend", 3.9, 0.8)
    reasons = reasons_of(case)
    assert [r.media_time for r in reasons] == sorted(r.media_time for r in reasons)
    told = {r.code: r for r in reasons}
    assert told["place:last_clean"].media_time == 3.2
    assert told["thing:first_seen"].media_time == 4.0
    assert told["cue:bend"].media_time == 3.9
    assert told["owner"].detail["tracks"] == "1"


def test_what_verdicts_taught_is_told_and_the_score_can_be_computed_again() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    case = thing(made)
    (plain,) = say(made, case, EventState.PROVISIONAL, look(10.0))
    assert not {"learned", "place:often_refused"} & {reason.code for reason in plain.reasons}
    case.weights = ScoreWeights(-4.0, {**WEIGHTS, "waste": 3.0})
    case.bar, case.learned_from = 1.2, {"score_weights": "ab" * 32}
    (event,) = say(made, case, EventState.CONFIRMED, look(12.0))
    told = {reason.code: reason.detail for reason in event.reasons}
    assert told["learned"] == {"score_weights": "ab" * 32}
    assert told["place:often_refused"] == {"bar": 1.2}
    assert event.scoring["bias"] == pytest.approx(-5.2)
    weights = event.scoring["weights"]
    assert isinstance(weights, Mapping)
    assert weights["waste"] == 3.0
    assert rescored(event.features, event.scoring) == event.score


def test_a_place_never_seen_clean_is_not_said_to_have_been() -> None:
    made = docket()
    case = thing(made)
    case.sighting = Sighting(None, 4.0)
    codes = [reason.code for reason in reasons_of(case)]
    assert "place:last_clean" not in codes
    assert not any(code.startswith("owner") for code in codes)


def test_without_a_cue_the_release_lies_in_the_last_three_seconds_before_the_thing() -> None:
    made = docket()
    case = thing(made)
    case.sighting = Sighting(3.0, 4.0)
    assert case.released == (3.5, 0.5)
    case.sighting = Sighting(-20.0, 4.0)
    t_release, uncertainty = case.released
    assert t_release == 2.5
    assert uncertainty == 12.0


def test_boxes_lie_in_the_full_picture_as_it_swayed_then_and_stop_at_its_edge() -> None:
    made = docket()
    assert made.frame is not None
    swayed = Motion(
        np.array([[1.0, 0.0, -10.0], [0.0, 1.0, 5.0]]),
        still=False,
        trusted=True,
        restarted=False,
        shift=11.0,
    )
    still = Motion(IDENTITY, still=True, trusted=True, restarted=False, shift=0.0)
    made.memory.see(look(4.0), PICTURE, still)
    made.memory.see(look(5.0), PICTURE, swayed)
    assert to_source(PLACE, 4.0, made.frame, made.memory) == pytest.approx(PLACE.scaled(2, 2))
    moved = Box(160, 175, 180, 190).scaled(2, 2)
    assert to_source(PLACE, 5.0, made.frame, made.memory) == pytest.approx(moved)
    edge = to_source(Box(300, 100, 318, 120), 5.0, made.frame, made.memory)
    assert edge.x2 == 640


def test_a_crowd_is_no_crowd_with_two_people_and_is_one_with_six() -> None:
    made = docket()
    case = thing(made)
    shares = []
    for number in range(1, 8):
        walk(made, number, [(3.0, 120.0 + 10 * number), (5.0, 120.0 + 10 * number)])
        shares.append(crowd_at(case, made.memory))
    assert shares == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    far = docket()
    for number in range(1, 8):
        walk(far, number, [(3.0, -300.0), (5.0, -300.0)])
    assert crowd_at(thing(far), far.memory) == 0.0


def test_an_event_keeps_its_name_when_the_whole_thing_comes_to_light() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    corner = Box(150, 180, 160, 187)
    case = thing(made, corner)
    (first,) = say(made, case, EventState.PROVISIONAL, look(7.0))
    was_before = case.was_a_part
    case.hypothesis.box, case.area = PLACE, PLACE.area
    assert (was_before, case.was_a_part) == (False, True)
    case.t_released_at = case.box_first_said = None  # told anew
    (whole,) = say(made, case, EventState.CONFIRMED, look(15.0))
    assert whole.id == first.id
    assert whole.box == pytest.approx(PLACE.scaled(2, 2))
    case.hypothesis.box = PLACE.grown(1, -1)  # it toppled
    (toppled,) = say(made, case, EventState.CONFIRMED, look(16.0))
    assert toppled.box == whole.box


def parked(t: float, x: float) -> Look:
    box = Box(x - 45, 190 - TALL, x + 45, 190)
    return look(t, (Track(1, Label.VEHICLE, box, 0.9, 0.0, t), box))


def test_a_region_under_a_vehicle_that_drove_there_is_the_vehicle() -> None:
    made = docket()
    walk(made, 1, [(0.0, -80.0), (3.5, 160.0), (8.0, 160.0)], label=Label.VEHICLE, width=90.0)
    under = thing(made, Box(150, 170, 170, 190))
    assert vehicle_come_to_rest(under, parked(8.0, 160.0), made.memory, P) == 1.0
    before = thing(made)  # a third of it lies before the wheels
    share = vehicle_come_to_rest(before, parked(8.0, 160.0), made.memory, P)
    assert share == pytest.approx(2 / 3)


def test_what_comes_to_a_clean_place_while_the_vehicle_stands_is_not_the_vehicle() -> None:
    made = docket()
    walk(made, 1, [(0.0, -80.0), (2.0, 160.0), (8.0, 160.0)], label=Label.VEHICLE, width=90.0)
    unloaded = thing(made, Box(150, 170, 170, 190), t_on=5.0)
    unloaded.sighting = Sighting(4.5, 5.0)
    assert vehicle_come_to_rest(unloaded, parked(8.0, 160.0), made.memory, P) == 0.0


def test_what_lay_there_before_the_vehicle_came_is_behind_it() -> None:
    made = docket()
    walk(made, 1, [(0.0, -80.0), (8.0, -80.0), (12.0, 160.0)], label=Label.VEHICLE, width=90.0)
    assert vehicle_come_to_rest(thing(made), parked(12.0, 160.0), made.memory, P) == 0.0


def test_a_vehicle_that_always_stood_there_or_stands_aside_explains_nothing() -> None:
    made = docket()
    walk(made, 1, [(0.0, 160.0), (8.0, 160.0)], label=Label.VEHICLE, width=90.0)
    assert vehicle_come_to_rest(thing(made), parked(8.0, 160.0), made.memory, P) == 0.0
    aside = docket()
    walk(aside, 1, [(0.0, -80.0), (3.5, 60.0), (8.0, 60.0)], label=Label.VEHICLE, width=90.0)
    assert vehicle_come_to_rest(thing(aside), parked(8.0, 60.0), aside.memory, P) == 0.0


def test_a_patch_of_floor_gives_way_to_the_thing_beside_it() -> None:
    made = docket()
    walk(made, 1, LEAVES)
    floor, bottle = thing(made), thing(made, PLACE.grown(2, 2), t_on=5.0)
    floor.edge_ratio, bottle.edge_ratio = 1.05, 2.5
    (alert,) = say(made, floor, EventState.PROVISIONAL, look(10.0))
    (cancelled,) = merge_cases(made, look(10.2))
    assert (cancelled.id, cancelled.state) == (alert.id, EventState.CANCELLED)
    assert floor.hypothesis.state is State.MERGED
    assert bottle.hypothesis.is_open
