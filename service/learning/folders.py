"""Where everything that is learned lies in a data folder."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.labelling.pool import pooled
from litterwatch.labelling.records import LabelledPicture
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import JsonValue
from litterwatch.service.db import Database
from litterwatch.service.labels.handing import note_handed_over
from litterwatch.service.settings import Settings

LABELLING: Final = "labelling"

LabelSource = Callable[[Session, Settings], Iterable[LabelledPicture]]
"""Gives the pictures that people have labelled at the desk; they lie below the data folder."""


@dataclass(frozen=True, slots=True)
class LearningFolder:
    """What the loop works in.

    Attributes:
        settings: the whole tree.
        database: of the data folder.
        clock: when.
        actor: who, for the log.
        sources: of labels besides the pool.
    """

    settings: Settings
    database: Database
    clock: Clock
    actor: str
    sources: tuple[LabelSource, ...] = ()

    @property
    def root(self) -> Path:
        return labelling_folder(self.settings.data_folder)

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def pool(self) -> Path:
        return self.root / "pool"

    @property
    def candidates(self) -> Path:
        return self.root / "candidates"

    @property
    def models(self) -> Path:
        return models_folder(self.settings.data_folder)

    @property
    def learned(self) -> Path:
        return self.root / "learned"

    def pictures(self) -> list[LabelledPicture]:
        """Everything that was labelled: at the desk, of which the log tells, and imported.

        Raises:
            ConfigError: the pool cannot be read.
            StoreError: the database refused.
        """
        with self.database.reading() as session:
            found = [p for each in self.sources for p in each(session, self.settings)]
        if found:
            with self.writing() as session:
                note_handed_over(session, self.clock, self.actor, found)
        return [*found, *pooled(self.pool)]

    def log(self, action: str, subject: str, **detail: JsonValue) -> None:
        """Say in the log what is done.

        Raises:
            StoreError: the database refused.
        """
        with self.writing() as session:
            record(
                session, self.clock, actor=self.actor, action=action, subject=subject, detail=detail
            )

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A unit of work."""
        with self.database.writing() as session:
            yield session


def labelling_folder(data_folder: Path) -> Path:
    """Where everything lies that is learned."""
    return data_folder / LABELLING


def models_folder(data_folder: Path) -> Path:
    """Where promoted models lie, and which of them is the default."""
    return labelling_folder(data_folder) / "models"
