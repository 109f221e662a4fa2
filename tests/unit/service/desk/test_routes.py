"""Every route: who gets in, who does not, and what the log says. No route is forgotten."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from litterwatch.detector.types import EventKind
from litterwatch.models.shelf import Shelf
from litterwatch.service.actor import Actor, Office
from litterwatch.service.audit.service import AuditFilter, read_log, verify_log
from litterwatch.service.cases.cleaning import report_place
from litterwatch.service.cases.holidays import set_holiday
from litterwatch.service.cases.opening import open_on_event
from litterwatch.service.cases.particulars import hold_case
from litterwatch.service.desk.access import Change, Gate, Look
from litterwatch.service.desk.labels import LOGGED
from litterwatch.service.evidence.export import Wish, decide_export, request_export
from litterwatch.service.labels.tables import MarkingState
from litterwatch.service.learning.folders import models_folder
from litterwatch.service.learning.scripted import add_candidate, add_data_set
from litterwatch.service.reports.matching import link
from litterwatch.service.reports.service import PUBLIC_FORM, NewReport, receive_report
from litterwatch.service.reports.settling import dismiss_report
from litterwatch.service.reports.tables import Channel
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.sites.service import CameraDraft
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.sites.zones import save_zones
from litterwatch.service.tables import (
    AuditRow,
    CameraEntryRow,
    EvidenceRow,
    LabelRow,
    MarkingRow,
    PermitRow,
    ReviewRow,
    SiteRow,
    UserRow,
    WebhookRow,
)
from litterwatch.service.users.first_run import issue_token
from litterwatch.service.users.roles import ALLOWED, Grant, Permission, Role
from litterwatch.service.vault import Vault

PUBLIC = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/provider/back"),
    ("GET", "/sign-out/provider"),
    ("GET", "/second-factor"),
    ("POST", "/second-factor"),
    ("GET", "/first-run"),
    ("POST", "/first-run"),
    ("POST", "/language"),
    ("GET", "/health"),
    ("GET", "/report"),
    ("POST", "/report"),
    ("GET", "/report/status"),
    ("POST", "/report/status"),
}
"""Before anybody is signed in; everything else has a gate."""


@dataclass
class Visitor:
    client: TestClient
    csrf: str

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers, follow_redirects=False)

    def post(self, path: str, data: dict[str, Any] | None = None, csrf: str | None = None) -> Any:
        token = self.csrf if csrf is None else csrf
        if path.startswith("/api/"):
            return self.client.post(path, json=data or {}, headers={"X-CSRF-Token": token})
        return self.client.post(
            path,
            data={"csrf": token, **(data or {})},
            headers={"X-CSRF-Token": token},
            follow_redirects=False,
        )


@pytest.fixture
def desk(tmp_path: Path, desk_database: str | None) -> Iterator[ScriptedDesk]:
    desk = ScriptedDesk(tmp_path, ["e1", "e2", "e3"], database=desk_database)
    with TestClient(desk.app, base_url="http://desk.test"):
        yield desk
    desk.close()


@pytest.fixture
def event_id(desk: ScriptedDesk) -> str:
    with desk.house.database.reading() as session:
        return session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)).all()[0]


def anybody(desk: ScriptedDesk) -> Visitor:
    return Visitor(TestClient(desk.app, base_url="http://desk.test"), "")


def sign_in(desk: ScriptedDesk, login: str) -> Visitor:
    client = anybody(desk).client
    client.get("/sign-in")
    answer = client.post(
        "/sign-in",
        data={
            "login": login,
            "password": PASSWORD,
            "csrf": client.cookies["litterwatch-before"],
        },
        follow_redirects=False,
    )
    assert answer.status_code == 303
    visitor = desk.app.state.desk.sessions.find(client.cookies["litterwatch"])
    return Visitor(client, visitor.csrf)


def in_role(desk: ScriptedDesk, role: Role) -> Visitor:
    desk.account(f"user-{role}", role)
    return sign_in(desk, f"user-{role}")


def api_routes(router: Any) -> Iterator[APIRoute]:
    """The only thing that is no route of ours are the files of the pages."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            assert route.path == "/static"


def routes(desk: ScriptedDesk) -> list[tuple[str, str, Gate | None]]:
    """Method, path and gate of every route."""
    found: list[tuple[str, str, Gate | None]] = []
    for route in api_routes(desk.app):
        calls: list[object] = [dependency.call for dependency in route.dependant.dependencies]
        gates = [call for call in calls if isinstance(call, Gate)]
        assert len(gates) <= 1, route.path
        gate = gates[0] if gates else None
        found.extend((method, route.path, gate) for method in route.methods or ())
    return found


def rows(desk: ScriptedDesk) -> int:
    with desk.house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditRow)) or 0


def last_action(desk: ScriptedDesk) -> str:
    with desk.house.database.reading() as session:
        return read_log(session, AuditFilter(), 1)[0].action


def test_every_route_has_a_gate_or_is_known_to_be_public(desk: ScriptedDesk) -> None:
    open_to_all = {(method, path) for method, path, gate in routes(desk) if gate is None}
    assert open_to_all == PUBLIC
    assert len(routes(desk)) > 25


def test_nothing_is_changed_by_looking(desk: ScriptedDesk) -> None:
    for method, path, gate in routes(desk):
        if gate is not None:
            assert isinstance(gate, Look) == (method == "GET"), path


AGAIN = (
    "clip",
    "clip-state",
    "/wall/state",
    "/models/work",
    "/exports/{export_id}/state",
    "/events/{event_id}/previews/{role}",
)
"""What belongs to a look that was noted just before."""

SITE, CAMERA, HOOK = "site1", "camera1", "hook1"


def add_register(desk: ScriptedDesk) -> None:
    """A site with a camera, whose recordings are those of the scripted events, and a zone."""
    house = desk.house
    hoa = desk.account("drawer", Role.REVIEWER)
    with house.database.writing() as session:
        now = house.clock.now()
        facts = {"created_at": now, "updated_at": now}
        session.add(SiteRow(id=SITE, name="s", kind=SiteKind.STREET, unit="01273", **facts))
        session.flush()
        draft = asdict(CameraDraft("c", "street"))
        session.add(CameraEntryRow(id=CAMERA, site_id=SITE, **draft, **facts))
        session.flush()
        hook = WebhookRow(id=HOOK, name="h", address="http://127.0.0.1:9/", unit="")
        hook.secret, hook.seen_seq, hook.is_active = "", 1 << 40, True
        hook.made_by, hook.made_at = "system", now
        session.add(hook)
        zone = {"id": "z", "kind": "no_dump", "outline": [[0, 0], [1, 0], [1, 1]]}
        save_zones(session, house.clock, hoa.user_id, CAMERA, [zone], seen_version=0)


@dataclass(frozen=True)
class Ids:
    """Of what there is to look at: an event that nobody has judged, one with a case, one without.

    Attributes:
        event: nobody has judged it.
        confirmed: two people have, and it has no case.
        in_case: it belongs to the case.
        report: nobody has settled it; settled: somebody has; linked: with the confirmed event.
    """

    event: str
    confirmed: str
    in_case: str
    case: str
    track: str
    report: str
    settled: str
    linked: str


@pytest.fixture
def ids(desk: ScriptedDesk, event_id: str) -> Ids:
    """A register, two confirmed events, a case with a place to clean, a day off."""
    add_register(desk)
    house = desk.house
    lan, hoa = desk.account("first", Role.SCREENER), desk.account("second", Role.REVIEWER)
    with house.database.reading() as session:
        event, confirmed, in_case = session.scalars(
            select(ReviewRow.event_id).order_by(ReviewRow.event_id)
        )
    assert event == event_id
    for each in (confirmed, in_case):
        house.reviews.carry_out(lan, each, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
        house.play(hoa, each)
        house.reviews.carry_out(hoa, each, Order(Action.CONFIRM))
    officer = Actor("officer", Office.CASE_OFFICER)
    admin = Actor("admin", Office.ADMINISTRATOR)
    with house.database.writing() as session:
        review = session.get_one(ReviewRow, in_case)
        case = open_on_event(session, house.clock, officer, review, unit="01273")
        track = report_place(
            session, house.clock, officer, unit="01273", place="chân cầu", case_id=case
        )
        set_holiday(
            session, house.clock, admin, day=date(2026, 1, 5), name="nghỉ bù", is_workday=False
        )
        reports = []
        for text in ("nobody settled it", "settled", "linked"):
            new = NewReport(Channel.HOTLINE, "01273", "chân cầu", text, contact="Nông Văn A")
            reports.append(
                receive_report(session, house.clock, PUBLIC_FORM, Vault(house.root), new)[0]
            )
        dismiss_report(session, house.clock, officer, reports[1], "không thuộc thẩm quyền")
        link(session, house.clock, officer, reports[2], confirmed)
    return Ids(event, confirmed, in_case, case, track, *reports)


def filled(path: str, ids: Ids) -> str:
    event = ids.in_case if path.startswith("/cases/") else ids.event
    return (
        path.replace("{event_id}", event)
        .replace("{role}", "still_act")
        .replace("{user_id}", "nobody")
        .replace("{site_id}", SITE)
        .replace("{camera_id}", CAMERA)
        .replace("{version}", "1")
        .replace("{case_id}", ids.case)
        .replace("{track_id}", ids.track)
        .replace("{number}", "1")
        .replace("{report_id}", ids.report)
        .replace("{upload_id}", "none")
        .replace("{chart}", "rates")
        .replace("{webhook_id}", HOOK)
        .replace("/events/stream", "/events/stream?wait=0")
        .replace("{marking_id}", MARKING)
        .replace("{permit_id}", PERMIT)
        .replace("{candidate}", "none")
        .replace("{export_id}", "none")
    )


MARKING, PERMIT = "marking1", "permit1"


def add_label(desk: ScriptedDesk, event_id: str, labeller: Person) -> None:
    """A rejected event whose picture somebody marks, and a permission for its recording."""
    house = desk.house
    order = Order(Action.REJECT, 1, RejectReason.FALSE_ALARM)
    desk.app.state.desk.reviews.carry_out(desk.account("judge", Role.SCREENER), event_id, order)
    now = house.clock.now()
    with house.database.writing() as session:
        label = session.scalars(select(LabelRow)).one()
        given = {"reason": "tried out", "role": Role.AUTHORITY, "given_by": labeller.user_id}
        session.add(PermitRow(id=PERMIT, source=label.source, given_at=now, **given))
        session.add(
            MarkingRow(
                id=MARKING,
                label_id=label.id,
                labeller=labeller.user_id,
                number=1,
                state=MarkingState.DRAFT,
                revision=1,
                boxes=[],
                drafted=[],
                drafted_by="0" * 64,
                width=64,
                height=48,
                picture_sha256="0" * 64,
                started_at=now,
                changed_at=now,
            )
        )


def test_nobody_gets_in_without_a_session(desk: ScriptedDesk, ids: Ids) -> None:
    stranger = anybody(desk)
    for method, path, gate in routes(desk):
        if gate is None:
            continue
        ask = stranger.get if method == "GET" else stranger.post
        before = rows(desk)
        answer = ask(filled(path, ids))
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert rows(desk) == before + 1
        assert last_action(desk) == "access.refused"
        if method == "GET":
            page = stranger.get(filled(path, ids), Accept="text/html")
            assert page.status_code == 303
            assert page.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_where_it_may_and_nowhere_else(
    desk: ScriptedDesk, ids: Ids, role: Role
) -> None:
    visitor = in_role(desk, role)
    for method, path, gate in routes(desk):
        if gate is None or path == "/sign-out":
            continue
        ask = visitor.get if method == "GET" else visitor.post
        before = rows(desk)
        answer = ask(filled(path, ids))
        if role in ALLOWED[gate.permission]:
            assert answer.status_code not in (401, 403, 500), path
            if isinstance(gate, Look):
                assert rows(desk) > before or path.endswith(AGAIN), path
        else:
            assert answer.status_code == 403, path
            assert last_action(desk) == "access.refused"


def test_no_administrator_and_no_auditor_sees_footage(desk: ScriptedDesk, event_id: str) -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.CLERK):
        visitor = in_role(desk, role)
        for part in ("", "/clip", "/files/clip", "/previews/still_act", "/files/manifest"):
            assert visitor.get(f"/events/{event_id}{part}").status_code == 403


def test_a_form_of_another_session_or_site_changes_nothing(
    desk: ScriptedDesk, ids: Ids, event_id: str
) -> None:
    lan = in_role(desk, Role.SCREENER)
    for method, path, gate in routes(desk):
        if method == "GET" or gate is None or Role.SCREENER not in ALLOWED[gate.permission]:
            continue
        for token in ("", "0" * 32):
            assert lan.post(filled(path, ids), csrf=token).status_code in (403, 422), path
    order = {"action": "reject", "reason": "false_alarm", "revision": 1}
    assert lan.post(f"/events/{event_id}/orders", order, csrf="").status_code == 403
    for header in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = lan.client.post(
            f"/events/{event_id}/orders", data={"csrf": lan.csrf, **order}, headers=header
        )
        assert answer.status_code == 403
    with desk.house.database.reading() as session:
        assert session.get_one(ReviewRow, event_id).state is ReviewState.NEW


CHANGES: dict[str, Callable[[str], tuple[str, dict[str, Any], Role, str]]] = {
    "/events/{event_id}/orders": lambda e: (
        f"/events/{e}/orders",
        {"action": "reject", "reason": "false_alarm", "revision": 1},
        Role.SCREENER,
        "review.reject",
    ),
    "/events/{event_id}/played": lambda e: (
        f"/events/{e}/played",
        {},
        Role.REVIEWER,
        "clip.played",
    ),
    "/events/{event_id}/missed": lambda e: (
        f"/events/{e}/missed",
        {"media_time": "31.5", "note": "túi"},
        Role.SCREENER,
        "missed.reported",
    ),
    "/accounts": lambda _: (
        "/accounts",
        {"name": "Mai", "login": "mai", "password": "sông chảy qua làng", "roles": ["r1", "r2"]},
        Role.ADMINISTRATOR,
        "account.made",
    ),
    "/accounts/{user_id}/roles": lambda u: (
        f"/accounts/{u}/roles",
        {"roles": ["r2"], "unit": "01273"},
        Role.ADMINISTRATOR,
        "account.roles",
    ),
    "/accounts/{user_id}/switch": lambda u: (
        f"/accounts/{u}/switch",
        {"is_active": "false"},
        Role.ADMINISTRATOR,
        "account.switched_off",
    ),
    "/accounts/{user_id}/password": lambda u: (
        f"/accounts/{u}/password",
        {"password": "sông chảy qua làng"},
        Role.ADMINISTRATOR,
        "account.password_reset",
    ),
    "/account/password": lambda _: (
        "/account/password",
        {"current": PASSWORD, "new": "sông chảy qua làng"},
        Role.CLERK,
        "session.opened",
    ),
    "/account/second-factor": lambda _: (
        "/account/second-factor",
        {},
        Role.CLERK,
        "second_factor.proposed",
    ),
    "/api/v1/events/{event_id}/steps": lambda e: (
        f"/api/v1/events/{e}/steps",
        {"action": "reject", "reason": "false_alarm"},
        Role.SCREENER,
        "review.reject",
    ),
    "/sites": lambda _: (
        "/sites",
        {
            "name": "Chợ",
            "kind": "market",
            "unit": "01273",
            "latitude": "22,6",
            "longitude": "106.2",
        },
        Role.ADMINISTRATOR,
        "site.saved",
    ),
    "/sites/{site_id}": lambda _: (
        f"/sites/{SITE}",
        {"name": "Chợ", "kind": "market", "unit": "01279"},
        Role.ADMINISTRATOR,
        "site.saved",
    ),
    "/sites/{site_id}/cameras": lambda _: (
        f"/sites/{SITE}/cameras",
        {"name": "Cổng", "source": "gate/", "approval_date": "01/12/2025"},
        Role.ADMINISTRATOR,
        "camera.saved",
    ),
    "/cameras/{camera_id}": lambda _: (
        f"/cameras/{CAMERA}",
        {"name": "Cổng", "source": "street", "is_sign_installed": "true"},
        Role.ADMINISTRATOR,
        "camera.saved",
    ),
    "/cameras/{camera_id}/zones": lambda _: (
        f"/cameras/{CAMERA}/zones",
        {
            "zones": '[{"id":"a","kind":"no_dump","outline":[[0,0],[1,0],[1,1]]}]',
            "seen_version": "1",
        },
        Role.REVIEWER,
        "zones.saved",
    ),
    "/events/{event_id}/case": lambda e: (
        f"/events/{e}/case",
        {"unit": "01273"},
        Role.REVIEWER,
        "case.open",
    ),
    "/cases/{case_id}/moves": lambda c: (
        f"/cases/{c}/moves",
        {"move": "verify", "version": "1", "taken_on": "01/01/2026"},
        Role.CASE_OFFICER,
        "case.verify",
    ),
    "/cases/{case_id}/identity": lambda c: (
        f"/cases/{c}/identity",
        {"text": "Nông Văn A, 1980"},
        Role.CASE_OFFICER,
        "case.type_identity",
    ),
    "/cases/{case_id}/identity/read": lambda c: (
        f"/cases/{c}/identity/read",
        {},
        Role.AUTHORITY,
        "identity.read",
    ),
    "/cases/{case_id}/papers": lambda c: (
        f"/cases/{c}/papers",
        {"kind": "result_record", "title": "Phiếu ghi nhận", "sheets": "2"},
        Role.CASE_OFFICER,
        "case.add_paper",
    ),
    "/cases/{case_id}/circumstances": lambda c: (
        f"/cases/{c}/circumstances",
        {"is_complex": "true", "reason": "nhiều người", "occurred_on": "31/12/2025"},
        Role.CASE_OFFICER,
        "case.set_circumstances",
    ),
    "/cases/{case_id}/hold": lambda c: (
        f"/cases/{c}/hold",
        {"reason": "khiếu nại"},
        Role.REVIEWER,
        "case.hold_evidence",
    ),
    "/cases/{case_id}/release": lambda c: (
        f"/cases/{c}/release",
        {"reason": "đã giải quyết"},
        Role.INSPECTOR,
        "case.release_evidence",
    ),
    "/cases/{case_id}/dossier": lambda c: (
        f"/cases/{c}/dossier",
        {"unit": "UBND phường Thục Phán"},
        Role.INSPECTOR,
        "dossier.printed",
    ),
    "/cases/{case_id}/places": lambda c: (
        f"/cases/{c}/places",
        {"place": "sau chợ"},
        Role.REVIEWER,
        "place.report",
    ),
    "/events/{event_id}/exports": lambda e: (
        f"/events/{e}/exports",
        {"reason": "chuyển hồ sơ", "recipient": "Công an xã"},
        Role.CASE_OFFICER,
        "export.requested",
    ),
    "/exports/{export_id}/decision": lambda x: (
        f"/exports/{x}/decision",
        {"agree": "true"},
        Role.REVIEWER,
        "export.agreed",
    ),
    "/exports/{export_id}/again": lambda x: (
        f"/exports/{x}/again",
        {},
        Role.AUTHORITY,
        "export.requested",
    ),
    "/api/v1/exports": lambda _: (
        "/api/v1/exports",
        {"event_id": "EVENT", "reason": "chuyển hồ sơ", "recipient": "Công an xã"},
        Role.INSPECTOR,
        "export.requested",
    ),
    "/api/v1/exports/{export_id}/decision": lambda x: (
        f"/api/v1/exports/{x}/decision",
        {"agree": False},
        Role.AUTHORITY,
        "export.declined",
    ),
    "/api/v1/exports/{export_id}/again": lambda x: (
        f"/api/v1/exports/{x}/again",
        {},
        Role.CASE_OFFICER,
        "export.requested",
    ),
    "/places/{track_id}/moves": lambda p: (
        f"/places/{p}/moves",
        {"move": "order", "version": "1", "to_whom": "đội vệ sinh"},
        Role.CASE_OFFICER,
        "place.order",
    ),
    "/reports": lambda _: (
        "/reports",
        {"channel": "hotline", "unit": "01273", "place": "chợ", "text": "đống rác lớn"},
        Role.CLERK,
        "report.received",
    ),
    "/reports/{report_id}/links": lambda e: (
        f"/reports/{e}/links",
        {"action": "link", "event_id": "EVENT"},
        Role.REVIEWER,
        "report.linked",
    ),
    "/reports/{report_id}/steps": lambda e: (
        f"/reports/{e}/steps",
        {"action": "forward", "reason": "chuyển UBND xã"},
        Role.CASE_OFFICER,
        "report.forwarded",
    ),
    "/reports/{report_id}/answer": lambda e: (
        f"/reports/{e}/answer",
        {"reply": "Đã dọn xong."},
        Role.CLERK,
        "report.answered",
    ),
    "/reports/{report_id}/sender": lambda e: (
        f"/reports/{e}/sender",
        {"reason": "hỏi lại địa điểm"},
        Role.INSPECTOR,
        "sender.read",
    ),
    "/api/v1/cases": lambda _: (
        "/api/v1/cases",
        {"event_id": "CONFIRMED", "unit": "01273"},
        Role.CASE_OFFICER,
        "case.open",
    ),
    "/api/v1/cases/{case_id}/hold": lambda c: (
        f"/api/v1/cases/{c}/hold",
        {"reason": "khiếu nại"},
        Role.REVIEWER,
        "case.hold_evidence",
    ),
    "/api/v1/cases/{case_id}/release": lambda c: (
        f"/api/v1/cases/{c}/release",
        {"reason": "đã giải quyết"},
        Role.INSPECTOR,
        "case.release_evidence",
    ),
    "/api/v1/cases/{case_id}/moves": lambda c: (
        f"/api/v1/cases/{c}/moves",
        {"move": "transfer", "fields": {"target_unit": "01279", "reason": "ngoài địa bàn"}},
        Role.CASE_OFFICER,
        "case.transfer",
    ),
    "/api/v1/reports": lambda _: (
        "/api/v1/reports",
        {"unit": "01273", "place": "chợ", "text": "đống rác lớn"},
        Role.CLERK,
        "report.received",
    ),
    "/api/v1/reports/{report_id}/links": lambda e: (
        f"/api/v1/reports/{e}/links",
        {"action": "link", "event_id": "EVENT"},
        Role.INSPECTOR,
        "report.linked",
    ),
    "/api/v1/reports/{report_id}/steps": lambda e: (
        f"/api/v1/reports/{e}/steps",
        {"action": "dismiss", "reason": "đã dọn"},
        Role.CASE_OFFICER,
        "report.dismissed",
    ),
    "/api/v1/reports/{report_id}/answer": lambda e: (
        f"/api/v1/reports/{e}/answer",
        {"reply": "Đã dọn xong."},
        Role.INSPECTOR,
        "report.answered",
    ),
    "/holidays": lambda _: (
        "/holidays",
        {"day": "06/01/2026", "name": "nghỉ bù"},
        Role.ADMINISTRATOR,
        "holiday.set",
    ),
    "/holidays/forget": lambda _: (
        "/holidays/forget",
        {"day": "05/01/2026"},
        Role.INSPECTOR,
        "holiday.forgotten",
    ),
    "/holidays/complete": lambda _: (
        "/holidays/complete",
        {"year": "2027"},
        Role.ADMINISTRATOR,
        "holiday.complete",
    ),
    "/webhooks": lambda _: (
        "/webhooks",
        {"name": "Đường dây nóng", "address": "http://hotline.test/events", "unit": "01273"},
        Role.ADMINISTRATOR,
        "webhook.added",
    ),
    "/api/v1/webhooks": lambda _: (
        "/api/v1/webhooks",
        {"name": "Đường dây nóng", "address": "http://hotline.test/events"},
        Role.ADMINISTRATOR,
        "webhook.added",
    ),
    "/webhooks/{webhook_id}/switch": lambda _: (
        f"/webhooks/{HOOK}/switch",
        {"is_active": "false"},
        Role.ADMINISTRATOR,
        "webhook.switched_off",
    ),
    "/webhooks/{webhook_id}/again": lambda _: (
        f"/webhooks/{HOOK}/again",
        {},
        Role.ADMINISTRATOR,
        "webhook.tried_again",
    ),
    "/webhooks/{webhook_id}/remove": lambda _: (
        f"/webhooks/{HOOK}/remove",
        {},
        Role.ADMINISTRATOR,
        "webhook.removed",
    ),
    "/labelling/next": lambda _: ("/labelling/next", {}, Role.REVIEWER, "marking.taken"),
    "/api/v1/labels/next": lambda _: ("/api/v1/labels/next", {}, Role.REVIEWER, "marking.taken"),
    "/api/v1/labels/{marking_id}/boxes": lambda _: (
        f"/api/v1/labels/{MARKING}/boxes",
        {"revision": 1, "boxes": [{"box": [1, 2, 30, 20], "label": "waste"}], "verified": True},
        Role.SCREENER,
        "marking.verified",
    ),
    "/labelling/permits": lambda _: (
        "/labelling/permits",
        {"reason": "for the next training", "event_id": "{event_id}"},
        Role.AUTHORITY,
        "training.permitted",
    ),
    "/labelling/permits/{permit_id}/withdraw": lambda _: (
        f"/labelling/permits/{PERMIT}/withdraw",
        {},
        Role.INSPECTOR,
        "training.forbidden",
    ),
    "/models/datasets": lambda _: (
        "/models/datasets",
        {"freeze": "true"},
        Role.ADMINISTRATOR,
        "dataset.ordered",
    ),
    "/models/candidates": lambda _: (
        "/models/candidates",
        {},
        Role.INSPECTOR,
        "candidate.ordered",
    ),
    "/models/candidates/{candidate}/promote": lambda _: (
        "/models/candidates/good/promote",
        {"in_use": "before", "reason": "sees more", "without_shadow": "true"},
        Role.AUTHORITY,
        "model.promoted",
    ),
    "/models/rollback": lambda _: (
        "/models/rollback",
        {"in_use": "before"},
        Role.INSPECTOR,
        "model.rolled_back",
    ),
    "/log/check": lambda _: ("/log/check", {}, Role.AUDITOR, "log.checked"),
    "/sign-out": lambda _: ("/sign-out", {}, Role.CLERK, "session.ended"),
}


def add_export(desk: ScriptedDesk, event_id: str, *, is_declined: bool) -> str:
    """Somebody's wish for an unblurred package."""
    house, officer = desk.house, Actor("officer", Office.CASE_OFFICER)
    wish = Wish(event_id, "chuyển hồ sơ", "Công an xã", is_unblurred=True)
    number = request_export(house.database, house.clock, officer, wish, is_kept=True)
    if is_declined:
        second = Actor("second", Office.REVIEWER)
        decide_export(house.database, house.clock, second, number, agree=False)
    return number


@pytest.mark.parametrize("path", CHANGES)
def test_every_change_is_in_the_log(desk: ScriptedDesk, ids: Ids, path: str) -> None:
    other = desk.account("other", Role.SCREENER)
    subjects = {
        "{user_id}": other.user_id,
        "{event_id}/case": ids.confirmed,
        "{case_id}": ids.case,
        "{track_id}": ids.track,
        "{report_id}/answer": ids.settled,
        "{report_id}": ids.report,
    }
    if "{export_id}" in path:
        is_declined = path.endswith("/again")
        subjects["{export_id}"] = add_export(desk, ids.event, is_declined=is_declined)
    subject = next((s for name, s in subjects.items() if name in path), ids.event)
    address, data, role, action = CHANGES[path](subject)
    visitor = in_role(desk, role)
    if "label" in path:
        labeller = desk.account("labeller", Role.SCREENER)
        add_label(desk, ids.event, labeller)
        if "{marking_id}" in path:
            visitor = sign_in(desk, "labeller")
    if path.endswith("/release"):
        with desk.house.database.writing() as session:
            officer = Actor("officer", Office.CASE_OFFICER)
            hold_case(session, desk.house.clock, officer, ids.case, "khiếu nại")
    if path.startswith("/models"):
        add_data_set(desk.house.root)
        Shelf(models_folder(desk.house.root)).promote(
            add_candidate(desk.house.root, "before"), "before"
        )
        add_candidate(desk.house.root, "good")
    known = {"EVENT": ids.event, "CONFIRMED": ids.confirmed, "{event_id}": ids.event}
    data = {name: known.get(str(value), value) for name, value in data.items()}
    answer = visitor.post(address, data)
    assert answer.status_code in (200, 201, 202, 204, 303), answer.text
    assert last_action(desk) == action


def test_no_change_is_forgotten(desk: ScriptedDesk) -> None:
    changing = {path for method, path, gate in routes(desk) if method == "POST" and gate}
    walked_elsewhere = {
        "/account/second-factor/on",
        "/account/second-factor/off",
        "/account/provider",
        "/account/provider/off",
        "/accounts/{user_id}/subject",
        "/api/v1/reports/{report_id}/files",
        "/models/work/stop",
    }
    assert changing == set(CHANGES) | walked_elsewhere


def test_the_second_factor_is_set_up_used_and_taken_off(desk: ScriptedDesk) -> None:
    clerk = in_role(desk, Role.CLERK)
    page = clerk.post("/account/second-factor")
    with desk.house.database.reading() as session:
        secret = session.scalars(select(UserRow.totp_proposed)).one()
    assert secret
    assert secret in page.text
    assert 'class="square"' in page.text
    totp = pyotp.TOTP(secret)
    assert clerk.post("/account/second-factor/on", {"code": "1"}).status_code == 422
    code = totp.at(desk.house.clock.now())
    assert clerk.post("/account/second-factor/on", {"code": code}).status_code == 303
    assert last_action(desk) == "second_factor.on"
    desk.house.clock.advance(60)
    again = sign_in(desk, "user-r6")
    assert again.get("/", Accept="text/html").headers["location"] == "/second-factor"
    assert again.get("/account").status_code == 401
    elsewhere = again.get("/second-factor?next=//evil.test", Accept="text/html").text
    assert 'name="next" value="/"' in elsewhere
    answer = again.client.post(
        "/second-factor",
        data={
            "code": totp.at(desk.house.clock.now()),
            "csrf": again.client.cookies["litterwatch-before"],
            "next": "/account",
        },
        follow_redirects=False,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert again.get("/account").status_code == 200
    desk.house.clock.advance(60)
    code = totp.at(desk.house.clock.now())
    assert clerk.post("/account/second-factor/off", {"code": code}).status_code == 303
    assert last_action(desk) == "second_factor.off"


def test_what_the_log_says_has_words_and_is_whole(desk: ScriptedDesk, ids: Ids) -> None:
    for role in Role:
        visitor = in_role(desk, role)
        for method, path, gate in routes(desk):
            if method == "GET" and gate is not None:
                visitor.get(filled(path, ids))
    with desk.house.database.reading() as session:
        assert set(session.scalars(select(AuditRow.action))) <= set(LOGGED)
        assert verify_log(session)[1] == []
    for _, _, gate in routes(desk):
        if isinstance(gate, Look):
            assert gate.action in LOGGED


def test_pieces_of_a_clip_are_one_look(desk: ScriptedDesk, event_id: str) -> None:
    lan = in_role(desk, Role.SCREENER)
    before = rows(desk)
    whole = lan.get(f"/events/{event_id}/clip")
    piece = lan.get(f"/events/{event_id}/clip", Range="bytes=4-11")
    assert (whole.status_code, piece.status_code) == (200, 206)
    assert piece.content == whole.content[4:12]
    assert piece.headers["content-range"] == f"bytes 4-11/{len(whole.content)}"
    assert rows(desk) == before + 1
    desk.house.clock.advance(11 * 60)
    lan.get(f"/events/{event_id}/clip", Range="bytes=4-11")
    assert rows(desk) == before + 2


def test_the_pictures_of_a_page_are_one_look_each_and_one_commit(desk: ScriptedDesk) -> None:
    lan = in_role(desk, Role.SCREENER)
    before = rows(desk)
    assert lan.get("/events").status_code == 200
    assert rows(desk) == before + 1 + 3  # the page, and what it shows of three events
    with desk.house.database.reading() as session:
        seen = read_log(session, AuditFilter(action="preview.opened"), 9)
        assert len({row.subject for row in seen}) == len({row.at for row in seen}) * 3 == 3
        assert verify_log(session)[1] == []
        events = [row.subject.removeprefix("event:") for row in seen]
    for event_id in events:
        lan.get(f"/events/{event_id}/previews/still_act")
    assert rows(desk) == before + 4
    lan.get("/events")
    assert rows(desk) == before + 5  # the same pictures within ten minutes
    desk.house.clock.advance(11 * 60)
    lan.get(f"/events/{events[0]}/previews/still_act")
    assert rows(desk) == before + 6
    other = in_role(desk, Role.REVIEWER)
    before = rows(desk)
    other.get(f"/events/{events[0]}/previews/still_act")
    assert rows(desk) == before + 1, "what one was shown, another was not"


def test_another_commune_gets_nothing_not_even_a_hint(desk: ScriptedDesk, event_id: str) -> None:
    desk.account("there", Grant(Role.SCREENER, "01279"))
    there = sign_in(desk, "there")
    for part in ("", "/clip", "/files/clip", "/previews/still_act"):
        unseen = there.get(f"/events/{event_id}{part}")
        unknown = there.get(f"/events/{'0' * 32}{part}")
        assert (unseen.status_code, unknown.status_code) == (404, 404)
        assert unseen.json()["detail"] == unknown.json()["detail"]
    order = {"action": "reject", "reason": "false_alarm", "revision": 1}
    assert there.post(f"/events/{event_id}/orders", order).status_code == 404


def test_the_register_says_whose_an_event_is(desk: ScriptedDesk, event_id: str) -> None:
    add_register(desk)
    admin = in_role(desk, Role.ADMINISTRATOR)
    desk.account("here", Grant(Role.SCREENER, "01273"))
    here = sign_in(desk, "here")
    assert here.get(f"/events/{event_id}").status_code == 404
    admin.post(f"/cameras/{CAMERA}", {"name": "Cổng", "source": "street"})
    assert here.get(f"/events/{event_id}").status_code == 200
    admin.post(f"/sites/{SITE}", {"name": "Chợ", "kind": "market", "unit": "01279"})
    assert here.get(f"/events/{event_id}").status_code == 404
    assert here.get(f"/sites/{SITE}").status_code == 404
    refused = admin.post(
        f"/cameras/{CAMERA}", {"name": "Cổng", "source": "street", "lane": "professional"}
    )
    assert refused.status_code == 422
    assert "Phương tiện nghiệp vụ cần" in refused.text
    for nonsense in ({"latitude": "north"}, {"kind": "volcano"}):
        data = {"name": "x", "kind": "market", "unit": "01279", **nonsense}
        assert admin.post("/sites", data).status_code == 422
    bad_day = {"name": "x", "source": "y", "approval_date": "31/31/2026"}
    assert admin.post(f"/cameras/{CAMERA}", bad_day).status_code == 422


def test_pages_say_where_an_event_was_and_find_those_of_a_site(
    desk: ScriptedDesk, event_id: str
) -> None:
    add_register(desk)
    lan, admin = in_role(desk, Role.SCREENER), in_role(desk, Role.ADMINISTRATOR)
    assert "Chợ Xanh" not in lan.get("/events").text
    admin.post(f"/sites/{SITE}", {"name": "Chợ Xanh", "kind": "market", "unit": "01273"})
    admin.post(f"/cameras/{CAMERA}", {"name": "Cổng 2", "source": "street"})
    shown = '<span class="source" title="street.mp4">Chợ Xanh · Cổng 2</span>'
    for path in ("/", "/events", "/events?view=timeline", f"/events/{event_id}"):
        assert shown in lan.get(path).text, path
    page = lan.get(f"/events/{event_id}").text
    assert "Phường Thục Phán" in page
    assert f'href="/sites/{SITE}"' in page
    assert f'href="/events?state=all&amp;site={SITE}"' in lan.get(f"/sites/{SITE}").text
    found = lan.get(f"/events?state=all&site={SITE}").text
    assert f'<option value="{SITE}" selected>Chợ Xanh</option>' in found
    assert f"/events/{event_id}?state=all&amp;site={SITE}" in found
    assert event_id not in lan.get("/events?state=all&site=nowhere").text
    ids = [each["id"] for each in lan.get(f"/api/v1/events?site={SITE}").json()["items"]]
    assert event_id in ids
    assert lan.get("/api/v1/events?site=nowhere").json()["items"] == []


def test_the_log_of_an_event_has_every_look_at_it_and_its_files(
    desk: ScriptedDesk, event_id: str
) -> None:
    lan, inspector = in_role(desk, Role.SCREENER), in_role(desk, Role.INSPECTOR)
    lan.get(f"/events/{event_id}/files/still_act")
    address = f"/log?subject=event:{event_id}"
    assert f'href="{address}"' not in lan.get(f"/events/{event_id}").text
    assert f'href="{address}"' in inspector.get(f"/events/{event_id}").text
    rows = inspector.get(address).text.split("<tbody>")[1]
    assert f"file:{event_id}/still_act"[:40] in rows
    assert 2 * rows.count("<tr>") == rows.count(event_id[:8]), "no row of anything else"
    assert "xem một sự kiện" in rows


def test_whoever_looks_at_a_camera_reads_its_papers(desk: ScriptedDesk) -> None:
    add_register(desk)
    papers = {"serial": "SN-77", "approval_number": "12/QĐ", "certificate_until": "31/12/2026"}
    in_role(desk, Role.ADMINISTRATOR).post(
        f"/cameras/{CAMERA}", {"name": "Cổng", "source": "street", **papers}
    )
    page = in_role(desk, Role.SCREENER).get(f"/cameras/{CAMERA}").text
    for text in papers.values():
        assert f"<dd>{text}</dd>" in page


def test_zones_are_fetched_for_a_scan(desk: ScriptedDesk) -> None:
    add_register(desk)
    hoa = in_role(desk, Role.REVIEWER)
    assert 'kind = "no_dump"' in hoa.get(f"/cameras/{CAMERA}/zones/1").text
    assert hoa.get(f"/cameras/{CAMERA}/zones/7").status_code == 404
    assert hoa.get(f"/cameras/{CAMERA}/still").headers["content-type"] == "image/jpeg"
    for zones in ("not json", "[1]", "{}"):
        answer = hoa.post(f"/cameras/{CAMERA}/zones", {"zones": zones, "seen_version": "1"})
        assert answer.status_code == 422


def test_only_a_reviewer_confirms(desk: ScriptedDesk, event_id: str) -> None:
    lan = in_role(desk, Role.SCREENER)
    lan.post(f"/events/{event_id}/orders", {"action": "propose", "act": "bag_dump", "revision": 1})
    refused = lan.post(f"/events/{event_id}/orders", {"action": "confirm", "revision": 3})
    assert refused.status_code == 403
    assert "Vai trò của bạn không cho phép" in refused.text
    assert last_action(desk) == "access.refused"
    hoa = in_role(desk, Role.REVIEWER)
    order = {"action": "confirm", "revision": 3}
    assert hoa.post(f"/events/{event_id}/orders", order).status_code == 409
    assert hoa.post(f"/events/{event_id}/played").status_code == 204
    assert hoa.post(f"/events/{event_id}/orders", order).status_code == 303
    with desk.house.database.reading() as session:
        assert session.get_one(ReviewRow, event_id).state is ReviewState.CONFIRMED


def test_who_has_proposed_is_not_offered_to_confirm(desk: ScriptedDesk, event_id: str) -> None:
    desk.account("both", Role.SCREENER, Role.REVIEWER)
    both = sign_in(desk, "both")
    order = {"action": "propose", "act": "bag_dump", "revision": 1}
    both.post(f"/events/{event_id}/orders", order)
    assert 'value="confirm"' not in both.get(f"/events/{event_id}").text
    assert 'value="confirm"' in in_role(desk, Role.REVIEWER).get(f"/events/{event_id}").text


def test_the_first_run_leads_to_a_verdict(desk: ScriptedDesk, event_id: str) -> None:
    with desk.house.database.writing() as session:
        token = issue_token(session, desk.house.clock)
    client = anybody(desk).client
    assert client.get("/first-run?token=wrong").status_code == 403
    page = client.get(f"/first-run?token={token}")
    assert page.status_code == 200
    form = {
        "token": token,
        "csrf": client.cookies["litterwatch-before"],
        "admin_name": "Nam",
        "admin_login": "nam",
        "admin_password": "mưa rơi trên núi",
        "officer_name": "Hoà",
        "officer_login": "hoa",
        "officer_password": "ngắn",
    }
    refused = client.post("/first-run", data=form)
    assert refused.status_code == 422
    assert "Mật khẩu cần ít nhất 12 ký tự" in refused.text
    form["officer_password"] = PASSWORD
    answer = client.post("/first-run", data=form)
    assert answer.status_code == 200
    assert f"/events/{event_id}" in answer.text
    assert client.post("/first-run", data=form).status_code == 403


def test_a_password_given_by_others_must_be_changed_first(desk: ScriptedDesk) -> None:
    admin = in_role(desk, Role.ADMINISTRATOR)
    lan = desk.account("lan", Role.SCREENER)
    admin.post(f"/accounts/{lan.user_id}/password", {"password": PASSWORD})
    visitor = sign_in(desk, "lan")
    answer = visitor.get("/events", Accept="text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    change = {"current": PASSWORD, "new": "sông chảy qua làng"}
    assert visitor.post("/account/password", change).status_code == 303
    assert visitor.get("/events").status_code == 200


@pytest.mark.parametrize("role", Role)
def test_every_number_of_the_start_page_leads_somewhere(desk: ScriptedDesk, role: Role) -> None:
    visitor = in_role(desk, role)
    page = visitor.get("/").text
    leads = set(re.findall(r'class="tile[^"]*" href="([^"]+)"', page))
    assert leads or role is Role.CLERK or role in (Role.CASE_OFFICER, Role.AUTHORITY)
    for address in leads:
        assert visitor.get(address.replace("&amp;", "&")).status_code == 200, address


def test_the_queue_is_told_by_its_address(desk: ScriptedDesk, event_id: str) -> None:
    lan = in_role(desk, Role.SCREENER)
    address = "/events?state=all&kind=bag_dump&least=50&order=newest&view=timeline&day=01/01/2026"
    page = lan.get(address)
    assert page.status_code == 200
    assert f"/events/{event_id}?state=all&amp;kind=bag_dump" in page.text
    assert lan.get("/events?state=all&kind=litter_small").text.count("/previews/") == 0
    for nonsense in ("state=guilty", "least=101", "day=32/13/2026", "kind=x"):
        assert lan.get(f"/events?{nonsense}").status_code == 422
    assert lan.get("/events?behind=x~y").status_code == 404


def test_a_verdict_leads_to_the_next_event_and_can_be_taken_back(
    desk: ScriptedDesk, event_id: str
) -> None:
    lan = in_role(desk, Role.SCREENER)
    order = {"action": "reject", "reason": "false_alarm", "revision": 1}
    answer = lan.post(f"/events/{event_id}/orders", order)
    onward = answer.headers["location"]
    assert event_id not in onward.split("?")[0]
    assert "Đã bác bỏ" in lan.get(onward).text
    undone = lan.post(f"/events/{event_id}/orders", {"action": "undo", "revision": 3})
    assert undone.headers["location"].startswith(f"/events/{event_id}")


def test_pages_hold_no_script_and_no_style_of_their_own(desk: ScriptedDesk, event_id: str) -> None:
    lan, admin = in_role(desk, Role.SCREENER), in_role(desk, Role.ADMINISTRATOR)
    for visitor, path in (
        (lan, "/events"),
        (lan, f"/events/{event_id}"),
        (lan, "/labelling"),
        (lan, "/account"),
        (admin, "/accounts"),
        (admin, "/models"),
    ):
        answer = visitor.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text
        assert "<script>" not in answer.text
        assert "//" not in answer.text.replace("http://desk.test", "").replace("///", "")


def test_what_officers_write_is_text(desk: ScriptedDesk, event_id: str) -> None:
    lan = in_role(desk, Role.SCREENER)
    note = "<script>alert(1)</script>"
    lan.post(
        f"/events/{event_id}/orders",
        {"action": "reject", "reason": "other", "note": note, "revision": 1},
    )
    page = lan.get(f"/events/{event_id}").text
    assert note not in page
    assert "&lt;script&gt;" in page


def test_errors_are_told_in_the_readers_language(desk: ScriptedDesk) -> None:
    desk.account("mai", Role.SCREENER, language="en")
    in_english, in_vietnamese = sign_in(desk, "mai"), in_role(desk, Role.SCREENER)
    for visitor, title, text in (
        (in_english, "Not found", "There is no such event."),
        (in_vietnamese, "Không tìm thấy", "Không có sự kiện này."),
    ):
        problem = visitor.get("/events/nothing").json()
        assert (problem["title"], problem["detail"], problem["status"]) == (title, text, 404)
        assert problem["instance"] == "/events/nothing"
    assert in_vietnamese.get("/nowhere").json()["title"] == "Không tìm thấy"


def test_the_language_is_chosen_and_stays(desk: ScriptedDesk) -> None:
    lan = in_role(desk, Role.SCREENER)
    assert ">Đăng xuất<" in lan.get("/events").text
    answer = lan.post("/language", {"language": "en", "next": "/events?state=all"})
    assert answer.headers["location"] == "/events?state=all"
    assert ">Sign out<" in lan.get("/events").text
    assert lan.post("/language", {"language": "xx"}).status_code == 422
    elsewhere = lan.post("/language", {"language": "vi", "next": "//evil.test"})
    assert elsewhere.headers["location"] == "/"


@pytest.mark.parametrize("length", ["1048577", "99999999999", "many"])
def test_bodies_that_are_too_large_are_refused(desk: ScriptedDesk, length: str) -> None:
    answer = anybody(desk).client.post("/sign-in", headers={"Content-Length": length})
    assert answer.status_code == 413


def test_evidence_that_was_touched_is_told_and_not_shown(desk: ScriptedDesk, event_id: str) -> None:
    lan = in_role(desk, Role.SCREENER)
    with desk.house.database.reading() as session:
        path = session.scalars(
            select(EvidenceRow.path).where(
                EvidenceRow.event_id == event_id, EvidenceRow.role == "clip"
            )
        ).one()
    (desk.house.root / path).write_bytes(b"something else")
    page = lan.get(f"/events/{event_id}")
    assert page.status_code == 200
    assert "không còn nguyên như khi lưu" in page.text
    assert lan.get(f"/events/{event_id}/clip").status_code == 500
    assert lan.get(f"/events/{event_id}/files/clip").status_code == 500
    refused = lan.post(
        f"/events/{event_id}/orders", {"action": "propose", "act": "bag_dump", "revision": 1}
    )
    assert refused.status_code == 500
    with desk.house.database.reading() as session:
        assert session.get_one(ReviewRow, event_id).state is ReviewState.NEW


def test_what_nobody_foresaw_is_a_page_without_details(
    desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    in_role(desk, Role.SCREENER)
    monkeypatch.setattr("litterwatch.service.users.sessions.Sessions.sign_in", fall)
    client = TestClient(desk.app, base_url="http://desk.test", raise_server_exceptions=False)
    client.get("/sign-in")
    form = {"login": "x", "password": "y", "csrf": client.cookies["litterwatch-before"]}
    answer = client.post("/sign-in", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Đây là lỗi của hệ thống" in answer.text


def test_the_health_page_says_nothing_but_that(desk: ScriptedDesk) -> None:
    assert anybody(desk).get("/health").json() == {"status": "ok"}


def test_two_people_who_press_at_once_do_not_both_win(desk: ScriptedDesk, event_id: str) -> None:
    lan, mai = in_role(desk, Role.SCREENER), desk.account("mai", Role.SCREENER)
    desk.house.reviews.carry_out(
        Person(mai.user_id, mai.grants),
        event_id,
        Order(Action.REJECT, 1, RejectReason.FALSE_ALARM),
    )
    late = lan.post(
        f"/events/{event_id}/orders", {"action": "propose", "act": "bag_dump", "revision": 1}
    )
    assert late.status_code == 409
    assert "người khác đã xử lý trước" in late.text


def test_gates_are_what_the_walk_takes_them_for() -> None:
    assert issubclass(Change, Gate)
    assert Look(Permission.SEE_LOG, "log.viewed", "log:all").permission is Permission.SEE_LOG
