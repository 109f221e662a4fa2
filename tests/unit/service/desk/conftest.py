"""A desk with people in it, for tests of pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from litterwatch.detector.types import EventKind
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.state import Action
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.settings import ReportSettings
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Grant, Role

UNIT = "01273"
ADDRESS = "http://desk.test"


@dataclass
class Somebody:
    """A browser, signed in or not; forms carry its token."""

    client: TestClient
    csrf: str

    def get(self, path: str) -> Any:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, files: Any = None, csrf: str | None = None, **data: str) -> Any:
        token = self.csrf if csrf is None else csrf
        return self.client.post(
            path, data={"csrf": token, **data}, files=files, follow_redirects=False
        )


@dataclass
class House:
    """A desk in one ward: its people, its confirmed event."""

    desk: ScriptedDesk

    def nobody(self) -> Somebody:
        client = TestClient(self.desk.app, base_url=ADDRESS)
        client.get("/sign-in")
        return Somebody(client, client.cookies["litterwatch-before"])

    def somebody(self, login: str, *grants: Grant | Role) -> Somebody:
        """A new account, signed in."""
        self.desk.account(login, *grants)
        visitor = self.nobody()
        form = {"login": login, "password": PASSWORD, "csrf": visitor.csrf}
        visitor.client.post("/sign-in", data=form)
        found = self.desk.app.state.desk.sessions.find(visitor.client.cookies["litterwatch"])
        return Somebody(visitor.client, found.csrf)

    def event(self) -> str:
        with self.desk.house.database.reading() as session:
            return session.scalars(select(ReviewRow.event_id)).all()[0]

    def confirm(self) -> str:
        """Let two people confirm the event; its id."""
        house, event = self.desk.house, self.event()
        first, second = house.person("first", Role.SCREENER), house.person("second", Role.REVIEWER)
        house.reviews.carry_out(first, event, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
        self.watched_by(second)
        house.reviews.carry_out(second, event, Order(Action.CONFIRM))
        return event

    def watched_by(self, person: Person) -> None:
        self.desk.house.play(person, self.event())

    def last_action(self) -> str:
        with self.desk.house.database.reading() as session:
            return read_log(session, AuditFilter(), 1)[0].action


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])]
)
def desk_database(request: pytest.FixtureRequest) -> str | None:
    """The address of an empty database; None is SQLite in the folder.

    On PostgreSQL in the slow tier: the services are tested on both by default, and what pages add
    to them is mostly Python.
    """
    if request.param == "sqlite":
        return None
    emptied = request.getfixturevalue("_emptied")
    emptied.empty()
    return str(emptied.url)


@pytest.fixture
def make_house(tmp_path: Path, desk_database: str | None) -> Iterator[Callable[..., House]]:
    """Houses with settings of their own for reports."""
    opened: list[tuple[ScriptedDesk, TestClient]] = []

    def make(reports: ReportSettings | None = None) -> House:
        root = tmp_path / str(len(opened))
        root.mkdir()
        desk = ScriptedDesk(root, reports=reports, database=desk_database)
        running = TestClient(desk.app, base_url=ADDRESS)
        running.__enter__()
        opened.append((desk, running))
        return House(desk)

    yield make
    for desk, running in opened:
        running.__exit__(None, None, None)
        desk.close()


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    """One that takes no reports from the public."""
    return make_house()
