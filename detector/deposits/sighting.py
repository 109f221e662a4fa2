"""When the thing came: small grey pictures of the last minutes, looked through backwards (1.9).

A bag stands behind its owner's legs long before the box around him moves away. Pixel by pixel the
old pictures are compared with the thing and with the clean ground: what is nearer decides.
"""

from collections import deque
from dataclasses import dataclass, field
from math import ceil, floor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.picture import Picture
from litterwatch.detector.geometry import Box, FloatArray
from litterwatch.detector.types import Image

_DENSE = 20.0
"""Seconds remembered at every look (T_look); older pictures once a second."""

_REMEMBERED = 120.0
_CONTRAST = 10.0
"""Grey levels between thing and ground below which a pixel cannot tell them apart."""

_TELLING = 4
"""Pixels that must tell thing from ground."""

_MOST = 0.7
"""Share of the pixels that must agree."""

_NEAR = 0.5
"""Mean distance, as a share of the contrast, within which a patch is recognised."""

_HIDDEN = 2.0
"""Seconds without a look at the thing after which an older likeness is somebody's trousers."""

_STILL_LIKE = 12.0
"""The same over minutes, in which the light changes."""

_FEW = 3
"""Looks needed before and after a turn."""

_SAME_EDGES = 0.5
"""Correlation of the edges of a place under two kinds of light from which the same lies there."""

_ALONE = 1.0
"""Seconds for which one of two things must be seen to lie there alone."""

_ROUND_ABOUT = 25.0
"""Grey levels between ground and what lies round about."""


class Sighting(NamedTuple):
    """When a place was last seen clean and when the thing was first seen, s.

    `t_clear` is None when it was never seen clean within memory.
    """

    t_clear: float | None
    t_on: float


@dataclass(slots=True)
class Thumbnails:
    """Grey pictures (anchor coordinates) of the last two minutes, `scale` times smaller."""

    long_side: int = 320
    scale: float = 1.0
    _pictures: deque[tuple[float, Image]] = field(default_factory=deque)

    def __len__(self) -> int:
        return len(self._pictures)

    def see(self, image: Image | Picture, media_time: float) -> None:
        """Remember one picture (h, w, 3) or (h, w) of the analysis size."""
        picture = Picture.of(image)
        self.scale = max(1.0, max(picture.size) / self.long_side)
        self._pictures.append((media_time, picture.small_grey(self.long_side)))
        self._thin(media_time)

    def _thin(self, media_time: float) -> None:
        while self._pictures and media_time - self._pictures[0][0] > _REMEMBERED:
            self._pictures.popleft()
        kept: list[tuple[float, Image]] = []
        while self._pictures and media_time - self._pictures[0][0] > _DENSE:
            kept.append(self._pictures.popleft())
            if len(kept) > 1 and kept[-1][0] - kept[-2][0] < 1.0:
                kept.pop()
                break  # older ones were thinned before
        self._pictures.extendleft(reversed(kept))

    def forget(self) -> None:
        """The view was lost: old pictures show another place."""
        self._pictures.clear()

    def patch(self, box: Box, media_time: float) -> FloatArray | None:
        """The grey patch under a box at the look nearest in time (0.5 s at most)."""
        near: Image | None = None
        apart = 0.5
        for at, picture in reversed(self._pictures):  # nearly always the last one is asked for
            if abs(at - media_time) <= apart:
                near, apart = picture, abs(at - media_time)
            elif at < media_time:
                break
        return None if near is None else near[self._within(box, near)].astype(np.float32)

    def patch_of(self, image: Image, box: Box) -> FloatArray:
        """The grey patch of any picture of the analysis size, at the scale of the memory."""
        grey = Picture(image).small_grey(self.long_side)
        return grey[self._within(box, grey)].astype(np.float32)

    def trace(
        self, box: Box, thing: FloatArray, ground: FloatArray, t_from: float, t_to: float
    ) -> Sighting | None:
        """Go back from `t_to` to the last look at which the place was clean.

        Args:
            box: the place, analysis px.
            thing: grey patch (h, w) of the place with the thing.
            ground: the same without it.
            t_from: s, where to stop.
            t_to: s, where to begin.

        Returns:
            None when thing and ground cannot be told apart.
        """
        telling = np.abs(thing - ground) > _CONTRAST
        if telling.sum() < _TELLING:
            return None
        on: float | None = None
        lost = False
        for media_time, picture in reversed(self._pictures):
            if media_time > t_to:
                continue
            if media_time < t_from:
                break
            now = picture[self._within(box, picture)].astype(np.float32)
            likeness = _likeness(now[telling], thing[telling], ground[telling])
            if likeness > 0 and not lost:
                on = media_time
            elif on is not None and on - media_time > _HIDDEN:
                lost = True
            if likeness < 0:
                return Sighting(media_time, on if on is not None else t_to)
        return Sighting(None, on if on is not None else t_to)

    def resembles(self, box: Box, thing: FloatArray, now: float) -> bool:
        """Whether a place still looks like a patch taken of it earlier."""
        patch = self.patch(box, now)
        if patch is None or patch.shape != thing.shape:
            return False
        return float(np.abs(patch - thing).mean()) <= _STILL_LIKE

    def came(self, box: Box, thing: FloatArray, now: float) -> Sighting | None:
        """When a thing came to a place nobody knows a clean reference of; None if it did not.

        Going back, the patch must turn once from the thing into something else that was steady and
        like the ground round about: floor seen beside somebody's legs. Else the thing was there all
        the time, or somebody's trousers hid it.
        """
        times = [at for at, _ in self._pictures if now - _DENSE <= at <= now]
        if len(times) < 2 * _FEW:
            return None
        window = self._within(box, self._pictures[-1][1])
        seen = [picture[window] for at, picture in self._pictures if now - _DENSE <= at <= now]
        if any(patch.shape != thing.shape for patch in seen):
            return None
        looks = np.stack(seen).astype(np.float32)
        unlike = _distances(looks, thing)
        turn = turning_point(unlike)
        before, after = float(np.median(unlike[:turn])), float(np.median(unlike[turn:]))
        if before < _CONTRAST or after > _NEAR * before:
            return None
        ground = np.median(looks[:turn], axis=0)
        swing = _distances(looks[:turn], ground)
        if float(np.median(swing)) > _NEAR * before or not self._like_round_about(box, ground):
            return None
        return Sighting(times[turn - 1], times[turn])

    def came_in_turn(self, ends: tuple[Box, Box], ground: Image, now: float) -> bool:
        """Whether one end of a thing lay there while the place of the other was still clean.

        For a second and three looks at least, and in full view of both; the first then stayed, and
        the other was seen there only after that. Who passes in clothes like the ground, and what
        comes to light piece by piece, make no such row.

        Args:
            ends: two places that the thing covers now, analysis px.
            ground: the clean reference, analysis size.
            now: s.
        """
        dense = [(at, picture) for at, picture in self._pictures if now - _DENSE <= at <= now]
        times = np.array([at for at, _ in dense])
        pictures = [picture for _, picture in dense]
        first, other = (self._likenesses(pictures, box, ground) for box in ends)
        return in_turn(times, first, other) or in_turn(times, other, first)

    def _likenesses(self, pictures: list[Image], box: Box, ground: Image) -> NDArray[np.int8]:
        """(n,) of what a place showed: 1 what the last picture shows, -1 the ground, 0 neither."""
        found = np.zeros(len(pictures), np.int8)
        if not pictures:
            return found
        window = self._within(box, pictures[-1])
        thing = pictures[-1][window].astype(np.float32)
        clean = self.patch_of(ground, box)
        telling = np.abs(thing - clean) > _CONTRAST
        if telling.sum() < _TELLING:
            return found
        for index, picture in enumerate(pictures):
            now = picture[window].astype(np.float32)
            found[index] = _likeness(now[telling], thing[telling], clean[telling])
        return found

    def _like_round_about(self, box: Box, ground: FloatArray) -> bool:
        """Whether a patch is as bright as what lies round a place now."""
        picture = self._pictures[-1][1]
        wide = picture[self._within(box.grown(0.5 * box.width, 0.25 * box.height), picture)]
        ring = float(np.median(wide))
        return abs(float(np.median(ground)) - ring) <= _ROUND_ABOUT

    def _within(self, box: Box, picture: Image) -> tuple[slice, slice]:
        height, width = picture.shape[:2]
        small = box.scaled(1 / self.scale, 1 / self.scale)
        x1 = min(max(floor(small.x1), 0), width - 1)
        y1 = min(max(floor(small.y1), 0), height - 1)
        x2 = min(max(ceil(small.x2), x1 + 1), width)
        y2 = min(max(ceil(small.y2), y1 + 1), height)
        return slice(y1, y2), slice(x1, x2)


def same_edges(a: FloatArray, b: FloatArray) -> bool:
    """Whether two grey patches (h, w) show one thing, however it is lit.

    By the strength of the edges: under infrared light what was dark may be bright. Drawn deposits
    have 0.98 over the switch, and 0.1 with the bare ground (docs/decisions/0037).
    """
    if a.shape != b.shape:
        return False
    one, other = (_edges(patch) for patch in (a, b))
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return norm > 0 and float(np.vdot(one, other)) >= _SAME_EDGES * norm


def _edges(patch: FloatArray) -> FloatArray:
    """Strength of the edges less their mean, compressed so that one bright line does not decide."""
    soft = cv2.GaussianBlur(patch, (3, 3), 0)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    strength = np.sqrt(cv2.magnitude(dx, dy))
    return np.asarray(strength - strength.mean(), np.float32)


def in_turn(times: NDArray[np.float64], first: NDArray[np.int8], other: NDArray[np.int8]) -> bool:
    """Whether the first came, lay there alone for a while and stayed, and the other came then.

    Args:
        times: (n,) s, rising.
        first: (n,) of what one place showed: 1 the thing, -1 the ground, 0 neither.
        other: the same of the other place.
    """
    alone = times[(first == 1) & (other == -1)]
    if len(alone) < _FEW or alone[-1] - alone[0] < _ALONE:
        return False
    came = times[other == 1]
    stayed = not ((first == -1) & (times > alone[0])).any()
    return stayed and len(came) > 0 and bool(came[0] > alone[-1])


def turning_point(unlike: NDArray[np.float64]) -> int:
    """Where a series falls from one level to another: the split of least squared error."""
    level = unlike - unlike.mean()  # which keeps the differences of sums of squares exact
    sizes = np.arange(_FEW, len(level) - _FEW + 1)
    sums = np.cumsum(level)
    first = sums[sizes - 1]
    # The squares of all, less what the means of both parts explain of them.
    explained = first**2 / sizes + (sums[-1] - first) ** 2 / (len(level) - sizes)
    return _FEW + int(np.argmax(explained))


def _distances(looks: FloatArray, patch: FloatArray) -> NDArray[np.float64]:
    """(n,) mean distance of each of (n, h, w) from (h, w)."""
    apart = np.abs(looks - patch).reshape(len(looks), -1)
    return np.asarray(apart.mean(axis=1), np.float64)


def _likeness(now: FloatArray, thing: FloatArray, ground: FloatArray) -> int:
    """1 the thing, -1 the ground, 0 something else is in front."""
    to_thing: NDArray[np.float32] = np.abs(now - thing)
    to_ground: NDArray[np.float32] = np.abs(now - ground)
    share = float((to_thing < to_ground).mean())
    contrast = float(np.abs(thing - ground).mean())
    if share >= _MOST and float(to_thing.mean()) < _NEAR * contrast:
        return 1
    if share <= 1 - _MOST and float(to_ground.mean()) < _NEAR * contrast:
        return -1
    return 0
