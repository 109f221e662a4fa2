"""A detector that remembers what it saw, so that an engine can be judged again without it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Image, Label

_LABELS = list(Label)


@dataclass(slots=True)
class RememberingDetector:
    """An `ObjectDetector` that asks another one once for each picture.

    Args:
        detector: looks where nothing is remembered; never closed by this one.
        file: what is remembered of one film; `keep` writes it.
    """

    detector: ObjectDetector
    file: Path
    asked: int = 0
    name: str = field(init=False)
    sha256: str = field(init=False)
    _seen: dict[bytes, NDArray[np.float32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name, self.sha256 = self.detector.name, self.detector.sha256
        if self.file.is_file():
            try:
                with np.load(self.file, allow_pickle=False) as known:
                    self._seen = {bytes.fromhex(name): known[name] for name in known.files}
            except (OSError, ValueError, BadZipFile):
                self._seen = {}  # torn by a crash: everything is looked at again

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """As the other detector."""
        return [self._one(image) for image in images]

    def close(self) -> None:
        """Nothing: the other detector belongs to who gave it."""

    def keep(self) -> None:
        """Write what is remembered, whole or not at all."""
        if not self.asked:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_name(self.file.name + ".part")
        with part.open("wb") as file:
            np.savez(file, **{key.hex(): rows for key, rows in self._seen.items()})  # type: ignore[arg-type]
        part.replace(self.file)

    def _one(self, image: Image) -> Detections:
        key = hashlib.blake2b(image.tobytes(), digest_size=16).digest()
        rows = self._seen.get(key)
        if rows is None:
            self.asked += 1
            rows = self._seen[key] = _rows(self.detector.detect([image])[0])
        return _detections(rows)


def _rows(found: Detections) -> NDArray[np.float32]:
    """(n, 6): box, confidence, number of the label."""
    numbers = np.array([_LABELS.index(label) for label in found.label], np.float32)
    return np.column_stack([found.xyxy, found.confidence, numbers]).astype(np.float32)


def _detections(rows: NDArray[np.float32]) -> Detections:
    label = np.empty(len(rows), object)
    label[:] = [_LABELS[int(number)] for number in rows[:, 5]]
    return Detections(rows[:, :4].copy(), rows[:, 4].copy(), label)
