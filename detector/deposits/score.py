"""How likely a hypothesis is a deposit: a logistic sum of named features (design 1.6).

The weights are set by hand until they are refitted on verdicts of reviewers (`ScoreWeights`); every
feature lies in [0, 1] and is stored with the event, so each score can be recomputed from the
record.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import exp, fsum
from types import MappingProxyType
from typing import Any

DIGITS = 6
"""Decimals that every record of a feature keeps; what is stored and sealed is not rounded again."""

BIAS = -5.0

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "persistence": 2.0,
        "waste": 1.5,
        "touch": 2.0,
        "carried_before": 1.2,
        "carry_gone": 0.8,
        "separation": 1.2,
        "zone": 1.0,
        "release_cue": 1.0,
        "light": -3.0,
        "nuisance": -1.0,
        "overlap": -2.5,
        "authorised": -4.0,
    }
)


@dataclass(frozen=True, slots=True)
class Features:
    """The evidence for and against, each 0..1 (clipped at birth).

    Attributes:
        persistence: share of the visible time since birth in which the place stayed changed.
        waste: smoothed confidence of waste detections there, or half of what is not light.
        touch: 1 an actor touched the place, 0.5 came within half a person height.
        carried_before: evidence that he carried something in the 5 s before.
        carry_gone: evidence that he carried nothing 1-4 s after.
        separation: how far he went, 1 from 1.5 H or out of view.
        zone: how little a deposit is expected there.
        release_cue: strength of the best release cue.
        light: likeness to light, shadow or flicker.
        nuisance: crowd and places that reviewers keep refusing.
        overlap: share of a person or vehicle in the region itself.
        authorised: whether collection is under way.
    """

    persistence: float = 0.0
    waste: float = 0.0
    touch: float = 0.0
    carried_before: float = 0.0
    carry_gone: float = 0.0
    separation: float = 0.0
    zone: float = 1.0
    release_cue: float = 0.0
    light: float = 0.0
    nuisance: float = 0.0
    overlap: float = 0.0
    authorised: float = 0.0

    def __post_init__(self) -> None:
        for name in WEIGHTS:
            object.__setattr__(self, name, min(1.0, max(0.0, float(getattr(self, name)))))

    def named(self) -> dict[str, float]:
        """The features by name, to the digits that records keep: see `rescored`."""
        return {name: round(value, DIGITS) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class ScoreWeights:
    """What the features are multiplied with; those set by hand, unless verdicts taught others.

    Attributes:
        bias: log odds of a deposit without any evidence.
        weights: by name, one for every feature.
    """

    bias: float = BIAS
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))

    def __post_init__(self) -> None:
        if set(self.weights) != set(WEIGHTS):
            raise ValueError(f"weights are needed for {', '.join(WEIGHTS)}")


BY_HAND = ScoreWeights()


def score(features: Features, by: ScoreWeights = BY_HAND, bar: float = 0.0) -> float:
    """Suspicion 0..1 of a deposit with these features.

    Args:
        features: the evidence.
        by: the weights.
        bar: taken off the log odds, because alarms at this place kept being refused.
    """
    total = by.bias + sum(weight * getattr(features, name) for name, weight in by.weights.items())
    return 1.0 / (1.0 + exp(bar - total))


def scoring(factor: float, by: ScoreWeights = BY_HAND, bar: float = 0.0) -> dict[str, Any]:
    """What made the score of features, for the record: bias, weights, and a case's own factor.

    Args:
        factor: what the score is multiplied by.
        by: the weights.
        bar: taken off the log odds at this place; the recorded bias is what is left of it.
    """
    return {"bias": by.bias - bar, "factor": factor, "weights": dict(by.weights)}


def rescored(features: Mapping[str, float], scored_by: Mapping[str, Any]) -> float:
    """The score of an event from its record alone, four digits: bit for bit what the event said.

    The sum is exact before it is rounded, so that the order of the features does not matter.

    Args:
        features: by name, as recorded.
        scored_by: what `scoring` gave.

    Raises:
        KeyError: the record lacks a part.
    """
    weights = scored_by["weights"]
    total = fsum((scored_by["bias"], *(weights[name] * features[name] for name in weights)))
    return round(float(scored_by["factor"]) * (1.0 / (1.0 + exp(-total))), 4)
