"""The ring of a camera: the last minutes of its original packets, in files of whole GOPs.

A folder holds `origin.json` (UTC of media time 0, a minute before the ring was made) and segments;
the oldest go when there is more than the ring may hold. One process writes (a lock says so, and is
released however it dies), any may read: `RingFootage` cuts evidence while writing goes on. On a
folder in memory (tmpfs) the same files are a ring in memory.
"""

import fcntl
import json
import os
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from litterwatch.camera_adapters.av_errors import NO_SPACE
from litterwatch.camera_adapters.live_clock import TICKS
from litterwatch.camera_adapters.masking import Outlines
from litterwatch.camera_adapters.ring_file import (
    SUFFIX,
    Head,
    RingPacket,
    SegmentReader,
    SegmentWriter,
)
from litterwatch.detector.errors import Conflict, EvidenceError
from litterwatch.detector.protocols import Clock

ORIGIN_NAME: Final = "origin.json"
_LOCK_NAME: Final = "lock"
_MASKS_NAME: Final = "masks.json"
# The first packets of a burst were taken some seconds before they came.
_BEFORE: Final = timedelta(seconds=60)
_SEGMENT: Final = 5.0  # s; a segment ends at the first key frame behind this


@dataclass(frozen=True, slots=True)
class RingLimits:
    """How much a ring holds; the smaller of the two counts.

    Attributes:
        seconds: of footage.
        size: bytes.
    """

    seconds: float = 900.0
    size: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of the ring, as its name tells.

    Attributes:
        path: the file.
        number: increases by one from segment to segment.
        first: stamp of its first picture, ticks.
    """

    path: Path
    number: int
    first: int


def segments_in(folder: Path) -> list[Segment]:
    """The segments of a ring, the oldest first."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        number, _, first = path.stem.partition("-")
        if number.isdigit() and first.isdigit():
            found.append(Segment(path, int(number), int(first)))
    return sorted(found, key=lambda segment: segment.number)


def origin_of(folder: Path) -> datetime:
    """UTC of media time 0.

    Raises:
        OSError: there is no ring.
        ValueError: its file is damaged.
    """
    text = (folder / ORIGIN_NAME).read_text("utf-8")
    return datetime.fromisoformat(json.loads(text)["utc"]).astimezone(UTC)


class Ring:
    """The writing side; what an earlier process left is taken over.

    Args:
        folder: of this camera alone; made if needed.
        limits: how much it holds.
        clock: the host's.
        masks: what is black in every picture of it; footage under other masks is deleted, as what
            lies under a new one must not be kept.

    Attributes:
        origin: UTC of media time 0.
        last: stamp of the newest packet, ticks; None for none.
        lost: packets that found no room on the disk.

    Raises:
        Conflict: another process writes it.
        EvidenceError: the folder cannot be used.
    """

    def __init__(
        self, folder: Path, limits: RingLimits, clock: Clock, masks: Outlines = ()
    ) -> None:
        self._folder = folder
        self._limits = limits
        self.last: int | None = None
        self.lost = 0
        self._writer: SegmentWriter | None = None
        self._head: Head | None = None
        self._template = b""
        self._wants_new = True
        self._first = 0
        self._sizes: deque[tuple[Segment, int]] = deque()
        self._number = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o640)
            self._hold()
            self.origin = self._origin(clock)
            self._forget_unmasked(masks)
            self._take_over()
        except OSError as error:
            raise EvidenceError(
                f"The ring in {folder} cannot be used ({error.strerror}): check the folder."
            ) from error

    def begin(
        self, codec: str, interval: float, template: bytes, *, is_masked: bool = False
    ) -> None:
        """A new connection: its packets go into a segment of their own.

        Args:
            codec: its name.
            interval: average time between pictures, s.
            template: the stream as a NUT file without a picture.
            is_masked: whether its pictures were masked and encoded again.
        """
        self._head = Head(codec, interval, 0.0, is_masked)
        self._template = template
        self._wants_new = True

    def append(self, packet: RingPacket, utc: datetime) -> None:
        """Keep a packet; the first after `begin` must be a key frame.

        A full disk costs packets, not the camera: the oldest segment goes, and keeping goes on at
        the next key frame.

        Args:
            packet: the next one.
            utc: when its picture was taken, by the host's clock.
        """
        try:
            if packet.is_key and (self._wants_new or self._is_long(packet.shown)):
                self._rotate(packet.shown, utc)
            if self._writer is None:
                self.lost += 1
                return
            self._writer.append(packet)
        except OSError as error:
            self._give_way(error)
            return
        self.last = packet.dts if self.last is None else max(self.last, packet.dts)

    def close(self) -> None:
        """Let another process write; may be called twice."""
        self._end_segment()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(size for _, size in self._sizes) + (self._writer.size if self._writer else 0)

    def _hold(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise Conflict(
                f"Another process keeps the ring in {self._folder}: watch a camera once."
            ) from None

    def _origin(self, clock: Clock) -> datetime:
        try:
            return origin_of(self._folder)
        except (OSError, ValueError, KeyError):
            # None yet, or damaged: then nobody knows when the segments beside it were taken.
            for segment in segments_in(self._folder):
                segment.path.unlink()
        origin = clock.now() - _BEFORE
        file = self._folder / ORIGIN_NAME
        temporary = file.with_suffix(".part")
        with temporary.open("w", encoding="utf-8") as out:
            out.write(json.dumps({"utc": origin.isoformat()}) + "\n")
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
        return origin

    def _forget_unmasked(self, masks: Outlines) -> None:
        """Delete what was kept under other masks, then note those that hold now."""
        file, wanted = self._folder / _MASKS_NAME, json.dumps(masks)
        known = file.read_text("utf-8") if file.is_file() else json.dumps(())
        if known == wanted:
            return
        for segment in segments_in(self._folder):
            segment.path.unlink()
        file.write_text(wanted, "utf-8")

    def _take_over(self) -> None:
        """Cut what a dying process tore, and remember how much there is."""
        for segment in segments_in(self._folder):
            self._number = segment.number
            newest = _mended(segment)
            if newest is not None:
                self._sizes.append((segment, segment.path.stat().st_size))
                self.last = newest if self.last is None else max(self.last, newest)

    def _is_long(self, shown: int) -> bool:
        return shown - self._first >= _SEGMENT * TICKS

    def _rotate(self, first: int, utc: datetime) -> None:
        assert self._head is not None
        self._end_segment()
        self._prune(first)
        self._number += 1
        path = self._folder / f"{self._number:010d}-{first:016d}{SUFFIX}"
        head = replace(self._head, utc=utc.timestamp())
        self._writer = SegmentWriter(path, head, self._template)
        self._first, self._wants_new = first, False

    def _end_segment(self) -> None:
        if self._writer is not None:
            self._writer.close()
            segment = Segment(self._writer.path, self._number, self._first)
            self._sizes.append((segment, self._writer.size))
            self._writer = None

    def _prune(self, now: int) -> None:
        """Make room: as long as the ring without its oldest segment still holds enough."""
        oldest_needed = now - self._limits.seconds * TICKS
        while len(self._sizes) > 1 and (
            self._sizes[1][0].first <= oldest_needed or self.size > self._limits.size
        ):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        segment, _ = self._sizes.popleft()
        segment.path.unlink(missing_ok=True)

    def _give_way(self, error: OSError) -> None:
        """The disk refused a packet: end the segment before it, and free the oldest."""
        self.lost += 1
        self._end_segment()
        self._wants_new = True
        if error.errno in NO_SPACE and len(self._sizes) > 1:
            self._drop_oldest()


def _mended(segment: Segment) -> int | None:
    """Stamp of the newest whole packet; the torn tail behind it, or an empty file, is removed."""
    newest = None
    try:
        reader = SegmentReader(segment.path)
    except ValueError:
        segment.path.unlink()
        return None
    for packet in reader.packets():
        newest = packet.dts if newest is None else max(newest, packet.dts)
    if newest is None:
        segment.path.unlink()
    elif reader.sound_to < segment.path.stat().st_size:
        os.truncate(segment.path, reader.sound_to)
    return newest
