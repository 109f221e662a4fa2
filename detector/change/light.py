"""Is it light or a thing? Shadows, lamps and reflections against new objects; new against revealed.

The gate is that of event-detection 1.4: light scales what is there, evenly and without changing
its colour. Measured there: synthetic shadows have a ratio spread of 0.011-0.024 and chroma below
0.01; bags 0.030-0.9, lowest a black bag on plain concrete at ratio 0.29.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.pixels import Bytes, Mask, grey
from litterwatch.detector.types import Image

_RATIO = (0.35, 2.5)
_CHROMA = 0.05
_SPREAD = 0.025
_TEXTURE = 6.0  # grey levels: enough structure to be recognised under other light
_SAME_TEXTURE = 0.4
_DIM = (0.45, 1.0)
_DIM_CHROMA = 0.012
_DIM_SPREAD = 0.12
_DARK = 8.0  # added to both sides of a ratio: quantisation and black level
_LEVELS = np.arange(1, 10) / 10
_ENOUGH = 200  # colours of a region
_NEAR = np.ones((3, 3), np.uint8)
_ROUND = np.ones((7, 7), np.uint8)
_FEWEST = 12  # pixels needed for a judgement
_NOTHING = 0.01  # grey levels: less structure than this is rounding


@dataclass(frozen=True, slots=True)
class LightLikeness:
    """How a region compares with the reference at the same place.

    Attributes:
        ratio: median brightness now over then.
        ratio_mad_sd: spread of that ratio over the region (1.4826 MAD, relative to the ratio).
        chroma_spread: mean distance of the chromaticities (shares of b, g, r), 0..1.
        ncc: correlation of the fine structure, -1..1; 0 where either has none.
        texture: standard deviation of the reference's fine structure, grey levels.
        structure: the same of the picture, under the reference's light.
        is_light: all that together says: the same surface under other light.
        is_dim: it may be a shadow with soft edges, whose ratio varies: the same colours, somewhat
            darker. A grey thing on grey ground looks so too; who stands by it tells.
    """

    ratio: float
    ratio_mad_sd: float
    chroma_spread: float
    ncc: float
    texture: float
    structure: float
    is_light: bool
    is_dim: bool

    @property
    def likeness(self) -> float:
        """0 a thing .. 1 light, for the score: how far inside the gate the worst feature lies."""
        inside = [
            _below(self.ratio_mad_sd, _SPREAD),
            _below(self.chroma_spread, _CHROMA),
            1.0 if _RATIO[0] <= self.ratio <= _RATIO[1] else 0.0,
        ]
        if self.tells_by_texture:
            inside.append(float(np.clip(self.ncc / _SAME_TEXTURE - 0.5, 0.0, 1.0)))
        return min(inside)

    @property
    def tells_by_texture(self) -> bool:
        """Whether there is structure by which a surface is known again.

        In either of the two: light takes no structure away, and brings none.
        """
        return max(self.texture, self.structure) >= _TEXTURE


def _below(value: float, limit: float) -> float:
    """1 at half the limit and less, 0.5 at the limit, 0 from one and a half times the limit."""
    return float(np.clip(1.5 - value / limit, 0.0, 1.0))


def light_likeness(
    image: Image, reference: Image, mask: Mask, *, noise: float = 1.0
) -> LightLikeness:
    """Compare a patch with the reference patch.

    Args:
        image: (h, w, 3) uint8 BGR, now.
        reference: (h, w, 3) uint8 BGR, the clean reference at the same place.
        mask: (h, w) bool, the region; its rim is left out, where light is half and half.
        noise: standard deviation of the picture's noise there, grey levels.

    Returns:
        The features; with fewer than 12 pixels nothing is called light, and all may be dim.
    """
    inner = _inner(mask)
    if int(inner.sum()) < _FEWEST:
        return LightLikeness(1.0, 1.0, 1.0, 0.0, 0.0, 0.0, is_light=False, is_dim=True)
    now, then = _soft_grey(image), _soft_grey(reference)
    ratios = (now[inner] + _DARK) / (then[inner] + _DARK)
    ratio = float(np.median(ratios))
    spread = 1.4826 * float(np.median(np.abs(ratios - ratio))) / ratio
    chroma = float(np.abs(_chromaticity(image)[inner] - _chromaticity(reference)[inner]).mean())
    fine_now, fine_then = _fine(image, inner), _fine(reference, inner)
    # What noise alone adds to the spread, after the 5x5 smoothing that leaves about a third.
    level = float(np.median(then[inner])) + _DARK
    allowed = _SPREAD + 0.35 * noise / level * float(np.sqrt(1 + 1 / ratio**2))
    found = LightLikeness(
        ratio,
        spread,
        chroma,
        ncc=_correlation(fine_now, fine_then),
        texture=float(fine_then.std()),
        structure=float(fine_now.std()) / ratio,
        is_light=_RATIO[0] <= ratio <= _RATIO[1] and chroma <= _CHROMA and spread <= allowed,
        is_dim=_DIM[0] <= ratio <= _DIM[1] and chroma <= _DIM_CHROMA and spread <= _DIM_SPREAD,
    )
    other = found.tells_by_texture and found.ncc < _SAME_TEXTURE
    return replace(found, is_light=found.is_light and not other)


def contour_gradient_ratio(image: Image, reference: Image, mask: Mask) -> float:
    """Strength of the edges along a region's contour, now over then.

    Something new brings its contour with it: well above 1. Where something was taken away, or
    somebody who stood in the reference has gone, the contour was in the reference: below 1.

    Args:
        image: (h, w, 3) uint8 BGR, now.
        reference: (h, w, 3) uint8 BGR, the clean reference at the same place.
        mask: (h, w) bool; best with some margin round the region.
    """
    return grey_contour_ratio(grey(image), grey(reference), mask)


def grey_contour_ratio(now: Bytes, then: Bytes, mask: Mask) -> float:
    """`contour_gradient_ratio` of two grey pictures (h, w) uint8."""
    solid = _framed(mask)
    rim = (cv2.dilate(solid, _NEAR) != cv2.erode(solid, _NEAR))[1:-1, 1:-1]
    if not rim.any():
        return 1.0
    strength, before = _gradient(now)[rim], _gradient(then)[rim]
    # The constant keeps noise on two plain surfaces from deciding.
    return (float(strength.mean()) + 2.0) / (float(before.mean()) + 2.0)


def surround_contrast_ratio(now: Bytes, then: Bytes, mask: Mask) -> float:
    """How much a region stands out from its surroundings, now over then.

    Complements the contour on rough ground, where everything has edges: ground that was revealed
    has the colours of the ground round it, a new thing mostly has not. Colours are compared by
    the quantiles of each channel.

    Args:
        now: (h, w, 3) uint8, with a margin of some pixels round the region.
        then: (h, w, 3) uint8, the reference in the same colours and place.
        mask: (h, w) bool.
    """
    near = cv2.dilate(mask.view(np.uint8), _NEAR)
    ring = cv2.dilate(near, _ROUND) != near
    if not ring.any() or not mask.any():
        return 1.0
    # The constant: two surfaces alike to two grey levels do not differ.
    return (_apart(now, mask, ring) + 2.0) / (_apart(then, mask, ring) + 2.0)


def novelty(now: Bytes, then: Bytes, mask: Mask) -> float:
    """New (well above 1) or revealed (below 1): contour and contrast with the surroundings.

    Args:
        now: (h, w, 3) uint8, brightness in the first channel, with a margin round the region.
        then: (h, w, 3) uint8, the reference likewise.
        mask: (h, w) bool.
    """
    contour = grey_contour_ratio(
        np.ascontiguousarray(now[..., 0]), np.ascontiguousarray(then[..., 0]), mask
    )
    return float(np.sqrt(contour * surround_contrast_ratio(now, then, mask)))


def _apart(picture: Bytes, inside: Mask, outside: Mask) -> float:
    """Mean distance of the colour quantiles of two regions, grey levels."""
    return float(np.abs(_deciles(picture[inside]) - _deciles(picture[outside])).mean())


def _deciles(colours: Bytes) -> NDArray[np.float32]:
    """(9, 3) of (n, 3) colours; every so many of a large region are enough."""
    ordered = np.sort(colours[:: max(1, len(colours) // _ENOUGH)], axis=0)
    return ordered[np.rint(_LEVELS * (len(ordered) - 1)).astype(np.intp)].astype(np.float32)


def _inner(mask: Mask) -> Mask:
    """The mask without its rim, or the mask itself where hardly anything would be left."""
    inner: Mask = cv2.erode(_framed(mask), _NEAR)[1:-1, 1:-1] > 0
    return inner if int(inner.sum()) >= _FEWEST else mask


def _framed(mask: Mask) -> Bytes:
    """The mask as 0 and 1 with a frame of one pixel of 0."""
    framed = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return framed.astype(np.uint8, copy=False)


def _soft_grey(image: Image) -> NDArray[np.float32]:
    return cv2.GaussianBlur(grey(image), (5, 5), 0).astype(np.float32)


def _fine(image: Image, inside: Mask) -> NDArray[np.float32]:
    """(n,) what is left of a region when everything broader than some 5 px is taken away.

    The surroundings have no part in it: the edge of a shadow is no structure of the ground.
    """
    there = inside.astype(np.float32)
    whole = grey(image).astype(np.float32) * there
    fine, broad = (
        cv2.GaussianBlur(whole, *size)[inside] / cv2.GaussianBlur(there, *size)[inside]
        for size in (((3, 3), 0), ((0, 0), 5))
    )
    return np.asarray(fine - broad, np.float32)


def _chromaticity(image: Image) -> NDArray[np.float32]:
    soft = cv2.GaussianBlur(image, (5, 5), 0).astype(np.float32) + _DARK
    shares: NDArray[np.float32] = soft / soft.sum(axis=2, keepdims=True)
    return shares


def _gradient(picture: Bytes) -> NDArray[np.float32]:
    soft = cv2.GaussianBlur(picture, (3, 3), 0)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return np.divide(cv2.magnitude(dx, dy), 4, dtype=np.float32)


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / norm if norm > _NOTHING**2 * a.size else 0.0
