"""Health of the picture: frozen, blank, camera moved or cut, day or infrared, light step (S0)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.gate import tiny_grey
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image

Mode = Literal["colour", "infrared"]

_FROZEN_AFTER = 10.0  # a live sensor never repeats itself to the bit for so long, s
_BLANK_SPREAD = 4.0  # grey levels: lens covered, dead sensor, black or white picture
_INFRARED_CHROMA = 3.0  # mean distance of the channels in a picture without colour, levels
_MODE_AFTER = 1.0  # s, against single odd frames
_LOOK_EVERY = 0.5  # s between comparisons with the anchor
_ANCHOR_FOR = 4.0  # the anchor follows slow light and parked cars, s
_TILES = 4  # judged in 4x4 parts, so that what walks through some of them does not count
_FEWEST_TILES = 3
_TELLING = 0.4  # usual correlation of a part that is good enough to tell (not a waving tree)
_LOST = 0.5  # a part is lost below this share of its usual correlation
_LOST_SHARE = 0.75  # of the telling parts: the camera moved or the scene was cut
_TAU_USUAL = 10.0  # s
_LIGHT_STEP = 0.15  # change of the median log brightness within one look
_INHIBIT = 10.0  # s


@dataclass(frozen=True, slots=True)
class Health:
    """State of the picture at one moment.

    Attributes:
        frozen: the very same picture for 10 s.
        blank: hardly any structure: covered, black or white.
        moved: the camera was moved or the scene cut at this frame.
        mode: "colour", or "infrared" for a picture without colour.
        light_step: the whole picture became brighter or darker at this frame.
        inhibited: nothing may be seeded now.
        inhibited_until: media time, s; in the past when nothing is inhibited.
    """

    frozen: bool = False
    blank: bool = False
    moved: bool = False
    mode: Mode = "colour"
    light_step: bool = False
    inhibited: bool = False
    inhibited_until: float = -np.inf


class PictureHealth:
    """Watches the pictures of one camera; one call per analysed frame."""

    def __init__(self) -> None:
        self._last: Image | None = None
        self._same_since = 0.0
        self._mode: Mode | None = None
        self._other_mode_since: float | None = None
        self._anchor: NDArray[np.float32] | None = None
        self._anchor_time = -np.inf
        self._usual: NDArray[np.float64] | None = None
        self._looked = -np.inf
        self._brightness = 0.0
        self._suspect = False
        self._inhibited_until = -np.inf

    def update(self, image: Image, media_time: float, *, actors: Sequence[Box] = ()) -> Health:
        """Judge the next picture.

        Args:
            image: (h, w, 3) uint8 BGR, the analysis picture.
            media_time: s.
            actors: boxes of actors (px of `image`); what they hide says nothing about the camera.
        """
        grey = tiny_grey(image)
        if self._last is not None and self._last.shape != grey.shape:
            self._last = self._anchor = None
        frozen = self._frozen(grey, media_time)
        blank = float(cv2.meanStdDev(grey)[1][0, 0]) < _BLANK_SPREAD
        mode_before = self._mode
        mode = self._judged_mode(image, media_time)
        moved, light_step = False, False
        if not blank:
            moved, light_step = self._look(image, grey, actors, media_time)
        if moved or light_step or blank or mode_before not in {None, mode}:
            self._inhibited_until = media_time + _INHIBIT
        return Health(
            frozen=frozen,
            blank=blank,
            moved=moved,
            mode=mode,
            light_step=light_step,
            inhibited=media_time < self._inhibited_until,
            inhibited_until=self._inhibited_until,
        )

    def _frozen(self, grey: Image, media_time: float) -> bool:
        if self._last is None or cv2.norm(grey, self._last, cv2.NORM_INF) > 0:
            self._same_since = media_time
        self._last = grey
        return media_time - self._same_since >= _FROZEN_AFTER

    def _judged_mode(self, image: Image, media_time: float) -> Mode:
        blue, green, red = cv2.split(np.ascontiguousarray(image[::8, ::8]))
        highest = cv2.max(cv2.max(blue, green), red)
        chroma = cv2.mean(cv2.subtract(highest, cv2.min(cv2.min(blue, green), red)))[0]
        now: Mode = "infrared" if chroma < _INFRARED_CHROMA else "colour"
        if self._mode is None:
            self._mode = now
        if now == self._mode:
            self._other_mode_since = None
        elif self._other_mode_since is None:
            self._other_mode_since = media_time
        elif media_time - self._other_mode_since >= _MODE_AFTER:
            self._mode, self._other_mode_since = now, None
        return self._mode

    def _look(
        self, image: Image, grey: Image, actors: Sequence[Box], media_time: float
    ) -> tuple[bool, bool]:
        """Compare with the anchor: (moved, light step)."""
        if media_time - self._looked < _LOOK_EVERY:
            return False, False
        dt, self._looked = media_time - self._looked, media_time
        brightness = float(np.log(np.median(grey) + 8))
        stepped = self._anchor is not None and abs(brightness - self._brightness) > _LIGHT_STEP
        self._brightness = brightness
        factor = grey.shape[1] / image.shape[1]
        free = _uncovered_tiles([box.scaled(factor, factor) for box in actors], grey.shape)
        if self._has_moved(_edges(grey), free, media_time, dt):
            self._anchor = None
            return True, False
        return False, stepped

    def _has_moved(
        self, edges: NDArray[np.float32], free: NDArray[np.bool_], media_time: float, dt: float
    ) -> bool:
        """Whether it is another view than the anchor's, in two looks running."""
        if self._anchor is None:
            self._anchor, self._anchor_time = edges, media_time
            self._usual, self._suspect = None, False
            return False
        now = _tile_correlations(self._anchor, edges)
        if self._lost(now, free):
            suspected, self._suspect = self._suspect, True
            return suspected
        self._suspect = False
        self._learn_usual(now, free, dt)
        if media_time - self._anchor_time >= _ANCHOR_FOR:
            self._anchor, self._anchor_time = edges, media_time
        return False

    def _learn_usual(self, now: NDArray[np.float64], free: NDArray[np.bool_], dt: float) -> None:
        """Remember how well each part correlates with the anchor when the camera stands."""
        if self._usual is None:
            self._usual = np.where(free, now, 0.0)
            return
        weight = 1 - float(np.exp(-min(dt, 2.0) / _TAU_USUAL))
        first = free & (self._usual == 0)
        self._usual[first] = now[first]
        self._usual[free] += weight * (now - self._usual)[free]

    def _lost(self, now: NDArray[np.float64], free: NDArray[np.bool_]) -> bool:
        """Whether nearly every part that can tell says: this is not where I was."""
        if self._usual is None:
            return False
        telling = free & (self._usual >= _TELLING)
        if int(telling.sum()) < _FEWEST_TILES:
            return False
        return float((now[telling] < _LOST * self._usual[telling]).mean()) >= _LOST_SHARE


def _uncovered_tiles(hidden: Sequence[Box], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(4, 4) which parts are less than half hidden."""
    cover = np.zeros(shape[:2], np.float32)
    for box in hidden:
        x1, y1, x2, y2 = (max(0, round(v)) for v in box)
        cover[y1:y2, x1:x2] = 1
    uncovered: NDArray[np.bool_] = (
        cv2.resize(cover, (_TILES, _TILES), interpolation=cv2.INTER_AREA) < 0.5
    )
    return uncovered


def _tile_correlations(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """(4, 4) Pearson's correlation part by part, 0 where one has no structure."""
    result = np.zeros((_TILES, _TILES))
    rows = np.linspace(0, a.shape[0], _TILES + 1).astype(int)
    columns = np.linspace(0, a.shape[1], _TILES + 1).astype(int)
    for i in range(_TILES):
        for j in range(_TILES):
            part = slice(rows[i], rows[i + 1]), slice(columns[j], columns[j + 1])
            result[i, j] = _correlation(a[part], b[part])
    return result


def _edges(grey: Image) -> NDArray[np.float32]:
    """Strength of the edges, compressed so that one bright lamp does not decide."""
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return np.sqrt(cv2.magnitude(dx, dy), dtype=np.float32)


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Pearson's correlation of two pictures, 0 where one has no structure."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt(np.vdot(a, a) * np.vdot(b, b)))
    return float(np.vdot(a, b)) / norm if norm > 1e-6 else 0.0
