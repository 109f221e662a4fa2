"""What came to rest: per pixel a candidate value unlike the reference, and for how long it lasts.

The dual-rate scheme of the literature compares with a fast running mean, which needs
tau * ln(contrast / threshold), some three seconds for a dark bag, before it calls it static. A
candidate with credit in seconds (a majority vote in time) knows it with the second picture.
"""

import cv2
import numpy as np

from litterwatch.detector.change.pixels import (
    Bytes,
    Mask,
    both,
    bytes_of,
    either,
    inverse,
    minus,
    plus,
    rounded,
    within,
)
from litterwatch.detector.change.view import ChangeParameters, Code
from litterwatch.detector.geometry import FloatArray

_TAU_FLICKER = 5.0  # s
_FLICKER_TICK = 0.2  # s: turns are counted at this pace at every frame rate


class RestingChange:
    """Per pixel: the candidate, its credit in seconds, and when it came.

    Args:
        shape: (h, w) of the model picture.
        parameters: see `ChangeParameters`.
    """

    def __init__(self, shape: tuple[int, int], parameters: ChangeParameters) -> None:
        self.parameters = parameters
        self.value: FloatArray = np.zeros((*shape, 3), np.float32)
        self.credit: FloatArray = np.zeros(shape, np.float32)
        self.changed_at: FloatArray = np.full(shape, np.inf, np.float32)
        self.flicker: FloatArray = np.zeros(shape, np.float32)
        self.code: Bytes = np.zeros(shape, np.uint8)
        self._before: Bytes = np.zeros(shape, np.uint8)
        self._flicker_time = -np.inf
        self._flicker_code: Bytes = np.zeros(shape, np.uint8)

    def update(
        self,
        picture: Bytes,
        *,
        differs: Bytes,
        covered: Bytes,
        step: Bytes,
        media_time: float,
        dt: float,
    ) -> None:
        """One frame.

        Args:
            picture: (h, w, 3) normalised model picture.
            differs: (h, w) 255 where it differs from the reference and that may be judged.
            covered: (h, w) 255 inside boxes of actors.
            step: (h, w, 3) thresholds, grey levels.
            media_time: s.
            dt: s since the last frame, already bounded; 0 while seeds are inhibited.
        """
        p = self.parameters
        value = rounded(self.value)
        near = within(picture, minus(value, step), plus(value, step))
        changed = both(differs, inverse(covered))
        # A stale candidate says nothing about a change that begins now.
        near = both(near, either(bytes_of(self.credit > 0), self._before))
        self._before = changed
        resting, moving = both(changed, near), both(changed, inverse(near))
        self.code = np.bitwise_and(resting, np.uint8(Code.STATIC_NEW))
        # The three masks exclude each other.
        for mask, code in ((moving, Code.MOVING), (covered, Code.COVERED)):
            self.code |= np.bitwise_and(mask, np.uint8(code))
        gains = np.zeros(256, np.float32)
        gains[[Code.BACKGROUND, Code.MOVING, Code.STATIC_NEW]] = -p.forget * dt, -dt, dt
        self.credit += cv2.LUT(self.code, gains)
        np.clip(self.credit, 0, p.patience, out=self.credit)
        self.credit[np.logical_and(covered, self.credit < p.animate)] = 0
        weight = 1 - float(np.exp(-dt / p.tau_rest))
        cv2.accumulateWeighted(picture, self.value, weight, mask=resting)
        self._replace(picture, moving, media_time)
        self._count_flicker(media_time)

    def _replace(self, picture: Bytes, moving: Bytes, media_time: float) -> None:
        """A candidate without credit gives way to what is seen."""
        lost = np.flatnonzero(np.logical_and(moving, self.credit <= 0))  # far fewer than pixels
        self.value.reshape(-1, 3)[lost] = picture.reshape(-1, 3)[lost]
        self.changed_at.reshape(-1)[lost] = media_time

    def _count_flicker(self, media_time: float) -> None:
        dt = media_time - self._flicker_time
        if dt < _FLICKER_TICK:
            return
        self._flicker_time = media_time
        self.flicker *= float(np.exp(-min(dt, 60.0) / _TAU_FLICKER))
        before, now = self._flicker_code, self.code
        # Coming to rest happens to every thing once; being unlike itself again does not.
        unrest = (before == Code.STATIC_NEW) & ((now == Code.BACKGROUND) | (now == Code.MOVING))
        self.flicker[unrest] += 1 / _TAU_FLICKER
        self._flicker_code = now

    def age(self, media_time: float) -> FloatArray:
        """(h, w) float32 seconds since the change began, 0 where nothing rests."""
        age: FloatArray = np.zeros_like(self.credit)
        np.subtract(np.float32(media_time), self.changed_at, out=age, where=self.credit > 0)
        return age

    def old_enough(self) -> Mask:
        """(h, w) where the credit makes a blob."""
        old: Mask = self.credit >= self.parameters.blob_age
        return old

    def drop(self, where: Mask) -> None:
        """Forget what rests there; what differs there at the next frame begins then."""
        self._before[where] = 0
        self.credit[where] = 0
        self.changed_at[where] = np.inf
        self.flicker[where] = 0
        self.code[where] = Code.BACKGROUND
