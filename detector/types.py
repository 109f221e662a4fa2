"""The vocabulary: frozen values, arrays checked at birth, changed by copy.

Two clocks: `media_time` is seconds from the first frame of the source by the camera's own
timestamps (smooth, for durations); `captured_at` is UTC (for people), None where nobody knows it.
Boxes and arrays are in pixels of the analysis picture unless a name says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box, FloatArray, Point, contains

Image = NDArray[np.uint8]


class Label(StrEnum):
    """What the object detector tells apart."""

    PERSON = "person"
    TWO_WHEELER = "two_wheeler"
    VEHICLE = "vehicle"
    WASTE = "waste"
    BIN = "bin"
    OVERFLOW = "overflow"


ACTOR_LABELS = frozenset({Label.PERSON, Label.TWO_WHEELER, Label.VEHICLE})


class ZoneKind(StrEnum):
    """What depositing means in a zone (docs/design/rules.md)."""

    NO_DUMP = "no_dump"
    COLLECTION_POINT = "collection_point"
    BIN_MOUTH = "bin_mouth"
    ROAD = "road"
    STAND = "stand"
    EXCLUDE = "exclude"
    MASK = "mask"


class EventKind(StrEnum):
    """What sort of act is suspected."""

    LITTER_SMALL = "litter_small"
    BAG_DUMP = "bag_dump"
    BULKY_DUMP = "bulky_dump"
    VEHICLE_DUMP = "vehicle_dump"
    THROWN_FROM_VEHICLE = "thrown_from_vehicle"
    PILE_GROWTH = "pile_growth"
    WRONG_HOURS = "wrong_hours"
    OUTSIDE_POINT = "outside_point"


class EventState(StrEnum):
    """How far the machine's suspicion has got; a person decides later."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture.

    Attributes:
        camera_id: stable name of the camera or file.
        index: number of the frame in the source, counting every decoded frame from 0.
        media_time: seconds from the source's first frame, strictly increasing.
        captured_at: UTC, or None when the source does not know.
        image: (h, w, 3) uint8 BGR, the analysis picture, as displayed (rotation applied).
        source_size: (width, height) of the full picture as displayed, px.
    """

    camera_id: str
    index: int
    media_time: float
    captured_at: datetime | None
    image: Image
    source_size: tuple[int, int]

    def __post_init__(self) -> None:
        shape = self.image.shape
        if self.image.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ValueError(f"image must be (h, w, 3) uint8, got {shape} {self.image.dtype}")
        if self.captured_at is not None and self.captured_at.tzinfo is None:
            raise ValueError("captured_at must be aware (UTC)")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the analysis picture, px."""
        return self.image.shape[1], self.image.shape[0]

    def to_source(self, box: Box) -> Box:
        """A box of the analysis picture in pixels of the full picture."""
        width, height = self.size
        return box.scaled(self.source_size[0] / width, self.source_size[1] / height)


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What the object detector saw in one frame: columns of equal length n.

    Attributes:
        xyxy: (n, 4) float32 px of the analysis picture.
        confidence: (n,) float32, 0..1.
        label: (n,) array of `Label` (object dtype).
    """

    xyxy: FloatArray
    confidence: FloatArray
    label: NDArray[np.object_]

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        if self.xyxy.shape != (n, 4):
            raise ValueError(f"xyxy must be (n, 4), got {self.xyxy.shape}")
        if self.confidence.shape != (n,) or self.label.shape != (n,):
            shapes = f"{self.confidence.shape} and {self.label.shape}"
            raise ValueError(f"confidence and label must be ({n},), got {shapes}")

    def __len__(self) -> int:
        return len(self.xyxy)

    @staticmethod
    def empty() -> "Detections":
        """No detection."""
        zeros = np.zeros((0, 4), np.float32)
        return Detections(zeros, np.zeros(0, np.float32), np.zeros(0, object))

    @staticmethod
    def of(rows: Sequence[tuple[Box, float, Label]]) -> "Detections":
        """From rows of (box, confidence, label)."""
        if not rows:
            return Detections.empty()
        label = np.empty(len(rows), object)
        label[:] = [row[2] for row in rows]
        return Detections(
            np.array([row[0] for row in rows], np.float32).reshape(-1, 4),
            np.array([row[1] for row in rows], np.float32),
            label,
        )

    def where(self, mask: NDArray[np.bool_]) -> "Detections":
        """The rows where mask (n,) is true."""
        return Detections(self.xyxy[mask], self.confidence[mask], self.label[mask])

    def labelled(self, *labels: Label) -> "Detections":
        """The rows with one of these labels."""
        return self.where(np.array([label in labels for label in self.label], bool))

    def boxes(self) -> list[Box]:
        """The boxes, one by one."""
        return [Box(*row) for row in self.xyxy.tolist()]


@dataclass(frozen=True, slots=True)
class Track:
    """A snapshot of one actor at one moment.

    Attributes:
        id: unique within one camera's run, never reused, starts at 1.
        label: person, two_wheeler or vehicle.
        box: px of the analysis picture, at `last_seen`.
        confidence: of the last matched detection.
        first_seen, last_seen: media time, s; last_seen is the time of the last matched detection.
        still_since: media time since which the box has kept its place, s; `first_seen` for one that
            never moved, None where the tracker does not know.
    """

    id: int
    label: Label
    box: Box
    confidence: float
    first_seen: float
    last_seen: float
    still_since: float | None = None

    @property
    def foot(self) -> Point:
        return self.box.foot


@dataclass(frozen=True, slots=True)
class Round:
    """A regular round of collection: a truck empties the point, or somebody sweeps it.

    Attributes:
        weekdays: on which it begins; 0 is Monday.
        start, end: local minutes of the day on which it begins; `end` lies behind `start` by a day
            at most, and beyond 1440 it goes over midnight.
        on_days_off: whether it is made on public holidays as well.
    """

    weekdays: tuple[int, ...]
    start: int
    end: int
    on_days_off: bool = False

    def __post_init__(self) -> None:
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise ValueError(f"weekdays are 0 to 6, got {self.weekdays}")
        if not (0 <= self.start < 24 * 60 and self.start < self.end <= self.start + 24 * 60):
            raise ValueError(f"a round cannot last from {self.start} to {self.end}")


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the picture with a meaning.

    Attributes:
        id: name of the zone, unique in its site.
        kind: what depositing means there.
        outline: three or more (x, y), normalised 0..1, so that it survives a change of resolution.
        permitted: local hours (start, end) as minutes of the day when deposits are allowed.
        min_object: smallest deposit that counts, px^2 as a share of squared person heights.
        rounds: when a collection point is emptied or swept.
    """

    id: str
    kind: ZoneKind
    outline: tuple[Point, ...]
    permitted: tuple[tuple[int, int], ...] = ()
    min_object: float = 0.01
    rounds: tuple[Round, ...] = ()

    def __post_init__(self) -> None:
        if len(self.outline) < 3:
            raise ValueError(f"zone {self.id} needs at least three corners")

    def holds(self, point: Point, size: tuple[int, int]) -> bool:
        """Whether a point (px) of a picture of that (width, height) lies in the zone."""
        return contains(self.outline, (point[0] / size[0], point[1] / size[1]))


WHOLE_FRAME = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Site:
    """What is known about the place a camera watches.

    Attributes:
        id: name of the site.
        zones: first match wins, `mask`, `exclude` and `bin_mouth` before the others.
        person_height: operator's hints (y of the feet, height), both as shares of the picture's
            height, for the person height model; empty means: calibrate from people seen.
        days_off: public holidays, such as "2026-09-02", on which most rounds are not made.
    """

    id: str = "default"
    zones: tuple[Zone, ...] = (Zone("frame", ZoneKind.NO_DUMP, WHOLE_FRAME),)
    person_height: tuple[tuple[float, float], ...] = ()
    days_off: tuple[str, ...] = ()

    @property
    def masks(self) -> tuple[tuple[Point, ...], ...]:
        """Outlines of what must be black in everything that is kept or shown."""
        return tuple(zone.outline for zone in self.zones if zone.kind is ZoneKind.MASK)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is known about one analysed frame when it is judged."""

    frame: Frame
    detections: Detections
    tracks: tuple[Track, ...]
    inferred: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of an explanation: a stable code, when, and values for people."""

    code: str
    media_time: float
    detail: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A suspicion with reasons, never a verdict. Boxes in px of the full picture as displayed.

    Attributes:
        id: unique and the same for the same footage and settings.
        n_items: how many things this actor left within the merge window.
        t_enter: media time, s, when the actor (or his vehicle) was first seen; None if unknown.
        t_release: when the thing was let go; `t_release_uncertainty` is the half width, s.
        t_confirmed: when the machine became sure; None while provisional.
        t_provisional: when a provisional alert could be given.
        t_actor_left: when the actor was last seen; None if he is still there or unknown.
        features: the score's named features, 0..1 (deposits/score.py).
        actor_ambiguous: whether a second actor explains the deposit about as well.
        scoring: bias, factor and weights that make the score of the features; empty where the
            detector has no such score.
    """

    id: str
    camera_id: str
    kind: EventKind
    state: EventState
    score: float
    t_enter: float | None
    t_release: float
    t_release_uncertainty: float
    t_provisional: float
    t_confirmed: float | None
    t_actor_left: float | None
    box: Box
    actor_box: Box | None
    actor_label: Label | None
    actor_ambiguous: bool
    zone: str
    n_items: int
    features: Mapping[str, float]
    reasons: tuple[Reason, ...]
    scoring: Mapping[str, float | Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that was looked at and became no event: what may have been missed is among these.

    Attributes:
        code: why; `dwell` for an actor who stayed and explained nothing.
        media_time: of a picture that shows it, s.
        box: of the thing, or of the actor who stayed; px of the full picture as displayed.
        score: of the hypothesis as it stood, 0..1; None for a dwell.
        label: of the actor; None where nobody was found.
    """

    code: str
    media_time: float
    box: Box
    score: float | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of original bitstream on disk, or of masked pictures.

    Attributes:
        path: the mp4 file.
        t_start, t_end: media time of its first and behind its last frame, s.
        codec: name of the video codec, as in the source ("h264", "hevc", ...).
        gaps: (from, to) media times, s, where frames are missing in the source.
        is_masked: whether it is no original bitstream, because privacy masks were laid on its
            pictures before anything was stored.
    """

    path: str
    t_start: float
    t_end: float
    codec: str
    gaps: tuple[tuple[float, float], ...] = ()
    is_masked: bool = False
