"""A judge that passes everything on, for those who watch what the engine makes of footage."""

from collections.abc import Mapping
from dataclasses import dataclass

from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Detections, Event, Frame, PassedOver


@dataclass(slots=True)
class PassingOn:
    """Satisfies `Judge`; who looks on overrides `advance` and `finish`.

    Args:
        pipeline: fresh; it judges.
    """

    pipeline: CameraPipeline

    @property
    def tally(self) -> Mapping[str, int]:
        return self.pipeline.tally

    @property
    def analysed(self) -> int:
        return self.pipeline.analysed

    @property
    def inferred(self) -> int:
        return self.pipeline.inferred

    def wants_detection(self, frame: Frame) -> bool:
        return self.pipeline.wants_detection(frame)

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        return self.pipeline.advance(frame, detections)

    def finish(self) -> list[Event]:
        return self.pipeline.finish()

    def passed_over(self) -> list[PassedOver]:
        return self.pipeline.passed_over()
