"""A contact sheet: pictures with their boxes drawn, for a person to look at."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.models.data.labels import CLASSES, Boxes
from litterwatch.models.data.recipe import Made

TILE_PX = 256
COLOURS = ((60, 220, 60), (220, 220, 0), (255, 120, 0), (0, 0, 255), (200, 0, 200), (0, 140, 255))
"""BGR: person green, two_wheeler cyan, vehicle blue, waste red, bin violet, overflow orange."""


def contact_sheet(
    folder: Path,
    pictures: Sequence[Made],
    file: Path,
    *,
    seed: int,
    count: int = 60,
    columns: int = 10,
) -> None:
    """Draw `count` pictures drawn by lot, `columns` in a row, as one PNG."""
    lot = np.random.default_rng(seed).permutation(len(pictures))[:count]
    tiles = []
    for number in sorted(lot):
        picture = cv2.imread(str(folder / "images" / pictures[number].file))
        tiles.append(tile(np.asarray(picture, np.uint8), pictures[number].boxes))
    blank = np.zeros((TILE_PX, TILE_PX, 3), np.uint8)
    tiles += [blank] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    if rows:
        cv2.imwrite(str(file), np.vstack(rows))


def tile(picture: NDArray[np.uint8], boxes: Boxes) -> NDArray[np.uint8]:
    """Scale a picture into a square tile and draw its boxes with the first letters of the class."""
    scale = TILE_PX / max(picture.shape[:2])
    size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
    tile = np.zeros((TILE_PX, TILE_PX, 3), np.uint8)
    tile[: size[1], : size[0]] = cv2.resize(picture, size, None, 0, 0, cv2.INTER_AREA)
    for label, left, top, right, bottom in boxes:
        colour = COLOURS[int(label)]
        corner = (int(left * size[0]), int(top * size[1]))
        cv2.rectangle(tile, corner, (int(right * size[0]), int(bottom * size[1])), colour, 1)
        cv2.putText(tile, CLASSES[int(label)][:3], (corner[0], corner[1] + 9), 0, 0.3, colour, 1)
    return tile
