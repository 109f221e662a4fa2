"""Counts at the working threshold: recall by size, false alarms on clean pictures, confusion."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from litterwatch.models.data.labels import (
    ACTORS,
    CLASSES,
    OVERFLOW,
    PERSON,
    WASTE,
    Boxes,
    area,
    intersection,
    iou,
)
from litterwatch.models.evaluation.precision import (
    Interval,
    Matches,
    bootstrapped,
    matched,
    matches,
    precision_recall,
)
from litterwatch.models.evaluation.sightings import Sighting

SIZES = ((0.0, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 100.0))
"""Height of waste in heights of the person standing nearest to it in depth."""

FALSE_PER_PICTURE = 0.1


def recall(sightings: Sequence[Sighting], label: int, confidence: float) -> Interval:
    """Return which part of the labelled things of a class is found at IoU 0.5."""
    found = matches(sightings, label)
    return _recall(found, confidence)


def _recall(found: Matches, confidence: float) -> Interval:
    strong = found.right[:, 0] & (found.confidence >= confidence)
    hits = np.bincount(found.picture[strong], minlength=len(found.labelled))

    def measure(weights: NDArray[np.intp]) -> float:
        total = (weights * found.labelled).sum()
        return float((weights * hits).sum() / total) if total else float("nan")

    return bootstrapped(measure, len(found.labelled), int(found.labelled.sum()))


def without_waste(sightings: Sequence[Sighting]) -> list[int]:
    """Return the numbers of the pictures with neither waste nor an overfull bin."""
    dirty = (WASTE, OVERFLOW)
    return [n for n, s in enumerate(sightings) if not np.isin(s.truth[:, 0], dirty).any()]


def quiet_threshold(sightings: Sequence[Sighting]) -> float | None:
    """Return the confidence at which waste is invented in 0.1 boxes per picture without waste."""
    clean = without_waste(sightings)
    if not clean:
        return None
    parts = [sightings[n].seen for n in clean]
    wrong = np.concatenate([seen[seen[:, 0] == WASTE, 5] for seen in parts])
    allowed = int(FALSE_PER_PICTURE * len(clean))
    strongest = np.sort(wrong)[::-1]
    return float(np.nextafter(strongest[allowed], 1.0)) if len(strongest) > allowed else 0.0


def best_threshold(found: Matches) -> float:
    """Return the confidence at which precision and recall at IoU 0.5 have the best balance (F1)."""
    recalled, precise = precision_recall(found)
    f1 = 2 * recalled * precise / np.maximum(recalled + precise, 1e-9)
    return float(found.confidence[int(f1.argmax())]) if len(f1) else float("nan")


def working_thresholds(
    sightings: Sequence[Sighting], coco: Sequence[Sighting], confidence: float
) -> dict[str, float]:
    """Return the confidence each class works best at.

    For waste the one at which 0.1 boxes are invented per picture without waste; for the others the
    best balance of precision and recall, but for people and vehicles never one at which fewer are
    found than by the `coco` weights at their `confidence`.
    """
    result = {}
    for label, name in enumerate(CLASSES):
        found = matches(sightings, label)
        if found.right.any():
            result[name] = best_threshold(found)
            if label in ACTORS:
                theirs = matches(coco, label)
                hits = int(theirs.right[theirs.confidence >= confidence, 0].sum())
                result[name] = min(result[name], _threshold_for(found, hits))
    quiet = quiet_threshold(sightings)
    if "waste" in result and quiet:
        result["waste"] = quiet
    return result


def _threshold_for(found: Matches, hits: int) -> float:
    """Return the confidence at which that many things are found, or the lowest there is."""
    place = int(np.searchsorted(np.cumsum(found.right[:, 0]), hits))
    return float(found.confidence[min(place, len(found.confidence) - 1)])


def false_per_picture(sightings: Sequence[Sighting], confidence: float) -> Interval:
    """Return how many boxes of waste are invented per picture without waste."""
    clean = [sightings[n] for n in without_waste(sightings)]
    counts = np.array(
        [int(((s.seen[:, 0] == WASTE) & (s.seen[:, 5] >= confidence)).sum()) for s in clean]
    )

    def measure(weights: NDArray[np.intp]) -> float:
        return float((weights * counts).sum() / weights.sum())

    if not clean:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    return bootstrapped(measure, len(clean), len(clean))


def heights_of_persons(truth: Boxes) -> NDArray[np.float64]:
    """Return the height (n,) of labelled waste in person heights; nan where nobody is seen."""
    waste, people = truth[truth[:, 0] == WASTE], truth[truth[:, 0] == PERSON]
    if not len(people):
        return np.full(len(waste), np.nan)
    nearest = np.abs(waste[:, None, 4] - people[None, :, 4]).argmin(axis=1)
    person = people[nearest, 4] - people[nearest, 2]
    result: NDArray[np.float64] = (waste[:, 4] - waste[:, 2]) / np.maximum(person, 1e-6)
    return result


def recall_by_height(sightings: Sequence[Sighting], confidence: float) -> dict[str, Interval]:
    """Return the recall of waste at IoU 0.5 by its size in person heights."""
    result = {}
    for low, high in SIZES:
        hits, totals = [], []
        for sighting in sightings:
            size = heights_of_persons(sighting.truth)
            fit = (size >= low) & (size < high)
            hits.append(int((_is_found(sighting, confidence) & fit).sum()))
            totals.append(int(fit.sum()))
        result[f"{low:g} to {high:g}" if high < 100 else f"over {low:g}"] = _part(hits, totals)
    return result


def _is_found(sighting: Sighting, confidence: float) -> NDArray[np.bool_]:
    """Tell for every labelled waste (n,) whether a confident box of waste meets it."""
    truth = sighting.truth[sighting.truth[:, 0] == WASTE]
    seen = sighting.seen[(sighting.seen[:, 0] == WASTE) & (sighting.seen[:, 5] >= confidence)]
    if not len(seen):
        return np.zeros(len(truth), bool)
    result: NDArray[np.bool_] = iou(truth, np.ascontiguousarray(seen[:, :5])).max(axis=1) >= 0.5
    return result


def recall_inside_heaps(sightings: Sequence[Sighting], confidence: float) -> Interval:
    """Return the recall of waste where lying for 4/5 in one seen heap or overfull bin counts too.

    One source labels a heap as one box, another every bag in it: a network that learnt the first
    way is judged wrong by the second although it sees the waste.
    """
    hits, totals = [], []
    for sighting in sightings:
        truth = sighting.truth[sighting.truth[:, 0] == WASTE]
        dirty = np.isin(sighting.seen[:, 0], (WASTE, OVERFLOW))
        heaps = sighting.seen[dirty & (sighting.seen[:, 5] >= confidence), :5]
        inside = np.zeros(len(truth), bool)
        if len(heaps) and len(truth):
            shared = intersection(truth, np.ascontiguousarray(heaps)).max(axis=1)
            inside = shared >= 0.8 * area(truth)
        hits.append(int((inside | _is_found(sighting, confidence)).sum()))
        totals.append(len(truth))
    return _part(hits, totals)


def _part(hits: list[int], totals: list[int]) -> Interval:
    """Return hits over totals with an interval over pictures."""
    hit, total = np.array(hits), np.array(totals)

    def measure(weights: NDArray[np.intp]) -> float:
        count = (weights * total).sum()
        return float((weights * hit).sum() / count) if count else float("nan")

    return bootstrapped(measure, len(hits), int(total.sum()))


def confusion(sightings: Sequence[Sighting], confidence: float) -> NDArray[np.intp]:
    """Count (7, 7): rows what is labelled, columns what is seen, the last of both is nothing."""
    nothing = len(CLASSES)
    table = np.zeros((nothing + 1, nothing + 1), np.intp)
    for sighting in sightings:
        seen = sighting.seen[sighting.seen[:, 5] >= confidence]
        seen_free = np.ones(len(seen), bool)
        truth_free = np.ones(len(sighting.truth), bool)
        overlaps = iou(sighting.truth, np.ascontiguousarray(seen[:, :5]))
        for flat in np.argsort(-overlaps, axis=None, kind="stable"):
            t, s = np.unravel_index(flat, overlaps.shape)
            if overlaps[t, s] < 0.5:
                break
            if truth_free[t] and seen_free[s]:
                truth_free[t] = seen_free[s] = False
                table[int(sighting.truth[t, 0]), int(seen[s, 0])] += 1
        for label in sighting.truth[truth_free, 0]:
            table[int(label), nothing] += 1
        for label in seen[seen_free, 0]:
            table[nothing, int(label)] += 1
    return table


def mistakes(sighting: Sighting, confidence: float) -> float:
    """Return how bad a picture went: things missed, and boxes invented by their confidence."""
    bad = 0.0
    for label in range(len(CLASSES)):
        seen = sighting.seen[(sighting.seen[:, 0] == label) & (sighting.seen[:, 5] >= confidence)]
        truth = sighting.truth[sighting.truth[:, 0] == label]
        right = matched(seen, truth)[:, 0]
        bad += len(truth) - int(right.sum()) + float(seen[~right, 5].sum())
    return bad
