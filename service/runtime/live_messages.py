"""What the processes that watch groups of cameras and their supervisor tell each other."""

from dataclasses import dataclass
from datetime import datetime

from litterwatch.detector.types import Event, PassedOver
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.runtime.condition import Condition


@dataclass(frozen=True, slots=True)
class Source:
    """Where an event was seen, and by what it was judged.

    Attributes:
        captured_from: UTC of media time 0 by the host's clock at the time of the event.
        codec, size, fps: of the main stream, as far as known.
        zones_version: of the camera's zones in the register.
    """

    camera_id: str
    captured_from: datetime
    codec: str | None
    size: tuple[int, int] | None
    fps: float | None
    config_sha256: str
    model_name: str
    model_sha256: str
    zones_version: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An event, new or in a new state."""

    event: Event
    source: Source


@dataclass(frozen=True, slots=True)
class Passed:
    """What became no event, or somebody who stayed, on whom the lot to be shown has fallen."""

    passed: PassedOver
    source: Source


@dataclass(frozen=True, slots=True)
class Pulse:
    """A sign of life of a group, every second.

    Attributes:
        conditions: of its cameras.
        share: of the wanted analysis rates that is given, 0..1.
        busy: share of the time in which something was looked at, 0..1.
    """

    conditions: tuple[Condition, ...]
    share: float
    busy: float


@dataclass(frozen=True, slots=True)
class Watching:
    """The cameras a group watches from now on."""

    entries: tuple[CameraEntry, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish, tell what was found, and end."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A group has finished; nothing follows."""
