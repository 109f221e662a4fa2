"""Following the queue and the cameras over HTTP: who may, how long, and how it ends."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import select

from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.state import Action
from litterwatch.service.runtime.board import Board
from litterwatch.service.runtime.condition import Condition, Link
from litterwatch.service.runtime.newest_still import still_path
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.serving import DeskServer
from litterwatch.service.sites.service import CameraDraft, SiteDraft, save_camera, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Grant, Role

STREAM = "/api/v1/events/stream"
BASE = "http://desk.test"


@pytest.fixture
def desk(tmp_path: Path, desk_database: str | None) -> Iterator[ScriptedDesk]:
    desk = ScriptedDesk(tmp_path, ["e1", "e2"], database=desk_database)
    with TestClient(desk.app, base_url=BASE):
        yield desk
    desk.close()


def sign_in(client: Any, login: str) -> None:
    client.get("/sign-in")
    token = client.cookies["litterwatch-before"]
    client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf": token})


def signed_in(desk: ScriptedDesk, login: str, *grants: Grant | Role) -> TestClient:
    desk.account(login, *grants)
    client = TestClient(desk.app, base_url=BASE)
    sign_in(client, login)
    return client


def first_event(desk: ScriptedDesk) -> str:
    with desk.house.database.reading() as session:
        return min(session.scalars(select(ReviewRow.event_id)))


def test_one_goes_on_behind_the_last_news(desk: ScriptedDesk) -> None:
    client = signed_in(desk, "lan", Role.SCREENER)
    begin = client.get(f"{STREAM}?wait=0")
    assert begin.headers["content-type"].startswith("text/event-stream")
    assert begin.headers["cache-control"] == "no-store"
    assert begin.text == "retry: 3000\nid: 2\nevent: ready\ndata: {}\n\n"
    everything = client.get(f"{STREAM}?wait=0&after=0").text
    assert everything.count("event: new") == 2
    rest = client.get(f"{STREAM}?wait=0&after=0", headers={"Last-Event-ID": "1"}).text
    assert "id: 2\nevent: new" in rest
    assert rest.count("event: new") == 1
    for nonsense in ("x", "-1", "1.5", "9" * 20, "²"):
        header = {b"Last-Event-ID": nonsense.encode()}
        answer = client.get(f"{STREAM}?wait=0&after=2", headers=header)
        assert answer.status_code == 200
        assert "event: new" not in answer.text


def test_news_say_whether_the_filters_of_the_queue_show_them(desk: ScriptedDesk) -> None:
    client = signed_in(desk, "lan", Role.SCREENER)
    first = first_event(desk)
    with desk.house.database.writing() as session:
        session.get_one(ReviewRow, first).source = "gate.mp4"

    def wanted(query: str) -> dict[str, bool]:
        text = client.get(f"{STREAM}?wait=0&after=0&{query}").text
        news = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
        return {said["event_id"]: said["is_wanted"] for said in news if said}

    assert set(wanted("").values()) == {True}
    assert len(wanted("")) == 2
    assert {event for event, shown in wanted("source=gate.mp4").items() if shown} == {first}
    assert set(wanted("site=nowhere").values()) == {False}
    assert wanted("state=confirmed&source=gate.mp4")[first], "the page looks at the state itself"
    page = client.get("/events?state=all&source=gate.mp4").text
    assert 'data-query="state=all&amp;source=gate.mp4"' in page


def test_what_no_stream_can_be_is_refused(desk: ScriptedDesk) -> None:
    client = signed_in(desk, "lan", Role.SCREENER)
    for query in ("wait=-1", "wait=3601", "after=-1", "after=x"):
        assert client.get(f"{STREAM}?{query}").status_code == 422


def test_other_communes_are_not_heard(desk: ScriptedDesk) -> None:
    there = signed_in(desk, "there", Grant(Role.SCREENER, "01279"))
    assert "event: new" not in there.get(f"{STREAM}?wait=0&after=0").text


def test_following_keeps_nobody_signed_in(desk: ScriptedDesk) -> None:
    client = signed_in(desk, "lan", Role.SCREENER)
    for _ in range(6):
        assert client.get(f"{STREAM}?wait=0").status_code == 200
        assert client.get("/wall/state").status_code == 200
        desk.house.clock.advance(5 * 60)
    desk.house.clock.advance(60)
    assert client.get(f"{STREAM}?wait=0").status_code == 401
    working = signed_in(desk, "mai", Role.SCREENER)
    for _ in range(6):
        assert working.get("/events").status_code == 200
        desk.house.clock.advance(10 * 60)


def test_the_server_stops_although_somebody_follows(desk: ScriptedDesk) -> None:
    """A real server and an open stream: news come at once, and stopping waits for no browser."""
    lan = desk.account("lan", Role.SCREENER)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(desk.app, log_level="error", access_log=False)
    server = DeskServer(config, desk.app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx2.Client(base_url=address, timeout=60) as client:
            sign_in(client, "lan")
            with client.stream("GET", STREAM) as answer:
                lines = answer.iter_lines()
                assert next(lines) == "retry: 3000"
                desk.house.reviews.carry_out(lan, first_event(desk), Order(Action.CLAIM))
                assert next(line for line in lines if line.startswith("event: ch"))
                server.should_exit = True
                assert list(lines)[-1:] == [""]
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        listener.close()
    assert not thread.is_alive()


def add_camera(desk: ScriptedDesk) -> None:
    """`gate` in 01273, watched and pictured; `yard`, of which the register knows nothing."""
    house = desk.house
    with house.database.writing() as session:
        draft = SiteDraft("Cổng", SiteKind.STREET, "01273")
        site = save_site(session, house.clock, "nam", draft).id
        save_camera(session, house.clock, "nam", site, CameraDraft("Cổng", "gate"))
    Board(
        {
            name: Condition(name, Link.ONLINE, captured_at=house.clock.now())
            for name in ("gate", "yard")
        }
    ).write(house.root, house.clock.now())
    for name in ("gate", "yard", "secret"):
        picture = still_path(house.root, name)
        picture.parent.mkdir(exist_ok=True)
        picture.write_bytes(b"a picture of " + name.encode())


def test_pictures_of_cameras_are_seen_where_one_may_look(desk: ScriptedDesk) -> None:
    add_camera(desk)
    here = signed_in(desk, "here", Grant(Role.SCREENER, "01273"))
    assert here.get("/wall/gate/picture").content == b"a picture of gate"
    assert here.get("/wall/yard/picture").status_code == 404
    there = signed_in(desk, "there", Grant(Role.SCREENER, "01279"))
    assert there.get("/wall/gate/picture").status_code == 404
    chief = signed_in(desk, "chief", Role.INSPECTOR)
    assert chief.get("/wall/yard/picture").content == b"a picture of yard"
    # A file that is there and no camera of the watch is none; nor is a way out of the folder.
    for name in ("secret", "..%2Flitterwatch.sqlite3", "%2e%2e"):
        assert chief.get(f"/wall/{name}/picture").status_code == 404
    admin = signed_in(desk, "nam", Role.ADMINISTRATOR)
    assert admin.get("/wall/gate/picture").status_code == 403
    page = admin.get("/wall")
    assert page.status_code == 200
    assert "/picture" not in page.text


def test_the_words_of_the_wall_are_those_of_the_page(desk: ScriptedDesk) -> None:
    add_camera(desk)
    here = signed_in(desk, "here", Grant(Role.SCREENER, "01273"))
    told = here.get("/wall/state").json()
    assert told["running"] is True
    ((screen),) = told["screens"]
    assert (screen["id"], screen["well"], screen["words"]) == ("gate", True, ["đang theo dõi"])
    assert screen["taken"] in here.get("/wall").text
