"""Films shown otherwise than they lie on the disk: again and again, or with pictures lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.types import Frame, Image

_DRIFT: Final = ((0.06, 71.0), (0.025, 17.0))
"""Share and period, s, of the swings of light."""
_NOISE: Final = 2.0
"""Deviation of the noise that is added, grey levels."""
_GRAINS: Final = 8


class LoopedSource:
    """A FrameSource that plays a file again and again, in drifting light and with noise of its own.

    Where the end meets the beginning people and vehicles jump: that is part of what must be borne.

    Args:
        path: the file.
        camera_id: stable name.
        seconds: of media time to play.
        rate: pictures analysed a second.
        seed: of the noise.
    """

    def __init__(
        self, path: Path, *, camera_id: str, seconds: float, rate: float | None, seed: int
    ) -> None:
        self.camera_id = camera_id
        self._path, self._seconds, self._rate, self._seed = path, seconds, rate, seed
        self._source: RecordedSource | None = None

    def frames(self) -> Iterator[Frame]:
        """Yield the frames; a file of one picture cannot be looped and ends at once."""
        start, index = 0.0, 0
        rng = np.random.default_rng(self._seed)
        grains: list[NDArray[np.float32]] = []
        while start < self._seconds:
            self._source = RecordedSource(self._path, camera_id=self.camera_id, rate=self._rate)
            step, last = 1 / (self._rate or self._source.info.fps), 0.0
            for frame in self._source.frames():
                at, last = start + frame.media_time, frame.media_time
                if at >= self._seconds:
                    self._source.close()
                    return
                grains = grains or _grains(rng, frame.image.shape)
                image = _weathered(frame.image, at, grains[int(rng.integers(_GRAINS))])
                yield replace(frame, index=index, media_time=at, image=image)
                index += 1
            if last <= 0:
                return
            start += last + step

    def close(self) -> None:
        if self._source is not None:
            self._source.close()


def _grains(rng: np.random.Generator, shape: tuple[int, ...]) -> list[NDArray[np.float32]]:
    return [rng.normal(0, _NOISE, shape).astype(np.float32) for _ in range(_GRAINS)]


def _weathered(image: Image, at: float, grain: NDArray[np.float32]) -> Image:
    gain = 1 + sum(share * np.sin(2 * np.pi * at / period) for share, period in _DRIFT)
    return np.asarray(np.clip(image * np.float32(gain) + grain, 0, 255), np.uint8)


class LossySource:
    """A FrameSource that loses pictures of another: single ones, and now and then a second of them.

    Args:
        source: the other.
        share: of the pictures that is lost, 0..1.
        seed: which ones.
    """

    def __init__(self, source: RecordedSource, *, share: float, seed: int) -> None:
        self.camera_id = source.camera_id
        self._source, self._share, self._seed = source, share, seed

    def frames(self) -> Iterator[Frame]:
        rng = np.random.default_rng(self._seed)
        silent_until = -1.0
        for frame in self._source.frames():
            if rng.random() < self._share / 20:
                silent_until = frame.media_time + 1.0
            lost = rng.random() < self._share or frame.media_time < silent_until
            if not lost or frame.index == 0:
                yield frame

    def close(self) -> None:
        self._source.close()
