"""Whatever a camera shows and a detector says: the engine goes on.

Scenes by lot: a texture that sways and is knocked aside, blocks that walk, drive, stop and appear
from nothing, things that come and go, also at and beyond the rims, boxes that come and go and are
called by any name, black and dark pictures, gaps in time. Nothing is asked of what it finds.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Detections, Frame, Image, Label

WIDTH, HEIGHT, ROOM = 320, 180, 40
ACTORS = (Label.PERSON, Label.PERSON, Label.TWO_WHEELER, Label.VEHICLE)
THINGS = (Label.WASTE, Label.WASTE, Label.WASTE, Label.BIN, Label.OVERFLOW, Label.PERSON)


@dataclass
class Block:
    """A rectangle of the world, px, that goes its way, and what the detector calls it."""

    box: Box
    names: tuple[Label, ...]
    colour: tuple[float, ...]
    way: tuple[float, float] = (0.0, 0.0)


@dataclass
class Scene:
    """One scene by lot."""

    seed: int
    blocks: list[Block] = field(default_factory=list)
    knocked: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        self.lot = np.random.default_rng(self.seed)
        coarse = self.lot.uniform(20, 235, (HEIGHT // 4 + 20, WIDTH // 4 + 20, 3))
        size = (WIDTH + 2 * ROOM, HEIGHT + 2 * ROOM)
        self.plate = cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
        self.sway = self.lot.uniform(0, 6)

    def happens(self, chance: float) -> bool:
        return bool(self.lot.uniform() < chance)

    def go_on(self) -> None:
        """Who walks walks; some come, some go, and sometimes somebody knocks the camera."""
        lot = self.lot
        self.blocks = [b for b in self.blocks if not self.happens(0.01)]
        for block in self.blocks:
            if self.happens(0.05):
                block.way = (0.0, 0.0)
            dx, dy = block.way
            x1, y1, x2, y2 = block.box
            block.box = Box(x1 + dx, y1 + dy, x2 + dx, y2 + dy)
        if self.happens(0.1) and len(self.blocks) < 8:
            x, y, width, height = lot.uniform((-20, -10, 4, 4), (WIDTH, HEIGHT, 60, 70))
            colour, box = tuple(lot.uniform(0, 255, 3)), Box(x, y, x + width, y + height)
            is_actor = self.happens(0.5)
            way = (lot.normal(0, 4), lot.normal(0, 1)) if is_actor else (0.0, 0.0)
            self.blocks.append(Block(box, ACTORS if is_actor else THINGS, colour, way))
        if self.happens(0.02):
            dx, dy = lot.uniform(-30, 30, 2)
            self.knocked = (dx, dy)

    def look(self) -> tuple[Image, Detections]:
        """The picture, and what a poor detector sees in it."""
        lot = self.lot
        dx, dy = np.clip(np.add(self.knocked, lot.normal(0, self.sway, 2)), -ROOM, ROOM).round()
        left, top = int(ROOM + dx), int(ROOM + dy)
        picture = self.plate[top : top + HEIGHT, left : left + WIDTH].copy()
        found: list[tuple[list[float], float, Label]] = []
        for block in self.blocks:
            x1, y1, x2, y2 = np.subtract(block.box, (dx, dy, dx, dy))
            cv2.rectangle(picture, (int(x1), int(y1)), (int(x2), int(y2)), block.colour, -1)
            inside = [float(v) for v in np.clip((x1, y1, x2, y2), 0, (WIDTH, HEIGHT) * 2)]
            if inside[0] < inside[2] and inside[1] < inside[3] and self.happens(0.75):
                name = block.names[int(lot.integers(len(block.names)))]
                found.append((inside, float(lot.uniform(0.1, 0.95)), name))
        light = 0.0 if self.happens(0.01) else 0.4 if self.happens(0.01) else 1.0
        seen = light * (picture + lot.normal(0, 3, picture.shape))
        return np.clip(seen, 0, 255).astype(np.uint8), detections(found)


def detections(found: list[tuple[list[float], float, Label]]) -> Detections:
    if not found:
        return Detections.empty()
    labels = np.empty(len(found), object)
    labels[:] = [name for _, _, name in found]
    boxes = np.array([box for box, _, _ in found], np.float32)
    return Detections(boxes, np.array([sure for _, sure, _ in found], np.float32), labels)


def watch(seed: int) -> None:
    scene, pipeline, media_time = Scene(seed), CameraPipeline(), 0.0
    for index in range(150):
        scene.go_on()
        image, found = scene.look()
        frame = Frame("by lot", index, media_time, None, image, (WIDTH, HEIGHT))
        pipeline.advance(frame, found if pipeline.wants_detection(frame) else None)
        media_time += float(scene.lot.choice([1 / 6, 0.5, 3.0], p=[0.97, 0.02, 0.01]))
    pipeline.finish()


@pytest.mark.parametrize("seed", [107, 122, 124, 137])
def test_footage_that_once_stopped_the_engine_is_watched_to_its_end(seed: int) -> None:
    watch(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(140, 180))
def test_any_footage_is_watched_to_its_end(seed: int) -> None:
    watch(seed)
