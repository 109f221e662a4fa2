"""Reports: the form for everybody, the inbox, what is hidden from whom."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from litterwatch.service.reports.tables import ReportRow, ReportState, UploadRow
from litterwatch.service.settings import ReportSettings
from litterwatch.service.tables import AuditRow, CaseEventRow, CustodyRow
from litterwatch.service.users.roles import Grant, Role

UNIT, OTHER = "01273", "01279"
FORM = {"unit": UNIT, "place": "chân cầu", "text": "có người đổ rác"}


def photo(size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def open_house(make_house: Callable[..., Any]) -> Any:
    return make_house(ReportSettings(is_public=True, from_one_address=3))


def sent(house: Any, files: Any = None, **fields: str) -> tuple[Any, str]:
    """A report by somebody without an account: the answer, and the code in it."""
    answer = house.nobody().post("/report", files=files, **{**FORM, **fields})
    code = answer.text.partition('<p class="receipt"><code>')[2].partition("</code>")[0]
    return answer, code


def report_of(house: Any) -> str:
    with house.desk.house.database.reading() as session:
        return str(session.scalars(select(ReportRow.id)).all()[-1])


def test_the_public_form_is_not_there_until_it_is_switched_on(house: Any) -> None:
    stranger = house.nobody()
    for path in ("/report", "/report/status"):
        assert stranger.get(path).status_code == 404
        assert stranger.post(path, **FORM, code="x").status_code == 404


def test_anybody_reports_and_asks_with_the_code(open_house: Any) -> None:
    files = [("files", ("a.jpg", photo(), "image/jpeg"))]
    answer, code = sent(
        open_house, files, contact="Nông Văn A", day="30/12/2025", hour="06:30", wants_reply="true"
    )
    assert answer.status_code == 200
    assert len(code) == 17
    with open_house.desk.house.database.reading() as session:
        row = session.scalars(select(ReportRow)).one()
        upload = session.scalars(select(UploadRow)).one()
        noted = session.scalars(select(AuditRow).where(AuditRow.action == "report.received")).one()
    assert (row.unit, row.wants_reply, upload.report_id) == (UNIT, True, row.id)
    assert row.occurred_at is not None
    assert row.occurred_at.isoformat() == "2025-12-29T23:30:00+00:00"
    assert (noted.actor, "address" in noted.detail) == ("public-form", False)
    stranger = open_house.nobody()
    asked = stranger.post("/report/status", code=code.lower().replace("-", " "))
    assert "đã được tiếp nhận" in asked.text
    assert "Nông" not in asked.text
    assert stranger.post("/report/status", code="00000-00000-00000").status_code == 404


def test_a_file_that_is_none_loses_nothing_but_itself(open_house: Any) -> None:
    files = [
        ("files", ("a.jpg", photo(), "image/jpeg")),
        ("files", ("b.mp4", b"no video at all", "video/mp4")),
    ]
    answer, code = sent(open_house, files)
    assert code
    assert "1 tệp không được nhận" in answer.text
    with open_house.desk.house.database.reading() as session:
        assert len(session.scalars(select(UploadRow)).all()) == 1


def test_too_many_reports_from_one_address_are_not_read(open_house: Any) -> None:
    for _ in range(3):
        assert sent(open_house)[0].status_code == 200
    assert sent(open_house)[0].status_code == 429
    open_house.desk.house.clock.advance(601)
    assert sent(open_house)[0].status_code == 200


def test_a_form_that_cannot_be_is_told_and_keeps_what_was_typed(open_house: Any) -> None:
    answer, code = sent(open_house, unit="nowhere", contact="Nông Văn A")
    assert (answer.status_code, code) == (422, "")
    assert "có người đổ rác" in answer.text
    stranger = open_house.nobody()
    assert stranger.post("/report", csrf="0" * 32, **FORM).status_code == 403
    many = [("files", (f"{n}.jpg", photo(), "image/jpeg")) for n in range(6)]
    assert stranger.post("/report", files=many, **FORM).status_code == 400
    hostile = sent(open_house, text="<script>alert(1)</script>")[0]
    assert hostile.status_code == 429 or "<script>alert" not in hostile.text


@pytest.mark.parametrize(
    ("path", "most"),
    [("/report", 210 << 20), ("/reports", 210 << 20), ("/reports/x/steps", 1 << 20)],
)
def test_only_forms_with_files_may_be_large(open_house: Any, path: str, most: int) -> None:
    headers = {"Content-Length": str(most + 1)}
    assert open_house.nobody().client.post(path, headers=headers).status_code == 413


def test_nobody_without_an_account_sends_files_to_the_inbox(house: Any) -> None:
    files = [("files", ("a.jpg", photo(), "image/jpeg"))]
    assert house.nobody().post("/reports", files=files, **FORM).status_code == 401
    screener = house.somebody("lan", Role.SCREENER)
    assert screener.post("/reports", files=files, **FORM, channel="hotline").status_code == 403


def test_a_clerk_takes_a_report_in_and_reads_the_sender_for_a_reason(house: Any) -> None:
    clerk = house.somebody("mai", Role.CLERK)
    files = [("files", ("a.jpg", photo(), "image/jpeg"))]
    told = {**FORM, "contact": "Nông Văn A", "channel": "hotline"}
    assert "/reports" in clerk.get("/").text
    assert clerk.post("/reports", **{**told, "channel": "rumour"}).status_code == 422
    taken = clerk.post("/reports", files=files, **told)
    assert taken.status_code == 200
    report = f"/reports/{report_of(house)}"
    page = clerk.get(report).text
    assert "có người đổ rác" in page
    assert "Nông Văn A" not in page
    assert clerk.post(f"{report}/sender", reason=" ").status_code == 422
    assert "Nông Văn A" in clerk.post(f"{report}/sender", reason="hỏi lại địa điểm").text
    with house.desk.house.database.reading() as session:
        upload = session.scalars(select(UploadRow)).one()
        rows = select(CustodyRow).where(CustodyRow.action == "sender.read")
        assert session.scalars(rows).one().detail["reason"] == "hỏi lại địa điểm"
    assert house.last_action() == "sender.read"
    shown = clerk.get(f"{report}/files/{upload.id}")
    assert shown.headers["content-type"] == "image/jpeg"
    (house.desk.house.root / str(upload.copy_path)).write_bytes(b"changed")
    assert clerk.get(f"{report}/files/{upload.id}").status_code == 500
    assert clerk.get(f"{report}/files/none").status_code == 404
    for role in (Role.REVIEWER, Role.CASE_OFFICER):
        officer = house.somebody(f"o-{role}", role)
        assert "Được giấu" in officer.get(report).text
        assert officer.post(f"{report}/sender", reason="x").status_code == 403


def test_a_report_is_matched_becomes_a_case_and_is_answered(open_house: Any) -> None:
    house = open_house
    _, code = sent(house)
    event = house.confirm()
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    clerk = house.somebody("mai", Role.CLERK)
    report = f"/reports/{report_of(house)}"
    assert f'value="{event}"' in officer.get(report).text
    assert f'value="{event}"' not in clerk.get(report).text
    linked = officer.post(f"{report}/links", action="link", event_id=event)
    assert linked.status_code == 303
    assert officer.post(f"{report}/links", action="link", event_id=event).status_code == 409
    assert officer.post(f"{report}/links", action="link", event_id="none").status_code == 404
    assert "Người dân đã phản ánh" in officer.get(f"/events/{event}").text
    assert clerk.post(f"{report}/steps", action="accept").status_code == 403
    assert officer.post(f"{report}/steps", action="dismiss").status_code == 422
    assert officer.post(f"{report}/steps", action="accept").status_code == 303
    with house.desk.house.database.reading() as session:
        row = session.scalars(select(ReportRow)).one()
        assert row.state is ReportState.ACCEPTED
        assert session.scalars(select(CaseEventRow.event_id)).all() == [event]
    case = f"/cases/{row.case_id}"
    assert f'href="{case}"' in officer.get(report).text
    assert f'href="{report}"' in officer.get(case).text
    assert officer.post(f"{report}/steps", action="accept").status_code == 409
    assert clerk.post(f"{report}/answer", reply=" ").status_code == 422
    assert clerk.post(f"{report}/answer", reply="Đã lập vụ việc.").status_code == 303
    told = house.nobody().post("/report/status", code=code).text
    assert "Đã lập vụ việc." in told


def test_another_commune_learns_nothing_of_a_report(open_house: Any) -> None:
    sent(open_house)
    report = report_of(open_house)
    there = open_house.somebody("xa", Grant(Role.CASE_OFFICER, OTHER))
    assert report not in there.get("/reports?state=all").text
    unseen, unknown = there.get(f"/reports/{report}"), there.get(f"/reports/{'0' * 32}")
    assert unseen.status_code == unknown.status_code == 404
    assert unseen.json()["detail"] == unknown.json()["detail"]
    assert there.post(f"/reports/{report}/steps", action="accept").status_code == 404
    assert there.get("/reports?behind=x~y").status_code == 404
