"""One segment of a ring: whole groups of pictures in a file that may break off anywhere.

A file is a mark and then records: one byte, what it is; four bytes, length; four bytes, CRC-32 of
the rest; the rest. First the head (what the stream is), then packets, each one write of its own.
A process that dies leaves a record that is short or does not fit its sum: reading ends before it,
and so does the file when the ring is opened for writing again. Anybody may read while one writes.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Final

SUFFIX: Final = ".ring"
_MARK: Final = b"LWRING1\n"
_RECORD: Final = struct.Struct(">cII")
_PACKET: Final = struct.Struct(">qqqB")
_HEAD: Final = struct.Struct(">I")
_IS_HEAD, _IS_PACKET = b"H", b"P"
_KEY, _AFTER_GAP, _NO_PTS = 1, 2, 4
# No packet of a camera is near this; what claims to be is a record that was torn.
_LARGEST: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Head:
    """What a segment says about its stream.

    Attributes:
        codec: "h264", "hevc" or "mjpeg".
        interval: average time between pictures, s.
        utc: of its first picture, s since 1970, by the host's clock when it was written.
        is_masked: whether its pictures were masked and encoded again; else it is as sent.
    """

    codec: str
    interval: float
    utc: float
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class RingPacket:
    """An encoded packet on the axis of media time.

    Attributes:
        shown: when its picture is shown, ticks.
        dts: when it is decoded, ticks; strictly increasing.
        has_pts: whether the camera said when it is shown.
        is_key: whether decoding can start here.
        is_after_gap: pictures are missing before it.
        duration: ticks, 0 if unknown.
        data: the camera's bytes.
    """

    shown: int
    dts: int
    has_pts: bool
    is_key: bool
    is_after_gap: bool
    duration: int
    data: bytes


class SegmentWriter:
    """Appends packets to a new file.

    Args:
        path: must not exist.
        head: about the stream.
        template: the stream as a NUT file without a picture.

    Attributes:
        size: bytes so far.

    Raises:
        OSError: the disk refused.
    """

    def __init__(self, path: Path, head: Head, template: bytes) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        self.size = 0
        text = json.dumps(asdict(head)).encode()
        try:
            self._write(_MARK + _record(_IS_HEAD, _HEAD.pack(len(text)) + text + template))
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise

    def append(self, packet: RingPacket) -> None:
        """Write one packet; the file ends behind it, or where it ended before if this raises."""
        flags = _KEY * packet.is_key | _AFTER_GAP * packet.is_after_gap
        flags |= 0 if packet.has_pts else _NO_PTS
        head = _PACKET.pack(packet.shown, packet.dts, packet.duration, flags)
        self._write(_record(_IS_PACKET, head + packet.data))

    def close(self) -> None:
        """Release the file; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, content: bytes) -> None:
        written = 0
        try:
            while written < len(content):
                written += os.write(self._descriptor, content[written:])
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
            raise
        self.size += len(content)


class SegmentReader:
    """Reads a segment up to where it breaks off; a context manager is not needed: see `close`.

    Attributes:
        head: about the stream.
        template: the stream as a NUT file without a picture.
        sound_to: bytes up to the end of the last whole record read.

    Raises:
        OSError: it cannot be read.
        ValueError: not even its head is whole.
    """

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self.sound_to = len(_MARK)
        is_ours = self._file.read(len(_MARK)) == _MARK
        kind, content = next(self._records(), (b"", b"")) if is_ours else (b"", b"")
        if kind != _IS_HEAD:
            self.close()
            raise ValueError(f"{path.name} is no segment of a ring, or not even its head is whole")
        (length,) = _HEAD.unpack_from(content)
        self.head = Head(**json.loads(content[_HEAD.size : _HEAD.size + length]))
        self.template = content[_HEAD.size + length :]

    def packets(self) -> Iterator[RingPacket]:
        """The packets that are whole; once."""
        try:
            for kind, content in self._records():
                if kind == _IS_PACKET:
                    yield _packet(content)
        finally:
            self.close()

    def close(self) -> None:
        """Release the file; may be called twice."""
        self._file.close()

    def _records(self) -> Iterator[tuple[bytes, bytes]]:
        while len(start := self._file.read(_RECORD.size)) == _RECORD.size:
            kind, length, checksum = _RECORD.unpack(start)
            if length > _LARGEST:
                return
            content = self._file.read(length)
            if len(content) < length or zlib.crc32(kind + content) != checksum:
                return
            self.sound_to += _RECORD.size + length
            yield kind, content


def _record(kind: bytes, content: bytes) -> bytes:
    return _RECORD.pack(kind, len(content), zlib.crc32(kind + content)) + content


def _packet(content: bytes) -> RingPacket:
    shown, dts, duration, flags = _PACKET.unpack_from(content)
    return RingPacket(
        shown=shown,
        dts=dts,
        has_pts=not flags & _NO_PTS,
        is_key=bool(flags & _KEY),
        is_after_gap=bool(flags & _AFTER_GAP),
        duration=duration,
        data=content[_PACKET.size :],
    )
