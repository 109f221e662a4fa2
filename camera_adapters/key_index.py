"""Where the key frames of a file are, in media time, and how to get there.

The index grows by reading packets (without decoding) from where it ends to the time asked for. It
is not taken from the file: many recorders write none, and only reading shows where the file's own
clock jumps.
"""

import sys
import threading
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import av.error

from litterwatch.camera_adapters.media_clock import ClockState, Stamp
from litterwatch.camera_adapters.video_file import VideoFile, VideoPacket, is_key

# Where every picture is a key frame, one for each such time is enough to start from, s.
_SPACING = 1.0
# Where a file does not say when pictures are shown, a key frame may be shown this much later than
# its place in the file says, in frame intervals (H.264 and H.265 reorder at most 16).
_UNSURE_INTERVALS = 17


@dataclass(frozen=True, slots=True)
class Entry:
    """A packet from which decoding can start.

    Attributes:
        ordinal: packets before it in the file.
        shown: stamp, ticks of media time.
        times: its own (pts, dts) in the file.
        size: bytes.
        place: where it lies in the file, bytes; None where the container does not tell.
        clock: the packet clock's state before it.
    """

    ordinal: int
    shown: int
    times: tuple[int | None, int | None]
    size: int
    place: int | None
    clock: ClockState

    @property
    def target(self) -> int | None:
        """What to seek to, in the file's own time: at or before the packet."""
        return min((time for time in self.times if time is not None), default=None)

    def is_packet(self, packet: VideoPacket) -> bool:
        """Whether this is the packet, read again.

        The decoding time is left out: some containers do not store it, and FFmpeg guesses it
        differently after seeking.
        """
        pts, dts = self.times
        same_time = packet.pts == pts if pts is not None else packet.dts == dts
        # Two recordings joined into one file can hold the same times twice.
        same_place = self.place is None or packet.pos is None or packet.pos == self.place
        return same_time and same_place and packet.size == self.size

    def is_before(self, packet: VideoPacket) -> bool:
        """Whether a packet is another key frame that lies behind this one."""
        pts, dts = self.times
        own, other = (dts, packet.dts) if pts is None else (pts, packet.pts)
        return is_key(packet) and own is not None and other is not None and other > own


class KeyIndex:
    """The key frames of one file, found as they are asked for; safe to use from several threads.

    Attributes:
        unsure: by how much `shown` may be wrong, ticks; known after `origin`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        # Everything decoded up to here is read; and when the last picture among it ends.
        self._decoded_to: int | None = None
        self._end = -sys.maxsize
        self._complete = False
        self._origin: int | None = None
        self._delay = 0
        self.unsure = 0

    @property
    def origin(self) -> int:
        """Stamp of the first picture of the file: media time 0.

        Raises:
            SourceError: the file cannot be read or holds no picture.
        """
        if self._origin is None:
            self._origin = self._find_origin()
        return self._origin

    def shown(self, stamp: Stamp) -> int:
        """When a packet is shown, as well as the file tells, ticks; after `origin`."""
        return stamp.dts + self._delay if stamp.pts is None else stamp.pts

    def _find_origin(self) -> int:
        with VideoFile(self._path) as video:
            clock = video.frame_clock()
            packets = video.packets()
            _, first = next(packets, (None, Stamp(0, 0)))
            video.rewind()
            next(video.frames(video.packets(), clock))
            assert clock.origin is not None
            if video.unshown:
                # Pictures come out of the decoder so much later than the packets go in.
                self._delay = clock.origin - first.dts
                self.unsure = round(_UNSURE_INTERVALS * video.interval / video.time_base)
            return clock.origin

    def at_or_before(self, stamp: int) -> Entry | None:
        """The entry to start from for a picture with that stamp.

        At most a second of pictures, or one group of pictures, lies between the two.

        Returns:
            The entry; None when the file ends before that time.

        Raises:
            SourceError: the file cannot be read.
        """
        _ = self.origin  # and with it what `shown` needs
        with self._lock:
            stamp -= self.unsure
            if not self._complete and (self._decoded_to is None or self._decoded_to <= stamp):
                self._extend(stamp)
            assert self._entries, "a file with a picture has a packet"
            if self._complete and stamp >= self._end:
                return None
            place = bisect_right(self._entries, stamp, key=lambda entry: entry.shown)
            return self._entries[max(0, place - 1)]

    def last(self) -> Entry:
        """The last entry of the file, after `at_or_before` has said that the file ends."""
        return self._entries[-1]

    def _extend(self, until: int) -> None:
        """Read on until no packet to be shown at or before `until` can follow."""
        with VideoFile(self._path) as video:
            spacing = round(_SPACING / video.time_base)
            last = self._entries[-1] if self._entries else None
            ordinal = 0 if last is None else last.ordinal
            for packet in video.raw_packets() if last is None else seek(video, last):
                state = video.clock.state
                times = (packet.pts, packet.dts)
                stamp = video.stamp(packet)
                at = self.shown(stamp)
                if not self._entries or (
                    is_key(packet) and at >= self._entries[-1].shown + spacing
                ):
                    entry = Entry(ordinal, at, times, packet.size, packet.pos, state)
                    self._entries.append(entry)
                ordinal += 1
                self._decoded_to = stamp.dts
                self._end = max(self._end, at + video.step)
                if stamp.dts > until:
                    return
            self._complete = True


def seek(video: VideoFile, entry: Entry) -> Iterator[VideoPacket]:
    """The packets of a freshly opened file from an entry on, its clock set.

    Seeks where the file can, and makes sure of having landed; otherwise reads through.
    """
    video.restart_clock(entry.clock)
    if entry.ordinal == 0:
        return video.raw_packets()
    return _sought(video, entry) or _read_through(video, entry)


def _sought(video: VideoFile, entry: Entry) -> Iterator[VideoPacket] | None:
    if entry.target is None:
        return None
    try:
        video.container.seek(entry.target, stream=video.stream)
    except (av.error.FFmpegError, OSError):
        return None
    packets = video.raw_packets()
    for packet in packets:
        if entry.is_packet(packet):
            return chain([packet], packets)
        if entry.is_before(packet):
            return None
    return None


def _read_through(video: VideoFile, entry: Entry) -> Iterator[VideoPacket]:
    video.rewind()
    video.restart_clock(entry.clock)
    return islice(video.raw_packets(), entry.ordinal, None)
