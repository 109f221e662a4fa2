"""Both models look at the pictures of the frozen test sets."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from litterwatch.labelling.comparison import Pair, PictureSeen
from litterwatch.labelling.records import LabelledPicture
from litterwatch.labelling.splits import camera_day
from litterwatch.models.data.labels import CLASSES, OVERFLOW, PERSON, WASTE, Boxes
from litterwatch.models.evaluation.precision import (
    average_precision,
    matched,
    matches,
)
from litterwatch.models.evaluation.sightings import Sighting, sightings
from litterwatch.models.predict import WORKING_CONFIDENCE
from litterwatch.models.registry import load_detector, show

Told = Callable[[int, int], None]
"""Called with the number of looks done and of all."""


def truth_of(picture: LabelledPicture) -> Boxes:
    """The labels of a picture as shares of it (n, 5): class, xyxy."""
    width, height = picture.size
    rows = [
        [
            CLASSES.index(each.label.value),
            each.box.x1 / width,
            each.box.y1 / height,
            each.box.x2 / width,
            each.box.y2 / height,
        ]
        for each in picture.boxes
        if each.is_sure
    ]
    return np.asarray(rows, np.float32).reshape(-1, 5)


def sighted(
    model: str | Path | None,
    pictures: Sequence[LabelledPicture],
    told: Told,
    input_size: int | None = None,
) -> list[Sighting]:
    """Everything a model sees in the pictures, down to what it hardly believes.

    Args:
        model: by name, folder or file; None is the shipped default.
        pictures: with their labels.
        told: how far it is.
        input_size: long side of the input, px; None is the model's own.

    Raises:
        ModelError: the model is missing, damaged or failed.
        SourceError: a picture cannot be read.
    """
    classes = [
        None if label is None else CLASSES.index(label.value)
        for label in show(model).manifest.classes
    ]
    detector = load_detector(model, input_size=input_size)
    found = []
    try:
        rows = [(picture.file, truth_of(picture)) for picture in pictures]
        for seen in sightings(rows, detector, classes):
            found.append(seen)
            told(len(found), len(pictures))
    finally:
        detector.close()
    return found


def compare_on_pictures(
    active: str | Path | None,
    candidate: str | Path,
    pictures: Sequence[LabelledPicture],
    told: Told,
) -> list[PictureSeen]:
    """Let both look at the same pictures.

    Args:
        active: the model in use, by name or folder; None is the shipped default.
        candidate: folder of the other one.
        pictures: of the frozen test sets.
        told: how far it is.

    Raises:
        ModelError: a model is missing, damaged or failed.
        SourceError: a picture cannot be read.
    """
    total = 2 * len(pictures)
    before = sighted(active, pictures, lambda done, _: told(done, total))
    after = sighted(candidate, pictures, lambda done, _: told(len(pictures) + done, total))
    return [_seen(*row) for row in zip(pictures, before, after, strict=True)]


def _seen(picture: LabelledPicture, before: Sighting, after: Sighting) -> PictureSeen:
    labels = before.truth[:, 0]
    camera, day = camera_day(picture)
    return PictureSeen(
        camera=camera,
        day=day,
        people=int((labels == PERSON).sum()),
        people_found=Pair(_hits(before, PERSON), _hits(after, PERSON)),
        waste=int((labels == WASTE).sum()),
        waste_found=Pair(_hits(before, WASTE), _hits(after, WASTE)),
        is_clean=not np.isin(labels, (WASTE, OVERFLOW)).any(),
        invented=Pair(_boxes(before, WASTE), _boxes(after, WASTE)),
    )


def _hits(sighting: Sighting, label: int) -> int:
    """How many labelled things of a class are met at IoU 0.5 by a confident box."""
    seen = sighting.seen
    strong = seen[(seen[:, 0] == label) & (seen[:, 5] >= WORKING_CONFIDENCE)]
    truth = sighting.truth[sighting.truth[:, 0] == label]
    return int(matched(strong, truth)[:, 0].sum())


def _boxes(sighting: Sighting, label: int) -> int:
    seen = sighting.seen
    return int(((seen[:, 0] == label) & (seen[:, 5] >= WORKING_CONFIDENCE)).sum())


def mean_ap50(found: Sequence[Sighting]) -> float:
    """Mean average precision at IoU 0.5 over the classes that are labelled; 0 without any."""
    once = np.ones(len(found), np.intp)
    each = [matches(found, label) for label in range(len(CLASSES))]
    values = [average_precision(one, once)[0] for one in each if one.labelled.sum()]
    return float(np.mean(values)) if values else 0.0
