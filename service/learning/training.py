"""From a data set to a candidate that the gate has judged."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from litterwatch.labelling.candidate import make
from litterwatch.labelling.comparison import EventSeen
from litterwatch.labelling.datasets import find, require_whole
from litterwatch.labelling.files import bytes_of, file_sha256, write_whole
from litterwatch.labelling.frozen import frozen_sets
from litterwatch.labelling.gate import GateResult, GateRules, as_object, judge
from litterwatch.labelling.job import GATE, Candidate, Meter, Step, candidate_for
from litterwatch.labelling.page import candidate_page
from litterwatch.labelling.readiness import require_judgeable
from litterwatch.labelling.records import LabelledPicture
from litterwatch.labelling.sights import compare_on_pictures
from litterwatch.labelling.splits import Split
from litterwatch.models.registry import load_detector, show
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.replay import replay, reviewed_clips
from litterwatch.service.learning.use import chosen_model

PAGE: Final = "index.html"

Told = Callable[[str, int, int], None]
"""Called with what is done in words, how many are done, and of all."""


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What somebody wants trained.

    Attributes:
        dataset: name of the version; None is the newest.
        config: settings of the training, TOML.
        rules: what the gate asks.
        last_events: how many reviewed events are watched again at most.
    """

    dataset: str | None
    config: Path
    rules: GateRules
    last_events: int


def train_candidate(
    place: LearningFolder, order: TrainingOrder, told: Told
) -> tuple[Candidate, GateResult]:
    """Train, export, compare and judge; goes on where it was stopped.

    Raises:
        ConfigError: no such data set, the gate could accept nothing that is trained on it, or
            something cannot be written.
        DatasetDamaged: the data set is not what its manifest says.
        FrozenForTesting: it trains on a frozen test set.
        ModelError: training or export failed.
    """
    dataset = find(place.datasets, order.dataset)
    words = "checking the data set"
    require_whole(dataset, place.datasets, lambda done, of: told(words, done, of))
    frozen = _frozen_pictures(place)
    require_judgeable(dataset, frozen, order.rules)
    active = show(chosen_model(place.settings))
    candidate = candidate_for(place.candidates, dataset, active, order.config)
    place.log("training.started", f"candidate:{candidate.name}", dataset=dataset.name)

    def epoch(number: int, of: int, _scores: object) -> None:
        told(f"training on {dataset.name}, epoch", number, of)

    make(candidate, dataset, active, order.config, order.rules, told=told, epochs=epoch)
    meter = Meter()
    pictures = compare_on_pictures(
        chosen_model(place.settings),
        candidate.model,
        frozen,
        lambda done, of: told("both models look at the frozen test sets", done, of),
    )
    events = _events_compared(place, candidate, order.last_events, told)
    result = judge(pictures, events, (), order.rules)
    counts = {
        "labelled pictures of frozen test sets": len(pictures),
        "reviewed events": len(events),
    }
    write_whole(candidate.folder / GATE, bytes_of(as_object(result)))
    candidate.finish(
        Step.JUDGED,
        {
            "is_accepted": result.is_accepted,
            "gate_sha256": file_sha256(candidate.folder / GATE),
            "refusals": [each.why for each in result.refusals],
            **meter.read(),
        },
    )
    write_whole(candidate.folder / PAGE, candidate_page(candidate, result, counts).encode())
    place.log("training.judged", f"candidate:{candidate.name}", is_accepted=result.is_accepted)
    return candidate, result


def _frozen_pictures(place: LearningFolder) -> list[LabelledPicture]:
    """Those of every frozen test set, each once, by hash."""
    frozen: dict[str, LabelledPicture] = {}
    for each in frozen_sets(place.datasets):
        version = find(place.datasets, each.name)
        for picture in version.pictures(Split.TEST):
            frozen.setdefault(picture.sha256, picture)
    return [frozen[key] for key in sorted(frozen)]


def _events_compared(
    place: LearningFolder, candidate: Candidate, last: int, told: Told
) -> list[EventSeen]:
    with place.database.reading() as session:
        clips = reviewed_clips(session, place.settings.data_folder, last)
    if not clips:
        return []
    analysis = place.settings.analysis
    options = {"device": analysis.device, "threads": analysis.threads}
    active = load_detector(chosen_model(place.settings), **options)  # type: ignore[arg-type]
    other = load_detector(candidate.model, **options)  # type: ignore[arg-type]
    try:
        words = "both models watch clips of reviewed events"
        return replay(clips, active, other, analysis.rate, lambda done, of: told(words, done, of))
    finally:
        active.close()
        other.close()
