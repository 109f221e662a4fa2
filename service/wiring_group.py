"""The composition root of a group of live cameras: what its process is built from.

Apart from wiring_live.py so that a group's process imports nothing but what it runs.
"""

import random
import secrets
import signal
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Final

import cv2
import structlog

from litterwatch.camera_adapters.reader import ReaderPlan
from litterwatch.camera_adapters.reader_process import CameraReader
from litterwatch.camera_adapters.ring import RingLimits
from litterwatch.detector.errors import ModelIntegrityError
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.detector.types import Site, ZoneKind
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.canonical import sha256_of
from litterwatch.service.labels.candidates import falls_on
from litterwatch.service.learning.judges import Judges, judges_of
from litterwatch.service.learning.use import chosen_model, lessons
from litterwatch.service.logs import configure_logs
from litterwatch.service.remembering.memory import FOLDER, PipelineMemory
from litterwatch.service.rings import ring_root
from litterwatch.service.runtime.camera_watch import CameraWatch, LiveJudge
from litterwatch.service.runtime.group import CameraGroup
from litterwatch.service.runtime.live_messages import Ended, Stop, Watching
from litterwatch.service.runtime.newest_still import NewestStill
from litterwatch.service.settings import Settings
from litterwatch.service.wiring import LONG_SIDE, detector_of, engine_code, engine_parameters

_LOOK_EVERY: Final = 2.0
"""Seconds between looks at which model is the default."""

_log = structlog.get_logger(__name__)
_GPU_BATCH: Final = 8
"""Pictures looked at together on a GPU; on a processor one at a time is as fast and fairer."""


def group_process(settings: Settings, clock: Clock, is_verbose: bool, pipe: Connection) -> None:  # noqa: FBT001 - the process's arguments come by position
    """The process of one group; ends when it is told to, or when its supervisor is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Both go to every process of a service; the supervisor says when to end.
        signal.signal(number, signal.SIG_IGN)
    configure_logs(is_verbose=is_verbose)
    # OpenCV's own threads only get in the way of the detector's.
    cv2.setNumThreads(1)
    with detector_of(settings, None) as detector, judges_of(settings, clock) as judges:
        batch = _GPU_BATCH if settings.analysis.device == "cuda" else 1
        maker = LiveMaker(settings, detector, clock, judges)
        group = CameraGroup(maker, detector, pipe.send, clock, batch=batch)
        try:
            serve_group(group, pipe, DefaultModelWatch(settings, clock).has_changed)
        except (EOFError, OSError):
            return  # the supervisor is gone: the readers go with us


class DefaultModelWatch:
    """Tells when another model became the default (`litterwatch labelling promote`, `rollback`).

    Args:
        settings: the whole tree; a model that they name never changes.
        clock: the host's.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._loaded = chosen_model(settings)
        self._looked_at = clock.monotonic()

    def has_changed(self) -> bool:
        """Asked often, looks every two seconds; a pointer that cannot be read changes nothing."""
        now = self._clock.monotonic()
        if now - self._looked_at < _LOOK_EVERY:
            return False
        self._looked_at = now
        try:
            return chosen_model(self._settings) != self._loaded
        except ModelIntegrityError as error:
            _log.error("the default model cannot be told; all goes on as before", why=str(error))
            return False


def serve_group(
    group: CameraGroup, pipe: Connection, has_other_model: Callable[[], bool] = lambda: False
) -> None:
    """Turn after turn, until told to stop or until another model became the default.

    Then it finishes in order, and its supervisor starts it again with that model.

    Raises:
        EOFError, OSError: the supervisor is gone.
    """
    while True:
        while pipe.poll():
            said = pipe.recv()
            if isinstance(said, Watching):
                group.set_cameras(said.entries)
            elif isinstance(said, Stop):
                group.stop()
                pipe.send(Ended())
                return
        if has_other_model():
            _log.info("another model is the default now, beginning again with it")
            group.stop()
            return
        group.turn([pipe])


class LiveMaker:
    """Builds what a camera needs.

    Args:
        settings: the whole tree.
        detector: for the digest of what events depend on.
        clock: the host's.
        judges: makes pipelines; by default with what was learned, and nobody in the shadow.
    """

    def __init__(
        self,
        settings: Settings,
        detector: ObjectDetector,
        clock: Clock,
        judges: Judges | None = None,
    ) -> None:
        self._judges = judges or Judges(lessons(settings), clock)
        self._settings = settings
        self._model_sha256 = detector.sha256
        self._clock = clock
        self._engine = {"engine": engine_parameters(), "engine_code": engine_code()}
        self._rings = ring_root(settings)
        self._memories = settings.data_folder / FOLDER

    def watch(self, entry: CameraEntry) -> CameraWatch:
        live, rate = self._settings.live, self._rate(entry.site)
        plan = ReaderPlan(
            connection=entry.connection,
            ring_folder=self._rings / entry.id,
            limits=RingLimits(live.ring_seconds, live.ring_bytes),
            rate=rate,
            long_side=LONG_SIDE,
            masks=entry.site.masks,
        )
        chance = random.Random(secrets.randbits(64))  # noqa: S311 - spreads waits, hides nothing
        new_judge, config = self.judge(entry)
        return CameraWatch(
            entry,
            CameraReader(plan, self._clock, chance),
            new_judge,
            rate=rate,
            config_sha256=config,
            clock=self._clock,
            memory=PipelineMemory(self._memories / f"{entry.id}.memory"),
            show=NewestStill(self._settings.data_folder, entry.id, self._clock).show,
            is_drawn=lambda one: falls_on(entry.id, one, self._settings.labels.audit_share),
        )

    def judge(self, entry: CameraEntry) -> tuple[Callable[[], LiveJudge], str]:
        config: dict[str, Any] = {
            **self._engine,
            **self._judges.lessons.digest(),
            "site": asdict(entry.site),
            "rate": self._rate(entry.site),
            "long_side": LONG_SIDE,
            "model": self._model_sha256,
            "evidence": self._settings.evidence.model_dump(exclude={"reserve_bytes"}),
            "live": True,
        }
        return partial(self._judges.judge, entry.id, entry.site), sha256_of(config)

    def _rate(self, site: Site) -> float:
        analysis = self._settings.analysis
        has_road = any(zone.kind is ZoneKind.ROAD for zone in site.zones)
        return analysis.road_rate if has_road else analysis.rate
