"""The page of a case: what it offers, refuses, shows and hides."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from litterwatch.service.cases.tables import IdentityRow
from litterwatch.service.tables import CaseRow, CustodyRow, SiteEntryRow, SiteTrackRow
from litterwatch.service.users.roles import Grant, Role

UNIT, OTHER, THIRD = "01273", "01279", "01288"


def photo() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Telephone 12"
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 60)).save(file, "JPEG", exif=exif)
    return file.getvalue()


def opened(house: Any, officer: Any, event: str | None = None) -> str:
    """A case on the event, by an officer; its address."""
    event = event or house.confirm()
    answer = officer.post(f"/events/{event}/case", unit=UNIT, occurred_on="30/12/2025")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).split("?")[0]


def move(house: Any, who: Any, case: str, name: str, **fields: str) -> Any:
    with house.desk.house.database.reading() as session:
        version = session.get_one(CaseRow, case.rpartition("/")[2]).version
    return who.post(f"{case}/moves", move=name, version=str(version), **fields)


def test_a_confirmed_event_offers_a_case_and_leads_to_it(house: Any) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    event = house.event()
    assert "Mở vụ việc" not in officer.get(f"/events/{event}").text.split("<dialog")[0]
    early = officer.post(f"/events/{event}/case", unit=UNIT)
    assert early.status_code == 409
    house.confirm()
    page = officer.get(f"/events/{event}").text
    assert f'action="/events/{event}/case"' in page
    assert officer.post(f"/events/{event}/case", unit="nowhere").status_code == 422
    assert officer.post(f"/events/{event}/case", occurred_on="soon").status_code == 422
    case = opened(house, officer, event)
    assert f'href="{case}"' in officer.get(f"/events/{event}").text
    assert f'href="/events/{event}"' in officer.get(case).text
    assert officer.post(f"/events/{event}/case", unit=UNIT).status_code == 409
    listed = officer.get("/cases").text
    assert f'href="{case}"' in listed
    assert f'href="{case}"' not in officer.get("/cases?due=overdue").text
    assert f'href="{case}"' not in officer.get(f"/cases?unit={OTHER}").text
    assert officer.get("/cases?behind=soon~x").status_code == 404
    assert officer.get("/cases?state=guilty").status_code == 422


def test_who_screens_neither_opens_nor_sees_a_case(house: Any) -> None:
    lan = house.somebody("lan", Role.SCREENER)
    event = house.confirm()
    assert f'action="/events/{event}/case"' not in lan.get(f"/events/{event}").text
    assert lan.post(f"/events/{event}/case", unit=UNIT).status_code == 403
    assert house.last_action() == "access.refused"
    case = opened(house, house.somebody("hoa", Role.REVIEWER), event)
    assert lan.get(case).status_code == 403
    assert "Đã mở vụ việc từ sự kiện này" in lan.get(f"/events/{event}").text


def test_a_verdict_that_a_case_rests_on_stands(house: Any) -> None:
    reviewer = house.somebody("hoa", Role.REVIEWER, Role.CASE_OFFICER)
    event = house.confirm()
    opened(house, reviewer, event)
    refused = reviewer.post(f"/events/{event}/orders", action="undo", revision="4")
    assert refused.status_code in (403, 409)


def test_the_page_offers_what_may_be_done_and_says_why_not(house: Any) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    authority = house.somebody("ly", Role.AUTHORITY)
    case = opened(house, officer)
    page = officer.get(case).text
    assert 'value="verify"' in page
    assert 'value="identify"' not in page
    assert "phải xác minh trước" in page
    other = authority.get(case).text
    assert 'value="verify"' not in other
    assert "Vai trò của bạn không làm được việc này" in other
    assert move(house, authority, case, "verify", taken_on="01/01/2026").status_code == 403
    assert house.last_action() == "access.refused"
    assert move(house, officer, case, "verify").status_code == 422
    assert move(house, officer, case, "verify", taken_on="02/01/2026").status_code == 422
    assert move(house, officer, case, "verify", taken_on="01/01/2026").status_code == 303
    stale = officer.post(f"{case}/moves", move="extend", version="1", reason="phức tạp")
    assert stale.status_code == 409
    assert "đã thay đổi sau khi bạn mở" in stale.text


def test_the_band_is_shown_and_an_amount_outside_it_needs_a_reason(house: Any) -> None:
    officer, authority = (
        house.somebody("hoa", Role.CASE_OFFICER),
        house.somebody("ly", Role.AUTHORITY),
    )
    case = opened(house, officer)
    offered = officer.get(f"{case}?zone=pavement&vehicle=none").text
    assert "1.000.000 đ – 2.000.000 đ" in offered
    move(house, officer, case, "verify", taken_on="01/01/2026")
    move(house, officer, case, "identify", identified_on="01/01/2026", how="đăng ký xe")
    record = {"act_id": "ND45-25-2d", "number": "01/BB-VPHC", "record_on": "01/01/2026"}
    assert move(house, officer, case, "make_record", **record, signer="B").status_code == 303
    decision = {"number": "01/QĐ", "decided_on": "01/01/2026", "signer": "Lý C"}
    low = move(house, authority, case, "decide", **decision, amount="500.000")
    assert low.status_code == 403
    assert "nằm ngoài khung" in low.text
    for nonsense in ("much", "-1", "1,5 triệu"):
        answer = move(house, authority, case, "decide", **decision, amount=nonsense)
        assert answer.status_code == 422
    assert move(house, authority, case, "decide", **decision, amount="1.500.000").status_code == 303
    assert "1.500.000 đ" in officer.get(case).text
    minor = officer.post(f"{case}/circumstances", may_be_minor="true", reason="học sinh")
    assert minor.status_code == 303
    assert "1.000.000 đ" not in officer.get(f"{case}?zone=pavement").text


def test_who_is_involved_is_typed_in_encrypted_and_read_with_a_note(house: Any) -> None:
    officer, reviewer = (
        house.somebody("hoa", Role.CASE_OFFICER),
        house.somebody("mai", Role.REVIEWER),
    )
    case = opened(house, officer)
    assert officer.post(f"{case}/identity", text="Nông Văn A, 1980").status_code == 303
    assert "Nông Văn A" not in officer.get(case).text
    with house.desk.house.database.reading() as session:
        assert "Nông" not in session.scalars(select(IdentityRow.sealed)).one()
    assert "Nông Văn A" in officer.post(f"{case}/identity/read").text
    assert house.last_action() == "identity.read"
    assert reviewer.post(f"{case}/identity/read").status_code == 403
    assert reviewer.post(f"{case}/identity", text="x").status_code == 403


def test_somebody_in_many_offices_acts_in_the_one_that_may(house: Any) -> None:
    offices = (Role.INSPECTOR, Role.AUTHORITY, Role.REVIEWER, Role.CASE_OFFICER)
    hoa = house.somebody("hoa", *offices)
    case = opened(house, hoa)
    assert hoa.post(f"{case}/identity", text="Nông Văn A").status_code == 303
    paper = {"kind": "result_record", "title": "Phiếu", "sheets": "2"}
    assert hoa.post(f"{case}/papers", **paper).status_code == 303
    assert hoa.post(f"{case}/circumstances", reason="phức tạp", is_complex="true").is_redirect
    assert hoa.post(f"{case}/places", place="chân cầu").status_code == 303
    assert move(house, hoa, case, "verify", taken_on="01/01/2026").status_code == 303
    ground = {"ground": "reminder", "reason": "nhẹ"}
    assert move(house, hoa, case, "propose_no_sanction", **ground).status_code == 303
    alone = move(house, hoa, case, "approve_no_sanction")
    assert alone.status_code == 403
    assert "phải do người thứ hai quyết định" in alone.text
    assert "<b>x</b>" not in hoa.get(f"{case}?done=<b>x</b>").text


def test_the_receiving_unit_sees_the_evidence_after_a_hand_over(house: Any) -> None:
    here = house.somebody("hoa", Role.CASE_OFFICER)
    there = house.somebody("xa", Grant(Role.CASE_OFFICER, OTHER))
    event = house.confirm()
    case = opened(house, here, event)
    still = f"{case}/events/{event}/files/still_act"
    assert there.get(case).status_code == there.get(still).status_code == 404
    move(house, here, case, "transfer", target_unit=OTHER, reason="ngoài địa bàn")
    assert there.get(f"/events/{event}").status_code == 404
    page = there.get(case).text
    assert f'href="/events/{event}"' not in page
    assert there.get(still).headers["content-type"] == "image/jpeg"
    assert there.get(f"{case}/events/{event}/clip").status_code == 200
    assert there.get(f"{case}/events/{'0' * 32}/clip").status_code == 404
    assert there.get(f"{case}/events/{event}/previews/clip").status_code == 404
    form = {"reason": "chuyển tiếp hồ sơ", "recipient": "Viện kiểm sát"}
    assert there.post(f"/events/{event}/exports", **form).status_code == 404
    assert move(house, there, case, "accept").status_code == 303
    assert f'action="/events/{event}/exports"' in there.get(case).text
    asked = there.post(f"/events/{event}/exports", **form)
    assert asked.headers["location"].startswith("/exports#export-")
    book = there.get("/exports").text
    assert "Viện kiểm sát" in book
    assert f'href="/events/{event}' not in book
    assert f'href="{case}"' in book
    assert len(there.get("/api/v1/exports").json()["items"]) == 1
    third = house.somebody("xb", Grant(Role.CASE_OFFICER, THIRD))
    assert third.post(f"/events/{event}/exports", **form).status_code == 404
    assert third.get("/api/v1/exports").json()["items"] == []
    assert move(house, here, case, "verify", taken_on="01/01/2026").status_code == 303  # province
    auditor = house.somebody("an", Role.AUDITOR)
    assert auditor.get(case).status_code == 200
    assert auditor.get(still).status_code == 403


def test_a_place_is_cleaned_with_a_photo_that_says_nothing_of_the_telephone(house: Any) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    case = opened(house, officer)
    assert officer.post(f"{case}/places", place=" ").status_code == 422
    assert officer.post(f"{case}/places", place="chân cầu").status_code == 303
    with house.desk.house.database.reading() as session:
        track = session.scalars(select(SiteTrackRow.id)).one()
    address = f"/places/{track}/moves"
    assert officer.post(address, move="burn", version="1").status_code == 422
    ordered = officer.post(address, move="order", version="1", to_whom="đội vệ sinh")
    assert ordered.status_code == 303
    clean = {"move": "clean", "version": "2", "cleaned_on": "01/01/2026"}
    assert officer.post(address, **clean).status_code == 422
    no_picture = {"photo": ("a.jpg", b"no picture", "image/jpeg")}
    assert officer.post(address, files=no_picture, **clean).status_code == 422
    picture = {"photo": ("a.jpg", photo(), "image/jpeg")}
    assert officer.post(address, files=picture, csrf="0" * 32, **clean).status_code == 403
    assert officer.post(address, files=picture, **clean).status_code == 303
    with house.desk.house.database.reading() as session:
        entry = session.scalars(select(SiteEntryRow).where(SiteEntryRow.move == "clean")).one()
    assert entry.photo is not None
    assert b"Telephone" not in entry.photo
    shown = officer.get(f"/places/{track}/photos/{entry.number}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert f"/places/{track}/photos/{entry.number}" in officer.get(case).text
    there = house.somebody("xa", Grant(Role.CASE_OFFICER, OTHER))
    assert there.get(f"/places/{track}/photos/{entry.number}").status_code == 404
    assert there.post(address, move="monitor", version="3").status_code == 404


@pytest.mark.parametrize("parts", ["all", "result_record"])
def test_the_dossier_is_fetched_as_pdf_and_noted(house: Any, parts: str) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    case = opened(house, officer)
    answer = officer.post(f"{case}/dossier", unit="UBND phường", parts=parts, place="chân cầu")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert house.last_action() == "dossier.printed"
    with house.desk.house.database.reading() as session:
        rows = select(CustodyRow).where(CustodyRow.action == "dossier.printed")
        assert {row.detail["parts"] for row in session.scalars(rows)} == {parts}
    reviewer = house.somebody("mai", Role.REVIEWER)
    assert reviewer.post(f"{case}/dossier").status_code == 403
    elsewhere = house.somebody("xa", Grant(Role.CASE_OFFICER, OTHER))
    assert elsewhere.post(f"{case}/dossier").status_code == 404


def test_days_off_are_set_taken_back_and_completed(house: Any) -> None:
    admin = house.somebody("nam", Role.ADMINISTRATOR)
    assert "Tết Nguyên đán" in admin.get("/holidays?year=2026").text
    assert admin.post("/holidays", day="31/31/2026", name="x").status_code == 422
    assert admin.post("/holidays", day="05/01/2026", name=" ").status_code == 422
    answer = admin.post("/holidays", day="05/01/2026", name="nghỉ bù")
    assert answer.headers["location"] == "/holidays?year=2026"
    assert "nghỉ bù" in admin.get("/holidays?year=2026").text
    assert admin.post("/holidays/forget", day="2026-01-05").status_code == 303
    assert admin.post("/holidays/forget", day="2026-01-05").status_code == 404
    assert admin.post("/holidays/complete", year="2027").status_code == 303
    assert admin.post("/holidays/complete", year="1").status_code == 422


def test_limitation_passes_by_itself_when_a_day_begins(house: Any) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    case = opened(house, officer)
    house.desk.house.clock.advance(2 * 366 * 86400)
    again = house.somebody("hai", Role.CASE_OFFICER)
    page = again.get(case).text
    assert "Hết thời hiệu" in page
    assert "ghi nhận hết thời hiệu" in page


def test_a_hold_takes_a_reason_and_two_people(house: Any) -> None:
    hoa = house.somebody("hoa", Role.CASE_OFFICER)
    case = opened(house, hoa)
    page = hoa.get(case).text
    assert f'action="{case}/hold"' in page
    assert f'action="{case}/release"' not in page
    assert hoa.post(f"{case}/release", reason="x").status_code == 409
    assert hoa.post(f"{case}/hold", reason=" ").status_code == 403
    assert hoa.post(f"{case}/hold", reason="khiếu nại <b>").status_code == 303
    page = hoa.get(case).text
    assert "khiếu nại &lt;b&gt;" in page
    assert "người thứ hai mới được gỡ" in page
    assert f'action="{case}/release"' not in page
    assert f'action="{case}/hold"' not in page, "all of it is held"
    assert hoa.post(f"{case}/hold", reason="lần nữa").status_code == 409
    refused = hoa.post(f"{case}/release", reason="xong")
    assert refused.status_code == 403
    assert "người thứ hai mới được gỡ" in refused.text
    assert house.last_action() == "access.refused"
    reviewer = house.somebody("nam", Role.REVIEWER)
    assert reviewer.post(f"{case}/release", reason="xong").status_code == 403
    elsewhere = house.somebody("xa", Grant(Role.INSPECTOR, OTHER))
    assert elsewhere.post(f"{case}/release", reason="xong").status_code == 404
    second = house.somebody("minh", Role.INSPECTOR)
    assert f'action="{case}/release"' in second.get(case).text
    assert second.post(f"{case}/release", reason="đã giải quyết").status_code == 303
    page = second.get(case).text
    assert "đã gỡ lệnh giữ chứng cứ" in page
    assert f'action="{case}/hold"' in page
