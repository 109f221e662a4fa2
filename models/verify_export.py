"""Prove that an export sees what its checkpoint sees, on the machine that will run it.

Everything the checkpoint sees at all (confidence >= 0.10) is a thing. A thing counts as found by a
network that gives it at least the working confidence. What an export may lose is then a change of
recall on the same things; single boxes that cross the threshold in both directions even out, and
what only the export sees is reported apart and never makes up for a loss.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import FloatArray, iou_matrix
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.predict import WORKING_CONFIDENCE, read_picture
from litterwatch.models.registry import load_detector, show

LEAST_FRAMES = 200

MATCH_IOU = 0.5

ALLOWED_LOSS = {Label.PERSON: 1.0, Label.WASTE: 2.0}
"""Points of recall an export may lose; other classes are reported and refuse nothing."""


@dataclass
class Agreement:
    """How an export does on one class.

    Attributes:
        things: what the checkpoint sees at all.
        by_reference, by_export: how many of them each gives the working confidence.
        by_both: how many both do.
        only_by_export: confident boxes of the export where the checkpoint sees nothing.
        overlap: IoU of each pair of boxes that both are confident of.
    """

    things: int = 0
    by_reference: int = 0
    by_export: int = 0
    by_both: int = 0
    only_by_export: int = 0
    overlap: list[float] = field(default_factory=list)

    @property
    def recall_change(self) -> float:
        """Points of recall won (+) or lost (-) against the checkpoint."""
        if not self.by_reference:
            return 0.0
        return 100 * (self.by_export - self.by_reference) / self.by_reference


@dataclass(frozen=True)
class ExportCheck:
    """The result of `verify_export`.

    Attributes:
        frames: how many pictures were compared.
        classes: agreement by label.
        refusals: one sentence for each reason to refuse the export; empty means accepted.
    """

    frames: int
    classes: dict[Label, Agreement]
    refusals: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        return not self.refusals

    def rows(self) -> list[dict[str, str | int | float]]:
        """One flat row per class, for tables and JSON."""
        return [
            {
                "label": str(label),
                "things": a.things,
                "found_by_reference": a.by_reference,
                "found_by_export": a.by_export,
                "found_by_both": a.by_both,
                "only_by_export": a.only_by_export,
                "recall_change_points": round(a.recall_change, 2),
                "mean_iou": round(float(np.mean(a.overlap)), 4) if a.overlap else 0.0,
            }
            for label, a in self.classes.items()
        ]


def verify_export(
    export: ObjectDetector,
    reference: ObjectDetector,
    frames: Iterable[Image],
    *,
    least_frames: int = LEAST_FRAMES,
    confidence: float = WORKING_CONFIDENCE,
) -> ExportCheck:
    """Compare an export with the checkpoint it was made from.

    Args:
        export: the export, loaded as it will run.
        reference: the same weights on torch.
        frames: pictures (h, w, 3) uint8 BGR from the cameras concerned.
        least_frames: fewer prove nothing.
        confidence: from which a thing counts as found.

    Raises:
        ConfigError: too few frames.
        ModelError: one of the networks failed.
    """
    classes: dict[Label, Agreement] = {}
    count = 0
    for frame in frames:
        (seen,), (expected,) = export.detect([frame]), reference.detect([frame])
        for label in Label:
            mine, truth = seen.labelled(label), expected.labelled(label)
            if len(mine) or len(truth):
                agreement = classes.setdefault(label, Agreement())
                _compare(agreement, mine, truth, confidence)
        count += 1
    if count < least_frames:
        raise ConfigError(
            f"{count} pictures are too few to judge an export: give at least {least_frames}"
        )
    ordered = {label: classes[label] for label in Label if label in classes}
    return ExportCheck(count, ordered, tuple(_refusals(ordered)))


def verify_export_files(
    exported: str | Path,
    reference: str | Path,
    pictures: Iterable[Path],
    *,
    least_frames: int = LEAST_FRAMES,
) -> ExportCheck:
    """Load an export and its checkpoint at the export's input size and compare them on pictures.

    Raises:
        ConfigError: too few pictures, or the two do not have the same classes.
        SourceError: a picture cannot be read.
        ModelError: one of the networks is missing, damaged or failed.
    """
    mine, truth = show(exported).manifest, show(reference).manifest
    if mine.classes != truth.classes:
        raise ConfigError(f"{exported} and {reference} do not have the same classes")
    export = load_detector(exported)
    expected = load_detector(
        reference, backend="torch", device="cpu", precision="f32", input_size=mine.input_size
    )
    try:
        frames = (read_picture(path) for path in pictures)
        return verify_export(export, expected, frames, least_frames=least_frames)
    finally:
        export.close()
        expected.close()


def _refusals(classes: dict[Label, Agreement]) -> list[str]:
    """Why the export may not be used."""
    lost = [
        f"{label} recall changed by {classes[label].recall_change:+.1f} points "
        f"(n={classes[label].by_reference}); at most -{allowed:.0f} is accepted"
        for label, allowed in ALLOWED_LOSS.items()
        if label in classes and classes[label].recall_change < -allowed
    ]
    if not any(a.by_reference for a in classes.values()):
        lost.append("the checkpoint found nothing in any picture, so nothing was compared")
    return lost


def _compare(
    agreement: Agreement, seen: Detections, expected: Detections, confidence: float
) -> None:
    """Add one frame's boxes of one class."""
    partner, overlap = _partners(expected.xyxy, seen.xyxy)
    has = partner >= 0
    sure = expected.confidence >= confidence
    also = np.zeros(len(expected), bool)
    also[has] = seen.confidence[partner[has]] >= confidence
    agreement.things += len(expected)
    agreement.by_reference += int(sure.sum())
    agreement.by_export += int(also.sum())
    agreement.by_both += int((sure & also).sum())
    agreement.overlap += [float(value) for value in overlap[sure & also]]
    alone = np.ones(len(seen), bool)
    alone[partner[has]] = False
    agreement.only_by_export += int((alone & (seen.confidence >= confidence)).sum())


def _partners(a: FloatArray, b: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """For each box of `a` the index of its own box of `b` or -1, and their IoU; best pair first."""
    overlap = iou_matrix(a, b)
    partner = np.full(len(a), -1, np.intp)
    shared: FloatArray = np.zeros(len(a), np.float32)
    free = overlap.copy()
    while free.size and free.max() >= MATCH_IOU:
        i, j = np.unravel_index(int(free.argmax()), free.shape)
        partner[i], shared[i] = j, overlap[i, j]
        free[i, :] = -1
        free[:, j] = -1
    return partner, shared
