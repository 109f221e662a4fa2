"""One protocol per role; adapters need not inherit. Each has a contract test in tests/contract."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from litterwatch.detector.types import (
    Clip,
    Detections,
    Event,
    Frame,
    Image,
    Scene,
    Track,
)


class Clock(Protocol):
    """The host's time; passed in so that tests own it."""

    def now(self) -> datetime:
        """UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds, never going back."""
        ...

    def sleep(self, seconds: float) -> None: ...


class FrameSource(Protocol):
    """Frames of one camera or file, in order, strictly increasing media time."""

    camera_id: str

    def frames(self) -> Iterator[Frame]:
        """Yield the frames to analyse.

        Raises:
            SourceError: the source failed; frames given before stay valid.
        """
        ...

    def close(self) -> None:
        """Release everything; may be called twice."""
        ...


class ObjectDetector(Protocol):
    """Pictures in, boxes out; stateless.

    `name` and `sha256` say which weights judged; both are stored with every event.
    """

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """One `Detections` per picture, in its pixels, every confidence above the floor (0.10)."""
        ...

    def close(self) -> None: ...


class Tracker(Protocol):
    """Detections in, actors out."""

    def update(self, detections: Detections, media_time: float) -> tuple[Track, ...]:
        """The actors alive now; `media_time` must increase from call to call."""
        ...


class EventDetector(Protocol):
    """Scenes in, suspected events out.

    An event comes again under the same id when its state moves. `tally` counts, by reason code,
    what was not an event: taken back, refused, lawful.
    """

    @property
    def tally(self) -> Mapping[str, int]: ...

    def update(self, scene: Scene) -> list[Event]: ...

    def finish(self) -> list[Event]:
        """End of footage: what is released and left is given as provisional."""
        ...


class ClipSource(Protocol):
    """Original footage from which evidence is cut."""

    def cut(self, t_start: float, t_end: float, into: Path) -> Clip:
        """Copy the packets from the key frame at or before t_start to t_end, never re-encoded.

        Raises:
            EvidenceUnavailable: the footage is no longer there; `into` was not made.
        """
        ...

    def still(self, media_time: float) -> Image:
        """The full picture (h, w, 3) uint8 BGR as displayed nearest to that time.

        Raises:
            EvidenceUnavailable: no picture can be had.
        """
        ...


class EventSink(Protocol):
    """Keeps an event with its evidence."""

    def accept(self, event: Event) -> None:
        """Return only when durable."""
        ...
