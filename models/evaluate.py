"""Evaluates weights on labelled pictures, with intervals, and draws a page of it.

`out` holds afterwards `evaluation.json`, `index.html`, `curves.png`, `confusion.png` and the
pictures that went worst. Labels of people and vehicles come from the COCO weights: what is measured
for those classes is agreement with COCO, not truth.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.errors import ConfigError
from litterwatch.models.data.labels import ACTORS, CLASSES, WASTE, Boxes
from litterwatch.models.evaluation.counts import (
    confusion,
    false_per_picture,
    quiet_threshold,
    recall,
    recall_by_height,
    recall_inside_heaps,
)
from litterwatch.models.evaluation.precision import (
    Interval,
    Matches,
    average_precision,
    bootstrapped,
    intervals,
    matches,
)
from litterwatch.models.evaluation.sightings import Sighting, labelled_pictures, sightings
from litterwatch.models.predict import WORKING_CONFIDENCE
from litterwatch.models.registry import Backend, load_detector, show

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What `evaluate` measured; every number is an Interval with n unless it says otherwise.

    `precision` holds `map50`, `map50_95` over the classes that are labelled and `ap50.CLASS`,
    `ap50_95.CLASS`; `at_the_working_threshold` holds recalls, false alarms and, with COCO weights
    to compare to, `retention.CLASS`: our recall minus theirs, in points, on the same pictures.
    """

    weights: str
    data: str
    pictures: int
    input_size: int
    backend: str
    precision: dict[str, Interval]
    at_the_working_threshold: dict[str, Interval | float]
    recall_of_waste_by_person_heights: dict[str, Interval]
    confusion: list[list[int]]


def silent(_what: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


def evaluate(
    weights: Path,
    data: Path,
    out: Path,
    *,
    coco: Path | None = None,
    backend: Backend = "auto",
    input_size: int | None = None,
    confidence: float = WORKING_CONFIDENCE,
    progress: Progress = silent,
) -> EvaluationReport:
    """Evaluate `weights` on the val pictures of the data set YAML `data`, into the folder `out`.

    With `coco` weights, retention of people and vehicles is measured against them.

    Raises:
        ModelMissing: weights or data are not there.
        ConfigError: the data set has other classes or no pictures.
    """
    pictures = labelled_pictures(data)
    if not pictures:
        raise ConfigError(f"{data}: the list of val pictures is empty")
    detector = load_detector(weights, backend=backend, input_size=input_size)
    size = detector.input_size
    detector.close()
    ours = _sighted(weights, pictures, backend, size, progress)
    theirs = _sighted(coco, pictures, backend, size, progress) if coco else []
    found = {label: matches(ours, label) for label in range(len(CLASSES))}
    report = EvaluationReport(
        weights=weights.name,
        data=data.stem,
        pictures=len(pictures),
        input_size=size,
        backend=backend,
        precision=_precision(found, len(pictures)),
        at_the_working_threshold=_working(ours, theirs, confidence),
        recall_of_waste_by_person_heights=recall_by_height(ours, confidence),
        confusion=confusion(ours, confidence).tolist(),
    )
    _write(out, report, found, ours, confidence)
    return report


def _sighted(
    weights: Path,
    pictures: list[tuple[Path, Boxes]],
    backend: Backend,
    size: int,
    progress: Progress,
) -> list[Sighting]:
    """Look at all pictures with one network."""
    classes = [
        None if label is None else CLASSES.index(label.value)
        for label in show(weights).manifest.classes
    ]
    detector = load_detector(weights, backend=backend, input_size=size)
    result = []
    for sighting in sightings(pictures, detector, classes):
        result.append(sighting)
        if len(result) % 50 == 0 or len(result) == len(pictures):
            progress(weights.name, len(result), len(pictures))
    detector.close()
    return result


def _precision(found: dict[int, Matches], pictures: int) -> dict[str, Interval]:
    """Return mAP50, mAP50-95 and both per class, over the classes that are labelled here."""
    present = {label: m for label, m in found.items() if m.labelled.sum()}
    boxes = [int(m.labelled.sum()) for m in present.values()]

    def measure(weights: NDArray[np.intp]) -> NDArray[np.float64]:
        each = np.stack([average_precision(m, weights) for m in present.values()])
        both = np.stack([each[:, 0], each.mean(axis=1)])
        return np.column_stack([np.nanmean(both, axis=1), both]).ravel()

    counts = [sum(boxes), *boxes]
    labels = [CLASSES[label] for label in present]
    names = [
        name
        for part in ("50", "50_95")
        for name in (f"map{part}", *(f"ap{part}.{label}" for label in labels))
    ]
    return dict(zip(names, intervals(measure, pictures, counts * 2), strict=True))


def _working(
    ours: list[Sighting], theirs: list[Sighting], confidence: float
) -> dict[str, Interval | float]:
    """Return what an operator meets: recalls, false alarms, and what was kept of COCO."""
    result: dict[str, Interval | float] = {"confidence": confidence}
    for label, name in enumerate(CLASSES):
        result[f"recall.{name}"] = recall(ours, label, confidence)
    result["recall.waste_inside_heaps"] = recall_inside_heaps(ours, confidence)
    result["waste_invented_per_clean_picture"] = false_per_picture(ours, confidence)
    quiet = quiet_threshold(ours)
    if quiet is not None:
        result["confidence_at_0.1_invented"] = quiet
        result["recall.waste_at_0.1_invented"] = recall(ours, WASTE, quiet)
    for label in ACTORS if theirs else ():
        result[f"retention.{CLASSES[label]}"] = _retention(ours, theirs, label, confidence)
    return result


def _retention(
    ours: list[Sighting], theirs: list[Sighting], label: int, confidence: float
) -> Interval:
    """Return our recall minus theirs in points, on the same pictures at the same threshold."""
    counts = []
    for side in (ours, theirs):
        found = matches(side, label)
        strong = found.right[:, 0] & (found.confidence >= confidence)
        counts.append(np.bincount(found.picture[strong], minlength=len(ours)))
    labelled = matches(ours, label).labelled

    def measure(weights: NDArray[np.intp]) -> float:
        total = (weights * labelled).sum()
        change = (weights * (counts[0] - counts[1])).sum()
        return float(100 * change / total) if total else float("nan")

    return bootstrapped(measure, len(ours), int(labelled.sum()))


def _write(
    out: Path,
    report: EvaluationReport,
    found: dict[int, Matches],
    ours: list[Sighting],
    confidence: float,
) -> None:
    """Write numbers, plots, worst pictures and the page."""
    from litterwatch.models.evaluation import page  # noqa: PLC0415 - matplotlib is heavy

    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(json.dumps(asdict(report), indent=1))
    page.curves(found, out / "curves.png")
    page.confusion_matrix(np.array(report.confusion), out / "confusion.png")
    worst = page.worst_pictures(ours, confidence, out / "worst")
    fields = {name: getattr(report, name) for name in report.__dataclass_fields__}
    page.write_page(out, fields, worst)
