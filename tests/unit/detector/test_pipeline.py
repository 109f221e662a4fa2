"""Drawn scenes end to end: who leaves what where, and what the pipeline says of it.

A street is drawn with people as boxes that the scripted detections name; everything else is real:
change model, tracker, engine. One H is 80 px in the 320 x 240 picture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import (
    WHOLE_FRAME,
    Detections,
    Event,
    EventKind,
    EventState,
    Frame,
    Image,
    Label,
    Round,
    Site,
    Zone,
    ZoneKind,
)

WIDTH, HEIGHT, TALL = 320, 240, 80
Path = Sequence[tuple[float, float, float]]
"""(t, x, y) corners of a way, walked in straight lines; absent before and after."""


def along(path: Path, t: float) -> tuple[float, float] | None:
    times = [corner[0] for corner in path]
    if not times[0] <= t <= times[-1]:
        return None
    x = float(np.interp(t, times, [corner[1] for corner in path]))
    y = float(np.interp(t, times, [corner[2] for corner in path]))
    return x, y


def standing(path: Path, t: float, width: float, height: float) -> Box | None:
    """The box of what stands on its way at that time."""
    at = along(path, t)
    if at is None:
        return None
    x, y = at
    return Box(x - width / 2, y - height, x + width / 2, y)


@dataclass(frozen=True)
class Actor:
    """A person (or vehicle) on a way of his feet."""

    path: Path
    label: Label = Label.PERSON
    width: float = 28
    height: float = TALL
    colour: tuple[int, int, int] = (60, 50, 140)
    seen: bool = True
    """Whether the detector sees him."""

    def box(self, t: float) -> Box | None:
        return standing(self.path, t, self.width, self.height)


@dataclass(frozen=True)
class Thing:
    """A bag on a way of its bottom centre."""

    path: Path
    width: float = 22
    height: float = 20
    colour: tuple[int, int, int] = (40, 40, 40)
    confidence: float = 0.0
    """Of the waste detection; 0 means that the detector does not know it."""

    def box(self, t: float) -> Box | None:
        return standing(self.path, t, self.width, self.height)


@dataclass(frozen=True)
class Scene:
    """What happens, and how it is filmed."""

    seconds: float
    actors: tuple[Actor, ...] = ()
    things: tuple[Thing, ...] = ()
    bins: tuple[Box, ...] = ()
    """Skips and bins of the street that the detector knows; open ones show what lies in them."""
    light: Callable[[float], float] = lambda _: 1.0
    shadow: Path | None = None
    site: Site = field(default_factory=Site)
    fps: float = 6.0
    mirrored: bool = False
    factor: float = 1.0
    starts_at: float = 0.0
    began: datetime | None = None
    """When media time 0 was; nobody knows by default."""
    parameters: DepositParameters | None = None


@dataclass(frozen=True)
class Outcome:
    """The last state of every event, every state given out, and the tally."""

    events: tuple[Event, ...]
    said: tuple[tuple[float, Event], ...]
    tally: dict[str, int]
    pipeline: CameraPipeline

    @property
    def standing(self) -> list[Event]:
        return [e for e in self.events if e.state is not EventState.CANCELLED]


def street() -> NDArray[np.float32]:
    """A pavement with texture, the same in every test."""
    rng = np.random.default_rng(7)
    noise = cv2.GaussianBlur(rng.normal(0, 60, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 3)
    plain = np.linspace(110, 160, HEIGHT, dtype=np.float32)[:, None, None]
    ground: NDArray[np.float32] = plain + noise
    ground[::40] -= 25
    return ground


GROUND = street()


@cache
def grains() -> tuple[NDArray[np.float32], ...]:
    """Noise of the sensor; seven pictures taken in turn, as drawing it anew is most of the time."""
    rng = np.random.default_rng(11)
    return tuple(rng.normal(0, 1.5, GROUND.shape).astype(np.float32) for _ in range(7))


def draw(scene: Scene, t: float, grain: NDArray[np.float32]) -> Image:
    picture = GROUND * np.float32(scene.light(t))
    if scene.shadow is not None and (at := along(scene.shadow, t)) is not None:
        cv2_box = (int(at[0]) - 30, int(at[1]) - 12, int(at[0]) + 30, int(at[1]) + 12)
        x1, y1, x2, y2 = cv2_box
        picture[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] *= 0.6
    drawn = [
        (box, thing.colour, False) for thing in scene.things if (box := thing.box(t)) is not None
    ]
    drawn += [
        (box, actor.colour, actor.label is Label.PERSON)
        for actor in scene.actors
        if (box := actor.box(t)) is not None
    ]
    for box, colour, slim in sorted(drawn, key=lambda d: d[0].y2):
        paint(picture, box, np.array(colour, np.float32) * np.float32(scene.light(t)), slim=slim)
    picture += grain
    image: Image = np.clip(picture, 0, 255).astype(np.uint8)
    if scene.mirrored:
        image = np.ascontiguousarray(image[:, ::-1])
    if scene.factor != 1:
        size = (round(WIDTH * scene.factor), round(HEIGHT * scene.factor))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return image


def paint(
    picture: NDArray[np.float32], box: Box, colour: NDArray[np.float32], *, slim: bool
) -> None:
    """A body: an ellipse with stripes, so that it has a texture and an outline."""
    height, width = picture.shape[:2]
    x1, y1 = max(0, int(box.x1) - 2), max(0, int(box.y1) - 2)
    x2, y2 = min(width, int(box.x2) + 3), min(height, int(box.y2) + 3)
    if x2 <= x1 or y2 <= y1:
        return
    layer = np.zeros((y2 - y1, x2 - x1), np.uint8)
    x, y = box.centre
    share = 0.42 if slim else 0.5
    axes = (max(1, int(box.width * share)), max(1, int(box.height * 0.5)))
    cv2.ellipse(layer, (round(x) - x1, round(y) - y1), axes, 0, 0, 360, 255, -1)
    stripes = np.where(np.arange(y1, y2) // 5 % 2, 1.0, 0.75).astype(np.float32)
    body = colour[None, None] * stripes[:, None, None]
    window = picture[y1:y2, x1:x2]
    np.copyto(window, body, where=(layer > 0)[..., None])


def seen(scene: Scene, t: float) -> Detections:
    rows = [
        (box, 0.8, actor.label)
        for actor in scene.actors
        if actor.seen and (box := actor.box(t)) is not None
    ]
    rows += [
        (box, thing.confidence, Label.WASTE)
        for thing in scene.things
        if thing.confidence and (box := thing.box(t)) is not None
    ]
    rows += [(box, 0.8, Label.BIN) for box in scene.bins]
    visible = []
    for box, confidence, label in rows:
        cut = box.clipped(WIDTH, HEIGHT)
        if cut.area < 0.3 * box.area:
            continue
        if scene.mirrored:
            cut = Box(WIDTH - cut.x2, cut.y1, WIDTH - cut.x1, cut.y2)
        visible.append((cut.scaled(scene.factor, scene.factor), confidence, label))
    return Detections.of(visible)


def play(scene: Scene) -> Outcome:
    pipeline = CameraPipeline(scene.site, parameters=scene.parameters)
    noise = grains()
    events: dict[str, Event] = {}
    said: list[tuple[float, Event]] = []
    for index in range(int(scene.seconds * scene.fps)):
        t = index / scene.fps
        at = t + scene.starts_at
        image = draw(scene, t, noise[index % len(noise)])
        captured_at = scene.began + timedelta(seconds=t) if scene.began else None
        size = (image.shape[1], image.shape[0])
        frame = Frame("drawn", index, at, captured_at, image, size)
        detections = seen(scene, t) if pipeline.wants_detection(frame) else None
        for event in pipeline.advance(frame, detections):
            events[event.id] = event
            said.append((at, event))
    for event in pipeline.finish():
        events[event.id] = event
        said.append((scene.starts_at + scene.seconds, event))
    return Outcome(tuple(events.values()), tuple(said), dict(pipeline.tally), pipeline)


FLOOR = 190.0
PUT_DOWN = 6.0

WALKER = Actor(
    path=((2.5, -15, FLOOR), (5, 150, FLOOR), (7, 150, FLOOR), (9.5, 335, FLOOR)),
)
HELD_THEN_LEFT = Thing(
    path=(
        (2.5, -5, FLOOR - 25),
        (5, 160, FLOOR - 25),
        (5.6, 162, FLOOR - 20),
        (PUT_DOWN, 166, FLOOR + 4),
        (60, 166, FLOOR + 4),
    )
)
DUMP = Scene(seconds=18, actors=(WALKER,), things=(HELD_THEN_LEFT,))


@cache
def dumped() -> Outcome:
    """The scene that most tests ask something of, played once."""
    return play(DUMP)


def test_a_bag_left_behind_is_one_confirmed_event_with_its_owner() -> None:
    outcome = dumped()
    (event,) = outcome.events
    assert event.state is EventState.CONFIRMED
    assert event.kind is EventKind.BAG_DUMP
    assert event.t_release == pytest.approx(PUT_DOWN, abs=1.5)
    box = event.box
    assert box.x1 <= 166 <= box.x2
    assert box.y1 <= FLOOR - 6 <= box.y2
    assert event.actor_label is Label.PERSON
    assert event.actor_box is not None
    assert abs(event.actor_box.foot[0] - 150) < 20
    assert event.t_enter == pytest.approx(2.6, abs=0.6)
    assert event.t_actor_left == pytest.approx(9.2, abs=1.0)
    assert event.t_confirmed is not None
    assert event.t_provisional < event.t_confirmed


def test_the_provisional_alert_comes_within_seconds_of_his_leaving() -> None:
    outcome = dumped()
    first, event = outcome.said[0]
    assert event.state is EventState.PROVISIONAL
    assert 7.0 < first <= 9.0  # he steps aside from 7 s on: what lay behind him has long lain there


def test_every_event_tells_its_state_path_and_its_features() -> None:
    (event,) = dumped().events
    codes = [reason.code.split(":")[0] for reason in event.reasons]
    path = [code for code in codes if code in {"seed", "candidate", "released", "confirmed"}]
    assert path == ["seed", "candidate", "released", "confirmed"]
    assert all(0 <= value <= 1 for value in event.features.values())
    assert event.features["touch"] == 1.0


def test_passing_with_a_bag_is_nothing() -> None:
    way = ((2.5, -15, FLOOR), (9, 335, FLOOR))
    bag = Thing(path=((2.5, -5, FLOOR - 20), (9, 345, FLOOR - 20)))
    outcome = play(Scene(seconds=14, actors=(Actor(path=way),), things=(bag,)))
    assert outcome.events == ()


def test_what_is_taken_back_is_cancelled_and_counted() -> None:
    back = Actor(
        path=(
            *WALKER.path[:-1],
            (9, 290, FLOOR),
            (12, 290, FLOOR),
            (14, 152, FLOOR),
            (15, 152, FLOOR),
            (17.5, 335, FLOOR),
        ),
    )
    bag = Thing(path=(*HELD_THEN_LEFT.path[:-1], (14.6, 166, FLOOR + 4)))
    carried = Thing(path=((14.6, 160, FLOOR - 20), (17.5, 345, FLOOR - 20)))
    outcome = play(Scene(seconds=22, actors=(back,), things=(bag, carried)))
    assert outcome.standing == []
    assert outcome.tally["retrieved"] >= 1
    assert [e.state for _, e in outcome.said][-1:] == [EventState.CANCELLED]


def test_a_bag_whose_owner_stays_is_no_event_yet() -> None:
    stays = Actor(path=(*WALKER.path[:3], (90, 150, FLOOR)))
    outcome = play(replace(DUMP, seconds=25, actors=(stays,)))
    assert outcome.events == ()


def test_of_two_people_the_one_who_left_it_is_named() -> None:
    other = Actor(
        path=(
            (2.5, 335, FLOOR - 40),
            (5, 250, FLOOR - 40),
            (9, 250, FLOOR - 40),
            (12, 335, FLOOR - 40),
        ),
        colour=(140, 60, 40),
    )
    (event,) = play(replace(DUMP, actors=(WALKER, other))).events
    assert event.actor_box is not None
    assert abs(event.actor_box.foot[0] - 150) < 20
    assert not event.actor_ambiguous


def test_two_things_of_one_act_are_one_event() -> None:
    second = replace(
        HELD_THEN_LEFT,
        path=(
            (2.5, -25, FLOOR - 25),
            (5, 138, FLOOR - 25),
            (6.2, 110, FLOOR + 4),
            (60, 110, FLOOR + 4),
        ),
    )
    outcome = play(replace(DUMP, things=(HELD_THEN_LEFT, second)))
    assert len(outcome.standing) == 1
    assert outcome.standing[0].n_items == 2


def test_a_moving_shadow_is_nothing() -> None:
    shadow = ((4.0, -40, FLOOR), (8.0, 160, FLOOR), (16.0, 160, FLOOR), (20.0, 360, FLOOR))
    outcome = play(Scene(seconds=22, shadow=shadow))
    assert outcome.events == ()


def test_a_step_of_light_is_nothing_and_loses_no_live_deposit() -> None:
    outcome = play(replace(DUMP, light=lambda t: 0.65 if t > 12 else 1.0, seconds=34))
    assert len(outcome.standing) == 1
    alone = play(Scene(seconds=12, light=lambda t: 0.65 if t > 5 else 1.0))
    assert alone.events == ()


def test_a_vehicle_that_parks_is_nothing() -> None:
    car = Actor(
        path=((2, -90, FLOOR), (6, 150, FLOOR), (40, 150, FLOOR)),
        label=Label.VEHICLE,
        width=150,
        height=70,
        colour=(160, 160, 170),
    )
    outcome = play(Scene(seconds=25, actors=(car,)))
    assert outcome.events == ()


def test_a_motorbike_that_the_detector_loses_where_it_is_parked_is_nothing() -> None:
    bike = Actor(
        path=((2.5, -60, FLOOR), (5, 150, FLOOR), (5.6, 150, FLOOR)),
        label=Label.TWO_WHEELER,
        width=60,
        height=50,
        colour=(90, 40, 40),
    )
    parked = replace(bike, path=((5.6, 150, FLOOR), (60, 150, FLOOR)), seen=False)
    rider = Actor(path=((6, 150, FLOOR + 3), (7, 185, FLOOR + 3), (9, 335, FLOOR + 3)))
    outcome = play(Scene(seconds=16, actors=(bike, parked, rider)))
    assert outcome.events == ()
    assert outcome.tally["parked_vehicle"] == 1


def thrown_from_a_motorbike(fps: float, speed: float, *, at: float = 4.0) -> tuple[Scene, float]:
    """A bag let go at so many px/s (80 are 1 H/s), and when; it flies on at 0.6 of the speed."""
    bike = Actor(
        path=((at, -30, FLOOR), (at + 400 / speed, 370, FLOOR)),
        label=Label.TWO_WHEELER,
        width=50,
        height=70,
    )
    let_go = at + 100 / speed
    way = [(0.2, -38), (0.35, -20), (0.5, 8), (50, 8)]
    fall = tuple(
        (let_go + after, 70 + 0.6 * speed * min(after, 0.5), FLOOR + rise) for after, rise in way
    )
    bag = Thing(path=((let_go, 70, FLOOR - 45), *fall), width=14, height=12)
    return Scene(seconds=at + 4.0, actors=(bike,), things=(bag,), fps=fps), let_go


@pytest.mark.parametrize(("fps", "speed"), [(4.0, 480.0), (4.0, 600.0), (6.0, 600.0)])
def test_what_falls_from_a_fast_motorbike_between_two_looks_is_his(
    fps: float, speed: float
) -> None:
    scene, let_go = thrown_from_a_motorbike(fps, speed)
    (event,) = play(scene).standing
    assert event.actor_label is Label.TWO_WHEELER
    assert event.t_release == pytest.approx(let_go, abs=1.0)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    fps=st.sampled_from((4.0, 5.0, 6.0, 8.0, 10.0, 12.0)),
    speed=st.integers(240, 600),
    phase=st.floats(0.0, 0.25),
    recognised=st.booleans(),
)
def test_a_throw_from_a_motorbike_is_found_at_every_speed_and_rate(
    fps: float, speed: int, phase: float, *, recognised: bool
) -> None:
    if not recognised:  # four looks are asked for, and 8 of its heights a second
        speed = min(speed, round(70 * fps), 420)
    scene, let_go = thrown_from_a_motorbike(fps, speed, at=4.0 + phase)
    if not recognised:
        scene = unrecognised(scene, confidence=0.3)
    (event,) = play(replace(scene, seconds=scene.seconds + 1)).standing
    assert event.actor_label is Label.TWO_WHEELER
    assert event.t_release == pytest.approx(let_go, abs=1.0)
    codes = {reason.code for reason in event.reasons}
    assert ("owner:not_recognised" in codes) is not recognised


def unrecognised(scene: Scene, *, confidence: float) -> Scene:
    """The same, where the detector does not see a small rider, and knows the bag so well."""
    riders = tuple(replace(actor, seen=False, width=40, height=44) for actor in scene.actors)
    return replace(
        scene,
        actors=riders,
        things=tuple(replace(thing, confidence=confidence) for thing in scene.things),
    )


def test_what_falls_from_a_motorbike_that_nobody_recognised_is_found_if_known_as_waste() -> None:
    scene, let_go = thrown_from_a_motorbike(6.0, 320.0)
    scene = replace(scene, seconds=9.0)
    (event,) = play(unrecognised(scene, confidence=0.3)).standing
    assert event.actor_label is Label.TWO_WHEELER
    assert event.t_release == pytest.approx(let_go, abs=1.0)
    assert "owner:not_recognised" in {reason.code for reason in event.reasons}
    assert play(unrecognised(scene, confidence=0.0)).events == ()


def test_what_lay_there_before_somebody_unrecognised_drove_past_is_not_his() -> None:
    scene, _ = thrown_from_a_motorbike(6.0, 320.0)
    lies = Thing(path=((2.0, 150, FLOOR + 8), (50, 150, FLOOR + 8)), width=14, height=12)
    scene = unrecognised(replace(scene, seconds=9.0, things=(lies,)), confidence=0.3)
    assert play(scene).events == ()
    assert play(replace(scene, things=())).events == ()


def test_who_stops_before_a_thing_that_has_long_lain_there_did_not_bring_it() -> None:
    unseen = replace(WALKER, seen=False)
    in_grey = Actor(  # of the pavement's colour: for a moment the place looks clean
        path=(
            (14, -15, FLOOR + 8),
            (17, 166, FLOOR + 8),
            (19, 166, FLOOR + 8),
            (22, 335, FLOOR + 8),
        ),
        colour=(145, 145, 145),
    )
    assert play(replace(DUMP, seconds=24, actors=(unseen, in_grey))).events == ()


def test_somebody_who_stands_still_is_nothing() -> None:
    stands = Actor(path=((2.5, -15, FLOOR), (5, 150, FLOOR), (40, 150, FLOOR)))
    assert play(Scene(seconds=25, actors=(stands,))).events == ()


def test_somebody_who_falls_and_is_no_longer_recognised_is_nothing() -> None:
    walks = Actor(path=((2.5, -15, FLOOR), (5, 150, FLOOR)))
    lies = Actor(
        path=((5.01, 165, FLOOR + 2), (60, 165, FLOOR + 2)), width=78, height=26, seen=False
    )
    passes = Actor(path=((2.5, 335, FLOOR), (5, 190, FLOOR), (8, 335, FLOOR)))
    assert play(Scene(seconds=22, actors=(walks, lies, passes))).events == ()


def side_by_side(first: float, second: float) -> Scene:
    """Two sacks, together as long as somebody who lies, each on the ground from its time on."""
    stays = replace(
        WALKER, path=((2.5, -15, FLOOR), (5, 150, FLOOR), (9, 150, FLOOR), (11.5, 335, FLOOR))
    )
    things = tuple(
        Thing(path=((since, x, FLOOR + 4), (60, x, FLOOR + 4)), width=30, height=24)
        for since, x in ((first, 180), (second, 208))
    )
    return Scene(seconds=22, actors=(stays,), things=things)


def test_two_sacks_put_down_in_turn_are_no_body() -> None:
    (event,) = play(side_by_side(6.0, 8.0)).standing
    assert event.state is EventState.CONFIRMED
    assert event.t_release == pytest.approx(8.0, abs=2.5)
    assert "thing:came_in_parts" in {reason.code for reason in event.reasons}


def test_what_comes_whole_and_as_long_as_a_body_may_be_one() -> None:
    assert play(side_by_side(6.0, 6.0)).events == ()


def test_nobody_there_and_nothing_known_as_waste_is_a_changed_scene() -> None:
    appears = Thing(path=((4, 166, FLOOR), (60, 166, FLOOR)))
    outcome = play(Scene(seconds=40, things=(appears,)))
    assert outcome.events == ()
    assert outcome.tally == {"scene_change": 1}


def test_waste_that_nobody_was_seen_to_bring_is_found_after_half_a_minute() -> None:
    appears = Thing(path=((4, 166, FLOOR), (60, 166, FLOOR)), confidence=0.8)
    outcome = play(Scene(seconds=40, things=(appears,)))
    (event,) = outcome.events
    assert event.state is EventState.CONFIRMED
    assert event.actor_box is None
    assert event.t_enter is None


def test_what_lay_there_from_the_start_is_nothing() -> None:
    lies = Thing(path=((0, 166, FLOOR), (60, 166, FLOOR)), confidence=0.8)
    way = ((2.5, -15, FLOOR), (9, 335, FLOOR))
    outcome = play(Scene(seconds=16, actors=(Actor(path=way),), things=(lies,)))
    assert outcome.events == ()


def test_footage_that_ends_after_the_release_gives_a_provisional_event() -> None:
    outcome = play(replace(DUMP, seconds=8.6))
    (event,) = outcome.events
    assert event.state is EventState.PROVISIONAL
    assert event.t_confirmed is None
    assert event.t_release == pytest.approx(PUT_DOWN, abs=1.5)


def test_footage_that_ends_while_he_stands_beside_it_gives_nothing() -> None:
    assert play(replace(DUMP, seconds=6.9)).events == ()


def test_after_the_event_the_place_is_silent_and_its_clearing_is_no_alarm() -> None:
    bag = replace(HELD_THEN_LEFT, path=(*HELD_THEN_LEFT.path[:-1], (54, 166, FLOOR + 4)))
    sweeper = Actor(
        path=((50, -15, FLOOR), (52.5, 150, FLOOR), (54.5, 150, FLOOR), (57, 335, FLOOR))
    )
    outcome = play(Scene(seconds=70, actors=(WALKER, sweeper), things=(bag,), fps=5))
    (event,) = outcome.events
    assert event.state is EventState.CONFIRMED
    assert outcome.pipeline.engine.cases == ()


def test_a_thing_hidden_for_a_while_is_not_forgotten() -> None:
    van = Actor(
        path=(
            (11, -90, FLOOR + 25),
            (13, 160, FLOOR + 25),
            (18, 160, FLOOR + 25),
            (20, 420, FLOOR + 25),
        ),
        label=Label.VEHICLE,
        width=160,
        height=80,
        colour=(170, 160, 160),
    )
    outcome = play(replace(DUMP, seconds=30, actors=(WALKER, van)))
    (event,) = outcome.standing
    assert event.state is EventState.CONFIRMED
    assert any(reason.code.startswith("occluded") for reason in event.reasons)


@pytest.mark.parametrize("fps", [5.0, 12.0, 25.0])
def test_the_frame_rate_does_not_matter(fps: float) -> None:
    usual, other = dumped().events, play(replace(DUMP, fps=fps)).events
    assert_same(usual, other)


def test_a_mirrored_scene_gives_mirrored_events() -> None:
    usual, other = dumped().events, play(replace(DUMP, mirrored=True)).events
    turned = [
        replace(e, box=Box(WIDTH - e.box.x2, e.box.y1, WIDTH - e.box.x1, e.box.y2)) for e in other
    ]
    assert_same(usual, turned)


def test_half_the_resolution_gives_the_same_events() -> None:
    usual, other = dumped().events, play(replace(DUMP, factor=0.5)).events
    assert_same(usual, [replace(e, box=e.box.scaled(2, 2)) for e in other])


def test_a_scene_shifted_in_time_gives_the_same_events_later() -> None:
    usual, other = dumped().events, play(replace(DUMP, starts_at=1000.0)).events
    back = [
        replace(
            e,
            t_release=e.t_release - 1000,
            t_confirmed=None if e.t_confirmed is None else e.t_confirmed - 1000,
        )
        for e in other
    ]
    assert_same(usual, back)


def assert_same(one: Sequence[Event], other: Sequence[Event]) -> None:
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert (a.kind, a.state, a.zone, a.n_items) == (b.kind, b.state, b.zone, b.n_items)
        assert a.t_release == pytest.approx(b.t_release, abs=0.8)
        assert a.t_confirmed == pytest.approx(b.t_confirmed, abs=1.0)
        assert np.abs(np.array(a.box) - np.array(b.box)).max() < 6


def test_the_same_footage_gives_the_very_same_events() -> None:
    assert play(DUMP).events == dumped().events


def site(kind: ZoneKind) -> Site:
    return Site(zones=(Zone("zone", kind, WHOLE_FRAME),))


@pytest.mark.parametrize(
    ("kind", "code"),
    [(ZoneKind.EXCLUDE, "excluded_zone"), (ZoneKind.COLLECTION_POINT, "proper_deposit")],
)
def test_zones_decide_what_a_deposit_means(kind: ZoneKind, code: str) -> None:
    outcome = play(replace(DUMP, site=site(kind)))
    assert outcome.events == ()
    assert outcome.tally == {code: 1}


FRIDAY = Round(weekdays=(4,), start=300, end=310)
"""From 05:00 to 05:10; `ROUND_ENDS` seconds into the scene it is over."""
ROUND_ENDS = 8


def in_round(each: Round = FRIDAY, **more: object) -> Scene:
    """The usual scene at a point that is closed, while a round comes to its end."""
    zone = Zone("point", ZoneKind.COLLECTION_POINT, WHOLE_FRAME, ((600, 660),), rounds=(each,))
    ends = datetime(2026, 11, 26, 22, 10, tzinfo=UTC)  # 05:10 on Friday, in Vietnam
    scene = replace(
        DUMP,
        seconds=32,
        site=Site(zones=(zone,)),
        began=ends - timedelta(seconds=ROUND_ENDS),
        parameters=DepositParameters(round_over=2.0),
    )
    return replace(scene, **more)  # type: ignore[arg-type]


def test_what_a_round_puts_down_is_its_own_work() -> None:
    outcome = play(in_round(seconds=16))
    assert outcome.said == ()
    assert outcome.tally == {"collection_round": 1}


def test_a_round_that_goes_on_as_the_footage_ends_reports_nothing() -> None:
    outcome = play(in_round(replace(FRIDAY, end=400), seconds=16))
    assert outcome.said == ()
    assert outcome.tally == {"collection_round": 1}


def test_waste_that_a_round_leaves_behind_is_told_after_it() -> None:
    outcome = play(in_round(things=(replace(HELD_THEN_LEFT, confidence=0.8),)))
    (event,) = outcome.standing
    assert (event.state, event.kind) == (EventState.CONFIRMED, EventKind.WRONG_HOURS)
    assert "round:left_behind" in {reason.code for reason in event.reasons}
    assert min(at for at, _ in outcome.said) >= ROUND_ENDS + 2


def test_on_another_day_the_same_hour_is_no_round() -> None:
    (event,) = play(in_round(replace(FRIDAY, weekdays=(3,)))).standing
    assert event.kind is EventKind.WRONG_HOURS
    assert "round:left_behind" not in {reason.code for reason in event.reasons}


def test_a_bag_put_into_a_bin_is_lawful() -> None:
    mouth = Zone("bin", ZoneKind.BIN_MOUTH, ((0.4, 0.6), (0.6, 0.6), (0.6, 0.9), (0.4, 0.9)))
    everywhere = Site(zones=(Zone("street", ZoneKind.NO_DUMP, WHOLE_FRAME), mouth))
    outcome = play(replace(DUMP, site=everywhere))
    assert outcome.events == ()
    assert outcome.tally == {"into_bin": 1}


@pytest.mark.parametrize(
    ("bin_box", "lawful"),
    [
        (Box(136, 150, 196, 215), True),
        (Box(136, 130, 196, 186), False),  # it lies on the ground before the bin
        (Box(20, 60, 300, 230), False),  # a lorry taken for a bin
    ],
)
def test_a_bag_in_a_bin_that_stood_there_is_lawful_and_one_before_it_is_not(
    bin_box: Box, *, lawful: bool
) -> None:
    outcome = play(replace(DUMP, bins=(bin_box,)))
    assert (outcome.events == ()) == lawful
    assert outcome.tally == ({"into_bin": 1} if lawful else {})


def test_a_stand_waits_much_longer_before_it_is_sure() -> None:
    outcome = play(replace(DUMP, seconds=30, site=site(ZoneKind.STAND)))
    assert all(e.state is EventState.PROVISIONAL for e in outcome.events)


def test_the_gate_saves_the_detector_where_nothing_happens() -> None:
    outcome = play(Scene(seconds=60, fps=5))
    assert outcome.pipeline.analysed == 300
    assert outcome.pipeline.inferred <= 30


def test_a_pipeline_without_footage_has_nothing_to_say() -> None:
    assert CameraPipeline().finish() == []
