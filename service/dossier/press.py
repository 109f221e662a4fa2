"""The desk's own press: the detector that blurs is loaded when the first dossier is printed."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.service.actor import Actor
from litterwatch.service.db import Database
from litterwatch.service.dossier.content import Particulars, Parts
from litterwatch.service.dossier.service import Press, make_dossier


class DeskPress:
    """Prints one dossier at a time.

    Args:
        root: the data folder.
        database: where rows are kept.
        clock: when.
        load: gives the detector that sees whom to blur.
    """

    def __init__(
        self, root: Path, database: Database, clock: Clock, load: Callable[[], ObjectDetector]
    ) -> None:
        self._root = root
        self._database = database
        self._clock = clock
        self._load = load
        self._detector: ObjectDetector | None = None
        self._lock = Lock()

    def make(
        self, actor: Actor, case_id: str, particulars: Particulars, *, parts: Parts = Parts.ALL
    ) -> bytes:
        """The dossier of a case, PDF; stills are blurred. Raises as `make_dossier`."""
        with self._lock:
            self._detector = self._detector or self._load()
            press = Press(self._root, self._database, self._clock, self._detector)
            return make_dossier(press, actor, case_id, particulars, parts=parts)

    def close(self) -> None:
        """Let the detector go."""
        with self._lock:
            if self._detector is not None:
                self._detector.close()
                self._detector = None
