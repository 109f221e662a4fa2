"""Reviews to try things with: scripted events, people in every role. Ships for tests and trials."""

from collections.abc import Iterable
from pathlib import Path

from litterwatch.detector.protocols import ClipSource
from litterwatch.service.audit.service import record
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.events.service import begin_footage
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.reviews.conditions import PLAYED, Person
from litterwatch.service.reviews.intake import Intake
from litterwatch.service.reviews.service import Reviews
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, make_account


class ScriptedReviews:
    """A data folder with some `new` events and nobody in it yet.

    Args:
        root: an empty folder.
        machine_ids: of the events.
        clips: their footage; without it clips are bytes that nobody can play.
        footage: what is said about it.
        database: another one than SQLite in the folder.
    """

    def __init__(
        self,
        root: Path,
        machine_ids: Iterable[str] = ("e1",),
        clips: ClipSource | None = None,
        footage: Footage = SCRIPTED_FOOTAGE,
        database: Database | None = None,
    ) -> None:
        self.root = root
        self._house = ScriptedHouse(root, database)
        with self._house.database.writing() as session:
            begin_footage(session, self._house.clock, footage)
        self.clock: ManualClock = self._house.clock
        self.database: Database = self._house.database
        self._clips, self._footage = clips, footage
        self.find(*machine_ids)
        self.intake = Intake(self.database, self.clock)
        self.intake.run()
        self.reviews = Reviews(self.database, self.clock, root)

    def find(self, *machine_ids: str) -> None:
        """Let the machine find events now; let time pass between two calls."""
        with self._house.store().opened() as store:
            sink = self._house.sink(store, self._clips, self._footage)
            for machine_id in machine_ids:
                sink.accept(scripted_event(machine_id))

    def person(self, login: str, *grants: Grant | Role) -> Person:
        """A new account with these roles, in the whole province unless said otherwise."""
        held = tuple(g if isinstance(g, Grant) else Grant(g) for g in grants)
        draft = AccountDraft(login, login.title(), held, "no password", must_change_password=False)
        with self.database.writing() as session:
            return Person(make_account(session, self.clock, "system", draft).id, held)

    def play(self, person: Person, event_id: str) -> None:
        """Say that somebody has watched the clip up to the act."""
        with self.database.writing() as session:
            record(
                session,
                self.clock,
                actor=person.user_id,
                action=PLAYED,
                subject=f"event:{event_id}",
            )

    def close(self) -> None:
        """Release the database."""
        self._house.close()
