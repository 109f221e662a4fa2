"""How far two people who marked the same picture agree."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from litterwatch.detector.geometry import iou
from litterwatch.labelling.records import LabelledBox

SAME: Final = 0.5
"""IoU from which two boxes are one thing."""

_NOTHING: Final = "nothing"

Pair = tuple[LabelledBox | None, LabelledBox | None]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures over some pictures.

    Attributes:
        pictures: how many both have marked.
        things: pairs of boxes, those that only one of them drew among them.
        kappa: Cohen's, over the classes with "nothing" as one of them; 1 is full agreement, 0 what
            chance would give; None where there is nothing to compare.
        mean_iou: of the boxes that both drew; None where there are none.
    """

    pictures: int
    things: int
    kappa: float | None
    mean_iou: float | None


def matched(first: Sequence[LabelledBox], second: Sequence[LabelledBox]) -> list[Pair]:
    """Boxes of the one and of the other that are the same thing, whatever they call it.

    The best overlap is taken first; each box is in one pair, with None where it stands alone.
    """
    ways = [(iou(a.box, b.box), i, j) for i, a in enumerate(first) for j, b in enumerate(second)]
    pairs: list[Pair] = []
    left, right = set(range(len(first))), set(range(len(second)))
    for overlap, i, j in sorted(ways, key=lambda way: (-way[0], way[1], way[2])):
        if overlap >= SAME and i in left and j in right:
            pairs.append((first[i], second[j]))
            left.discard(i)
            right.discard(j)
    pairs += [(first[i], None) for i in sorted(left)]
    return [*pairs, *((None, second[j]) for j in sorted(right))]


def agreement(
    pictures: Iterable[tuple[Sequence[LabelledBox], Sequence[LabelledBox]]],
) -> Agreement:
    """The figures over pictures that two people have marked: (the one's, the other's boxes)."""
    pairs: list[Pair] = []
    count = 0
    for first, second in pictures:
        count += 1
        pairs += matched(first, second)
    overlaps = [iou(a.box, b.box) for a, b in pairs if a is not None and b is not None]
    mean = sum(overlaps) / len(overlaps) if overlaps else None
    return Agreement(count, len(pairs), kappa([(_name(a), _name(b)) for a, b in pairs]), mean)


def kappa(answers: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two people's answers to the same questions; None without a question.

    Where both always give one and the same answer, chance explains everything and nothing is left
    to measure: that is full agreement.
    """
    if not answers:
        return None
    n = len(answers)
    observed = sum(a == b for a, b in answers) / n
    ones, others = Counter(a for a, _ in answers), Counter(b for _, b in answers)
    expected = sum(ones[answer] * others[answer] for answer in ones) / n**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def _name(box: LabelledBox | None) -> str:
    return _NOTHING if box is None else str(box.label)
