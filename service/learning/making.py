"""Makes what was ordered: a data set, or a candidate that the gate has judged.

The command line and the process that the desk starts both come through here.
"""

from collections.abc import Callable
from pathlib import Path

import litterwatch.models
from litterwatch.labelling.datasets import Dataset, build
from litterwatch.labelling.gate_file import read_rules
from litterwatch.service.learning.bench import Making, Told, WorkOrder
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.training import TrainingOrder, train_candidate

LAST_EVENTS = 200
"""Reviewed events that both models watch again at most."""


def make(place: LearningFolder, order: WorkOrder, told: Told) -> None:
    """Make it, as the settings say.

    Raises:
        ConfigError: too few pictures, or something cannot be read or written.
        LabellingError: the data set cannot be used.
        ModelError: training or export failed.
    """
    if order.making is Making.DATASET:
        told("collecting what was labelled", 0, 0)
        made = make_dataset(
            place,
            is_freezing=order.is_freezing,
            told=lambda done, of: told("copying pictures", done, of),
        )
        told.made(made.name)
        return
    candidate, result = train_candidate(place, training_order(place), told)
    told.made(candidate.name, is_accepted=result.is_accepted)


def make_dataset(
    place: LearningFolder, *, is_freezing: bool, told: Callable[[int, int], None]
) -> Dataset:
    """A version of everything that was labelled and may be trained on; the log tells of it.

    Raises:
        ConfigError: too few camera-days, a file is missing or changed, or the disk refuses.
        DatasetDamaged: an earlier version cannot be read.
        FrozenForTesting: a picture of a frozen set would be trained on.
    """
    made = build(
        place.datasets, place.pictures(), place.clock.now(), is_freezing=is_freezing, told=told
    )
    place.log("dataset.built", f"dataset:{made.name}", sha256=made.sha256, is_frozen=is_freezing)
    return made


def training_order(
    place: LearningFolder,
    *,
    dataset: str | None = None,
    config: Path | None = None,
    gate: Path | None = None,
    last_events: int = LAST_EVENTS,
) -> TrainingOrder:
    """What is trained: as somebody says, else as the settings say, else as usual.

    Args:
        place: the labelling folder.
        dataset: name of the version; None is the newest.
        config: settings of the training, TOML.
        gate: rules of the gate, TOML.
        last_events: reviewed events that are watched again at most.

    Raises:
        ConfigError: the rules cannot be read.
    """
    learning = place.settings.learning
    usual = Path(litterwatch.models.__file__).parent / "configs" / "finetune.toml"
    rules = read_rules(gate or learning.gate)
    return TrainingOrder(dataset, config or learning.training or usual, rules, last_events)
