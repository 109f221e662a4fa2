"""Frames of a scene: the street, people on it, and the light that falls on both."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image
from litterwatch.service.demo.bags import black_sack, blue_sack, blue_shopper, carrier_bag
from litterwatch.service.demo.cutouts import (
    Cutout,
    cut_out_bus,
    man_in_beige,
    man_in_black,
    man_in_olive,
)
from litterwatch.service.demo.scenes import Scene
from litterwatch.service.demo.street import draw_street
from litterwatch.service.demo.surfaces import lay_over
from litterwatch.service.demo.viewpoint import Viewpoint
from litterwatch.service.demo.walkers import STEP, Bag, Walker

SUN = (-0.6, 0.1)
"""Shift of a shadow for each pixel of height: to the left, and forward."""
HIP = 0.47
"""Height of the hip in heights of the person."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A patch and where its upper left corner goes.

    Attributes:
        bgr: (h, w, 3) float32.
        alpha: (h, w) float32.
        corner: (x, y) px of the picture.
        foot: (x, y) px of the picture where it touches the ground.
    """

    bgr: NDArray[np.float32]
    alpha: NDArray[np.float32]
    corner: tuple[int, int]
    foot: tuple[float, float]

    @property
    def box(self) -> Box:
        """Round what is more than half opaque, px of the picture."""
        solid = self.alpha > 0.5
        rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
        x, y = self.corner
        left, right, top, bottom = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
        return Box(x + float(left), y + float(top), x + float(right), y + float(bottom))


class Film:
    """Draws any moment of a scene, without light and noise (see light.py)."""

    def __init__(self, scene: Scene, view: Viewpoint, photo: Image, seed: int) -> None:
        self._scene = scene
        self._view = view
        rng = np.random.default_rng(seed + 1)
        people = {
            "man_in_beige": man_in_beige(photo),
            "man_in_black": man_in_black(photo),
            "man_in_olive": man_in_olive(photo),
        }
        largest = 2.0 * view.px_per_metre(6.2)  # nobody comes nearer than that
        self._people = {
            name: cutout.scaled(min(1.0, largest / cutout.tall)) for name, cutout in people.items()
        }
        self._mirrored = {name: cutout.mirrored() for name, cutout in self._people.items()}
        self._bags = {
            "black_sack": black_sack(rng),
            "blue_shopper": blue_shopper(rng),
            "carrier_bag": carrier_bag(rng),
            "blue_sack": blue_sack(rng),
        }
        self._street = _street(view, photo.tobytes(), photo.shape, seed)

    def frame(self, t: float) -> Image:
        """The picture (h, w, 3) uint8 BGR at time t."""
        picture = self._street.copy()
        placed: list[tuple[float, Placed]] = []
        for walker in self._scene.walkers:
            if walker.present(t):
                placed.append((walker.place(t)[1], self.person(walker, t)))
            bag = self.bag(walker, t)
            if bag is not None:
                placed.append(bag)
        placed.sort(key=lambda item: -item[0])
        for _, thing in placed:
            self._shade(picture, thing)
        for _, thing in placed:
            lay_over(picture, thing.bgr, thing.alpha, thing.corner)
        return picture

    def person(self, walker: Walker, t: float) -> Placed:
        """The walker as he appears at time t."""
        x, z = walker.place(t)
        left = walker.looks_left(t)
        source = (self._mirrored if left else self._people)[walker.look]
        foot = self._view.to_picture(x, z)
        tall = walker.height * self._view.px_per_metre(z)
        return posed(source, foot, tall, Pose.of(walker, t, left=left))

    def bag(self, walker: Walker, t: float) -> tuple[float, Placed] | None:
        """His bag and its depth, in the hand or on the ground; None where there is none."""
        bag = walker.bag
        if bag is None or not (walker.present(t) or walker.bag_alone(t)):
            return None
        place, tilt = self._bag_place(walker, bag, t)
        depth = walker.bag_rests_at()[1] if bag.lowered(t) > 0.5 else walker.place(t)[1] - 0.05
        size = bag.height * self._view.px_per_metre(depth)
        return depth, hung(self._bags[bag.look], place, size, tilt)

    def _bag_place(self, walker: Walker, bag: Bag, t: float) -> tuple[tuple[float, float], float]:
        """Where the bottom of the bag is, px, and how it swings, radians."""
        x, z = walker.place(t)
        scale = self._view.px_per_metre(z)
        side = -1 if walker.looks_left(t) else 1
        foot_x, foot_y = self._view.to_picture(x, z)
        tall = walker.height * scale
        hand = (
            foot_x + side * bag.grip[0] * tall,
            foot_y - bag.grip[1] * tall + bag.height * scale,
        )
        lowered = bag.lowered(t)
        if lowered == 0:
            return hand, 0.09 * float(np.sin(np.pi * walker.walked(t) / STEP))
        rest = self._view.to_picture(*walker.bag_rests_at())
        return (
            hand[0] + (rest[0] - hand[0]) * lowered,
            hand[1] + (rest[1] - hand[1]) * lowered,
        ), 0.0

    def _shade(self, picture: Image, thing: Placed) -> None:
        """The shadow a thing casts on the ground, and the dark line where it touches it."""
        height, width = thing.alpha.shape
        reach = int(np.ceil(-SUN[0] * height))
        drop = int(np.ceil(SUN[1] * height)) + 3
        base = thing.foot[1] - thing.corner[1]
        # (u, v) of the patch -> u + SUN_x * (base - v), shifted by reach; (base - v) * SUN_y
        matrix = np.array(
            [[1, -SUN[0], reach + SUN[0] * base], [0, -SUN[1], 2 + SUN[1] * base]], np.float64
        )
        soft = cv2.blur(thing.alpha, (3, 9))
        shadow = cv2.warpAffine(soft, matrix, (width + reach, drop + 2))
        shadow = cv2.GaussianBlur(shadow, (0, 0), max(0.8, height / 110))
        corner = (thing.corner[0] - reach, round(thing.foot[1]) - 2)
        weight = np.asarray(0.42 * shadow, np.float32)
        lay_over(picture, np.zeros((*weight.shape, 3), np.float32), weight, corner)


@lru_cache(maxsize=4)
def _street(view: Viewpoint, photo: bytes, shape: tuple[int, ...], seed: int) -> Image:
    """Nobody on it yet, (h, w, 3) uint8, read-only: drawing it takes longer than many frames."""
    street = draw_street(view, cut_out_bus(np.frombuffer(photo, np.uint8).reshape(shape)), seed)
    street.flags.writeable = False
    return street


@dataclass(frozen=True, slots=True)
class Pose:
    """How a still of a walking man is bent into motion; shares of his height.

    Attributes:
        legs: width of the stride, 1 as in the photograph.
        bob: how far he is lifted.
        sway: how far his head is off his feet.
        bent: 0 upright, 1 bent to the ground.
        side: -1 looking left, 1 right.
    """

    legs: float
    bob: float
    sway: float
    bent: float
    side: int

    @staticmethod
    def of(walker: Walker, t: float, *, left: bool) -> "Pose":
        phase = 2 * np.pi * walker.walked(t) / STEP
        # Nobody stands like a picture: a slow sway even at rest.
        idle = 0.006 * np.sin(2 * np.pi * t / 2.9) + 0.004 * np.sin(2 * np.pi * t / 1.7 + 1)
        return Pose(
            legs=float(0.70 + 0.30 * np.cos(phase)),
            bob=float(-0.010 * np.cos(phase)),
            sway=float(0.008 * np.sin(phase / 2) + idle),
            bent=walker.bent(t),
            side=-1 if left else 1,
        )


def posed(source: Cutout, foot: tuple[float, float], tall: float, pose: Pose) -> Placed:
    """Bends the legs of a cutout open and closed, lifts, sways and stoops it."""
    scale = source.tall / tall  # source px per picture px
    reach = (0.35 * tall, 0.35 * tall)
    corner = (int(foot[0] - reach[0]), int(foot[1] - 1.06 * tall))
    width, height = int(reach[0] + reach[1]) + 2, int(1.06 * tall) + 4
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (columns + corner[0] - foot[0]) / tall
    up = (foot[1] - rows - corner[1]) / tall - pose.bob
    up = up / (1 - 0.27 * pose.bent)
    above = np.clip(up - HIP, 0, None)
    across = across - pose.sway * up - pose.side * 0.42 * pose.bent * above
    below = np.clip(1 - up / HIP, 0, 1)
    across = across / (1 - (1 - pose.legs) * below**0.8)
    map_x = np.asarray(across * tall * scale + source.foot[0], np.float32)
    map_y = np.asarray(source.foot[1] - up * tall * scale, np.float32)
    bgr = cv2.remap(source.bgr, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.remap(source.alpha, map_x, map_y, cv2.INTER_LINEAR, borderValue=0)
    return Placed(np.asarray(bgr, np.float32), np.asarray(alpha, np.float32), corner, foot)


def hung(source: Cutout, bottom: tuple[float, float], size: float, tilt: float) -> Placed:
    """A bag of that height, px, whose bottom is at a point, swung about its top."""
    small = source.scaled(size / source.tall)
    height, width = small.alpha.shape
    room = 4 + int(0.2 * size)
    cos, sin = float(np.cos(tilt)), float(np.sin(tilt))
    left, top = bottom[0] - small.foot[0] - room, bottom[1] - small.foot[1] - room
    shift = (left - int(left), top - int(top))
    pivot = (small.foot[0], 0.0)
    matrix = np.array(
        [[cos, -sin, pivot[0] - cos * pivot[0] + sin * pivot[1] + room + shift[0]],
         [sin, cos, pivot[1] - sin * pivot[0] - cos * pivot[1] + room + shift[1]]], np.float64
    )  # fmt: skip
    size_out = (width + 2 * room, height + 2 * room)
    bgr = cv2.warpAffine(small.bgr, matrix, size_out, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(small.alpha, matrix, size_out)
    return Placed(
        np.asarray(bgr, np.float32), np.asarray(alpha, np.float32), (int(left), int(top)), bottom
    )
