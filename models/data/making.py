"""Makes the pictures of the data set out of one original."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from litterwatch.detector.errors import ConfigError
from litterwatch.models.data.composites import Cutout, blob, cutout, lay_down, put_in_hand
from litterwatch.models.data.labels import (
    BIN,
    OVERFLOW,
    PERSON,
    WASTE,
    Boxes,
    area,
    seen_in,
    turned,
    written,
)
from litterwatch.models.data.look import camera_look
from litterwatch.models.data.recipe import Made, Original, Recipe, own_random
from litterwatch.models.data.scenes import content_window, cropped, is_street, waste_free_window

Picture = NDArray[np.uint8]
SCENE_LONGEST_PX = 512
LYING_BODY = 0.15
"""Least height, 0..1 of the picture, of a body for which a scene is turned."""
SUFFIXES = {"real": "", "scene": "-scene", "turned": "-turned", "composite": "-made"}


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes pictures into `out`/images and `out`/labels; lives in every worker process."""

    recipe: Recipe
    out: Path
    things: dict[str, list[tuple[str, Cutout]]] = field(default_factory=dict)

    def make(self, original: Original) -> list[Made]:
        """Make everything that comes of one original: itself, a scene, a composite."""
        rng = own_random(self.recipe.seed, original.name)
        if original.split == "val":
            return [self._kept_whole(original)]
        picture, boxes = read_picture(original.path), original.boxes
        if self.recipe.sources[original.source].strip_borders:
            window = content_window(picture)
            picture, boxes = cropped(picture, window), seen_in(boxes, window)
        is_looked = rng.random() < self.recipe.mix.camera_look
        looked = camera_look(picture, rng) if is_looked else picture
        made = [self._written(new(original, "real", boxes), looked)]
        if self.recipe.sources[original.source].scenes:
            made += self._scenes(original, picture, rng)
        return made

    def _kept_whole(self, original: Original) -> Made:
        """Copy a val picture byte for byte."""
        made = replace(new(original, "real", original.boxes), file=flat(original.name))
        (self.out / "images" / made.file).write_bytes(original.path.read_bytes())
        self._label(made)
        return made

    def _scenes(self, original: Original, picture: Picture, rng: Generator) -> list[Made]:
        """Make a scene with neither waste nor bin, and by chance a composite with bins allowed."""
        mix, made = self.recipe.mix, []
        street = self._street(original, picture, rng, (WASTE, BIN, OVERFLOW))
        if street is not None:
            scene, _ = self._laid(*street, [], rng, decoys=mix.scene_decoys)
            if rng.random() < mix.scene_camera_look:
                scene = camera_look(scene, rng)
            made.append(self._written(new(original, "scene", street[1]), scene))
            made += self._turned(original, street, rng)
        street = self._street(original, picture, rng, (WASTE, OVERFLOW))
        if street is not None and rng.random() < mix.composite:
            made += self._composite(original, street, rng)
        return made

    def _turned(
        self, original: Original, street: tuple[Picture, Boxes], rng: Generator
    ) -> list[Made]:
        """By chance make a street with people again, lying on its side.

        A body that lies was called waste by a network that had seen bodies upright only.
        """
        picture, boxes = street
        people = boxes[boxes[:, 0] == PERSON]
        tall = (people[:, 4] - people[:, 2] >= LYING_BODY).any()
        if not tall or rng.random() >= self.recipe.mix.turned:
            return []
        clockwise = bool(rng.random() < 0.5)
        lying = np.ascontiguousarray(np.rot90(picture, -1 if clockwise else 1))
        if rng.random() < self.recipe.mix.scene_camera_look:
            lying = camera_look(lying, rng)
        made = new(original, "turned", turned(boxes, clockwise=clockwise))
        return [self._written(made, lying)]

    def _street(
        self, original: Original, picture: Picture, rng: Generator, without: tuple[int, ...]
    ) -> tuple[Picture, Boxes] | None:
        """Return a window of a picture without boxes of some classes, with the boxes left in it."""
        window = waste_free_window(original.boxes, rng, self.recipe.mix.scene_least_side, without)
        if window is None:
            return None
        street = enlarged(cropped(picture, window))
        return (street, seen_in(original.boxes, window)) if is_street(street) else None

    def _composite(
        self, original: Original, street: tuple[Picture, Boxes], rng: Generator
    ) -> list[Made]:
        """Lay 1 to `most_things` cut-outs of one source into a street."""
        mix = self.recipe.mix
        sources = [source for source, things in sorted(self.things.items()) if things]
        if not sources:
            return []
        things = self.things[sources[int(rng.integers(len(sources)))]]
        count = int(rng.integers(1, mix.most_things + 1))
        chosen = [things[int(rng.integers(len(things)))] for _ in range(count)]
        laid, boxes = self._held(*street, chosen[0][1], rng)
        on_ground = [thing for _, thing in (chosen if boxes is street[1] else chosen[1:])]
        laid, boxes = self._laid(laid, boxes, on_ground, rng, decoys=mix.composite_decoys)
        if len(boxes) == len(street[1]):
            return []
        made = new(original, "composite", boxes, [name for name, _ in chosen])
        return [self._written(made, camera_look(laid, rng))]

    def _held(
        self, street: Picture, boxes: Boxes, thing: Cutout, rng: Generator
    ) -> tuple[Picture, Boxes]:
        """By chance put a thing into somebody's hand; the very same boxes where it was not."""
        if rng.random() >= self.recipe.mix.in_hand:
            return street, boxes
        result = put_in_hand(street, boxes, thing, rng)
        if result is None:
            return street, boxes
        return result[0], np.concatenate([boxes, result[1]]).astype(np.float32)

    def _laid(
        self,
        street: Picture,
        boxes: Boxes,
        things: Sequence[Cutout],
        rng: Generator,
        *,
        decoys: float,
    ) -> tuple[Picture, Boxes]:
        """Lay things, and by chance decoys cut from the street itself, in random order."""
        order = [(thing, True) for thing in things]
        if rng.random() < decoys:
            order += [(blob(street, rng), False) for _ in range(int(rng.integers(1, 3)))]
        occupied = boxes
        for number in rng.permutation(len(order)):
            thing, is_waste = order[number]
            result = lay_down(street, occupied, thing, rng)
            if result is None:
                continue
            street, box = result
            occupied = np.concatenate([occupied, box]).astype(np.float32)
            if is_waste:
                boxes = np.concatenate([boxes, box]).astype(np.float32)
        return street, boxes

    def _written(self, made: Made, picture: Picture) -> Made:
        """Write picture and labels."""
        file = self.out / "images" / made.file
        cv2.imwrite(str(file), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
        self._label(made)
        return made

    def _label(self, made: Made) -> None:
        """Write the labels of a picture."""
        file = (self.out / "labels" / made.file).with_suffix(".txt")
        file.write_text(written(made.boxes))


def new(original: Original, kind: str, boxes: Boxes, parts: Sequence[str] = ()) -> Made:
    """Name a picture made from an original and from parts of others."""
    stem = flat(original.name).rsplit(".", 1)[0] + SUFFIXES[kind]
    names = (original.name, *parts)
    return Made(f"{stem}.jpg", original.split, original.source, kind, names, boxes)


def flat(name: str) -> str:
    """Turn `data set/split/file` into the name of one file."""
    return name.replace("/", "-")


def cutouts(recipe: Recipe, originals: Sequence[Original]) -> dict[str, list[tuple[str, Cutout]]]:
    """Cut waste of believable size out of training pictures, per source, with its origin."""
    result: dict[str, list[tuple[str, Cutout]]] = {}
    for name, source in recipe.sources.items():
        things = result[name] = []
        train = sorted((o for o in originals if o.source == name and o.split == "train"), key=_name)
        for number in np.random.default_rng(recipe.seed).permutation(len(train)):
            if len(things) >= source.cutouts:
                break
            original = train[number]
            sizes = area(original.boxes)
            fit = (original.boxes[:, 0] == WASTE) & (sizes > 0.01) & (sizes < 0.3)
            picture = read_picture(original.path) if fit.any() else None
            for box in original.boxes[fit][:2]:
                thing = cutout(picture, box[1:]) if picture is not None else None
                if thing is not None:
                    things.append((original.name, thing))
    return result


def _name(original: Original) -> str:
    return original.name


def enlarged(picture: Picture) -> Picture:
    """Scale a scene so that its longest side is 512 pixels, as the sources are."""
    scale = SCENE_LONGEST_PX / max(picture.shape[:2])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, None, 0, 0, cv2.INTER_LINEAR), np.uint8)


def read_picture(path: Path) -> Picture:
    """Read a picture as (h, w, 3) uint8 BGR."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ConfigError(f"{path.name} is not a picture that can be read")
    return np.asarray(picture, np.uint8)
