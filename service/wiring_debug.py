"""The composition root of films of what the engine sees."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2

from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.deposits.inspecting import insights
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Event, Frame, Site
from litterwatch.service.debugging.film import SeenFilm
from litterwatch.service.debugging.picture import drawn
from litterwatch.service.runtime.batch import Watch
from litterwatch.service.runtime.passing_on import PassingOn
from litterwatch.service.settings import Settings
from litterwatch.service.site_file import load_site
from litterwatch.service.wiring import LONG_SIDE, detector_of


@dataclass(frozen=True, slots=True)
class DebugRequest:
    """What is to be filmed.

    Attributes:
        file: the footage.
        out: the film.
        settings: the whole tree.
        site_file: SITE.toml, None for one zone over all.
        rate: pictures a second; 0 is every picture, None leaves it to the settings.
    """

    file: Path
    out: Path
    settings: Settings
    site_file: Path | None = None
    rate: float | None = None


@dataclass(slots=True)
class Filming(PassingOn):
    """A judge that films what the engine sees after each frame.

    Args:
        pipeline: fresh.
        film: where it goes.
    """

    film: SeenFilm
    events: set[str] = field(default_factory=set)

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        events = self.pipeline.advance(frame, detections)
        engine = self.pipeline.engine
        look, motion = engine.last_look, engine.memory.motion_at(frame.media_time)
        if look is not None and motion is not None:
            laid = motion.laid_over(frame.image)
            picture = drawn(laid, look, insights(engine), engine.health)
            self.film.add(picture, frame.media_time)
        self.events.update(event.id for event in events)
        return events

    def finish(self) -> list[Event]:
        events = self.pipeline.finish()
        self.events.update(event.id for event in events)
        return events


@dataclass(frozen=True, slots=True)
class Filmed:
    """What came of it."""

    pictures: int
    events: int


def film_what_is_seen(request: DebugRequest, detector: ObjectDetector | None = None) -> Filmed:
    """Watch a file and film what the engine sees in it.

    Args:
        request: what, and where to.
        detector: loaded by the settings, unless given.

    Raises:
        ConfigError: the site file cannot be used.
        SourceError: the footage cannot be read.
        ModelError: the model cannot be loaded or fails.
        EvidenceDiskFull: the film cannot be written.
    """
    site = load_site(request.site_file) if request.site_file else Site()
    usual = request.settings.analysis.rate
    rate = usual if request.rate is None else request.rate or None
    cv2.setNumThreads(1)
    source = RecordedSource(
        request.file,
        camera_id=request.file.name,
        rate=rate,
        long_side=LONG_SIDE,
        masks=Masks(site.masks),
    )
    with detector_of(request.settings, detector) as eyes, SeenFilm(request.out, rate) as film:
        judge = Filming(CameraPipeline(site), film)
        watched = Watch(source, judge, eyes).run()
    return Filmed(film.pictures, len(watched.events))
