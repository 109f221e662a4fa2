"""The record of a candidate: from what it is made, and which steps are done.

    candidates/<name>/
        job.json       this record
        data/          what ultralytics reads: a link to the pictures, copies of the labels
        training/      the training (models/train.py), resumed after its last whole epoch
        model/<name>/  the candidate as it would be installed, with manifest and card
        gate.json      what the gate said, rule by rule
        shadow/        what it found beside the model in use

The name says from which data set, from which model and with which settings: the same command goes
on where it was stopped.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import CandidateRefused, ConfigError
from litterwatch.labelling.datasets import Dataset
from litterwatch.labelling.files import bytes_of, file_sha256, require_format, write_whole
from litterwatch.models.registry import InstalledModel

FORMAT: Final = "litterwatch-candidate/1"
JOB: Final = "job.json"
GATE: Final = "gate.json"
COST: Final = "cost"
"""What a step took: `wall_seconds`, and `processor_seconds` of all cores together."""


class Step(StrEnum):
    """What is done one after the other."""

    PREPARED = "prepared"
    TRAINED = "trained"
    BLENDED = "blended"
    EXPORTED = "exported"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Meter:
    """What is spent from now on."""

    _began: os.times_result = field(default_factory=os.times)

    def read(self) -> dict[str, Any]:
        """For the record of a step; of this process and of those it has waited for."""
        began, now = self._began, os.times()
        spent = sum(now[:4]) - sum(began[:4])  # user and system time, own and children's
        wall = now.elapsed - began.elapsed
        return {COST: {"wall_seconds": round(wall, 1), "processor_seconds": round(spent, 1)}}


@dataclass(slots=True)
class Candidate:
    """One candidate on disk.

    Attributes:
        folder: where it lies.
        about: from what it is made: `dataset`, `dataset_sha256`, `active_sha256`, `config_sha256`.
        done: what each finished step found, by step.
    """

    folder: Path
    about: dict[str, str]
    done: dict[Step, dict[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def model(self) -> Path:
        """The folder it would be installed from."""
        return self.folder / "model" / self.name

    def do(self, step: Step, work: Callable[[], dict[str, Any]]) -> None:
        """Do a step unless it is done already, and note what it found and what it cost.

        A step that was stopped and went on has the cost of its last run only.

        Raises:
            ConfigError: the disk refuses.
        """
        if step not in self.done:
            meter = Meter()
            self.finish(step, work() | meter.read())

    def finish(self, step: Step, found: dict[str, Any]) -> None:
        """Note durably that a step is done.

        Raises:
            ConfigError: the disk refuses.
        """
        self.done[step] = found
        said = {
            "format": FORMAT,
            "about": self.about,
            "done": {str(key): value for key, value in self.done.items()},
        }
        write_whole(self.folder / JOB, bytes_of(said))


def candidate_for(
    candidates: Path, dataset: Dataset, active: InstalledModel, config: Path
) -> Candidate:
    """The candidate that these three make; the one that was begun, where it was.

    Raises:
        ConfigError: what was begun cannot be understood.
    """
    about = {
        "dataset": dataset.name,
        "dataset_sha256": dataset.sha256,
        "active_sha256": active.manifest.of_format("torch").sha256,
        "config_sha256": file_sha256(config),
    }
    name = f"{dataset.name}-{about['active_sha256'][:6]}-{about['config_sha256'][:6]}"
    folder = candidates / name
    if (folder / JOB).is_file():
        return read_candidate(folder)
    return Candidate(folder, about)


def read_candidate(folder: Path) -> Candidate:
    """A candidate that was begun.

    Raises:
        ConfigError: there is none, or it cannot be understood.
    """
    try:
        said: dict[str, Any] = json.loads((folder / JOB).read_text(encoding="utf-8"))
        require_format(said, FORMAT)
        done = {Step(key): value for key, value in said["done"].items()}
        return Candidate(folder, dict(said["about"]), done)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{folder} is no candidate ({error}): name one of `litterwatch labelling candidates`."
        ) from error


def require_made(candidate: Candidate) -> None:
    """Refuse what has no export.

    Raises:
        CandidateRefused: it is not finished.
    """
    if Step.EXPORTED not in candidate.done:
        raise CandidateRefused(
            f"Candidate {candidate.name} is not finished: run `litterwatch labelling train` again,"
            " it goes on where it was stopped."
        )
