"""A desk to try things with: scripted events, accounts that sign in quickly. Ships for tests."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher

from litterwatch.detector.protocols import ClipSource, ObjectDetector
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.app import create_app
from litterwatch.service.db import Database
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.learning.bench import Work
from litterwatch.service.learning.workshop import Launch
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.settings import (
    DatabaseSettings,
    DeskSettings,
    LearningSettings,
    ReportSettings,
    Settings,
)
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, make_account

PASSWORD: Final = "mưa rơi trên núi"  # noqa: S105 - of accounts in tests
"""Of every account."""


def not_launched(_settings: Settings, _work: Work, _held: int, _log: Path) -> None:
    """Starts nothing: what was ordered is found stopped."""


class ScriptedDesk:
    """The application on a data folder with some `new` events.

    Args:
        root: an empty folder.
        machine_ids: of the events.
        clips: their footage.
        footage: what is said about it.
        settings: of the desk.
        reports: what is taken from citizens.
        detector: proposes boxes and sees whom to blur; nothing and nobody, unless said otherwise.
        learning: what the loop is told.
        launch: starts what is ordered; nothing, unless said otherwise.
        database: SQLAlchemy address of another one than SQLite in the folder.
    """

    def __init__(  # noqa: PLR0917 - as ScriptedReviews, and what the desk is told
        self,
        root: Path,
        machine_ids: Iterable[str] = ("e1",),
        clips: ClipSource | None = None,
        footage: Footage = SCRIPTED_FOOTAGE,
        settings: DeskSettings | None = None,
        reports: ReportSettings | None = None,
        detector: Callable[[], ObjectDetector] = ScriptedDetector,
        learning: LearningSettings | None = None,
        launch: Launch = not_launched,
        database: str | None = None,
    ) -> None:
        other = None if database is None else Database(database)
        self.house = ScriptedReviews(root, machine_ids, clips, footage, other)
        self._passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
        self._hash = self._passwords.hash(PASSWORD)
        self._settings = Settings(
            data_folder=root,
            database=DatabaseSettings(url=database),
            desk=settings or DeskSettings(),
            reports=reports or ReportSettings(),
            learning=learning or LearningSettings(),
        )
        self._detector = detector
        self._launch = launch
        self.app = self._application()

    def with_settings(self, **parts: object) -> FastAPI:
        """The application with other parts of the settings; in place of the one before."""
        self._settings = Settings.model_validate({**self._settings.model_dump(), **parts})
        self.app = self._application()
        return self.app

    def _application(self) -> FastAPI:
        return create_app(
            self._settings,
            clock=self.house.clock,
            passwords=self._passwords,
            detector=self._detector,
            launch=self._launch,
        )

    def account(self, login: str, *grants: Grant | Role, language: str = "vi") -> Person:
        """A new account with `PASSWORD`, in the whole province unless said otherwise."""
        held = tuple(g if isinstance(g, Grant) else Grant(g) for g in grants)
        draft = AccountDraft(
            login,
            login.title(),
            held,
            self._hash,
            must_change_password=False,
            language=language,
        )
        with self.house.database.writing() as session:
            return Person(make_account(session, self.house.clock, "system", draft).id, held)

    def close(self) -> None:
        """Release the database."""
        self.house.close()
