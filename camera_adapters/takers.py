"""What becomes of the packets of a stream: kept in the ring, decoded for analysis, or both."""

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import av.error
import numpy as np
from av.video.frame import VideoFrame

from litterwatch.camera_adapters.live_clock import TICKS, Axis, Stamped
from litterwatch.camera_adapters.masked_taker import DecodedOnce
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.pictures import PictureMaker
from litterwatch.camera_adapters.reader_messages import Picture
from litterwatch.camera_adapters.recorded import RateGate
from litterwatch.camera_adapters.ring import Ring
from litterwatch.camera_adapters.ring_file import RingPacket
from litterwatch.camera_adapters.stream_loop import OpenStream, Taker
from litterwatch.detector.types import Image

SLOTS: Final = 3
"""Pictures of one camera that may wait to be fetched; more are skipped, not queued."""


class Slots:
    """Places for pictures in memory that two processes share.

    Args:
        memory: `count` times the bytes of the largest picture.
        count: how many.
    """

    def __init__(self, memory: memoryview, count: int = SLOTS) -> None:
        self._size = len(memory) // count
        self._memory = memory
        self._free = deque(range(count))
        self._lock = threading.Lock()

    def put(self, image: Image) -> int | None:
        """Lay a picture down; the slot it lies in, None when all are taken."""
        with self._lock:
            if not self._free:
                return None
            slot = self._free.popleft()
        self._view(slot, image.shape)[...] = image
        return slot

    def get(self, slot: int, shape: tuple[int, int, int]) -> Image:
        """A copy of the picture in a slot."""
        return self._view(slot, shape).copy()

    def _view(self, slot: int, shape: tuple[int, ...]) -> Image:
        begin = slot * self._size
        content = self._memory[begin : begin + math.prod(shape)]
        return np.frombuffer(content, np.uint8).reshape(shape)

    def free(self, slot: int) -> None:
        """The picture was fetched."""
        with self._lock:
            self._free.append(slot)


class RingTaker:
    """Keeps packets in the ring; never waits for anybody but the disk."""

    def __init__(self, ring: Ring, axis: Axis) -> None:
        self._ring = ring
        self._axis = axis

    @property
    def lost(self) -> int:
        """Packets that found no room."""
        return self._ring.lost

    def begin(self, stream: OpenStream) -> None:
        self._ring.begin(stream.codec, stream.interval, stream.template())

    def take(self, stream: OpenStream, stamped: Stamped) -> None:
        packet = stamped.packet
        kept = RingPacket(
            shown=stamped.shown,
            dts=stamped.dts,
            has_pts=packet.pts is not None,
            is_key=packet.is_keyframe,
            is_after_gap=stamped.is_after_gap,
            duration=packet.duration or 0,
            data=bytes(packet),
        )
        self._ring.append(kept, self._axis.utc(stamped.shown))


class PictureTaker:
    """Decodes packets and hands the pictures that are due to whoever analyses them.

    Args:
        rate: pictures a second of media time.
        long_side: of the analysis picture, px.
        axis: of media time.
        slots: where pictures are laid.
        say: tells the other process.
        masks: what is black in every picture.
    """

    def __init__(
        self,
        rate: float,
        long_side: int,
        *,
        axis: Axis,
        slots: Slots,
        say: Callable[[Picture], None],
        masks: Masks | None = None,
    ) -> None:
        self._masks = masks or Masks()
        self._rate = rate
        self._long_side = long_side
        self._axis = axis
        self._slots = slots
        self._say = say
        self._maker = PictureMaker(long_side)
        self._gate = RateGate(rate, 0.04)
        self._last = float("-inf")
        self._index = 0
        self.skipped = 0

    @property
    def lost(self) -> int:
        """Nothing of what is kept is lost here."""
        return 0

    def begin(self, stream: OpenStream) -> None:
        # Another camera may hang there now, or the same one with another resolution.
        self._maker = PictureMaker(self._long_side, stream.sample_aspect)
        self._gate = RateGate(self._rate, stream.interval)

    def take(self, stream: OpenStream, stamped: Stamped) -> None:
        for frame in stream.decode(stamped.packet):
            shown = stamped.shown if frame.pts is None else frame.pts
            if shown / TICKS > self._last:
                self._last = shown / TICKS
                if self._gate.is_due(self._last):
                    self._hand_over(stream, frame, shown)
            self._index += 1

    def _hand_over(self, stream: OpenStream, frame: VideoFrame, shown: int) -> None:
        try:
            image = self._masks.paint(self._maker.make(frame))
        except av.error.FFmpegError:
            stream.undecodable += 1
            return
        slot = self._slots.put(image)
        if slot is None:
            self.skipped += 1
            return
        height, width = image.shape[:2]
        self._say(
            Picture(
                slot=slot,
                index=self._index,
                media_time=shown / TICKS,
                captured_at=self._axis.utc(shown),
                shape=(height, width, 3),
                source_size=self._maker.source_size(frame),
                skipped=self.skipped,
            )
        )


class BothTakers:
    """The main stream of a camera that has no other: kept and analysed."""

    def __init__(self, takers: Sequence[Taker]) -> None:
        self._takers = takers

    @property
    def lost(self) -> int:
        """Packets that found no room."""
        return sum(taker.lost for taker in self._takers)

    def begin(self, stream: OpenStream) -> None:
        for taker in self._takers:
            taker.begin(stream)

    def take(self, stream: OpenStream, stamped: Stamped) -> None:
        once = DecodedOnce(stream)
        for taker in self._takers:
            taker.take(once, stamped)
