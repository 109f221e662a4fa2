"""The engine where the picture is not what it was: a swaying, a moved and a covered camera."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.deposits.descriptor import described
from litterwatch.detector.deposits.engine import DepositEngine
from litterwatch.detector.deposits.explaining import light_at
from litterwatch.detector.deposits.learned import Learned, NuisanceMap, Spot
from litterwatch.detector.deposits.score import rescored
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import (
    WHOLE_FRAME,
    Detections,
    Event,
    EventState,
    Frame,
    Image,
    Label,
    Scene,
    Site,
    Track,
    Zone,
    ZoneKind,
)

WIDTH, HEIGHT, RATE = 160, 120, 6.0
BAG = Box(84, 78, 98, 90)
LEFT_AT = 4.0
Sway = Callable[[float], tuple[int, int]]


def ground(seed: int = 5) -> NDArray[np.float64]:
    """A wider street than the camera shows, in blocks, so that it can sway over it."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(130, 20, (40, 50, 3))
    return np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)


def still(_: float) -> tuple[int, int]:
    return 0, 0


def swaying(t: float) -> tuple[int, int]:
    return round(6 * np.sin(2 * np.pi * t / 2.9)), round(3 * np.cos(2 * np.pi * t / 2.3))


def scene(index: int, plate: NDArray[np.float64], sway: Sway) -> Scene:
    """Somebody leaves a bag at 4 s and walks off; the plate's middle is what the camera shows."""
    t = index / RATE
    picture = plate + np.random.default_rng(index).normal(0, 1.0, plate.shape)
    if t >= LEFT_AT:
        picture[98:110, 104:118] = 30
    dx, dy = sway(t)
    tracks: tuple[Track, ...] = ()
    x = float(np.interp(t, [2, 3.5, 4.5, 7], [-20, 76, 76, 200]))
    if 2 <= t <= 7 and -7 < x < 167:
        picture[65:110, max(0, int(x) + 12) : int(x) + 28] = (40, 60, 160)
        box = Box(x - 8 - dx, 45 - dy, x + 8 - dx, 90 - dy).clipped(WIDTH, HEIGHT)
        tracks = (Track(1, Label.PERSON, box, 0.9, 2.0, t),)
    shown = picture[20 + dy : 20 + dy + HEIGHT, 20 + dx : 20 + dx + WIDTH]
    return Scene(frame(index, np.clip(shown, 0, 255).astype(np.uint8)), Detections.empty(), tracks)


def frame(index: int, image: Image) -> Frame:
    return Frame("engine", index, index / RATE, None, image, (320, 240))


def play(engine: DepositEngine, until: float, sway: Sway = still) -> list[Event]:
    plate = ground()
    events = []
    for index in range(int(until * RATE)):
        events += engine.update(scene(index, plate, sway))
    return events


def go_on(
    engine: DepositEngine, start: float, seconds: float, image: Image, *, every: int = 1
) -> list[Event]:
    """Show one view with some noise; where nothing happens, every third frame will do."""
    events = []
    for index in range(int(start * RATE), int((start + seconds) * RATE), every):
        grain = np.random.default_rng(index).normal(0, 1.0, image.shape)
        picture = np.clip(image + grain, 0, 255).astype(np.uint8)
        events += engine.update(Scene(frame(index, picture), Detections.empty(), ()))
    return events


def live(engine: DepositEngine) -> tuple[int, bool]:
    """How many cases there are and whether any is open, read anew."""
    return len(engine.cases), engine.busy


def elsewhere() -> Image:
    view = ground(seed=77)[20 : 20 + HEIGHT, 20 : 20 + WIDTH]
    return np.clip(view[::-1] * 0.8, 0, 255).astype(np.uint8)


def test_a_camera_that_sways_sees_one_deposit_and_says_where_it_lay_in_that_picture() -> None:
    engine = DepositEngine()
    events = play(engine, 18, swaying) + engine.finish()
    assert len({event.id for event in events}) == 1
    event = events[-1]
    assert event.state is EventState.CONFIRMED
    dx, dy = swaying(round(event.t_release * RATE) / RATE)
    x, y = event.box.scaled(0.5, 0.5).centre
    assert x == pytest.approx(BAG.centre[0] - dx, abs=5)
    assert y == pytest.approx(BAG.centre[1] - dy, abs=5)


def test_sway_alone_is_nothing_even_at_the_rims_that_come_and_go() -> None:
    engine, plate = DepositEngine(), ground()
    for index in range(int(14 * RATE)):
        dx, dy = swaying(index / RATE)
        shown = plate[20 + dy : 20 + dy + HEIGHT, 20 + dx : 20 + dx + WIDTH]
        picture = np.clip(shown, 0, 255).astype(np.uint8)
        assert engine.update(Scene(frame(index, picture), Detections.empty(), ())) == []
    assert engine.finish() == []
    assert engine.cases == ()


def test_a_bag_that_is_called_a_person_once_it_lies_there_is_still_confirmed() -> None:
    plate, engine, events = ground(), DepositEngine(), []
    for index in range(int(18 * RATE)):
        seen, now = scene(index, plate, still), index / RATE
        if now >= 9:
            seen = replace(seen, tracks=(Track(2, Label.PERSON, BAG, 0.3, 9.0, now),))
        events += engine.update(seen)
    assert [e.state for e in events] == [EventState.PROVISIONAL, EventState.CONFIRMED]
    assert engine.tally == {}


def test_who_is_in_the_first_picture_of_a_camera_whose_heights_are_given_is_an_actor() -> None:
    engine = DepositEngine(Site(person_height=((0.5, 0.4), (1.0, 0.8))))
    person = Track(1, Label.PERSON, Box(100, 60, 112, 90), 0.3, 0.0, 0.0)
    engine.update(replace(scene(0, ground(), still), tracks=(person,)))
    look = engine.last_look
    assert look is not None
    assert [track for track, _ in look.actors] == [person]


def test_a_camera_turned_away_loses_the_open_case_and_counts_it() -> None:
    engine = DepositEngine()
    (alert,) = play(engine, 8)
    assert alert.state is EventState.PROVISIONAL
    assert live(engine) == (1, True)
    assert go_on(engine, 8, 25, elsewhere(), every=3) == []
    assert live(engine) == (0, False)
    assert engine.tally == {"view_lost": 1}
    assert engine.finish() == []


def test_a_new_view_starts_without_the_people_of_the_old_one() -> None:
    engine = DepositEngine()
    play(engine, 5.3)
    assert len(engine.memory.history.tracklets) == 1
    go_on(engine, 5.3, 4, elsewhere())
    assert engine.memory.history.tracklets == []
    assert engine.tally == {}


def test_an_alert_whose_thing_is_gone_as_the_footage_ends_is_taken_back() -> None:
    engine = DepositEngine()
    (alert,) = play(engine, 8)
    bare = np.clip(ground()[20 : 20 + HEIGHT, 20 : 20 + WIDTH], 0, 255).astype(np.uint8)
    go_on(engine, 8, 0.7, bare)
    (cancelled,) = engine.finish()
    assert (cancelled.id, cancelled.state) == (alert.id, EventState.CANCELLED)
    assert engine.tally == {"gone_at_end": 1}


def test_footage_that_ends_on_a_covered_lens_says_nothing_more() -> None:
    engine = DepositEngine()
    play(engine, 7.2)
    black = np.full((HEIGHT, WIDTH, 3), 8, np.uint8)
    engine.update(Scene(frame(int(7.2 * RATE) + 1, black), Detections.empty(), ()))
    look = engine.last_look
    assert look is not None
    assert look.view.inhibited
    assert engine.finish() == []


def test_after_a_confirmation_the_case_is_watched_until_the_thing_is_cleared_away() -> None:
    engine, plate = DepositEngine(), ground()
    events = play(engine, 18)
    assert [event.state for event in events] == [EventState.PROVISIONAL, EventState.CONFIRMED]
    (case,) = engine.cases
    view = plate[20 : 20 + HEIGHT, 20 : 20 + WIDTH].copy()
    bare = np.clip(view, 0, 255).astype(np.uint8)
    view[78:90, 84:98] = 30
    with_bag = np.clip(view, 0, 255).astype(np.uint8)
    assert go_on(engine, 18, 32, with_bag, every=3) == []
    assert live(engine) == (1, False)
    assert case.hypothesis.state == "persisting"
    assert go_on(engine, 50, 14, bare, every=3) == []
    assert live(engine) == (0, False)
    assert engine.tally == {}


def taken_away(index: int, plate: NDArray[np.float64]) -> Scene:
    """A bag known as waste lies there from the start; somebody comes at 6 s and takes it at 8 s."""
    t = index / RATE
    picture = plate + np.random.default_rng(index).normal(0, 1.0, plate.shape)
    waste = Detections.empty()
    if t < 8:
        picture[98:110, 104:118] = 30
        waste = Detections.of([(BAG, 0.3, Label.WASTE)])
    tracks: tuple[Track, ...] = ()
    x = float(np.interp(t, [6, 7.5, 8.5, 11], [-20, 91, 91, 200]))
    if 6 <= t <= 11 and -7 < x < 167:
        picture[65:110, max(0, int(x) + 12) : int(x) + 28] = (40, 60, 160)
        box = Box(x - 8, 45, x + 8, 90).clipped(WIDTH, HEIGHT)
        tracks = (Track(1, Label.PERSON, box, 0.9, 6.0, t),)
    shown = np.clip(picture[20 : 20 + HEIGHT, 20 : 20 + WIDTH], 0, 255).astype(np.uint8)
    return Scene(frame(index, shown), waste, tracks)


def test_where_waste_lay_from_the_start_and_was_taken_the_next_thing_is_seen() -> None:
    engine, plate = DepositEngine(), ground()
    for index in range(int(20 * RATE)):
        assert engine.update(taken_away(index, plate)) == []
    assert engine.tally["revealed"] >= 1
    for index in range(int(18 * RATE)):
        seen = scene(index, plate, still)
        later = replace(seen.frame, index=index + 120, media_time=seen.frame.media_time + 20)
        moved = tuple(replace(t, first_seen=22.0, last_seen=t.last_seen + 20) for t in seen.tracks)
        events = engine.update(replace(seen, frame=later, tracks=moved))
        if events and events[0].state is EventState.CONFIRMED:
            return
    pytest.fail("the second bag was taken for the first one")


def begun_in_mid_act(index: int, plate: NDArray[np.float64]) -> Scene:
    """Somebody hides half of the place from the first picture on; a bag is put there at 0.8 s, he
    goes at 3 s; at 20 s somebody else takes it away, and at 40 s another one is put there."""
    t = index / RATE
    picture = plate + np.random.default_rng(index).normal(0, 1.0, plate.shape)
    waste = Detections.empty()
    if 0.8 <= t < 20 or t >= 40:
        picture[98:110, 104:118] = 30
        waste = Detections.of([(BAG, 0.3, Label.WASTE)])
    comings: tuple[tuple[list[float], list[float]], ...] = (
        ([0, 3, 5], [100, 100, 200]),
        ([18, 19, 21, 23], [-20, 91, 91, 200]),
        ([38, 39, 41, 43], [-20, 91, 91, 200]),
    )
    tracks: tuple[Track, ...] = ()
    for number, (times, places) in enumerate(comings):
        x = float(np.interp(t, times, places))
        if times[0] <= t <= times[-1] and -7 < x < 167:
            picture[65:112, max(0, int(x) + 12) : int(x) + 28] = (40, 60, 160)
            box = Box(x - 8, 45, x + 8, 92).clipped(WIDTH, HEIGHT)
            tracks = (Track(number, Label.PERSON, box, 0.9, times[0], t),)
    shown = np.clip(picture[20 : 20 + HEIGHT, 20 : 20 + WIDTH], 0, 255).astype(np.uint8)
    return Scene(frame(index, shown), waste, tracks)


def test_where_judging_began_in_mid_act_a_thing_taken_away_hides_no_other() -> None:
    engine, plate = DepositEngine(), ground()
    told = [e for i in range(int(56 * RATE)) for e in engine.update(begun_in_mid_act(i, plate))]
    first, second = dict.fromkeys(event.id for event in told)
    assert first != second
    assert [event.state for event in told if event.id == second][-1] is EventState.CONFIRMED


def test_what_becomes_no_event_is_remembered_once_with_its_place_in_the_full_picture() -> None:
    tree = Zone("tree", ZoneKind.EXCLUDE, WHOLE_FRAME)
    engine = DepositEngine(Site(zones=(tree,)))
    assert play(engine, 12) == []
    passed = engine.passed_over()
    assert {one.code for one in passed} == {"excluded_zone"}
    assert len(passed) == engine.tally["excluded_zone"]
    assert engine.passed_over() == []
    x, y = passed[0].box.centre
    assert 2 * BAG.x1 < x < 2 * BAG.x2
    assert 2 * BAG.y1 < y < 2 * BAG.y2
    assert passed[0].score is not None
    assert 0 <= passed[0].score <= 1


def test_what_was_given_as_an_event_is_not_passed_over() -> None:
    engine = DepositEngine()
    assert play(engine, 18)
    engine.finish()
    assert engine.passed_over() == []


@pytest.mark.parametrize("is_like_it", [True, False])
def test_the_map_is_asked_what_the_thing_looks_like_once_its_owner_has_gone(
    *, is_like_it: bool
) -> None:
    picture = scene(80, ground(), still).frame.image
    looks = described(picture, BAG if is_like_it else Box(20, 20, 34, 32))
    spot = Spot((91 / WIDTH, 90 / HEIGHT), 1.0, is_refused=True, looks=looks)
    engine = DepositEngine(learned=Learned(nuisance=NuisanceMap((spot,) * 5)))
    event = play(engine, 9.0)[-1]
    told = {reason.code: reason.detail for reason in event.reasons}
    assert ("place:often_refused" in told) is is_like_it
    if is_like_it:
        assert told["place:often_refused"]["bar"] == pytest.approx(1.79, abs=0.1)  # log of 6
    assert rescored(event.features, event.scoring) == event.score


def at_night(*, lies_there: bool) -> Image:
    """The street of `scene` as an infrared lamp shows it, grey and with the bag's tone turned."""
    view = ground()[20 : 20 + HEIGHT, 20 : 20 + WIDTH].copy()
    grey = 70 + 0.5 * (view @ np.array([0.1, 0.25, 0.65]))
    if lies_there:
        grey[78:90, 84:98] = 210
    return np.asarray(np.clip(np.repeat(grey[..., None], 3, axis=2), 0, 255), np.uint8)


def go_on_at_night(
    engine: DepositEngine, start: float, seconds: float, *, lies_there: bool
) -> list[Event]:
    """As `go_on`; noise without colour, so that it is told as infrared."""
    events = []
    for index in range(int(start * RATE), int((start + seconds) * RATE), 2):
        grain = np.random.default_rng(index).normal(0, 1.0, (HEIGHT, WIDTH, 1))
        picture = np.clip(at_night(lies_there=lies_there) + grain, 0, 255).astype(np.uint8)
        events += engine.update(Scene(frame(index, picture), Detections.empty(), ()))
    return events


def test_what_lies_there_as_infrared_light_comes_on_is_confirmed_and_seen_to_go() -> None:
    engine = DepositEngine()
    (alert,) = play(engine, 8)
    (sure,) = go_on_at_night(engine, 8, 24, lies_there=True)
    assert (sure.id, sure.state) == (alert.id, EventState.CONFIRMED)
    assert engine.tally == {}
    assert live(engine) == (1, False)
    assert go_on_at_night(engine, 32, 12, lies_there=False) == []
    assert live(engine) == (0, False)


def test_what_cannot_be_known_again_in_infrared_light_is_lost() -> None:
    engine = DepositEngine()
    (alert,) = play(engine, 8)
    assert alert.state is EventState.PROVISIONAL
    assert go_on_at_night(engine, 8, 24, lies_there=False) == []
    assert live(engine) == (0, False)
    assert engine.tally == {"view_lost": 1}


@pytest.mark.parametrize(
    "box",
    [
        Box(-3.4, 20, 8, 30),  # waste at the rim, boxed by a camera that has been nudged
        Box(150, 112, 171, 131),
        Box(-30, -20, -9, -6),  # wholly beyond the rim of the anchor view
        Box(WIDTH + 4, HEIGHT + 1, WIDTH + 9, HEIGHT + 7),
    ],
)
def test_what_lies_beyond_the_rim_of_the_anchor_view_is_compared_with_what_is_there(
    box: Box,
) -> None:
    change = ChangeModel()
    engine = DepositEngine(change=change)
    play(engine, 3)
    found = light_at(box, np.ones((round(box.height), round(box.width)), bool), change)
    assert 0.0 <= found.likeness <= 1.0
