"""Makes pipelines: with what was learned, and with a candidate beside them where one is wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.detector.types import Site
from litterwatch.labelling.job import Candidate, read_candidate, require_made
from litterwatch.models.registry import load_detector
from litterwatch.service.learning.shadow import ShadowedPipeline, ShadowRecord
from litterwatch.service.learning.use import Lessons, lessons
from litterwatch.service.settings import Settings


@dataclass(frozen=True, slots=True)
class Judges:
    """What pipelines are made with.

    Attributes:
        lessons: what was learned.
        clock: by which a nuisance map fades; asked whenever a pipeline is made.
        candidate: the folder of the one that judges in the shadow, and its detector; or None.
    """

    lessons: Lessons
    clock: Clock
    candidate: tuple[Path, ObjectDetector] | None = None

    def judge(self, source: str, site: Site) -> CameraPipeline:
        """A fresh pipeline for a camera or a file of that name."""
        learned = self.lessons.of(source, self.clock.now())
        if self.candidate is None:
            return CameraPipeline(site, learned=learned)
        folder, detector = self.candidate
        record = ShadowRecord(folder, source, detector.sha256)
        return ShadowedPipeline(site, learned, detector, record)


@contextmanager
def judges_of(settings: Settings, clock: Clock) -> Iterator[Judges]:
    """What the settings ask for; the candidate's detector is closed at the end.

    Raises:
        CandidateRefused: the candidate is not finished.
        ConfigError: a file that was learned, or the candidate, is not what it should be.
        ModelError: the candidate cannot be loaded.
    """
    learned, candidate = lessons(settings), shadow_of(settings)
    if candidate is None:
        yield Judges(learned, clock)
        return
    analysis = settings.analysis
    detector = load_detector(candidate.model, device=analysis.device, threads=analysis.threads)
    try:
        yield Judges(learned, clock, (candidate.folder, detector))
    finally:
        detector.close()


def shadow_of(settings: Settings) -> Candidate | None:
    """The candidate that is to judge in the shadow, if any.

    Raises:
        CandidateRefused: it is not finished.
        ConfigError: there is no such candidate.
    """
    if settings.learning.shadow is None:
        return None
    candidate = read_candidate(settings.learning.shadow)
    require_made(candidate)
    return candidate
