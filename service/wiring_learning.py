"""The composition root of the labelling loop (beside wiring.py)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.labelling.job import JOB, Candidate, read_candidate
from litterwatch.labelling.records import LabelledPicture
from litterwatch.models.registry import load_detector
from litterwatch.service.clock import SystemClock
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.handing import label_source
from litterwatch.service.learning.folders import LabelSource, LearningFolder
from litterwatch.service.learning.use import chosen_model
from litterwatch.service.settings import Settings, load_settings
from litterwatch.service.wiring import opened_database


def desk_labels(session: Session, settings: Settings) -> Sequence[LabelledPicture]:
    """What was labelled and permitted at the desk, with nobody to be known by it.

    Raises:
        EvidenceError: a covered copy cannot be written.
        ModelError: the detector that tells whom to cover failed.
    """
    analysis = settings.analysis

    def opened() -> ObjectDetector:
        model = chosen_model(settings)
        return load_detector(model, device=analysis.device, threads=analysis.threads)

    return label_source(partial(Eyes, opened))(session, settings.data_folder)


LABEL_SOURCES: Final[tuple[LabelSource, ...]] = (desk_labels,)
"""Where labels come from besides the pool of imported ones."""


@contextmanager
def learning_folder(
    data: Path | None, settings_file: Path | None, actor: str, clock: Clock | None = None
) -> Iterator[LearningFolder]:
    """The labelling loop of a data folder, which is made if needed.

    Raises:
        ConfigError: a setting is wrong or the folder cannot be made.
        StoreError: the database cannot be used.
    """
    settings = load_settings(settings_file, {"data_folder": data} if data else None)
    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {settings.data_folder} cannot be made ({error.strerror}): choose another"
            " with --data."
        ) from error
    with opened_database(settings) as database:
        yield LearningFolder(settings, database, clock or SystemClock(), actor, LABEL_SOURCES)


def found_candidate(place: LearningFolder, name: str) -> Candidate:
    """A candidate by its name or the beginning of it.

    Raises:
        ConfigError: there is none, or more than one.
    """
    there = sorted(file.parent for file in place.candidates.glob(f"*/{JOB}"))
    fitting = [folder for folder in there if folder.name.startswith(name)]
    if len(fitting) != 1:
        known = ", ".join(folder.name for folder in there) or "none yet"
        raise ConfigError(f"{len(fitting)} candidates are called {name} ({known}): name one.")
    return read_candidate(fitting[0])
