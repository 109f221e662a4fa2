"""What the labelling loop speaks of: frozen values, no database, no page, no account."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label


class Origin(StrEnum):
    """Why a picture is looked at: what reaches the desk by itself is a biased sample."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    MISSED = "missed"
    DUPLICATE = "duplicate"
    BELOW_THRESHOLD = "below_threshold"
    RANDOM_DWELL = "random_dwell"
    IMPORTED = "imported"


class HardNegative(StrEnum):
    """What was taken for a deposit and is none."""

    LAWFUL = "lawful"
    CLEAN_UP = "clean_up"
    PERSON = "person"
    VEHICLE = "vehicle"
    SHADOW = "shadow"
    WEATHER = "weather"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One thing in a picture.

    Attributes:
        box: pixels of the full picture as displayed.
        label: what it is.
        is_sure: False where the labeller could not tell; such boxes are not trained on.
    """

    box: Box
    label: Label
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture that a person has verified.

    Attributes:
        file: where the picture lies.
        sha256: of the file's bytes.
        size: (width, height), px, as displayed.
        boxes: everything of the six classes in it; empty says that there is nothing.
        camera: stable name of the camera or file it comes from.
        taken_at: UTC, None where nobody knows.
        model_sha256: of the model that judged it; None when imported.
        origin: why it was looked at.
        negative: what the machine took for a deposit, for a rejected one.
        event_id: the suspected event it comes from.
        may_train: whether its use for training is permitted.
    """

    file: Path
    sha256: str
    size: tuple[int, int]
    boxes: tuple[LabelledBox, ...]
    camera: str
    taken_at: datetime | None = None
    model_sha256: str | None = None
    origin: Origin = Origin.IMPORTED
    negative: HardNegative | None = None
    event_id: str | None = None
    may_train: bool = False

    def __post_init__(self) -> None:
        if min(self.size) < 1:
            raise ValueError(f"size must be positive, got {self.size}")
        if self.taken_at is not None and self.taken_at.tzinfo is None:
            raise ValueError("taken_at must be aware (UTC)")
        if self.negative is not None and self.origin is not Origin.REJECTED:
            raise ValueError("only what was rejected is a hard negative")

    @property
    def trainable(self) -> bool:
        """Whether every box is certain and its use is permitted."""
        return self.may_train and all(box.is_sure for box in self.boxes)
