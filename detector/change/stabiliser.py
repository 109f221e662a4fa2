"""Sway of the camera: each picture is laid over a fixed view before anything is compared.

Poles sway in the wind and lorries shake them; a hand-held phone drifts. Compared pixel by pixel
with a clean reference, one pixel of sway makes every edge of the scene look new. So corner points
of an anchor picture are followed into the current one (pyramidal Lucas-Kanade, Bouguet 2000) away
from actors, and a similarity (shift, turn, scale) is fitted by RANSAC. Everything behind this step
works in anchor coordinates; `Motion.box_to_picture` leads back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.motion import (
    IDENTITY,
    Matrix,
    Motion,
    applied,
    inverse,
    product,
)
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image

__all__ = ["Motion", "Stabiliser", "StabiliserParameters"]

Grey = NDArray[np.uint8]

WORK_WIDTH = 320
"""Points are followed in a picture this wide: sway of a third of a pixel there is still seen."""

SURELY_STILL = 0.5
"""A quick look may call a picture still whose sway is below this share of what counts as still."""

_PYRAMID = 3
"""Levels above the work picture on which points are looked for, for motion of up to 50 px."""

_RETURNS = 12
"""Pictures between attempts to find the first anchor again, once another has taken its place."""

FEWEST_POINTS = 12
"""Below this a similarity fitted by RANSAC is a guess."""


@dataclass(frozen=True, slots=True)
class StabiliserParameters:
    """When sway is trusted and when a new anchor is taken.

    Attributes:
        still_px: sway below this (analysis px) is left alone: decoding noise, not motion.
        trusted_share: share of the followed points that must agree with the similarity.
        tolerance_px: how well a point must agree, work px; depth makes near points move more.
        spread: share of the picture that the agreeing points must span: a lorry that fills a
            corner must not pass for the scene.
        renew_share: with less of the anchor in view than this, the chain goes on from a new one.
        same_view: correlation of coarse pictures below which the view was cut or panned away.
    """

    still_px: float = 0.6
    trusted_share: float = 0.4
    tolerance_px: float = 1.2
    spread: float = 0.15
    renew_share: float = 0.75
    same_view: float = 0.5


NO_POINTS: NDArray[np.float32] = np.zeros((0, 1, 2), np.float32)


@dataclass(slots=True)
class _Anchor:
    """A picture, its points, and how it lies over the first anchor (work px)."""

    grey: Grey
    points: NDArray[np.float32]
    to_first: Matrix


@dataclass(slots=True)
class Stabiliser:
    """Follows the sway of one camera; one `update` per analysed picture, in order."""

    parameters: StabiliserParameters = field(default_factory=StabiliserParameters)
    _first: _Anchor | None = None
    _anchor: _Anchor | None = None
    _away: int = 0
    _previous: Grey | None = None
    _last: Matrix = field(default_factory=IDENTITY.copy)
    _still: bool = True

    def update(self, image: Image, actors: Sequence[Box]) -> Motion:
        """Lay one picture (h, w, 3) over the anchor.

        Args:
            image: analysis picture.
            actors: boxes (picture px) of people and vehicles: their points move by themselves.
        """
        scale = WORK_WIDTH / max(image.shape[:2])
        grey = _work_picture(image, scale)
        covered = _covered(grey, actors, scale)
        previous, self._previous = self._previous, grey
        if self._anchor is None or previous is None or previous.shape != grey.shape:
            return self._start(grey, covered, restarted=False)
        surely_still = SURELY_STILL * self.parameters.still_px * scale
        step = self._return(grey, covered, surely_still, every=_RETURNS)
        if step is None:
            step = self._follow(self._anchor, grey, covered, surely_still)
        if step is None:
            step = self._return(grey, covered, surely_still)
        if step is None and not _similar(previous, grey, self.parameters.same_view):
            return self._start(grey, covered, restarted=True)
        if step is None:
            latest = _Anchor(previous, _corners(previous, covered), self._last)
            step = self._follow(latest, grey, covered, surely_still)
            if step is not None:
                self._anchor = _Anchor(grey, _corners(grey, covered), step)
        if step is not None:
            self._last = step
            self._renew_when_drifted(grey, covered)
        return self._motion(grey, scale, trusted=step is not None)

    def _return(
        self, grey: Grey, covered: Grey, surely_still: float, every: int = 1
    ) -> Matrix | None:
        """As `_follow`, by the first anchor, once in so many pictures while another stands in.

        Every anchor adds its error to that of the one before it. A camera that stands sees the
        first one again as soon as nothing fills its view any more, and all error is gone.
        """
        if self._first is None or self._anchor is self._first:
            return None
        self._away += 1
        if self._away % every:
            return None
        step = self._follow(self._first, grey, covered, surely_still)
        if step is not None:
            self._anchor = self._first
        return step

    def _follow(
        self, anchor: _Anchor, grey: Grey, covered: Grey, surely_still: float
    ) -> Matrix | None:
        """The similarity from this picture to the first anchor (work px), None when unsure.

        Less sway than `surely_still` (work px) need not be looked at more closely.
        """
        relative = product(inverse(anchor.to_first), self._last)
        guess = applied(inverse(relative), anchor.points)
        free = _free(guess, covered)
        points, guess = anchor.points[free], guess[free]
        if len(points) < FEWEST_POINTS:
            return None
        if self._still:
            # A standing camera's points are where they were: no pyramid is needed to see that.
            quick = self._fitted(anchor, grey, points, guess, levels=0)
            if quick is not None and _sway(quick, grey.shape) < surely_still:
                return quick
        return self._fitted(anchor, grey, points, guess, levels=_PYRAMID)

    def _fitted(
        self,
        anchor: _Anchor,
        grey: Grey,
        points: NDArray[np.float32],
        guess: NDArray[np.float32],
        *,
        levels: int,
    ) -> Matrix | None:
        """The similarity by which some of the anchor's points are found in this picture."""
        found, status, _ = cv2.calcOpticalFlowPyrLK(
            anchor.grey,
            grey,
            points,
            guess.copy(),
            winSize=(15, 15),
            maxLevel=levels,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        good = status.ravel() == 1
        if good.sum() < FEWEST_POINTS:
            return None
        matrix, inliers = cv2.estimateAffinePartial2D(
            found[good],
            points[good],
            method=cv2.RANSAC,
            ransacReprojThreshold=self.parameters.tolerance_px,
        )
        if matrix is None or not self._agreed(points[good], inliers.ravel() == 1, grey):
            return None
        return product(anchor.to_first, np.asarray(matrix, np.float64))

    def _agreed(self, points: NDArray[np.float32], agrees: NDArray[np.bool_], grey: Grey) -> bool:
        """Whether enough points, spread widely enough, move as one."""
        count = int(agrees.sum())
        if count < max(FEWEST_POINTS, self.parameters.trusted_share * len(points)):
            return False
        spanned = np.ptp(points[agrees].reshape(-1, 2), axis=0)
        return float(np.prod(spanned)) >= self.parameters.spread * grey.size

    def _renew_when_drifted(self, grey: Grey, covered: Grey) -> None:
        """Take a new anchor picture, same coordinates, before the old one leaves the view."""
        assert self._anchor is not None
        height, width = grey.shape
        relative = product(inverse(self._anchor.to_first), self._last)
        dx, dy = np.abs(_displacement(relative, width, height))
        if (1 - dx / width) * (1 - dy / height) < self.parameters.renew_share:
            self._anchor = _Anchor(grey, _corners(grey, covered), self._last)

    def _start(self, grey: Grey, covered: Grey, *, restarted: bool) -> Motion:
        self._last = IDENTITY.copy()
        self._still = True
        self._anchor = self._first = _Anchor(grey, _corners(grey, covered), IDENTITY.copy())
        return Motion(IDENTITY.copy(), still=True, trusted=True, restarted=restarted, shift=0.0)

    def _motion(self, grey: Grey, scale: float, *, trusted: bool) -> Motion:
        """The last similarity in analysis px."""
        matrix = self._last.copy()
        matrix[:, 2] /= scale
        height, width = (side / scale for side in grey.shape)
        self._still = _sway(matrix, (height, width)) < self.parameters.still_px
        shift = float(np.hypot(*_displacement(matrix, width, height)))
        return Motion(matrix, still=self._still, trusted=trusted, restarted=False, shift=shift)


def _work_picture(image: Image, scale: float) -> Grey:
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey: Grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=interpolation), np.uint8)


def _covered(grey: Grey, actors: Sequence[Box], scale: float) -> Grey:
    """(h, w) uint8, 0 where an actor stands in the way, 255 elsewhere."""
    mask = np.full(grey.shape, 255, np.uint8)
    for actor in actors:
        x1, y1, x2, y2 = (max(0, round(v)) for v in actor.grown(4, 4).scaled(scale, scale))
        mask[y1:y2, x1:x2] = 0
    return mask


def _corners(grey: Grey, covered: Grey) -> NDArray[np.float32]:
    """Up to 160 well-spread corner points (n, 1, 2) off the actors."""
    points = cv2.goodFeaturesToTrack(grey, 160, qualityLevel=0.01, minDistance=8, mask=covered)
    found = np.asarray(points, np.float32)
    # OpenCV gives None, not an empty array, for a featureless picture
    return found if found.ndim == 3 else NO_POINTS


def _free(points: NDArray[np.float32], covered: Grey) -> NDArray[np.bool_]:
    """(n,) which points lie in the picture and off the actors."""
    height, width = covered.shape
    x, y = np.rint(points.reshape(-1, 2)).astype(int).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    free: NDArray[np.bool_] = inside.copy()
    free[inside] = covered[y[inside], x[inside]] > 0
    return free


def _similar(a: Grey, b: Grey, least: float) -> bool:
    """Whether two pictures still show the same view: correlation of their coarse pictures."""
    small = [cv2.resize(p, (32, 18), interpolation=cv2.INTER_AREA).ravel() for p in (a, b)]
    if min(float(np.std(p)) for p in small) < 1.0:
        return True  # a blank picture says nothing about the view
    return float(np.corrcoef(small[0], small[1])[0, 1]) > least


def _sway(matrix: Matrix, shape: tuple[float, ...]) -> float:
    """By how much a corner of a picture (h, w) moves at most in x or y, px."""
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32)
    moved = applied(matrix, corners.reshape(-1, 1, 2)).reshape(-1, 2)
    return float(np.abs(moved - corners).max())


def _displacement(matrix: Matrix, width: float, height: float) -> NDArray[np.float64]:
    """How far the picture's centre moves, (dx, dy)."""
    centre = np.array([width / 2, height / 2, 1.0])
    return np.asarray(matrix @ centre - centre[:2], np.float64)
