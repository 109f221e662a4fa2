"""A door through which FFmpeg plays a recording that lies in a camera (ONVIF streaming, replay).

Replay is RTSP with additions that FFmpeg's client does not know: which stretch of time, as fast as
it goes, and the hour of each picture in the header of its packets. The door adds what is missing,
and reads the hours as they come by.
"""

import socket
import struct
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self

from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust, secured
from litterwatch.camera_adapters.connection import host_and_port, is_encrypted
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.rtsp_door import RtspDoor
from litterwatch.camera_adapters.rtsp_messages import END
from litterwatch.detector.errors import SourceError, SourceUnavailable

_REFUSED: Final = (
    "The camera refused the name or password for its recordings: correct them with litterwatch"
    " cameras add ID --replace --user NAME."
)
_EXTENSION: Final = 0xABAC  # of RTP: the hour of a picture (ONVIF streaming specification, 6.3)
_NTP_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)


class ReplayDoor:
    """Plays a stretch of a recording at `address`, once; a context manager.

    Args:
        target: where the camera plays the recording, RTSP, without credentials.
        credentials: how to log in there; None asks as anybody may.
        begins, ends: the stretch, by the camera's clock, UTC.
        trust: what its certificate must be, where it encrypts.
        patience: how long the camera may be silent, s.

    Attributes:
        address: for FFmpeg, without credentials.
        first_hour: of the first picture by the camera's clock; None before it, or where the camera
            does not tell.

    Raises:
        SourceError: the camera cannot be reached, or cannot be believed.
    """

    def __init__(
        self,
        target: str,
        credentials: Credentials | None,
        begins: datetime,
        ends: datetime,
        *,
        trust: Trust = KNOWN_HERE,
        patience: float = 10.0,
    ) -> None:
        self.first_hour: datetime | None = None
        self._stretch = f"clock={_clock(begins)}-{_clock(ends)}"
        self._door = RtspDoor(
            _connected(target, trust, patience),
            target,
            credentials,
            refusal=_REFUSED,
            complete=self._completed,
            hear=self._read_hour,
        )
        self.address = self._door.address

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._door.close()

    @property
    def refused(self) -> SourceError | None:
        """Why the camera let nobody in; None where it did."""
        return self._door.refused

    def _completed(self, request: bytes) -> bytes:
        """A request with what replay needs."""
        if not request.startswith(b"PLAY "):
            return request
        head, _, body = request.partition(END)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"range:")]
        lines += [
            b"Require: onvif-replay",
            b"Rate-Control: no",
            b"Range: " + self._stretch.encode(),
        ]
        return b"\r\n".join(lines) + END + body

    def _read_hour(self, packet: bytes) -> None:
        if self.first_hour is None and packet[1] % 2 == 0:
            self.first_hour = hour_of(packet[4:])


def _connected(target: str, trust: Trust, patience: float) -> socket.socket:
    place = host_and_port(target)
    if is_encrypted(target):
        return secured("The camera's recording", place, trust, patience)
    try:
        return socket.create_connection(place, timeout=patience)
    except OSError as error:
        raise SourceUnavailable(
            f"The recording cannot be played ({type(error).__name__}): does the camera listen for"
            f" video at port {place[1]}?"
        ) from None


def hour_of(packet: bytes) -> datetime | None:
    """The hour in the header of an RTP packet, UTC by the camera's clock; None where it has none.

    Sources: RFC 3550, 5.3.1; ONVIF streaming specification, 6.3.1.
    """
    if len(packet) < 12 or packet[0] >> 6 != 2 or not packet[0] & 0x10:
        return None
    begin = 12 + 4 * (packet[0] & 0x0F)
    if len(packet) < begin + 12:
        return None
    kind, words, seconds, fraction = struct.unpack_from(">HHII", packet, begin)
    if kind != _EXTENSION or words < 2:
        return None
    return _NTP_EPOCH + timedelta(seconds=seconds + fraction / 2**32)


def _clock(at: datetime) -> str:
    """UTC as RTSP writes it (RFC 2326, 3.7)."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"
