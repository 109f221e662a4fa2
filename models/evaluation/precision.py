"""Average precision with intervals: boxes are matched once, pictures are drawn again and again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litterwatch.models.data.labels import Boxes, iou
from litterwatch.models.evaluation.sightings import Seen, Sighting

IOUS = np.arange(0.5, 1.0, 0.05).round(2)
"""IoU thresholds (10,) of mAP50-95, as COCO has them; the first is that of mAP50."""

RECALLS = np.linspace(0.0, 1.0, 101)
DRAWS = 300


@dataclass(frozen=True, slots=True)
class Interval:
    """A number, its 95 % bootstrap interval over pictures, and from how many things it comes."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Matches:
    """All boxes of one class, most confident first.

    `picture` (n,) is the number of the picture, `right` (n, 10) whether the box meets a labelled
    one at each IoU, `labelled` (pictures,) how many there are to be found.
    """

    picture: NDArray[np.intp]
    confidence: NDArray[np.float32]
    right: NDArray[np.bool_]
    labelled: NDArray[np.intp]


def matched(seen: Seen, truth: Boxes) -> NDArray[np.bool_]:
    """Return (n, 10): which boxes of one class meet a labelled one, each of which counts once."""
    right = np.zeros((len(seen), len(IOUS)), bool)
    if not len(seen) or not len(truth):
        return right
    overlaps = iou(np.ascontiguousarray(seen[:, :5]), truth)
    for column, least in enumerate(IOUS):
        taken = np.zeros(len(truth), bool)
        for number in np.argsort(-seen[:, 5], kind="stable"):
            free = np.where(taken, -1.0, overlaps[number])
            best = int(free.argmax())
            if free[best] >= least:
                taken[best] = right[number, column] = True
    return right


def matches(sightings: Sequence[Sighting], label: int) -> Matches:
    """Match one class over all pictures."""
    pictures, confidences, rights, labelled = [], [], [], []
    for number, sighting in enumerate(sightings):
        seen = sighting.seen[sighting.seen[:, 0] == label]
        truth = sighting.truth[sighting.truth[:, 0] == label]
        pictures.append(np.full(len(seen), number))
        confidences.append(seen[:, 5])
        rights.append(matched(seen, truth))
        labelled.append(len(truth))
    confidence = np.concatenate(confidences)
    order = np.argsort(-confidence, kind="stable")
    return Matches(
        np.concatenate(pictures)[order],
        confidence[order],
        np.concatenate(rights)[order],
        np.array(labelled),
    )


def average_precision(found: Matches, weights: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the average precision (10,) at each IoU; `weights` says how often a picture counts."""
    total = float((weights * found.labelled).sum())
    if not total:
        return np.full(len(IOUS), np.nan)
    times = weights[found.picture][:, None]
    right = np.cumsum(times * found.right, axis=0)
    wrong = np.cumsum(times * ~found.right, axis=0)
    recall, precision = right / total, right / np.maximum(right + wrong, 1)
    precision = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    result = np.zeros(len(IOUS))
    for column in range(len(IOUS)):
        place = np.searchsorted(recall[:, column], RECALLS, side="left")
        inside = place < len(recall)
        result[column] = precision[place[inside], column].sum() / len(RECALLS)
    return result


def bootstrapped(
    measure: Callable[[NDArray[np.intp]], float], pictures: int, n: int, seed: int = 1
) -> Interval:
    """Return a measure of all pictures and its 95 % interval over pictures drawn with return."""

    def one(weights: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.array([measure(weights)])

    return intervals(one, pictures, [n], seed)[0]


def intervals(
    measure: Callable[[NDArray[np.intp]], NDArray[np.float64]],
    pictures: int,
    counts: Sequence[int],
    seed: int = 1,
) -> list[Interval]:
    """Return several measures (k,) of the same draws, each with its interval; `counts` are n."""
    rng = np.random.default_rng(seed)
    values = measure(np.ones(pictures, np.intp))
    draws = np.stack(
        [
            measure(np.bincount(rng.integers(0, pictures, pictures), minlength=pictures))
            for _ in range(DRAWS)
        ]
    )
    result = []
    for value, drawn, n in zip(values, draws.T, counts, strict=True):
        known = drawn[np.isfinite(drawn)]
        low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
        result.append(Interval(float(value), float(low), float(high), n))
    return result


def precision_recall(found: Matches) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return recall (n,) and precision (n,) at IoU 0.5, from the most confident box down."""
    right = np.cumsum(found.right[:, 0])
    count = np.arange(1, len(right) + 1)
    return right / max(int(found.labelled.sum()), 1), right / count
