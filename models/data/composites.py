"""Waste cut out of one picture and laid on the ground of another; decoys laid the same way.

Decoys are pieces of street, foliage, cloth, sign: cut out and blended exactly like the waste and
not labelled, so that the seam itself says nothing. Composites are for training only, never for a
figure.
"""

import dataclasses

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from litterwatch.models.data.labels import PERSON, WASTE, Boxes, area, intersection
from litterwatch.models.data.scenes import cropped

Picture = NDArray[np.uint8]

TALL_ENOUGH = 0.25
"""Least height, 0..1 of the picture, of a body that something is put into the hand of."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cutout:
    """A thing without its background: image (h, w, 3) uint8 BGR, matte (h, w) float32 0..1."""

    image: Picture
    matte: NDArray[np.float32]


def cutout(picture: Picture, box: NDArray[np.float32], longest_px: int = 160) -> Cutout | None:
    """Cut the thing in a box (xyxy 0..1) out by GrabCut; None where no clear outline is found."""
    left, top, right, bottom = (float(value) for value in box)
    pad_x, pad_y = 0.12 * (right - left), 0.12 * (bottom - top)
    window = (
        max(0.0, left - pad_x),
        max(0.0, top - pad_y),
        min(1.0, right + pad_x),
        min(1.0, bottom + pad_y),
    )
    part = cropped(picture, window)
    scale = min(1.0, longest_px / max(part.shape[:2]))
    if min(part.shape[:2]) * scale < 16:
        return None
    part = np.asarray(cv2.resize(part, None, None, scale, scale, cv2.INTER_AREA), np.uint8)
    height, width = part.shape[:2]
    across, down = width / (window[2] - window[0]), height / (window[3] - window[1])
    x, y = int((left - window[0]) * across), int((top - window[1]) * down)
    wide, high = int((right - left) * across), int((bottom - top) * down)
    mask = np.zeros((height, width), np.uint8)
    scratch = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(
            part, mask, (x, y, wide, high), scratch[0], scratch[1], 3, cv2.GC_INIT_WITH_RECT
        )
    except cv2.error:  # a box over the whole part leaves no background to learn from
        return None
    return _largest_piece(part, (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), wide * high)


def _largest_piece(part: Picture, inside: NDArray[np.bool_], box_px: int) -> Cutout | None:
    """Keep the largest connected piece if it fills a believable part of its box."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    if count < 2:
        return None
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y, wide, high, size = (int(value) for value in stats[best])
    if not 0.35 * box_px <= size <= 0.97 * box_px or min(wide, high) < 10:
        return None
    window = np.s_[y : y + high, x : x + wide]
    return Cutout(part[window].copy(), (pieces[window] == best).astype(np.float32))


def blob(picture: Picture, rng: Generator) -> Cutout:
    """Cut a rounded random piece of a picture: a decoy with an outline like a bag."""
    height, width = picture.shape[:2]
    side = int(rng.uniform(0.12, 0.35) * min(height, width))
    y, x = int(rng.integers(0, height - side)), int(rng.integers(0, width - side))
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    radius = side / 2 * rng.uniform(0.65, 1.0, 14)
    points = np.column_stack([np.cos(angles), np.sin(angles)]) * radius[:, None] + side / 2
    matte = np.zeros((side, side), np.float32)
    cv2.fillPoly(matte, [points.astype(np.int32)], 1.0)
    return Cutout(picture[y : y + side, x : x + side].copy(), matte)


def height_on_ground(foot: float, boxes: Boxes, rng: Generator) -> float:
    """Return how high a thing is, in 0..1 of the picture, whose lowest point lies at `foot`.

    0.1 to 0.6 of the height of the person whose feet are nearest in depth; where nobody is seen,
    of a person who would be 0.12 high far away and 0.55 near.
    """
    people = boxes[boxes[:, 0] == PERSON]
    part = rng.uniform(0.1, 0.6)
    if len(people):
        nearest = people[np.argmin(np.abs(people[:, 4] - foot))]
        person = float(nearest[4] - nearest[2]) * foot / max(float(nearest[4]), 0.3)
    else:
        person = 0.12 + 0.43 * max(0.0, foot - 0.4) / 0.6
    return float(np.clip(person * part, 0.03, 0.4))


def lay_down(
    picture: Picture, boxes: Boxes, thing: Cutout, rng: Generator
) -> tuple[Picture, NDArray[np.float32]] | None:
    """Lay a thing on the ground of a picture; return the picture and its box (1, 5), or None.

    Refused where it would leave the picture, hide more than a third of a labelled box, or lie
    mostly inside one: waste stuck on the front of a bin teaches that a label on a bin is waste.
    """
    height, width = picture.shape[:2]
    foot = rng.uniform(0.5, 0.98)
    high = height_on_ground(foot, boxes, rng)
    scale = high * height / thing.image.shape[0]
    size = (
        max(4, round(thing.image.shape[1] * scale)),
        max(4, round(thing.image.shape[0] * scale)),
    )
    wide = size[0] / width
    if wide > 0.5:
        return None
    left = rng.uniform(0.0, 1.0 - wide)
    box = np.array([[WASTE, left, foot - size[1] / height, left + wide, foot]], np.float32)
    if box[0, 2] < 0.05:
        return None
    if len(boxes):
        shared = intersection(box, boxes)[0]
        if (shared > area(boxes) / 3).any() or (shared > 0.6 * area(box)).any():
            return None
    return _blended(picture, _posed(thing, size, rng), box[0, 1:], rng), box


def put_in_hand(
    picture: Picture, boxes: Boxes, thing: Cutout, rng: Generator
) -> tuple[Picture, NDArray[np.float32]] | None:
    """Hang a thing from the hand of somebody in a picture; return picture and box, or None.

    Hands hang at 0.45 to 0.6 of a body, at its side; what is carried is 0.12 to 0.35 of the body
    high. Refused where nobody is at least a quarter of the picture high, or it would leave it.
    """
    people = boxes[(boxes[:, 0] == PERSON) & (boxes[:, 4] - boxes[:, 2] >= TALL_ENOUGH)]
    if not len(people):
        return None
    _, left, top, right, bottom = people[int(rng.integers(len(people)))]
    body = float(bottom - top)
    height, width = picture.shape[:2]
    scale = rng.uniform(0.12, 0.35) * body * height / thing.image.shape[0]
    size = (
        max(4, round(thing.image.shape[1] * scale)),
        max(4, round(thing.image.shape[0] * scale)),
    )
    wide, high = size[0] / width, size[1] / height
    side = float(left) if rng.random() < 0.5 else float(right)
    x = side - wide * rng.uniform(0.25, 0.75)
    y = float(top) + rng.uniform(0.45, 0.6) * body
    box = np.array([[WASTE, x, y, x + wide, y + high]], np.float32)
    if x < 0 or x + wide > 1 or y + high > 1 or wide > body:
        return None
    posed = _posed(thing, size, rng)
    return _blended(picture, posed, box[0, 1:], rng, shadow=False), box


def _posed(thing: Cutout, size: tuple[int, int], rng: Generator) -> Cutout:
    """Scale a thing to (width, height) pixels and mirror it or not."""
    image = cv2.resize(thing.image, size, None, 0, 0, cv2.INTER_AREA)
    matte = cv2.resize(thing.matte, size, None, 0, 0, cv2.INTER_AREA)
    if rng.random() < 0.5:
        image, matte = image[:, ::-1], matte[:, ::-1]
    return Cutout(np.ascontiguousarray(image), np.ascontiguousarray(matte))


def _blended(
    picture: Picture,
    thing: Cutout,
    box: NDArray[np.float32],
    rng: Generator,
    *,
    shadow: bool = True,
) -> Picture:
    """Blend with a feathered edge, the light of the place and a soft shadow at the foot."""
    result = picture.astype(np.float32)
    x, y = int(box[0] * picture.shape[1]), int(box[1] * picture.shape[0])
    high, wide = thing.matte.shape
    high, wide = min(high, picture.shape[0] - y), min(wide, picture.shape[1] - x)
    place = result[y : y + high, x : x + wide]
    matte = cv2.GaussianBlur(thing.matte, (0, 0), rng.choice([0.3, 0.7, 1.2]))[:high, :wide, None]
    image = thing.image[:high, :wide].astype(np.float32)
    light = (place.mean() + 20.0) / (image.mean() + 20.0)
    image = image * np.clip(light, 0.5, 1.6) ** rng.uniform(0.2, 0.8)
    if shadow:
        result *= 1.0 - _shadow(picture.shape[:2], (x, y, wide, high), rng)[..., None]
    place[:] = place * (1 - matte) + image * matte
    return np.clip(result, 0, 255).astype(np.uint8)


def _shadow(
    size: tuple[int, ...], place: tuple[int, int, int, int], rng: Generator
) -> NDArray[np.float32]:
    """Return how much light a thing at (x, y, wide, high) px takes from the ground, 0..1."""
    x, y, wide, high = place
    shadow = np.zeros(size, np.float32)
    centre, axes = (
        (x + wide // 2, y + high - max(1, high // 12)),
        (int(wide * 0.55), max(1, high // 8)),
    )
    cv2.ellipse(shadow, centre, axes, 0, 0, 360, rng.uniform(0.2, 0.5), -1)
    return np.asarray(cv2.GaussianBlur(shadow, (0, 0), max(1.0, wide / 14)), np.float32)
