"""Watches a group of cameras with one model: pictures in, events out, for ever.

One turn after the other in one thread: fetch what the readers have, take the pictures whose turn it
is, let the model look at them in a thread of its own, and meanwhile judge those it looked at in the
turn before. No turn waits for a camera.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Final, Protocol

import structlog

from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.detector.types import Detections, Frame
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.runtime.camera_watch import CameraWatch, LiveJudge
from litterwatch.service.runtime.live_messages import Found, Passed, Pulse
from litterwatch.service.runtime.turns import Turns

_log = structlog.get_logger(__name__)
_IDLE: Final = 0.2  # s a turn waits for pictures at most
_PULSE: Final = 1.0


class Maker(Protocol):
    """Builds what a camera needs; the composition root knows how."""

    def watch(self, entry: CameraEntry) -> CameraWatch: ...

    def judge(self, entry: CameraEntry) -> tuple[Callable[[], LiveJudge], str]:
        """What makes its pipeline, and the digest of all its events depend on."""
        ...


@dataclass(frozen=True, slots=True)
class _Looked:
    """Pictures the model is looking at; `wanted` are those it was given."""

    frames: Sequence[Frame]
    wanted: Sequence[Frame]
    looking: Future[list[Detections]] | None

    def detections(self) -> dict[int, Detections]:
        found = [] if self.looking is None else self.looking.result()
        return {id(frame): seen for frame, seen in zip(self.wanted, found, strict=True)}


class CameraGroup:
    """The cameras of one process.

    Args:
        maker: builds what a camera needs.
        detector: the neural network.
        tell: where events, pulses and a few things that were passed over go.
        clock: the host's.
        batch: pictures of different cameras the model is given at once; more than one pays on a
            GPU only.
    """

    def __init__(
        self,
        maker: Maker,
        detector: ObjectDetector,
        tell: Callable[[Found | Passed | Pulse], None],
        clock: Clock,
        *,
        batch: int = 1,
    ) -> None:
        self._maker = maker
        self._detector = detector
        self._model = (detector.name, detector.sha256)
        self._tell = tell
        self._clock = clock
        self._batch = batch
        self._turns = Turns()
        self._cameras: dict[str, CameraWatch] = {}
        self._behind: _Looked | None = None
        self._executor = ThreadPoolExecutor(1, "detect")
        self._pulse_at = float("-inf")
        self._share = 1.0

    def set_cameras(self, entries: Sequence[CameraEntry]) -> None:
        """Watch these from now on; a camera that did not change is not disturbed."""
        wanted = {entry.id: entry for entry in entries}
        for camera_id in list(self._cameras):
            if camera_id not in wanted:
                self._drop(camera_id)
        for entry in entries:
            known = self._cameras.get(entry.id)
            if known is None:
                self._add(entry)
            elif known.entry != entry:
                self._change(known, entry)

    def turn(self, also: Sequence[Connection] = ()) -> None:
        """One turn; ends early when one of `also` has something to say."""
        self._fetch(also)
        frames = self._turns.take(self._batch)
        began = self._clock.monotonic()
        ahead = self._look(frames) if frames else None
        behind, self._behind = self._behind, ahead
        if behind is not None:
            self._judge(behind)
        now = self._clock.monotonic()
        self._turns.worked(now - began)
        if self._turns.judge_load(now):
            self._tell_share()
        if now - self._pulse_at >= _PULSE:
            self._pulse_at = now
            self._tell(self.pulse())

    def pulse(self) -> Pulse:
        """How everything is now."""
        for camera in self._cameras.values():
            camera.watch()
        places = self._turns.places
        conditions = tuple(
            camera.condition(places.get(camera_id)) for camera_id, camera in self._cameras.items()
        )
        return Pulse(conditions, self._turns.share, self._turns.busy)

    def stop(self) -> None:
        """Judge what is left, tell it, and end the readers."""
        if self._behind is not None:
            self._judge(self._behind)
            self._behind = None
        for camera_id in list(self._cameras):
            self._drop(camera_id)
        self._executor.shutdown()

    def _fetch(self, also: Sequence[Connection]) -> None:
        pipes = [c.reader.pipe for c in self._cameras.values() if c.reader.pipe is not None]
        is_busy = self._turns.is_waiting or self._behind is not None
        wait([*pipes, *also], 0.0 if is_busy else _IDLE)
        for camera in self._cameras.values():
            for frame in camera.receive():
                self._turns.offer(frame)

    def _look(self, frames: Sequence[Frame]) -> _Looked:
        """2 gate, 3 detect."""
        for frame in frames:
            for found in self._cameras[frame.camera_id].cross(frame, self._model):
                self._tell(found)
        wanted = [f for f in frames if self._cameras[f.camera_id].wants_detection(f)]
        looking = None
        if wanted:
            looking = self._executor.submit(self._detector.detect, [f.image for f in wanted])
        return _Looked(frames, wanted, looking)

    def _judge(self, looked: _Looked) -> None:
        """4 track, 5 judge, 6 merge."""
        seen = looked.detections()
        for frame in looked.frames:
            camera = self._cameras.get(frame.camera_id)
            if camera is not None:
                for found in camera.advance(frame, seen.get(id(frame)), self._model):
                    self._tell(found)
                for passed in camera.passed(self._model):
                    self._tell(passed)

    def _add(self, entry: CameraEntry) -> None:
        camera = self._maker.watch(entry)
        self._cameras[entry.id] = camera
        self._turns.add(entry.id, camera.rate)
        _log.info("camera added", camera=entry.id)

    def _drop(self, camera_id: str) -> None:
        camera = self._cameras.pop(camera_id)
        self._turns.remove(camera_id)
        for found in camera.finish(self._model):
            self._tell(found)
        camera.close()
        _log.info("camera no longer watched", camera=camera_id)

    def _change(self, camera: CameraWatch, entry: CameraEntry) -> None:
        fresh = self._maker.watch(entry)
        if fresh.reader.plan != camera.reader.plan:
            self._drop(entry.id)
            self._add(entry)
            return
        # Only the zones are others, or sleep or wake: the reader and its connection stay.
        if camera.is_judged_alike(entry):
            camera.entry = entry
            return
        for found in camera.finish(self._model):
            self._tell(found)
        camera.renew(*self._maker.judge(entry))
        camera.entry = entry
        what = "camera points elsewhere, its zones sleep" if entry.is_asleep else "zones are used"
        _log.info(what, camera=entry.id, version=entry.zones_version)

    def _tell_share(self) -> None:
        before, self._share = self._share, self._turns.share
        share = round(self._share, 2)
        if self._share < before:
            _log.warning("the machine cannot keep up: analysis rates lowered", share=share)
        else:
            _log.info("there is room again: analysis rates raised", share=share)
