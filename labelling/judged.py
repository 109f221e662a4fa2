"""What people said of events the machine suspected: the smallest labels there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from litterwatch.detector.deposits.score import WEIGHTS
from litterwatch.detector.geometry import FloatArray, Point


@dataclass(frozen=True, slots=True)
class Verdict:
    """One event that people have judged.

    Attributes:
        event_id: of the event.
        camera: stable name of the camera.
        at: UTC, when it happened (when it was found, where nobody knows).
        is_deposit: whether people confirmed it.
        score: that the machine gave.
        features: the score's named features, 0..1, as stored with the event.
        foot: where the thing stood, as shares of the picture's width and height.
        weight: how many like it the verdict stands for: 1 for what the machine reported, more for
            what was drawn by lot below its thresholds.
        looks: of the thing (detector/deposits/descriptor.py); None where nobody knows.
    """

    event_id: str
    camera: str
    at: datetime
    is_deposit: bool
    score: float
    features: Mapping[str, float]
    foot: Point
    weight: float = 1.0
    looks: FloatArray | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at must be aware (UTC)")
        if missing := set(WEIGHTS) - set(self.features):
            raise ValueError(f"features lack {', '.join(sorted(missing))}")
        if self.weight <= 0:
            raise ValueError(f"a weight is positive, got {self.weight}")
