"""Any moment of a scenario as a picture, before light and camera, with what is where in it."""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image
from litterwatch.service.demo.film import Placed, Pose, hung, posed
from litterwatch.service.demo.surfaces import lay_over
from litterwatch.service.demo.walkers import STEP, STOOP_AFTER, STOOP_BEFORE, Walker, Waypoint
from litterwatch.service.synth.catalogue import Catalogue, Figure
from litterwatch.service.synth.place import draw_place, kerb_depth
from litterwatch.service.synth.scenario import Actor, Move, Scenario, Thing
from litterwatch.service.synth.view import View

_ARC = 0.45
"""How high a thrown thing rises above the straight line, m."""
_LAID = frozenset({"put", "drop", "throw", "appear"})


@dataclass(frozen=True, slots=True)
class Shown:
    """Something in the picture.

    Attributes:
        name: of the actor or thing.
        depth: m from the camera.
        placed: its pixels.
        rests: whether it lies on the ground by itself.
    """

    name: str
    depth: float
    placed: Placed
    rests: bool = False

    def box(self, view: View) -> Box | None:
        """What of its box is in the picture, px; None where nothing is."""
        whole = self.placed.box
        inside = Box(
            max(whole.x1, 0.0), max(whole.y1, 0.0),
            min(whole.x2, float(view.width)), min(whole.y2, float(view.height)),
        )  # fmt: skip
        return inside if inside.x2 > inside.x1 and inside.y2 > inside.y1 else None


class Stage:
    """Draws any moment of a scenario.

    Args:
        scenario: what happens.
        photo: the sample photograph the people are cut from.
    """

    def __init__(self, scenario: Scenario, photo: Image) -> None:
        self.scenario = scenario
        self.view = View.of(scenario.camera)
        largest = 1.6 * 3.2 * self.view.px_per_metre(self.view.near)
        looks = [actor.look for actor in scenario.actors]
        looks += [thing.look for thing in scenario.things]
        self._catalogue = Catalogue(photo, scenario.split, scenario.seed, looks, largest)
        self._walkers = {actor.name: _walker(actor) for actor in scenario.actors}

    @cached_property
    def _street(self) -> Image:
        return draw_place(self.view, self.scenario.street)

    def picture(self, t: float) -> Image:
        """The scene (h, w, 3) uint8 BGR at time t."""
        picture = self._street.copy()
        shown = sorted(self.shown(t), key=lambda item: -item.depth)
        weather = self.scenario.weather
        for item in shown:
            _shade(picture, item.placed, weather.sun, weather.shadow)
        for item in shown:
            placed = item.placed
            lay_over(picture, placed.bgr, placed.alpha, placed.corner)
        self._cast_shades(picture, t)
        return picture

    def shown(self, t: float) -> list[Shown]:
        """Everybody and everything there at time t, also what is outside the picture."""
        found = [
            self._actor(a, t) for a in self.scenario.actors if self._walkers[a.name].present(t)
        ]
        for thing in self.scenario.things:
            item = self._thing(thing, t)
            if item is not None:
                found.append(item)
        return found

    def boxes(self, t: float) -> dict[str, Box]:
        """Name to box in the picture, px, of what is at least partly in it."""
        boxes = {item.name: item.box(self.view) for item in self.shown(t)}
        return {name: box for name, box in boxes.items() if box is not None}

    def sees(self, name: str, t: float) -> bool:
        """Whether an actor is at least partly in the picture at time t."""
        if name not in self._walkers or not self._walkers[name].present(t):
            return False
        return self._actor(self.scenario.actor(name), t).box(self.view) is not None

    def _actor(self, actor: Actor, t: float) -> Shown:
        walker, figure = self._walkers[actor.name], self._catalogue.figures[actor.look]
        x, z = walker.place(t)
        is_left = walker.looks_left(t)
        cutout = figure.left if is_left else figure.right
        foot, tall = self.view.to_picture(x, z), actor.height * self.view.px_per_metre(z)
        if not figure.walks:
            return Shown(actor.name, z, hung(cutout, foot, tall, 0.0))
        pose = replace(Pose.of(walker, t, left=is_left), bent=_bent(actor, t))
        return Shown(actor.name, z, posed(cutout, foot, tall, pose))

    def _thing(self, thing: Thing, t: float) -> Shown | None:
        past = [move for move in thing.moves if move.at <= t]
        if not past or (past[-1].how == "vanish" and t >= past[-1].at):
            return None
        move, before = past[-1], past[-2] if len(past) > 1 else None
        share = 1.0 if move.seconds <= 0 else min((t - move.at) / move.seconds, 1.0)
        point, depth = self._reached(move, before, t, share, thing.height)
        if point is None:
            return None
        size = thing.height * self.view.px_per_metre(depth)
        swing = self._swing(move, t) if move.how == "carry" else 0.0
        placed = hung(self._catalogue.things[thing.look], point, size, swing)
        return Shown(thing.name, depth, placed, rests=move.how in _LAID and share >= 1)

    def _reached(
        self, move: Move, before: Move | None, t: float, share: float, height: float
    ) -> tuple[tuple[float, float] | None, float]:
        """Where the bottom of the thing is, px, and its depth."""
        end, end_depth = self._end(move, t, height)
        if share >= 1 or move.how in ("carry", "appear"):
            return end, end_depth
        if move.actor and move.how in _LAID:
            start, start_depth = self._grip(move.actor, t if move.how == "put" else move.at, height)
        elif before is not None:
            moment = t if move.how == "put" else move.at
            start, start_depth = self._end(before, moment, height)
        else:
            return None, end_depth
        if start is None or end is None:
            return None, end_depth
        eased = share * share * (3 - 2 * share) if move.how in ("put", "lift") else share
        down = share * share if move.how == "drop" else eased
        rise = 4 * share * (1 - share) * _ARC * self.view.px_per_metre(end_depth)
        x = start[0] + (end[0] - start[0]) * eased
        y = start[1] + (end[1] - start[1]) * down - (rise if move.how == "throw" else 0.0)
        return (x, y), start_depth if share < 0.5 else end_depth

    def _end(self, move: Move, t: float, height: float) -> tuple[tuple[float, float] | None, float]:
        if move.how in ("carry", "lift"):
            return self._grip(move.actor, t, height)
        return self.view.to_picture(move.x, move.z), move.z

    def _grip(self, name: str, t: float, height: float) -> tuple[tuple[float, float] | None, float]:
        """Where the bottom of a thing in somebody's hand is; None while he is not there."""
        walker, actor = self._walkers[name], self.scenario.actor(name)
        x, z = walker.place(t)
        if not walker.present(t):
            return None, z
        figure: Figure = self._catalogue.figures[actor.look]
        scale = self.view.px_per_metre(z)
        side = -1 if walker.looks_left(t) else 1
        foot = self.view.to_picture(x, z)
        tall = actor.height * scale
        up = figure.grip[1] * (1 - 0.27 * _bent(actor, t))
        bottom = min(foot[1] - up * tall + height * scale, foot[1] + 0.02 * tall)
        return (foot[0] + side * figure.grip[0] * tall, bottom), z - 0.05

    def _swing(self, move: Move, t: float) -> float:
        walked = self._walkers[move.actor].walked(t)
        return 0.09 * float(np.sin(np.pi * walked / STEP))

    def _cast_shades(self, picture: Image, t: float) -> None:
        for shade in self.scenario.weather.shades:
            share = float(np.clip((t - shade.at) / shade.seconds, 0, 1))
            x = shade.x_from + (shade.x_to - shade.x_from) * share
            half, deep = shade.width / 2, shade.depth / 2
            corners = [
                self.view.to_picture(x + dx, shade.z + dz)
                for dx, dz in (
                    (-half, -deep),
                    (half, -deep),
                    (half + 0.6, deep),
                    (0.6 - half, deep),
                )
            ]
            mask = np.zeros(picture.shape[:2], np.float32)
            cv2.fillPoly(mask, [np.rint(np.array(corners)).astype(np.int32)], shade.strength)
            soft = cv2.GaussianBlur(mask, (0, 0), self.view.width / 320)
            picture[:] = np.rint(picture * (1 - np.asarray(soft, np.float32)[..., None]))


def pavement(view: View, scenario: Scenario) -> tuple[float, float]:
    """Nearest and farthest depth of the pavement, m."""
    return view.near, kerb_depth(view, scenario.street)


def _walker(actor: Actor) -> Walker:
    return Walker(actor.name, actor.look, tuple(Waypoint(*p) for p in actor.path), actor.height)


def _bent(actor: Actor, t: float) -> float:
    """0 upright, 1 bent to the ground."""
    shares = [0.0]
    for moment in actor.stoops:
        since = t - moment
        shares.append(1 + since / STOOP_BEFORE if since < 0 else 1 - since / STOOP_AFTER)
    share = min(max(*shares), 1.0) if len(shares) > 1 else 0.0
    return share * share * (3 - 2 * share)


def _shade(picture: Image, thing: Placed, sun: tuple[float, float], strength: float) -> None:
    """The shadow a thing casts on the ground."""
    height, width = thing.alpha.shape
    reach = int(np.ceil(abs(sun[0]) * height))
    drop = int(np.ceil(sun[1] * height)) + 3
    base = thing.foot[1] - thing.corner[1]
    left = reach if sun[0] < 0 else 0
    # (u, v) of the patch -> u + sun_x * (base - v), shifted into view; (base - v) * sun_y
    matrix = np.array([[1, -sun[0], left + sun[0] * base], [0, -sun[1], 2 + sun[1] * base]])
    soft = cv2.blur(thing.alpha, (3, 9))
    shadow = cv2.warpAffine(soft, matrix, (width + reach, drop + 2))
    shadow = cv2.GaussianBlur(shadow, (0, 0), max(0.8, height / 110))
    corner = (thing.corner[0] - left, round(thing.foot[1]) - 2)
    weight: NDArray[np.float32] = np.asarray(strength * shadow, np.float32)
    lay_over(picture, np.zeros((*weight.shape, 3), np.float32), weight, corner)
