"""The API: the same services in JSON; what is described is what happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import select
from starlette.types import Receive, Scope, Send

from litterwatch.service.reviews.service import history
from litterwatch.service.reviews.state import Action, ReviewState
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Role

API = "/api/v1"
REJECT = {"action": "reject", "reason": "false_alarm"}


@dataclass
class Program:
    desk: ScriptedDesk
    client: TestClient

    def order(self, event_id: str, body: dict[str, Any], **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"{API}/events/{event_id}/steps", json=body, headers=named)

    def ids(self) -> list[str]:
        with self.desk.house.database.reading() as session:
            return sorted(session.scalars(select(ReviewRow.event_id)))


def signed_in(desk: ScriptedDesk, login: str) -> TestClient:
    client = TestClient(desk.app, base_url="http://desk.test")
    client.get("/sign-in")
    client.post(
        "/sign-in",
        data={
            "login": login,
            "password": PASSWORD,
            "csrf": client.cookies["litterwatch-before"],
        },
    )
    client.headers["X-CSRF-Token"] = client.get(f"{API}/me").json()["csrf"]
    return client


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    desk = ScriptedDesk(tmp_path, ["e1", "e2", "e3"])
    with TestClient(desk.app):
        desk.account("lan", Role.SCREENER, language="en")
        yield Program(desk, signed_in(desk, "lan"))
    desk.close()


def test_the_queue_is_read_in_pages(program: Program) -> None:
    for order in ("certain", "newest"):
        seen, behind = [], ""
        for _ in range(3):
            page = program.client.get(
                f"{API}/events", params={"limit": 1, "behind": behind, "order": order}
            ).json()
            seen += [item["id"] for item in page["items"]]
            behind = page["following"] or ""
        assert sorted(seen) == program.ids()
        assert behind == ""


@pytest.mark.parametrize("behind", ["x~y", "nan~y", "inf~y", "9" * 150 + "~"])
def test_a_cursor_that_is_none_of_ours_is_refused(program: Program, behind: str) -> None:
    answer = program.client.get(f"{API}/events", params={"behind": behind})
    assert answer.status_code in (200, 404)
    if answer.status_code == 404:
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_event_has_a_tag_and_is_not_sent_twice(program: Program) -> None:
    event_id = program.ids()[0]
    first = program.client.get(f"{API}/events/{event_id}")
    assert first.headers["etag"] == '"1"'
    assert [step["action"] for step in first.json()["steps"]] == ["create"]
    assert {file["role"] for file in first.json()["files"]} >= {"clip", "manifest"}
    again = program.client.get(f"{API}/events/{event_id}", headers={"If-None-Match": '"1"'})
    assert (again.status_code, again.content) == (304, b"")


def test_an_order_on_what_has_changed_is_refused(program: Program) -> None:
    event_id = program.ids()[0]
    done = program.order(event_id, REJECT, If_Match='"1"')
    assert (done.status_code, done.headers["etag"]) == (200, '"3"')
    assert done.json()["state"] == "rejected"
    late = program.order(event_id, {"action": "undo"}, If_Match='"1"')
    assert late.status_code == 409
    assert late.json()["detail"].startswith("This cannot be done to the event as it stands now")
    assert program.order(event_id, {"action": "undo"}, If_Match="x").status_code == 409


def test_the_same_order_twice_is_carried_out_once(program: Program) -> None:
    event_id, other = program.ids()[:2]
    answers = [program.order(event_id, REJECT, Idempotency_Key="k1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert program.order(other, REJECT, Idempotency_Key="k1").status_code == 409
    undo = [program.order(event_id, {"action": "undo"}, Idempotency_Key="k2") for _ in range(2)]
    assert [answer.status_code for answer in undo] == [200, 200]
    with program.desk.house.database.reading() as session:
        steps = [step.action for step in history(session, event_id)]
        assert steps == [Action.CREATE, Action.CLAIM, Action.REJECT, Action.UNDO]
        assert session.get_one(ReviewRow, other).state is ReviewState.NEW


def test_orders_need_the_token_and_the_role(program: Program) -> None:
    event_id = program.ids()[0]
    assert program.order(event_id, REJECT, X_CSRF_Token="0" * 32).status_code == 403
    assert program.order(event_id, {"action": "confirm"}).status_code == 409
    program.desk.account("an", Role.AUDITOR)
    auditor = Program(program.desk, signed_in(program.desk, "an"))
    assert auditor.order(event_id, REJECT).status_code == 403


def test_the_description_is_31_and_names_every_call(program: Program) -> None:
    described = program.client.get(f"{API}/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {
        f"{API}/me",
        f"{API}/events",
        f"{API}/events/{{event_id}}",
        f"{API}/events/{{event_id}}/steps",
        f"{API}/labels",
        f"{API}/labels/next",
        f"{API}/labels/{{marking_id}}",
        f"{API}/labels/{{marking_id}}/boxes",
    }


def test_what_is_described_is_what_happens(program: Program) -> None:
    """Schemathesis: any request that fits, or does not fit, the description."""
    described = program.client.get(f"{API}/openapi.json").json()
    inner = program.desk.app

    async def as_lan(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            cookie = f"litterwatch={program.client.cookies['litterwatch']}"
            headers = [h for h in scope["headers"] if h[0] not in (b"cookie", b"x-csrf-token")]
            headers.append((b"cookie", cookie.encode()))
            headers.append((b"x-csrf-token", program.client.headers["X-CSRF-Token"].encode()))
            scope = {**scope, "headers": headers}
        await inner(scope, receive, send)

    schema = schemathesis.openapi.from_dict(described)
    schema.app = as_lan

    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok)
        strategy = operation.ok().as_strategy()

        @settings(
            max_examples=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=strategy)
        def walk(case: schemathesis.Case[Any]) -> None:
            # What an order needs depends on its action, which the description tells in words.
            case.call_and_validate(
                excluded_checks=[positive_data_acceptance] if case.method == "POST" else None
            )

        walk()
