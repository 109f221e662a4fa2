"""Whether a gate could say yes at all: asked before a training of hours, not after it."""

from collections.abc import Sequence

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Label
from litterwatch.labelling.candidate import export_pictures
from litterwatch.labelling.datasets import Dataset
from litterwatch.labelling.gate import GateRules
from litterwatch.labelling.records import LabelledPicture
from litterwatch.models.export import LEAST_CALIBRATION


def require_judgeable(
    dataset: Dataset, frozen: Sequence[LabelledPicture], rules: GateRules
) -> None:
    """Refuse to train what no gate could accept, and say everything that is missing.

    Args:
        dataset: to train on.
        frozen: the pictures of the frozen test sets.
        rules: what will be asked.

    Raises:
        ConfigError: too few pictures, frozen ones or others; nothing was started.
    """
    missing = lacking(dataset, frozen, rules)
    if missing:
        raise ConfigError(
            f"Nothing that is trained on {dataset.name} could pass the gate: there are"
            f" {'; '.join(missing)}. Label more and build a data set with --freeze, or ask for less"
            " in a file of rules (--gate, or the setting learning.gate)."
        )


def lacking(dataset: Dataset, frozen: Sequence[LabelledPicture], rules: GateRules) -> list[str]:
    """What there is too little of, each with its numbers."""
    calibration, frames = export_pictures(dataset)
    things = [
        {box.label for box in picture.boxes if box.is_sure} & {Label.WASTE, Label.OVERFLOW}
        for picture in frozen
    ]
    counts = (
        (len(calibration), LEAST_CALIBRATION, "pictures to calibrate the 8-bit export on"),
        (len(frames), rules.least_frames, "other pictures to compare the export on"),
        (_count(frozen, Label.PERSON), rules.least_people, "people in frozen test pictures"),
        (_count(frozen, Label.WASTE), rules.least_things, "pieces of waste in them"),
        (sum(not found for found in things), 1, "frozen test pictures without waste"),
    )
    return [f"{n} {what} ({least} needed)" for n, least, what in counts if n < least]


def _count(pictures: Sequence[LabelledPicture], label: Label) -> int:
    return sum(box.is_sure and box.label is label for each in pictures for box in each.boxes)
