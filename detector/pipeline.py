"""One camera's pipeline: gate, track, judge and merge (steps 2 and 4-6 of the architecture).

Reading and detecting (1, 3) and keeping and recording (7, 8) belong to the runner, which may submit
frame k+1 to the detector before it advances frame k; so `wants_detection` uses only what was known
before.
"""

from collections import deque
from collections.abc import Mapping

from litterwatch.detector.change.gate import MotionGate
from litterwatch.detector.change.health import Health
from litterwatch.detector.deposits.docket import PASSED_KEPT
from litterwatch.detector.deposits.engine import DepositEngine
from litterwatch.detector.deposits.learned import Learned
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.protocols import Tracker
from litterwatch.detector.tracking.dwells import Dwells
from litterwatch.detector.tracking.tracker import ActorTracker
from litterwatch.detector.types import (
    Detections,
    Event,
    Frame,
    PassedOver,
    Scene,
    Site,
    Track,
)

_MOVED = 0.0005
"""Share of the picture that must change to count as motion: some 12 of 160 x 90 pixels."""

_AFTERGLOW = 2.0
"""Seconds after the last motion during which every frame is still looked at."""

_HEARTBEAT = 5.0
"""Seconds between looks of the detector where nothing happens (design, section 4)."""

_ATTENTIVE = 0.7
"""The same while a hypothesis is open or an actor stands there motionless."""

_IDLE_STEP = 1.0
"""Seconds between updates of the engine where nothing happens and no hypothesis is open."""


class CameraPipeline:
    """From frames and detections of one camera to its suspected events.

    Args:
        site: zones and height hints.
        parameters: of the deposit engine.
        tracker: follows the actors; the project's own by default.
        engine: judges; built from site, parameters and what was learned by default.
        learned: what verdicts taught about this camera.
    """

    def __init__(
        self,
        site: Site | None = None,
        *,
        parameters: DepositParameters | None = None,
        tracker: Tracker | None = None,
        engine: DepositEngine | None = None,
        learned: Learned | None = None,
    ) -> None:
        self._gate = MotionGate()
        self._tracker = tracker or ActorTracker()
        self.engine = engine or DepositEngine(site, parameters, learned=learned)
        self._tracks: tuple[Track, ...] = ()
        self._dwells = Dwells()
        self._stayed: deque[PassedOver] = deque(maxlen=PASSED_KEPT)
        self._asked = float("-inf")
        self._moved_at = float("-inf")
        self._judged = float("-inf")
        self._quiet: dict[int, bool] = {}
        self.analysed = 0
        self.inferred = 0

    @property
    def tally(self) -> Mapping[str, int]:
        """By reason code, what was no event."""
        return self.engine.tally

    @property
    def health(self) -> Health:
        """State of the picture at the last frame that was judged."""
        return self.engine.health

    def passed_over(self) -> list[PassedOver]:
        """What has become no event since this was last asked, and who stayed a while."""
        passed = [*self.engine.passed_over(), *self._stayed]
        self._stayed.clear()
        return passed

    def wants_detection(self, frame: Frame) -> bool:
        """2 gate: whether the detector should look at this frame. Call once per frame, in order."""
        now = frame.media_time
        if self._gate.moved(frame.image, now) >= _MOVED:
            self._moved_at = now
        astir = now - self._moved_at <= _AFTERGLOW
        alive = self.engine.busy or bool(self._tracks)
        wanted = astir or now - self._asked >= (_ATTENTIVE if alive else _HEARTBEAT)
        if wanted:
            self._asked = now
        self._quiet[frame.index] = not astir
        return wanted

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        """4-6 for one frame; `detections` is None where the detector did not look."""
        now = frame.media_time
        self.analysed += 1
        inferred = detections is not None
        self.inferred += inferred
        if detections is not None:
            self._tracks = self._tracker.update(detections, now)  # 4 track
            self._stayed.extend(self._dwells.look(self._tracks, frame))
        quiet = self._quiet.pop(frame.index, False) and not inferred and not self.engine.busy
        if quiet and now - self._judged < _IDLE_STEP:
            return []
        self._judged = now
        seen = detections if detections is not None else Detections.empty()
        scene = Scene(frame, seen, self._tracks, inferred)
        return self.engine.update(scene)  # 5 judge, 6 merge

    def finish(self) -> list[Event]:
        """End of footage."""
        return self.engine.finish()
