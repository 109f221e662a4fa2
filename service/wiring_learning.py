"""The composition root of the labelling loop (beside wiring.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.protocols import Clock
from litterwatch.labelling.job import JOB, Candidate, read_candidate
from litterwatch.service.clock import SystemClock
from litterwatch.service.learning.folders import LabelSource, LearningFolder
from litterwatch.service.settings import load_settings
from litterwatch.service.wiring import opened_database

LABEL_SOURCES: Final[tuple[LabelSource, ...]] = ()
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
