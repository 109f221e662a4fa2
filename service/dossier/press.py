"""The desk's own press."""

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
        detector: sees whom to blur; not closed here.
    """

    def __init__(
        self, root: Path, database: Database, clock: Clock, detector: ObjectDetector
    ) -> None:
        self._press = Press(root, database, clock, detector)
        self._lock = Lock()

    def make(
        self, actor: Actor, case_id: str, particulars: Particulars, *, parts: Parts = Parts.ALL
    ) -> bytes:
        """The dossier of a case, PDF; stills are blurred. Raises as `make_dossier`."""
        with self._lock:
            return make_dossier(self._press, actor, case_id, particulars, parts=parts)
