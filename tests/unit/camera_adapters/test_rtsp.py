"""One RTSP stream where no server is needed: the library is given a file, or made to fail."""

import errno
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, cast

import av
import av.error
import numpy as np
import pytest

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.credentials import Secret
from litterwatch.camera_adapters.live_clock import Axis, LiveClock
from litterwatch.camera_adapters.reader_messages import Picture
from litterwatch.camera_adapters.rtsp import Patience, RtspStream, parameter_sets
from litterwatch.camera_adapters.takers import SLOTS, PictureTaker, Slots
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.detector.errors import SourceError, SourceKeyless, SourceUnavailable
from litterwatch.service.clock import ManualClock

MakeVideo = Callable[..., Path]
HIDDEN = "hunter2-4711"
GATE = CameraConnection("gate", "rtsp://h/main", username="viewer", password=Secret(HIDDEN))
START = datetime(2026, 3, 1, tzinfo=UTC)
OPEN = av.open


@dataclass
class Ticking(ManualClock):
    """A clock that goes on by a picture's time whenever somebody looks at it."""

    step: float = 0.04

    def __post_init__(self) -> None:
        super().__init__(START)

    def monotonic(self) -> float:
        self.advance(self.step)
        return super().monotonic()


@dataclass
class Library:
    """Stands in for FFmpeg's network: gives a file, or fails as it does."""

    path: Path | None = None
    error: Exception | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def open(self, address: str, mode: str = "r", **options: Any) -> Any:
        if not address.startswith("rtsp"):
            return cast(Any, OPEN)(address, mode, **options)
        self.asked.append((address, options))
        if self.error is not None:
            raise self.error
        return OPEN(str(self.path))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library()
    monkeypatch.setattr("av.open", lambda file, *a, **k: _opened(made, file, *a, **k))
    return made


def _opened(library: Library, file: Any, *arguments: Any, **options: Any) -> Any:
    if isinstance(file, str):
        return library.open(file, *arguments, **options)
    return OPEN(file, *arguments, **options)


def stream(clock: ManualClock | None = None) -> RtspStream:
    return RtspStream(GATE, is_sub=False, patience=Patience(), clock=clock or Ticking())


@pytest.mark.parametrize(
    "kind", [av.error.HTTPUnauthorizedError, av.error.ConnectionRefusedError, av.error.ExitError]
)
def test_no_trace_of_a_failure_shows_the_password(library: Library, kind: type[Exception]) -> None:
    library.error = kind(errno.EIO, "broken", GATE.with_credentials(GATE.main).reveal())
    with pytest.raises(SourceError) as caught:
        stream()
    assert HIDDEN in library.asked[0][0]
    assert caught.value.__context__ is None
    assert HIDDEN not in "".join(traceback.format_exception(caught.value))


def test_the_library_is_told_to_give_up_and_to_follow_no_other_protocol(
    library: Library, make_video: MakeVideo
) -> None:
    library.path = make_video(frames=5)
    with stream():
        ((_, options),) = library.asked
    assert options["timeout"] == (10.0, 4.0)
    assert options["options"]["rtsp_transport"] == "tcp"
    assert "file" not in options["options"]["protocol_whitelist"].split(",")


@pytest.mark.parametrize(("codec", "says"), [("mpeg4", "mpeg4, which is not supported")])
def test_a_codec_that_cannot_be_kept_is_refused(
    library: Library, make_video: MakeVideo, codec: str, says: str
) -> None:
    library.path = make_video(codec=codec, frames=5)
    with pytest.raises(SourceError, match=says):
        stream()


def test_packets_begin_with_a_key_frame_and_end_with_an_error(
    library: Library, make_video: MakeVideo
) -> None:
    library.path = make_video(frames=40, gop=10)
    with stream() as opened:
        packets = opened.packets()
        assert next(packets).is_keyframe
        with pytest.raises(SourceUnavailable, match="hung up"):
            list(packets)


def test_a_drought_of_key_frames_is_told(library: Library, make_video: MakeVideo) -> None:
    library.path = make_video(frames=900, gop=1000, options={"sc_threshold": "0"})
    given: list[VideoPacket] = []
    with stream() as opened, pytest.raises(SourceKeyless, match="no key frame for 30 s"):
        given.extend(opened.packets())
    assert len(given) in {749, 750, 751}


@pytest.mark.parametrize(
    ("codec", "unit", "sets"),
    [
        ("h264", b"\0\0\0\1\x67ab\0\0\0\1\x68c\0\0\1\x65dddd", {b"gab"}),
        ("h264", b"\0\0\1\x67ab\0\0\1\x67ab\0\0\1\x65dddd", {b"gab"}),
        ("h264", b"\0\0\1\x65dddd", set()),
        ("hevc", b"\0\0\0\1\x40v\0\0\0\1\x42\x01s\0\0\1\x26d", {b"B\x01s"}),
        ("mjpeg", b"\xff\xd8", set()),
    ],
)
def test_what_says_how_large_a_picture_is(codec: str, unit: bytes, sets: set[bytes]) -> None:
    assert parameter_sets(codec, unit) == sets


def test_pictures_nobody_fetches_are_skipped_and_never_waited_for(
    library: Library, make_video: MakeVideo, read_number: Callable[[Any], int]
) -> None:
    library.path = make_video(frames=100)
    clock = ManualClock(START)
    axis = Axis(START - timedelta(seconds=60), clock)
    slots = Slots(memoryview(bytearray(SLOTS * 160 * 160 * 3)))
    said: list[Picture] = []
    taker = PictureTaker(6.0, 160, axis=axis, slots=slots, say=said.append)
    live = LiveClock(axis)
    with stream(clock) as opened:
        live.begin(opened.interval, reorders=opened.reorders)
        taker.begin(opened)
        for packet in islice(opened.packets(), 99):
            clock.advance(0.04)
            for stamped in live.admit(packet, clock.monotonic()):
                taker.take(opened, stamped)
    assert len(said) == SLOTS
    assert taker.skipped == pytest.approx(24 - SLOTS, abs=2)
    numbers = [read_number(slots.get(each.slot, each.shape)) for each in said]
    assert numbers == sorted(numbers)
    assert all(np.diff([each.media_time for each in said]) > 0.1)
    slots.free(said[0].slot)
    assert slots.put(np.zeros(said[0].shape, np.uint8)) == said[0].slot
