"""Health of the picture: frozen, blank, camera moved or cut, day or infrared, light step (S0)."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.gate import tiny_grey
from litterwatch.detector.types import Image

Mode = Literal["colour", "infrared"]

_FROZEN_AFTER = 10.0  # a live sensor never repeats itself to the bit for so long, s
_BLANK_SPREAD = 4.0  # grey levels: lens covered, dead sensor, black or white picture
_INFRARED_CHROMA = 3.0  # mean distance of the channels in a picture without colour, levels
_MODE_AFTER = 1.0  # s, against single odd frames
_LOOK_EVERY = 0.5  # s between comparisons with the anchor
_ANCHOR_FOR = 4.0  # the anchor follows slow light and parked cars, s
_MOVED = 2.0 / 320  # share of the long side
_SAME_STRUCTURE = 0.5  # correlation of edges below which it is another picture
_LIGHT_STEP = 0.15  # change of the median log brightness within one look
_INHIBIT = 10.0  # s


@dataclass(frozen=True, slots=True)
class Health:
    """State of the picture at one moment.

    Attributes:
        frozen: the very same picture for 10 s.
        blank: hardly any structure: covered, black or white.
        moved: the camera was moved or the scene cut at this frame.
        shift: (x, y) px of the analysis picture by which it moved; None when it is another
            picture altogether or has not moved.
        mode: "colour", or "infrared" for a picture without colour.
        light_step: the whole picture became brighter or darker at this frame.
        inhibited: nothing may be seeded now.
        inhibited_until: media time, s; in the past when nothing is inhibited.
    """

    frozen: bool = False
    blank: bool = False
    moved: bool = False
    shift: tuple[float, float] | None = None
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
        self._looked = -np.inf
        self._brightness = 0.0
        self._suspect: tuple[float, float] | None = None
        self._inhibited_until = -np.inf

    def update(self, image: Image, media_time: float) -> Health:
        """Judge the next picture (h, w, 3) BGR."""
        grey = tiny_grey(image)
        if self._last is not None and self._last.shape != grey.shape:
            self._last = self._anchor = None
        frozen = self._frozen(grey, media_time)
        blank = float(grey.std()) < _BLANK_SPREAD
        mode_before = self._mode
        mode = self._judged_mode(image, media_time)
        moved, shift, light_step = False, None, False
        if not blank and media_time - self._looked >= _LOOK_EVERY:
            moved, shift, light_step = self._look(grey, media_time)
        if moved or light_step or blank or (mode_before is not None and mode != mode_before):
            self._inhibited_until = media_time + _INHIBIT
        if shift is not None:
            factor = image.shape[1] / grey.shape[1]
            shift = (shift[0] * factor, shift[1] * factor)
        return Health(
            frozen=frozen,
            blank=blank,
            moved=moved,
            shift=shift,
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
        sample = image[::8, ::8].astype(np.int16)
        chroma = float((sample.max(axis=2) - sample.min(axis=2)).mean())
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
        self, grey: Image, media_time: float
    ) -> tuple[bool, tuple[float, float] | None, bool]:
        """Compare with the anchor: (moved, shift in px of the tiny picture, light step)."""
        self._looked = media_time
        picture = grey.astype(np.float32)
        brightness = float(np.log(np.median(picture) + 8))
        stepped = self._anchor is not None and abs(brightness - self._brightness) > _LIGHT_STEP
        self._brightness = brightness
        edges = _edges(picture)
        if self._anchor is None:
            self._set_anchor(edges, media_time)
            return False, None, False
        moved, shift = self._displaced(edges)
        if moved or media_time - self._anchor_time >= _ANCHOR_FOR:
            self._set_anchor(edges, media_time)
        return moved, shift, stepped and not moved

    def _set_anchor(self, edges: NDArray[np.float32], media_time: float) -> None:
        self._anchor, self._anchor_time = edges, media_time

    def _displaced(self, edges: NDArray[np.float32]) -> tuple[bool, tuple[float, float] | None]:
        """Whether the edges lie elsewhere than in the anchor, in two looks running."""
        assert self._anchor is not None
        if _correlation(self._anchor, edges) >= 0.9:
            self._suspect = None
            return False, None
        window = cv2.createHanningWindow((edges.shape[1], edges.shape[0]), cv2.CV_32F)
        (dx, dy), _ = cv2.phaseCorrelate(self._anchor, edges, window)
        still = _correlation(self._anchor, edges)
        far = float(np.hypot(dx, dy)) > _MOVED * max(edges.shape)
        back = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        aligned = cv2.warpAffine(edges, back, edges.shape[::-1]).astype(np.float32, copy=False)
        explained = _correlation(self._anchor, aligned)
        shifted = far and explained >= _SAME_STRUCTURE and explained > still + 0.1
        other = max(still, explained) < _SAME_STRUCTURE
        if not (shifted or other):
            self._suspect = None
            return False, None
        if self._suspect is None:
            self._suspect = (dx, dy)
            return False, None
        self._suspect = None
        return True, (dx, dy) if shifted else None


def _edges(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Strength of the edges, compressed so that one bright lamp does not decide."""
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    dx = cv2.Sobel(soft, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    strength: NDArray[np.float32] = np.sqrt(cv2.magnitude(dx, dy))
    return strength


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Pearson's correlation of two pictures, 0 where one has no structure."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / norm if norm > 0 else 0.0
