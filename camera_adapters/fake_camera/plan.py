"""What a fake camera is and has."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.quirks import quirk

MAX_SUBSCRIPTIONS: Final = 8
"""Real cameras give about this many pull points and then refuse."""

UNREACHABLE: Final = "http://192.168.1.64"
"""What the fault `addresses-behind-nat` puts into every address."""


LOGIN: Final = Credentials("admin", Secret("Pass-12345"))
"""What it accepts unless told otherwise; no secret, it stands in the documents."""


@dataclass(frozen=True, slots=True)
class FakeStream:
    """One profile.

    Attributes:
        token, name: of the profile.
        size: (width, height), px.
        rate: frames/s.
        gop: frames from key frame to key frame.
        codec: as ONVIF writes it: H264, H265 or JPEG.
        address: where its video is to be had; empty where nobody serves it.
    """

    token: str
    name: str
    size: tuple[int, int]
    rate: int = 25
    gop: int = 50
    codec: str = "H264"
    address: str = ""


@dataclass(frozen=True, slots=True)
class FakePreset:
    """A place the camera can be sent to; pan, tilt and zoom as ONVIF counts them."""

    token: str
    name: str
    pan: float
    tilt: float
    zoom: float


@dataclass(frozen=True, slots=True)
class FakeRecording:
    """Video that lies in the camera."""

    token: str
    begins: datetime
    ends: datetime


MAIN: Final = FakeStream("main", "mainStream", (1920, 1080))
SUB: Final = FakeStream("sub", "subStream", (640, 360), rate=15, gop=30)


@dataclass(frozen=True, slots=True)
class FakePlan:
    """A whole fake camera.

    Attributes:
        credentials: what it accepts.
        clock_error: how far its clock is ahead of the host's; negative: behind.
        clock_tolerance: how old a login may be by its own clock.
        lock_after: failed logins after which it refuses everybody for a while; None never.
        lock_seconds: for how long.
        streams, presets, recordings: what it has.
        masks: of its privacy masks, whether each is on; None does not know the question.
        replay_port: of the RTSP server that plays recordings.
        quirks: faults that are switched on, by name.
        manufacturer, model, firmware, serial: what it says it is.
    """

    credentials: Credentials = LOGIN
    clock_error: timedelta = timedelta()
    clock_tolerance: timedelta = timedelta(seconds=60)
    lock_after: int | None = 5
    lock_seconds: float = 30.0
    streams: tuple[FakeStream, ...] = (MAIN, SUB)
    masks: tuple[bool, ...] | None = None
    presets: tuple[FakePreset, ...] = (
        FakePreset("1", "cổng chợ", 0.0, 0.0, 0.0),
        FakePreset("2", "bờ sông", 0.5, -0.25, 0.2),
    )
    recordings: tuple[FakeRecording, ...] = (
        FakeRecording(
            "rec-1", datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
        ),
        FakeRecording(
            "rec-2", datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, 6, tzinfo=UTC)
        ),
    )
    replay_port: int = 554
    quirks: frozenset[str] = field(default_factory=frozenset)
    manufacturer: str = "litterwatch"
    model: str = "fake-camera"
    firmware: str = "1.0"
    serial: str = "FAKE-0001"

    def __post_init__(self) -> None:
        for name in self.quirks:
            quirk(name)  # refuses one that is not known

    def has(self, name: str) -> bool:
        """Whether a fault is switched on.

        Raises:
            KeyError: there is no such fault.
        """
        return quirk(name).name in self.quirks
