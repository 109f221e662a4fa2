"""What verdicts are worth: false alarms at equal recall, before and after learning from some."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.deposits.learned import NuisanceMap
from litterwatch.detector.deposits.score import BY_HAND, Features, ScoreWeights, score
from litterwatch.detector.errors import TooFewVerdicts
from litterwatch.labelling.judged import Verdict
from litterwatch.labelling.nuisance import places_of, still_counting
from litterwatch.labelling.refit import refit

Height = Callable[[Verdict], tuple[float, tuple[int, int]]]
"""Person height, px, at a verdict's place, and the (width, height) of its picture, px."""

Weights = Callable[[str], ScoreWeights]
"""The score's weights of a camera."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What some verdicts taught.

    Attributes:
        weights: of each camera; those set by hand where a refit was refused or is no better.
        maps: by camera.
        is_refitted: whether the weights are new.
    """

    weights: Weights
    maps: Mapping[str, NuisanceMap]
    is_refitted: bool


def by_hand(_camera: str) -> ScoreWeights:
    """The shipped weights, for every camera."""
    return BY_HAND


NOTHING: Final = Taught(by_hand, {}, is_refitted=False)


def maps_of(verdicts: Sequence[Verdict], now: datetime) -> dict[str, NuisanceMap]:
    """The nuisance map of each camera."""
    return {
        camera: NuisanceMap(tuple(place.spot(now) for place in places))
        for camera, places in places_of(still_counting(verdicts, now)).items()
    }


def taught(verdicts: Sequence[Verdict], now: datetime) -> Taught:
    """Learn as the commands do: weights only from enough verdicts, and only if they are better."""
    maps = maps_of(verdicts, now)
    try:
        found = refit(verdicts)
    except TooFewVerdicts:
        return Taught(by_hand, maps, is_refitted=False)
    if not found.is_better:
        return Taught(by_hand, maps, is_refitted=False)
    return Taught(found.weights_of, maps, is_refitted=True)


def rescored(verdicts: Sequence[Verdict], by: Taught, height: Height) -> NDArray[np.float64]:
    """The scores (n,) that alarms would have had."""
    scores = []
    for verdict in verdicts:
        person, size = height(verdict)
        foot = (verdict.foot[0] * size[0], verdict.foot[1] * size[1])
        bar = by.maps.get(verdict.camera, NuisanceMap()).bar(foot, size, person, verdict.looks)
        features = Features(**{name: verdict.features[name] for name in BY_HAND.weights})
        scores.append(score(features, by.weights(verdict.camera), bar))
    return np.array(scores, np.float64)


def false_share(scores: NDArray[np.float64], said: NDArray[np.bool_], recall: float) -> float:
    """Which part of the false alarms is left at the threshold that keeps that part of the true.

    Args:
        scores: (n,) of all alarms.
        said: (n,) whether each is a true one.
        recall: of the true ones, 0..1.
    """
    true = np.sort(scores[said])[::-1]
    false = scores[~said]
    if not len(true) or not len(false):
        return float("nan")
    threshold = true[max(int(np.ceil(recall * len(true))), 1) - 1]
    return float((false >= threshold).mean())


def at_threshold(
    scores: NDArray[np.float64], said: NDArray[np.bool_], threshold: float
) -> tuple[float, float]:
    """(part of the true alarms, part of the false ones) that reach a threshold."""
    above = scores >= threshold
    true, false = above[said], above[~said]
    return (
        float(true.mean()) if len(true) else float("nan"),
        float(false.mean()) if len(false) else float("nan"),
    )


def order(scores: NDArray[np.float64], said: NDArray[np.bool_]) -> float:
    """Chance that a true alarm stands above a false one in the queue; 0.5 is no order at all.

    Args:
        scores: (n,) of all alarms.
        said: (n,) whether each is a true one.
    """
    true, false = scores[said][:, None], scores[~said][None, :]
    if not true.size or not false.size:
        return float("nan")
    return float(((true > false) + 0.5 * (true == false)).mean())
