"""The API: the same services in JSON; what is described is what happens."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from PIL import Image
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import select
from starlette.types import Receive, Scope, Send

from litterwatch.detector.types import EventKind
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.service import history
from litterwatch.service.reviews.state import Action, ReviewState
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Grant, Role

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
def program(tmp_path: Path, desk_database: str | None) -> Iterator[Program]:
    desk = ScriptedDesk(tmp_path, ["e1", "e2", "e3"], database=desk_database)
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
        f"{API}/cases",
        f"{API}/cases/{{case_id}}",
        f"{API}/cases/{{case_id}}/moves",
        f"{API}/cases/{{case_id}}/hold",
        f"{API}/cases/{{case_id}}/release",
        f"{API}/exports",
        f"{API}/exports/{{export_id}}",
        f"{API}/exports/{{export_id}}/decision",
        f"{API}/exports/{{export_id}}/again",
        f"{API}/reports",
        f"{API}/reports/{{report_id}}",
        f"{API}/reports/{{report_id}}/files",
        f"{API}/reports/{{report_id}}/steps",
        f"{API}/reports/{{report_id}}/links",
        f"{API}/reports/{{report_id}}/answer",
        f"{API}/webhooks",
        f"{API}/labels",
        f"{API}/labels/next",
        f"{API}/labels/{{marking_id}}",
        f"{API}/labels/{{marking_id}}/boxes",
    }


@pytest.fixture
def officer(program: Program) -> TestClient:
    """Somebody in every office that may stand beside another."""
    offices = (Role.REVIEWER, Role.CASE_OFFICER, Role.AUTHORITY, Role.INSPECTOR, Role.CLERK)
    program.desk.account("hoa", *offices, language="en")
    return signed_in(program.desk, "hoa")


@pytest.fixture
def confirmed(program: Program) -> str:
    """An event that two people have confirmed."""
    house, event_id = program.desk.house, program.ids()[0]
    lan, mai = house.person("an", Role.SCREENER), house.person("mai", Role.REVIEWER)
    house.reviews.carry_out(lan, event_id, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
    house.play(mai, event_id)
    house.reviews.carry_out(mai, event_id, Order(Action.CONFIRM))
    return event_id


def test_a_case_is_opened_once_and_moved_in_order(
    program: Program, officer: TestClient, confirmed: str
) -> None:
    body = {"event_id": confirmed, "unit": "01273", "occurred_on": "2025-12-30"}
    refused = officer.post(f"{API}/cases", json={"event_id": program.ids()[1], "unit": "01273"})
    assert refused.status_code == 409
    opened = [
        officer.post(f"{API}/cases", json=body, headers={"Idempotency-Key": "c1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in opened] == [200, 200]
    assert opened[0].json() == opened[1].json()
    case = opened[0].json()
    assert (case["state"], case["lane"], case["due_on"]) == ("opened", "provided", "2027-12-30")
    assert officer.post(f"{API}/cases", json=body).status_code == 409
    address, tag = f"{API}/cases/{case['id']}", opened[0].headers["etag"]
    detail = officer.get(address)
    assert {each["move"] for each in detail.json()["moves"]} == {"verify", "transfer"}
    assert detail.json()["events"] == [confirmed]
    again = officer.get(address, headers={"If-None-Match": detail.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    verify = {"move": "verify", "fields": {"taken_on": "2026-01-01"}}
    moved = [
        officer.post(
            f"{address}/moves", json=verify, headers={"If-Match": tag, "Idempotency-Key": "m1"}
        )
        for _ in range(2)
    ]
    assert [answer.json()["state"] for answer in moved] == ["verifying", "verifying"]
    other = {"move": "not_identified", "fields": {"reason": "không rõ"}}
    key = {"Idempotency-Key": "m1"}
    assert officer.post(f"{address}/moves", json=other, headers=key).status_code == 409
    late = officer.post(f"{address}/moves", json=other, headers={"If-Match": tag})
    assert late.status_code == 409
    lacking = officer.post(f"{address}/moves", json={"move": "not_identified"})
    assert lacking.status_code == 422
    assert lacking.json()["detail"] == "Fill in everything that this step needs."
    unfit = officer.post(f"{address}/moves", json={"move": "execute", "fields": verify["fields"]})
    assert unfit.status_code in (403, 422)
    moves = [each["move"] for each in officer.get(address).json()["history"]]
    assert moves == ["open", "verify"]


def test_a_hold_is_placed_once_and_released_by_a_second_account(
    program: Program, officer: TestClient, confirmed: str
) -> None:
    case = officer.post(f"{API}/cases", json={"event_id": confirmed, "unit": "01273"})
    address, tag = f"{API}/cases/{case.json()['id']}", case.headers["etag"]
    why, key = {"reason": "khiếu nại"}, {"Idempotency-Key": "h1"}
    assert officer.post(f"{address}/release", json=why).status_code == 409
    assert officer.post(f"{address}/hold", json={"reason": " "}).status_code == 403
    assert officer.post(f"{address}/hold", json={}).status_code == 422
    held = [
        officer.post(f"{address}/hold", json=why, headers={"If-Match": tag, **key})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in held] == [200, 200]
    assert held[0].headers["etag"] == held[1].headers["etag"] != tag
    assert officer.post(f"{address}/hold", json=why).status_code == 409
    other = officer.post(f"{address}/hold", json={"reason": "khác"}, headers=key)
    assert other.status_code == 409, "the key was used for another order"
    (hold,) = officer.get(address).json()["holds"]
    assert (hold["event_id"], hold["reason"]) == (confirmed, "khiếu nại")
    own = officer.post(f"{address}/release", json=why)
    assert own.status_code == 403
    assert own.json()["detail"].startswith("You have placed this hold yourself")
    with program.desk.house.database.reading() as session:
        assert read_log(session, AuditFilter(), 1)[0].action == "access.refused"
    assert program.client.post(f"{address}/release", json=why).status_code == 403
    program.desk.account("minh", Role.INSPECTOR, language="en")
    second = signed_in(program.desk, "minh")
    late = second.post(f"{address}/release", json=why, headers={"If-Match": tag})
    assert late.status_code == 409
    released = [second.post(f"{address}/release", json=why, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in released] == [200, 200]
    detail = second.get(address).json()
    assert detail["holds"] == []
    moves = [each["move"] for each in detail["history"]]
    assert moves == ["open", "hold_evidence", "release_evidence"]


def test_a_hold_on_another_communes_case_is_not_found(
    program: Program, officer: TestClient, confirmed: str
) -> None:
    case = officer.post(f"{API}/cases", json={"event_id": confirmed, "unit": "01273"}).json()["id"]
    program.desk.account("xa", Grant(Role.CASE_OFFICER, "01279"))
    elsewhere = signed_in(program.desk, "xa")
    for what in ("hold", "release"):
        answer = elsewhere.post(f"{API}/cases/{case}/{what}", json={"reason": "x"})
        assert answer.status_code == 404


def test_cases_are_read_in_pages(officer: TestClient, program: Program, confirmed: str) -> None:
    officer.post(f"{API}/cases", json={"event_id": confirmed, "unit": "01273"})
    for text in ("một", "hai"):
        report = officer.post(
            f"{API}/reports", json={"unit": "01273", "place": "chợ", "text": text}
        ).json()["report"]
        officer.post(f"{API}/reports/{report['id']}/steps", json={"action": "accept"})
    seen, behind = [], ""
    for _ in range(3):
        page = officer.get(f"{API}/cases", params={"limit": 1, "behind": behind}).json()
        seen += [item["id"] for item in page["items"]]
        behind = page["following"] or ""
    assert len(set(seen)) == 3
    assert behind == ""
    assert officer.get(f"{API}/cases", params={"state": "closed"}).json()["items"] == []
    assert officer.get(f"{API}/cases", params={"behind": "soon~x"}).status_code == 404
    assert program.client.get(f"{API}/cases").status_code == 403


def test_a_report_is_taken_matched_settled_and_answered(
    officer: TestClient, confirmed: str
) -> None:
    body = {
        "unit": "01273",
        "place": "chân cầu",
        "text": "có người đổ rác",
        "occurred_at": "2025-12-30T08:00:00+07:00",
        "latitude": 22.66,
        "longitude": 106.25,
        "contact": "Nông Văn A",
        "wants_reply": True,
    }
    key = {"Idempotency-Key": "r1"}
    first = officer.post(f"{API}/reports", json=body, headers=key).json()
    again = officer.post(f"{API}/reports", json=body, headers=key).json()
    assert first["code"]
    assert again["code"] is None
    assert again["report"] == first["report"]
    address = f"{API}/reports/{first['report']['id']}"
    assert "Nông" not in officer.get(address).text
    linking = {"action": "link", "event_id": confirmed}
    linked = officer.post(f"{address}/links", json=linking, headers={"If-Match": '"1"'})
    assert linked.status_code == 200
    late = officer.post(f"{address}/steps", json={"action": "accept"}, headers={"If-Match": '"1"'})
    assert late.status_code == 409
    done = [
        officer.post(
            f"{address}/steps", json={"action": "accept"}, headers={"Idempotency-Key": "s1"}
        )
        for _ in range(2)
    ]
    assert [answer.json()["state"] for answer in done] == ["accepted", "accepted"]
    detail = officer.get(address).json()
    assert detail["events"] == [confirmed]
    case = officer.get(f"{API}/cases/{detail['case_id']}").json()
    assert case["events"] == [confirmed]
    answered = officer.post(f"{address}/answer", json={"reply": "Đã lập vụ việc."})
    assert answered.json()["state"] == "answered"
    half = {**body, "longitude": None}
    assert officer.post(f"{API}/reports", json=half).status_code == 422
    to_come = {**body, "occurred_at": "2027-01-01T00:00:00Z"}
    assert officer.post(f"{API}/reports", json=to_come).status_code == 422


def test_a_photo_comes_with_a_report_and_is_noted(program: Program, officer: TestClient) -> None:
    body = {"unit": "01273", "place": "chợ", "text": "đống rác"}
    report = officer.post(f"{API}/reports", json=body).json()["report"]["id"]
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    address = f"{API}/reports/{report}/files"
    added = officer.post(address, content=file.getvalue())
    assert added.status_code == 200
    assert added.json()["original_sha256"] == sha256(file.getvalue()).hexdigest()
    with program.desk.house.database.reading() as session:
        assert read_log(session, AuditFilter(), 1)[0].action == "report.upload_stored"
    assert officer.get(added.json()["href"]).headers["content-type"] == "image/jpeg"
    assert officer.get(f"{API}/reports/{report}").json()["files"] == [added.json()]
    assert officer.post(address, content=b"no picture").status_code == 422
    assert officer.post(f"{API}/reports/{'0' * 32}/files", content=b"x").status_code == 404
    token = {"X-CSRF-Token": "0" * 32}
    assert officer.post(address, content=file.getvalue(), headers=token).status_code == 403


@pytest.mark.parametrize("examples", [3, pytest.param(15, marks=pytest.mark.slow)])
@pytest.mark.parametrize("who", ["screener", "officer"])
def test_what_is_described_is_what_happens(
    program: Program, officer: TestClient, who: str, examples: int
) -> None:
    """Schemathesis: any request that fits, or does not fit, the description."""
    described = program.client.get(f"{API}/openapi.json").json()
    inner = program.desk.app
    client = program.client if who == "screener" else officer

    async def as_somebody(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            cookie = f"litterwatch={client.cookies['litterwatch']}"
            headers = [h for h in scope["headers"] if h[0] not in (b"cookie", b"x-csrf-token")]
            headers.append((b"cookie", cookie.encode()))
            headers.append((b"x-csrf-token", client.headers["X-CSRF-Token"].encode()))
            scope = {**scope, "headers": headers}
        await inner(scope, receive, send)

    schema = schemathesis.openapi.from_dict(described)
    schema.app = as_somebody

    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok)
        strategy = operation.ok().as_strategy()

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=strategy)
        def walk(case: schemathesis.Case[Any]) -> None:
            # What an order needs depends on its action, which the description tells in words.
            case.call_and_validate(
                excluded_checks=[positive_data_acceptance] if case.method == "POST" else None,
                timeout=300.0,  # its own 10 s are too short on a machine that is busy elsewhere
            )

        walk()
