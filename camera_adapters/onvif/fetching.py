"""Fetching a stretch of a recording out of a camera: its original packets, as an MP4 file."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import av
import av.error

from litterwatch.camera_adapters.av_errors import evidence_error
from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust
from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.live_clock import TICKS, TIME_BASE
from litterwatch.camera_adapters.media_clock import PacketClock
from litterwatch.camera_adapters.muxing import Selection, Shown, mux
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.recordings import Recording, replay_address
from litterwatch.camera_adapters.onvif.replay import ReplayDoor
from litterwatch.camera_adapters.rtsp import Patience, RtspStream
from litterwatch.detector.errors import SourceError

_EVERYTHING: Final = 1 << 62  # ticks: a stretch ends where the camera ends it
_SHORT: Final = 2.0  # s that may be missing at the end: recordings end with a key frame interval
_PATIENCE: Final = Patience(opening=15.0, silence=10.0)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A stretch that was fetched.

    Attributes:
        path: MP4, the camera's own packets.
        codec: "h264" or "hevc".
        camera_begins: hour of the first picture by the camera's clock, UTC.
        begins: the same by ours, with the camera's clock as it stands now.
        seconds: how long it is.
        gaps: (from, to) in seconds of the file, where pictures are missing.
        is_hour_told: the camera told that hour; else it is the one that was asked for.
        missing: why it ends before its end, None where it does not.
    """

    path: Path
    codec: str
    camera_begins: datetime
    begins: datetime
    seconds: float
    gaps: tuple[tuple[float, float], ...]
    is_hour_told: bool
    missing: str | None


def fetch_recording(  # noqa: PLR0917 - what, from where, to where
    camera: OnvifCamera,
    recording: Recording,
    stretch: tuple[datetime, datetime],
    into: Path,
    credentials: Credentials | None,
    progress: Callable[[float], None] = lambda _: None,
    trust: Trust = KNOWN_HERE,
) -> Fetched:
    """Copy what a recording holds of a stretch of time, as fast as the camera gives it.

    Args:
        camera: connected.
        recording: of that camera.
        stretch: from, to, by our clock; the camera is asked by its own.
        into: file to write, MP4; not there unless this returns.
        credentials: how to log in.
        progress: hears how many seconds there are so far.
        trust: what its certificate must be, where it encrypts.

    Raises:
        SourceUnsupported: it does not play recordings.
        SourceAuthFailed: it refused the login.
        SourceError: it gives nothing of it.
        EvidenceError: the file cannot be written.
    """
    off = timedelta() if camera.reading is None else camera.reading.known_difference
    begins, ends = _within(recording, stretch[0] + off, stretch[1] + off)
    target = replay_address(camera, recording)
    with ReplayDoor(target, credentials, begins, ends, trust=trust) as door:
        connection = CameraConnection("recording", door.address)
        try:
            with RtspStream(
                connection, is_sub=False, patience=_PATIENCE, clock=camera.clock
            ) as stream:
                copied = _Copy(stream, progress)
                copied.write(into)
        except SourceError as error:
            # What the camera said to the door is the reason of what FFmpeg made of it.
            raise door.refused or error from None
        first = door.first_hour
    hour = begins if first is None else first
    seconds = copied.seconds
    is_short = hour + timedelta(seconds=seconds + _SHORT) < ends
    return Fetched(
        path=into,
        codec=copied.codec,
        camera_begins=hour,
        begins=hour - off,
        seconds=seconds,
        gaps=copied.gaps,
        is_hour_told=first is not None,
        missing=str(copied.ended_by) if is_short else None,
    )


class _Copy:
    """The packets of an open replay, with one increasing time, into a file."""

    def __init__(self, stream: RtspStream, progress: Callable[[float], None]) -> None:
        self.codec = stream.codec
        self.ended_by: SourceError | None = None
        self._stream = stream
        self._progress = progress
        self._step = max(1, round(stream.interval * TICKS))
        self._clock = PacketClock(TIME_BASE, stream.interval, reorders=stream.reorders)
        self._chosen = Selection(self._shown(), 0, _EVERYTHING, self._step)

    def write(self, into: Path) -> None:
        template = self._stream.template()
        try:
            with av.open(io.BytesIO(template), "r", format="nut") as described:
                mux(described.streams.video[0], self._chosen, into, "mp4")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            into.unlink(missing_ok=True)
            raise evidence_error(error, Path("the camera"), into) from error
        except BaseException:
            into.unlink(missing_ok=True)
            raise

    @property
    def seconds(self) -> float:
        assert self._chosen.first is not None
        return (self._chosen.behind - self._chosen.first) / TICKS

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        first = self._chosen.first or 0
        return tuple(((a - first) / TICKS, (b - first) / TICKS) for a, b in self._clock.gaps)

    def _shown(self) -> Iterator[Shown]:
        count = 0
        first: int | None = None
        try:
            for packet in self._stream.packets():
                scale = packet.time_base / TIME_BASE
                for name in ("pts", "dts", "duration"):
                    value = getattr(packet, name)
                    setattr(packet, name, None if value is None else round(value * scale))
                packet.time_base = TIME_BASE
                stamp = self._clock.stamp(packet.pts, packet.dts)
                at = stamp.dts if stamp.pts is None else stamp.pts
                first = at if first is None else first
                count += 1
                self._progress((at - first) / TICKS)
                yield packet, stamp, at
        except SourceError as error:
            if not count:
                raise
            # The camera ends a stretch by hanging up; whether it is whole is judged by its length.
            self.ended_by = error


def _within(recording: Recording, begins: datetime, ends: datetime) -> tuple[datetime, datetime]:
    """The part of a stretch that the recording holds."""
    if recording.begins is not None:
        begins = max(begins, recording.begins)
    if recording.ends is not None:
        ends = min(ends, recording.ends)
    return begins, max(begins, ends)
