"""A camera's day in one film: some dump, others put things out where they always do.

Every camera has corners of its own: before a shop the same goods are put out each day, at a door
the same stool is moved. To the machine that looks like dumping; people who know the street say that
it is not. Such places are what nuisance maps and refitted weights are about
(scripts/evaluate-learning). What stands at a corner looks like one of the things that people dump,
and dumps fall everywhere, at the corners as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, hypot
from typing import Final

import numpy as np

from litterwatch.service.synth.acts_people import (
    bag_of,
    dump_leave,
    hero_of,
    pass_with_bag,
    put_down_take_back,
)
from litterwatch.service.synth.catalogue import BAGS
from litterwatch.service.synth.scenario import Act, Actor, Move, Scenario, Split, Thing
from litterwatch.service.synth.setting import AFTER, Setting, another_day, draw_setting

ACTS_A_DAY: Final = 8
EVERY: Final = 14.0
"""Seconds from one act to the next: whoever came first has just gone. With less, the engine thinks
that who comes next has taken what lies there, and a second of film gives fewer alarms, not more."""

LIES: Final = 13.0
"""Seconds after which somebody has taken away what was left; nobody is seen to do it."""

ROOM: Final = 0.8
"""Metres round a thing that still lies there in which nobody puts down another: two things beside
each other would be one to the engine, and one verdict."""

PICTURES_A_SECOND: Final = 4
"""All of them are analysed; the engine follows actors at 3 to 6."""

CORNERS: Final = 2
"""Places of a camera where things are put out lawfully."""

_LAWFUL: Final = Act("none", alarm_expected=False, note="goods are put out where they always are")


def goods_put_out(setting: Setting) -> Scenario:
    """Comes, sets something down and goes, as somebody does who dumps; it is allowed there."""
    base = dump_leave(setting)
    return replace(base, kind="goods_put_out", acts=(_LAWFUL,))


def stool_moved(setting: Setting) -> Scenario:
    """Somebody halts, bends, and something stands there that nobody carried."""
    at = round(setting.arrival + 1.0, 2)
    x, z = setting.spot
    path = (*setting.way_in(), *setting.way_out(at + 1.2))
    stands = Move(at, "appear", x=round(x, 2), z=round(z, 2))
    stool = Thing("bag", setting.hero.bag, setting.hero.bag_height, (stands,))
    hero = hero_of(setting, path, (at,))
    return setting.scenario("stool_moved", at + AFTER, (hero,), (stool,), (_LAWFUL,))


def wait_with_bag(setting: Setting) -> Scenario:
    """Halts at a corner with a bag and takes it along."""
    return replace(pass_with_bag(setting), things=(bag_of(setting),))


Builder = Callable[[Setting], Scenario]
_AT_CORNERS: Final[tuple[Builder, ...]] = (goods_put_out, stool_moved)
_ELSEWHERE: Final[tuple[Builder, ...]] = (wait_with_bag, put_down_take_back)
_TRIES: Final = 50
_STILL_THERE: Final = ceil((LIES + 1.0) / EVERY)
"""Acts before one whose things may still lie there."""


@dataclass(frozen=True, slots=True)
class Corner:
    """Where things are put out, the same on every day.

    Attributes:
        x, z: m.
        look, height: of what is put out there; m.
    """

    x: float
    z: float
    look: str
    height: float


def camera_day(seed: int, day: int, split: Split = "test") -> Scenario:
    """What a camera sees on one day.

    Args:
        seed: of the camera: its place, its corners.
        day: number of the day; decides people, light and acts.
        split: whose identities.
    """
    place = draw_setting(seed, split)
    rng = np.random.default_rng((seed, day, 3))
    parts: list[Scenario] = []
    lately: list[tuple[float, float]] = []
    for number in range(ACTS_A_DAY):
        setting = another_day(place, 10_000 * seed + 100 * day + number)
        setting = replace(setting, decoy=None, has_passer=False)
        builder, setting = _act(setting, corners_of(place), lately[-_STILL_THERE:], rng)
        lately.append((setting.hero.x, setting.hero.z))
        parts.append(_part(builder(setting), number))
    return _together(place, seed, day, another_day(place, 10_000 * seed + 100 * day), parts)


def corners_of(place: Setting) -> tuple[Corner, ...]:
    """The corners of a camera."""
    return tuple(_corner(place, number) for number in range(CORNERS))


def _act(
    setting: Setting,
    corners: tuple[Corner, ...],
    lately: list[tuple[float, float]],
    rng: np.random.Generator,
) -> tuple[Builder, Setting]:
    """Who does what and where, clear of the places where something may still lie."""
    share = float(rng.random())
    if 0.35 <= share < 0.85:
        free = [corner for corner in corners if _is_clear((corner.x, corner.z), lately)]
        if free:
            corner = free[int(rng.integers(len(free)))]
            return _AT_CORNERS[int(rng.integers(2))], _at(setting, corner, rng)
        share = 0.0  # both are taken: somebody dumps elsewhere
    builder = dump_leave if share < 0.35 else _ELSEWHERE[int(rng.integers(2))]
    return builder, _aside(setting, lately, rng)


def _is_clear(at: tuple[float, float], lately: list[tuple[float, float]]) -> bool:
    return all(hypot(at[0] - x, at[1] - z) >= ROOM for x, z in lately)


def _at(setting: Setting, corner: Corner, rng: np.random.Generator) -> Setting:
    """The hero sets down there what always stands there, a hand's breadth off."""
    x, z = corner.x + float(rng.normal(0, 0.08)), corner.z + float(rng.normal(0, 0.05))
    hero = replace(
        setting.hero, x=round(x, 2), z=round(z, 2), bag=corner.look, bag_height=corner.height,
        release="put",
    )  # fmt: skip
    return replace(setting, hero=hero)


def _aside(
    setting: Setting, lately: list[tuple[float, float]], rng: np.random.Generator
) -> Setting:
    """The hero where his day has put him, or elsewhere if something still lies there."""
    view, kerb = setting.view, setting.street.kerb
    for _ in range(_TRIES):
        hero = setting.hero
        if _is_clear((hero.x, hero.z), lately):
            break
        z = view.near + float(rng.uniform(0.3, 0.72)) * kerb
        x = float(rng.uniform(-0.4, 0.4)) * view.half_width(z)
        setting = replace(setting, hero=replace(hero, x=round(x, 2), z=round(z, 2)))
    return setting


def _corner(place: Setting, number: int) -> Corner:
    rng = np.random.default_rng((place.seed, number, 4))
    near, far = place.view.near, place.view.near + place.street.kerb
    z = near + float(rng.uniform(0.3, 0.72)) * (far - near)
    side = -1 if number % 2 else 1
    x = side * float(rng.uniform(0.1, 0.4)) * place.view.half_width(z)
    look = str(rng.choice(sorted(BAGS[place.split])))
    low, high = BAGS[place.split][look]
    return Corner(x, z, look, round(float(rng.uniform(low, high)), 2))


def _part(scenario: Scenario, number: int) -> Scenario:
    """One act under names of its own, at its time of the day."""
    later = round(EVERY * number, 2)

    def named(name: str) -> str:
        return f"{name}{number}" if name else name

    def moved(actor: Actor) -> Actor:
        path = tuple((round(t + later, 2), x, z) for t, x, z in actor.path)
        stoops = tuple(round(t + later, 2) for t in actor.stoops)
        return replace(actor, name=named(actor.name), path=path, stoops=stoops)

    def carried(thing: Thing) -> Thing:
        moves = [replace(m, at=round(m.at + later, 2), actor=named(m.actor)) for m in thing.moves]
        if moves[-1].how in ("put", "drop", "throw", "appear"):
            moves.append(Move(round(moves[-1].at + LIES, 2), "vanish"))
        return replace(thing, name=named(thing.name), moves=tuple(moves))

    acts = tuple(
        replace(a, actor=named(a.actor), things=tuple(named(t) for t in a.things))
        for a in scenario.acts
    )
    return replace(
        scenario, seconds=scenario.seconds + later, acts=acts,
        actors=tuple(moved(a) for a in scenario.actors),
        things=tuple(carried(t) for t in scenario.things),
    )  # fmt: skip


def _together(
    place: Setting, seed: int, day: int, light: Setting, parts: list[Scenario]
) -> Scenario:
    return Scenario(
        kind="camera_day", seed=seed * 1000 + day, split=place.split,
        seconds=round(max(part.seconds for part in parts), 2),
        street=place.street, camera=replace(place.camera, fps=PICTURES_A_SECOND),
        weather=light.weather,
        actors=tuple(actor for part in parts for actor in part.actors),
        things=tuple(thing for part in parts for thing in part.things),
        acts=tuple(act for part in parts for act in part.acts),
    )  # fmt: skip
