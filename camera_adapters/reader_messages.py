"""What a reader process says to the process that watches it, and the other way."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stream(StrEnum):
    """The streams of a camera."""

    MAIN = "main"
    SUB = "sub"


class StreamState(StrEnum):
    """How far a connection has got."""

    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life: the process is stuck when the next one does not come in time.

    Attributes:
        allowance: seconds until the next sign at the latest.
    """

    stream: Stream
    allowance: float


@dataclass(frozen=True, slots=True)
class StreamReport:
    """The state of a stream changed, or a second has passed.

    Attributes:
        error: name of the class of error it waits because of, None if none.
        text: what is wrong, for people.
        retry_in: seconds until it is tried again, while it waits.
        codec, size: of what is sent, once known.
        interval: average time between pictures, s.
        packets, undecodable: of this process so far.
        lost: packets that found no room on the disk.
        media_time: of the newest packet, s.
        utc: when that was, by the host's clock.
    """

    stream: Stream
    state: StreamState
    error: str | None = None
    text: str | None = None
    retry_in: float | None = None
    codec: str | None = None
    size: tuple[int, int] | None = None
    interval: float | None = None
    packets: int = 0
    undecodable: int = 0
    lost: int = 0
    media_time: float | None = None
    utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture lies in a slot of the shared memory; it stays until the slot is given back.

    Attributes:
        shape: (height, width, 3).
        source_size: (width, height) of the full picture as displayed, px.
        skipped: pictures so far that found every slot taken.
    """

    slot: int
    index: int
    media_time: float
    captured_at: datetime
    shape: tuple[int, int, int]
    source_size: tuple[int, int]
    skipped: int


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """The slot may be written again."""

    slot: int


Said = Alive | StreamReport | Picture
