"""A data folder with an event whose clip can be decoded, to make packages of: ships for tests."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from typing import Final

import av
import numpy as np
from av.video.stream import VideoStream

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.actor import Actor, Office
from litterwatch.service.db import Database
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.evidence.export import Wish, decide_export, request_export
from litterwatch.service.evidence.exporting import Exported, Workshop, make_export
from litterwatch.service.evidence.packing import Packing
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.evidence.signing import StampAuthority

OFFICER: Final = Actor("officer", Office.CASE_OFFICER, "01273")
SECOND: Final = Actor("second", Office.REVIEWER, "01273")
EVENT: Final = SCRIPTED_FOOTAGE.event_id("e1")
SIZE: Final = (160, 96)
_KEPT: Final = timedelta(days=7)
SOMEBODY: Final = Box(40, 20, 80, 90)
"""Where the detector sees a person in every picture of the clip, px."""


def noisy_picture(number: int) -> Image:
    """A picture (96, 160, 3) in which every pixel differs from its neighbours."""
    width, height = SIZE
    return np.random.default_rng(number).integers(0, 256, (height, width, 3)).astype(np.uint8)


def write_small_clip(path: Path, frames: int = 12) -> Path:
    """A clip of noise, H.264 in MP4, 10 frames a second."""
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream: VideoStream = container.add_stream("libx264", rate=10)
        (stream.width, stream.height), stream.pix_fmt = SIZE, "yuv420p"
        stream.codec_context.thread_count = 1
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(noisy_picture(number), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


class PackageHouse(ScriptedHouse):
    """Stores event `e1` with a clip that can be decoded, and others before and after it."""

    def __init__(self, root: Path, database: Database | None = None) -> None:
        super().__init__(root, database)
        clip = write_small_clip(root / "film.mp4").read_bytes()
        with self.store().opened() as store:
            sink = self.sink(store, ScriptedClips(content=clip, size=SIZE))
            for name in ("e0", "e1", "e2"):
                sink.accept(scripted_event(name))

    def workshop(self, authority: StampAuthority | None = None) -> Workshop:
        """Makes packages; sees `SOMEBODY` in every picture."""
        seen = Detections.of([(SOMEBODY, 0.9, Label.PERSON)])
        return Workshop(
            self.root,
            self.database,
            self.clock,
            lambda: ScriptedDetector(lambda _: seen),
            authority,
        )

    def exported(
        self, out: Path, *, unblurred: bool = False, authority: StampAuthority | None = None
    ) -> Exported:
        """A package of `e1`, agreed to by a second person if it must be."""
        wish = Wish(EVENT, "chuyển hồ sơ", "Công an xã", is_unblurred=unblurred)
        number = request_export(self.database, self.clock, OFFICER, wish)
        if unblurred:
            decide_export(self.database, self.clock, SECOND, number, agree=True)
        return make_export(self.workshop(authority), OFFICER, number, out)


class _WaitingDetector(ScriptedDetector):
    """Says that it was asked, and never answers."""

    def __init__(self, asked: Connection) -> None:
        super().__init__()
        self._asked = asked

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        self._asked.send("asked")
        Event().wait()
        return super().detect(images)


def make_scripted_packages(root: Path, asked: Connection) -> None:
    """Make what is asked for in the house at `root`, until killed: the target of a process.

    Args:
        root: where a `PackageHouse` with its own database was made before.
        asked: receives `"asked"` when the packing has reached the blurred copy, and stays there.
    """
    house = ScriptedHouse(root)
    worker = Packing(house.root, house.database, house.clock, _WaitingDetector(asked), kept=_KEPT)
    worker.run()
