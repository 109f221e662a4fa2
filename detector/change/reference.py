"""The clean reference: what the place looks like with nobody and nothing new in it.

Works on the model picture in YCrCb, where shadows and exposure stay in one channel. It starts from
the first sight of each pixel, follows slow light only where nothing has changed, and never takes
in a change because time passed: only `heal` does that, on somebody's decision.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.pixels import (
    Bytes,
    Mask,
    bgr,
    both,
    bytes_of,
    either,
    inverse,
    median,
    minus,
    plus,
    rounded,
    thrice,
    within,
    ycrcb,
)
from litterwatch.detector.change.view import ChangeParameters
from litterwatch.detector.geometry import FloatArray

_TICK = 0.5  # s between rebuilds of the bounds
_TAU_NOISE = 10.0  # s
_TAU_BLINK = 20.0  # s
_NOISE_AT_START = 2.0  # mean absolute deviation, grey levels
_SD_OF_MAD = 1.25  # standard deviation of a normal variable over its mean absolute deviation
_BLINK = 4.0  # a pixel that turns n times a second has its threshold raised by n * this
_BLINK_LIMIT = 2.0
_GAIN_SIZE = 80  # long side of the picture on which the gain is measured
_TILES = 4
_GAIN_RANGE = (0.3, 3.0)
_LIT = (20, 235)  # luma that carries a ratio
_ZERO = np.array((0.0, 128.0, 128.0, 0.0))  # luma and chroma of black
_NEIGHBOURHOOD = np.ones((3, 3), np.uint8)


class CleanReference:
    """Per pixel: mean, how long it was seen, noise, restlessness; and the tiles' gain.

    Args:
        shape: (h, w) of the model picture.
        parameters: see `ChangeParameters`.
    """

    def __init__(self, shape: tuple[int, int], parameters: ChangeParameters) -> None:
        self._parameters = parameters
        self.mean: FloatArray = np.zeros((*shape, 3), np.float32)
        self.support: FloatArray = np.zeros(shape, np.float32)  # s seen free of actors
        self.since: FloatArray = np.full(shape, np.inf, np.float32)  # media time of first sight
        self.noise: FloatArray = np.full(shape, _NOISE_AT_START, np.float32)
        self.blink: FloatArray = np.zeros(shape, np.float32)  # turns per second
        self.seen: Bytes = np.zeros(shape, np.uint8)  # 255 where mean holds a value
        self.step: Bytes = np.full((*shape, 3), parameters.least_step, np.uint8)
        self.gain: FloatArray = np.ones((_TILES, _TILES), np.float32)
        self._step8: Bytes | None = None  # of noise and restlessness, None when they changed
        self._low: Bytes = np.zeros((*shape, 3), np.uint8)
        self._high: Bytes = np.full((*shape, 3), 255, np.uint8)
        self._tick_time = -np.inf
        self._stale = True
        self._differed: Bytes = np.zeros(shape, np.uint8)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything that must survive a restart, as arrays."""
        return {
            name: getattr(self, name).copy()
            for name in ("mean", "support", "noise", "blink", "seen", "gain")
        }

    def restore(self, state: Mapping[str, NDArray[np.generic]], media_time: float) -> None:
        """Take back what `state` gave; the place counts as known since `media_time`.

        Raises:
            ValueError: the arrays are of a picture of another size; nothing was changed.
        """
        for name in self.state():
            expected = getattr(self, name).shape
            if state[name].shape != expected:
                raise ValueError(f"{name} is of shape {state[name].shape}, not {expected}")
        for name in ("mean", "support", "noise", "blink", "gain"):
            setattr(self, name, state[name].astype(np.float32))
        self.seen = state["seen"].astype(np.uint8)
        self.since[self.seen > 0] = media_time
        self._stale, self._step8 = True, None

    def doubt(self, where: Mask) -> None:
        """Take (h, w) for unknown until it is seen again; its look is kept as a guess."""
        self.support[where] = 0

    @property
    def unknown(self) -> Mask:
        """(h, w) where too little was seen to tell a change."""
        unknown: Mask = self.support < self._parameters.known_after
        return unknown

    def measure_gain(self, picture: Bytes, usable: Bytes) -> None:
        """Brightness now over the reference per tile, by the median over unchanged pixels.

        Args:
            picture: (h, w, 3) BGR model picture.
            usable: (h, w) 255 where nothing was changed or covered a moment ago.
        """
        height, width = usable.shape
        step = max(1, max(height, width) // _GAIN_SIZE)
        now = ycrcb(np.ascontiguousarray(picture[::step, ::step]))[..., 0].astype(np.float32)
        then = self.mean[::step, ::step, 0]
        lit = (then > _LIT[0]) & (then < _LIT[1]) & (now > _LIT[0] / 2) & (now < _LIT[1])
        lit &= (usable[::step, ::step] > 0) & (self.seen[::step, ::step] > 0)
        if int(lit.sum()) < 50:
            return
        ratio = np.divide(now, np.maximum(then, 1), dtype=np.float32)
        gain = np.full((_TILES, _TILES), median(ratio[lit]), np.float32)
        for i, row in enumerate(_parts(ratio.shape[0])):
            for j, column in enumerate(_parts(ratio.shape[1])):
                valid = ratio[row, column][lit[row, column]]
                if len(valid) >= 0.3 * lit[row, column].size:
                    gain[i, j] = median(valid)
        self.gain = np.clip(gain, *_GAIN_RANGE)

    def normalised(self, picture: Bytes) -> Bytes:
        """The BGR model picture as YCrCb under the reference's light."""
        if float(np.abs(self.gain - 1).max()) > 0.02:
            height, width = picture.shape[:2]
            gain = cv2.resize(1 / self.gain, (width, height), interpolation=cv2.INTER_LINEAR)
            lit = cv2.multiply(picture, cv2.merge([gain, gain, gain]), dtype=cv2.CV_8U)
            picture = lit.astype(np.uint8, copy=False)
        return ycrcb(picture)

    def differs(self, picture: Bytes) -> Bytes:
        """(h, w) 255 where a normalised picture lies outside the reference's bounds.

        The bounds span the 3x3 neighbourhood, so that shake and moving texture do not count.
        """
        if self._stale:
            self._rebuild()
        return both(inverse(within(picture, self._low, self._high)), self.seen)

    def learn(
        self, picture: Bytes, differs: Bytes, free: Bytes, media_time: float, dt: float
    ) -> None:
        """Follow the picture where nothing changed.

        Args:
            picture: (h, w, 3) normalised.
            differs: (h, w) 255 where it differs.
            free: (h, w) 255 outside the boxes of actors.
            media_time: s.
            dt: s since the last call.
        """
        same = both(inverse(differs), free)
        # A first sight that does not last is replaced: only then is a pixel allowed to change.
        fresh = both(free, bytes_of(self.support < self._parameters.known_after))
        fresh = both(fresh, either(differs, inverse(self.seen)))
        if cv2.countNonZero(fresh):
            where = fresh > 0
            self.mean[where] = picture[where]
            self.support[where] = 0
            self.since[where] = media_time
            self.seen[where] = 255
            self._stale = True
        same = both(same, inverse(fresh))
        self._follow(picture, same, dt)
        if media_time - self._tick_time >= _TICK:
            self._tick(picture, differs, free, media_time)

    def _follow(self, picture: Bytes, same: Bytes, dt: float) -> None:
        young = bytes_of(self.support < 1.0)
        slow = 1 - float(np.exp(-dt / self._parameters.tau_reference))
        quick = 1 - float(np.exp(-dt / 1.0))
        cv2.accumulateWeighted(picture, self.mean, slow, mask=same)
        if cv2.countNonZero(young):
            cv2.accumulateWeighted(picture, self.mean, quick, mask=both(same, young))
            self._stale = True
        self.support += np.multiply(same, np.float32(dt / 255), dtype=np.float32)

    def _tick(self, picture: Bytes, differs: Bytes, free: Bytes, media_time: float) -> None:
        """What is needed only now and then: noise, restlessness, slow gain, bounds."""
        dt = min(media_time - self._tick_time, 2.0)
        self._tick_time = media_time
        same = both(inverse(differs), free)
        luma = np.ascontiguousarray(picture[..., 0])
        deviation = cv2.absdiff(luma.astype(np.float32), np.ascontiguousarray(self.mean[..., 0]))
        cv2.accumulateWeighted(
            deviation, self.noise, 1 - float(np.exp(-dt / _TAU_NOISE)), mask=same
        )
        turned = both(np.bitwise_xor(differs, self._differed), free)
        self._differed = differs.copy()
        self.blink *= float(np.exp(-dt / _TAU_BLINK))
        self.blink[turned > 0] += 1 / _TAU_BLINK
        self._absorb_gain(dt)
        self._stale, self._step8 = True, None

    def _absorb_gain(self, dt: float) -> None:
        """Move the whole reference towards the light of now, changed places alike."""
        if float(np.abs(self.gain - 1).max()) <= 0.02:
            return
        part = self.gain ** np.float32(dt / self._parameters.tau_reference)
        height, width = self.support.shape
        smooth = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
        # Luma scales from 0, both chromas from their middle.
        cv2.subtract(self.mean, _ZERO, dst=self.mean)
        cv2.multiply(self.mean, cv2.merge([smooth, smooth, smooth]), dst=self.mean)
        cv2.add(self.mean, _ZERO, dst=self.mean)
        self.gain = self.gain / part

    def _rebuild(self) -> None:
        if self._step8 is None:
            self._step8 = self._threshold()
            self.step = thrice(self._step8)
        mean = rounded(self.mean)
        lowest, highest = cv2.erode(mean, _NEIGHBOURHOOD), cv2.dilate(mean, _NEIGHBOURHOOD)
        self._low = minus(lowest.astype(np.uint8, copy=False), self.step)
        self._high = plus(highest.astype(np.uint8, copy=False), self.step)
        self._stale = False

    def _threshold(self) -> Bytes:
        """(h, w) by how much a pixel must differ, grey levels."""
        p = self._parameters
        step = np.maximum(p.least_step, p.sigmas * _SD_OF_MAD * self.noise)
        step *= 1 + np.minimum(_BLINK_LIMIT, _BLINK * self.blink)
        threshold: Bytes = np.minimum(step, 255).astype(np.uint8)
        return threshold

    def heal(self, picture: Bytes, where: Mask, rested: FloatArray) -> None:
        """Take what is seen now for the background.

        Args:
            picture: (h, w, 3) normalised.
            where: (h, w) bool.
            rested: (h, w) seconds for which it has been seen to rest there: known for as long.
        """
        self.mean[where] = picture[where]
        self.seen[where] = 255
        self.support[where] = np.maximum(rested[where], self._parameters.known_after)
        self.blink[where] = 0
        self._stale, self._step8 = True, None

    def picture(self) -> Bytes:
        """(h, w, 3) uint8 BGR under the reference's light."""
        return bgr(rounded(self.mean))


def _parts(length: int) -> list[slice]:
    """That many pixels in `_TILES` parts as equal as can be, the longer ones first."""
    least, longer = divmod(length, _TILES)
    ends = [least * (k + 1) + min(k + 1, longer) for k in range(_TILES)]
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
