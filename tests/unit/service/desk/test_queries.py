"""No page asks the database more often because there is more to show."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event as sa_event
from sqlalchemy import select

from litterwatch.service.actor import Actor, Office
from litterwatch.service.evidence.export import Wish, request_export
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.sites.service import CameraDraft, SiteDraft, save_camera, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Role
from litterwatch.service.webhooks.service import Draft, add_webhook

PAGES = (
    "/",
    "/events",
    "/events?state=all&view=timeline",
    "/events?state=all&source=street.mp4",
    "/events?state=all&kind=bag_dump&least=50",
    "/events?state=all&day=01/01/2026",
    "/events?state=all&unit=01273",
    "/events?state=all&site=none",
    "/api/v1/events",
    "/api/v1EVENT",
    "/cases",
    "/exports",
    "/api/v1/exports",
    "/sites",
    "/map",
    "/wall",
    "/statistics?counted=found",
    "/ending",
    "/api/v1/events/stream?wait=0&after=0",
    "EVENT",
)
MOST = 30


@pytest.fixture
def desk(tmp_path: Path, desk_database: str | None) -> Iterator[ScriptedDesk]:
    desk = ScriptedDesk(tmp_path, ["e1", "e2", "e3"], database=desk_database)
    with TestClient(desk.app, base_url="http://desk.test"):
        yield desk
    desk.close()


def signed_in(desk: ScriptedDesk, login: str = "lan") -> TestClient:
    desk.account(login, Role.SCREENER, Role.REVIEWER, Role.CASE_OFFICER, Role.INSPECTOR)
    client = TestClient(desk.app, base_url="http://desk.test")
    client.get("/sign-in")
    token = client.cookies["litterwatch-before"]
    client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf": token})
    return client


def fill(desk: ScriptedDesk, tag: str, number: int) -> None:
    """More of everything."""
    house = desk.house
    house.clock.advance(1)
    house.find(*(f"{tag}{n}" for n in range(number)))
    house.intake.run()
    with house.database.writing() as session:
        for n in range(number):
            draft = SiteDraft(f"{tag}{n}", SiteKind.STREET, "01273", 22.6, 106.2)
            site = save_site(session, house.clock, "nam", draft).id
            camera = CameraDraft(f"{tag}{n}", f"{tag}{n}/")
            save_camera(session, house.clock, "nam", site, camera)
    with house.database.reading() as session:
        event_id = session.scalars(select(ReviewRow.event_id)).first() or ""
    for n in range(number):
        asker = Actor(f"{tag}{n}", Office.CASE_OFFICER)
        wish = Wish(event_id, "x", f"{tag}{n}", is_unblurred=True)
        request_export(house.database, house.clock, asker, wish, is_kept=True)


def asked_for(
    desk: ScriptedDesk,
    client: TestClient,
    path: str,
    words: tuple[str, ...] = ("SELECT", "WITH"),
) -> list[str]:
    """Every statement that a page reads with, beside those of the workers."""
    found: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        is_workers = "latest" in statement or "footage.finished_at" in statement
        is_workers = is_workers or "webhook" in statement or "max(event" in statement
        is_workers = is_workers or "FROM packages JOIN exports" in statement
        if statement.startswith(words) and not is_workers:
            found.append(statement)

    engine = desk.app.state.desk.database.engine
    sa_event.listen(engine, "before_cursor_execute", note)
    try:
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, path
    finally:
        sa_event.remove(engine, "before_cursor_execute", note)
    return found


def test_a_page_costs_the_same_however_much_there_is(desk: ScriptedDesk) -> None:
    client = signed_in(desk)
    fill(desk, "a", 2)
    with desk.house.database.reading() as session:
        event_id = session.scalars(select(ReviewRow.event_id)).first()
    paths = [path.replace("EVENT", f"/events/{event_id}") for path in PAGES]
    for path in paths:
        client.get(path, headers={"Accept": "text/html"})
    few = {path: min(len(asked_for(desk, client, path)) for _ in range(3)) for path in paths}
    fill(desk, "b", 18)
    many = {path: min(len(asked_for(desk, client, path)) for _ in range(3)) for path in paths}
    assert many == few
    assert max(many.values()) <= MOST


def test_the_pictures_of_a_page_are_written_down_together(desk: ScriptedDesk) -> None:
    """By somebody who has seen none of them: each has its row, all have one statement."""
    lan, hoa = signed_in(desk), signed_in(desk, "hoa")
    for client in (lan, hoa):
        client.get("/account")  # so that the session is not noted as used in between
    few = asked_for(desk, lan, "/events", ("INSERT",))
    fill(desk, "b", 18)
    many = asked_for(desk, hoa, "/events", ("INSERT",))
    assert len(few) == len(many) == 2, "one for the page, one for what it shows"


def test_addresses_that_are_told_are_few_and_each_is_asked_for(desk: ScriptedDesk) -> None:
    """The one page with a query for each line: an administrator has a handful of them."""
    house = desk.house
    with house.database.writing() as session:
        vault = desk.app.state.desk.vault
        for n in range(3):
            add_webhook(session, house.clock, vault, "nam", Draft(f"h{n}", "http://127.0.0.1:9/"))
    desk.account("nam", Role.ADMINISTRATOR)
    client = TestClient(desk.app, base_url="http://desk.test")
    client.get("/sign-in")
    token = client.cookies["litterwatch-before"]
    client.post("/sign-in", data={"login": "nam", "password": PASSWORD, "csrf": token})
    assert client.get("/webhooks").text.count('id="hook-') == 3
