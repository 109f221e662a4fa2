"""Exports at the desk: pages and calls over the services of evidence."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.events.scripted_package import SIZE, write_small_clip
from litterwatch.service.evidence.packages import package_path
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.evidence.verify import verify_package
from litterwatch.service.exports.book import Stage
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.tables import CustodyRow, ExportRow, ReviewRow
from litterwatch.service.users.roles import Grant, Role

API = "/api/v1/exports"
HERE, ELSEWHERE = "01273", "01279"
FORM = {"reason": "chuyển hồ sơ", "recipient": "Công an xã Hạnh Phúc"}


class House:
    """A desk whose packages are made when a test says so."""

    def __init__(self, root: Path) -> None:
        clip = write_small_clip(root.with_name("film.mp4")).read_bytes()
        self.detector = ScriptedDetector()
        clips = ScriptedClips(content=clip, size=SIZE)
        self.desk = ScriptedDesk(root, ["e1"], clips, detector=lambda: self.detector)
        self.database = self.desk.house.database
        with self.database.writing() as session:
            review = session.scalars(select(ReviewRow)).one()
            review.unit = HERE
            self.event = review.event_id

    def somebody(self, login: str, *grants: Role | Grant, language: str = "vi") -> TestClient:
        self.desk.account(login, *grants, language=language)
        client = TestClient(self.desk.app, base_url="http://desk.test", follow_redirects=False)
        client.get("/sign-in")
        token = client.cookies["litterwatch-before"]
        client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf": token})
        client.headers["X-CSRF-Token"] = client.get("/api/v1/me").json()["csrf"]
        return client

    def make(self) -> int:
        made: int = self.desk.app.state.desk.packing.run()
        return made

    def actions(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(CustodyRow.action).order_by(CustodyRow.seq)))

    def exports(self) -> list[ExportRow]:
        with self.database.reading() as session:
            rows = select(ExportRow).order_by(ExportRow.requested_at, ExportRow.id)
            return list(session.scalars(rows))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    # The worker's own thread would make them at some time of its own.
    monkeypatch.setattr("litterwatch.service.evidence.packing.Packing.start", lambda _: None)
    root = tmp_path / "data"
    root.mkdir()
    house = House(root)
    with TestClient(house.desk.app, base_url="http://desk.test"):
        yield house
    house.desk.close()


def post(client: TestClient, path: str, **data: str) -> Any:
    return client.post(path, data={"csrf": client.headers["X-CSRF-Token"], **data})


def test_a_blurred_package_is_asked_for_made_and_fetched(house: House, tmp_path: Path) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    address = f"/events/{house.event}"
    assert "Yêu cầu gói chứng cứ" in officer.get(address).text
    answer = post(officer, f"{address}/exports", **FORM)
    assert (answer.status_code, answer.headers["location"][-8:]) == (303, "#exports")
    (row,) = house.exports()
    page = officer.get(address).text
    assert "Chờ tạo" in page
    assert f'data-follow="/exports/{row.id}/state"' in page
    assert officer.get(f"/exports/{row.id}/package").status_code == 409
    assert house.make() == 1
    assert officer.get(f"/exports/{row.id}/state").json() == {"stage": "ready"}
    assert "Gói chứng cứ của bạn chờ tải" in officer.get("/").text
    assert f'href="/exports/{row.id}/package"' in officer.get("/exports?stage=ready&mine=true").text
    got = officer.get(f"/exports/{row.id}/package", headers={"Range": "bytes=0-9"})
    assert got.status_code == 200, "whole, whatever piece is asked for"
    assert got.headers["accept-ranges"] == "none"
    assert int(got.headers["content-length"]) == len(got.content)
    assert 'attachment; filename="evidence-' in got.headers["content-disposition"]
    (tmp_path / "got.zip").write_bytes(got.content)
    assert verify_package(tmp_path / "got.zip").event_id == house.event
    assert house.actions()[-1] == "evidence.package_fetched"
    assert "Đã tải" in officer.get("/exports").text


def test_an_unblurred_one_waits_for_a_second_person(house: House) -> None:
    both = house.somebody("hoa", Role.REVIEWER, Role.CASE_OFFICER)
    second = house.somebody("binh", Role.AUTHORITY)
    post(both, f"/events/{house.event}/exports", is_unblurred="true", **FORM)
    (row,) = house.exports()
    assert house.make() == 0
    assert "Bạn là người yêu cầu" in both.get("/exports").text
    assert "chờ bạn duyệt" not in both.get("/").text
    refused = post(both, f"/exports/{row.id}/decision", agree="true")
    assert refused.status_code == 403
    assert "không ai tự duyệt" in refused.json()["detail"]
    assert house.actions()[-1] == "evidence.refused"
    assert "Bản không làm mờ chờ bạn duyệt" in second.get("/").text
    assert f'action="/exports/{row.id}/decision"' in second.get("/exports?stage=waiting").text
    assert post(second, f"/exports/{row.id}/decision", agree="true").status_code == 303
    assert post(second, f"/exports/{row.id}/decision", agree="true").status_code == 409
    assert house.make() == 1
    assert second.get(f"/exports/{row.id}/package").status_code == 403
    assert both.get(f"/exports/{row.id}/package").status_code == 200


def test_who_screens_sees_nothing_of_it_and_another_commune_no_hint(house: House) -> None:
    screener = house.somebody("lan", Role.SCREENER)
    here = house.somebody("hoa", Grant(Role.CASE_OFFICER, HERE))
    there = house.somebody("mai", Grant(Role.REVIEWER, ELSEWHERE))
    post(here, f"/events/{house.event}/exports", is_unblurred="true", **FORM)
    (row,) = house.exports()
    assert "/exports" not in screener.get(f"/events/{house.event}").text
    for path in ("/exports", f"/exports/{row.id}/package", API, f"{API}/{row.id}"):
        assert screener.get(path).status_code == 403
    assert post(screener, f"/events/{house.event}/exports", **FORM).status_code == 403
    assert row.id not in there.get("/exports").text
    assert there.get(API).json()["items"] == []
    for path in (f"/exports/{row.id}/package", f"{API}/{row.id}", f"/exports/{row.id}/state"):
        assert there.get(path).status_code == 404
    assert post(there, f"/exports/{row.id}/decision", agree="true").status_code == 404
    assert post(there, f"/events/{house.event}/exports", **FORM).status_code == 404
    mixed = house.somebody("nam", Grant(Role.SCREENER, HERE), Grant(Role.REVIEWER, ELSEWHERE))
    assert "exports" not in mixed.get(f"/events/{house.event}").text.split("<main")[1]
    assert post(mixed, f"/events/{house.event}/exports", **FORM).status_code == 403
    assert len(house.exports()) == 1


def test_the_auditor_reads_the_book_and_fetches_nothing(house: House) -> None:
    officer, auditor = house.somebody("hoa", Role.INSPECTOR), house.somebody("thu", Role.AUDITOR)
    post(officer, f"/events/{house.event}/exports", **FORM)
    house.make()
    (row,) = house.exports()
    book = auditor.get("/exports").text
    assert FORM["recipient"] in book
    assert (row.package_sha256 or "?") in book
    assert f"/events/{house.event}" not in book
    assert auditor.get(f"/exports/{row.id}/package").status_code == 403


@pytest.mark.parametrize("missing", ["reason", "recipient"])
def test_reason_and_recipient_are_needed(house: House, missing: str) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER, language="en")
    answer = post(officer, f"/events/{house.event}/exports", **{**FORM, missing: " "})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "An export needs a reason and a recipient."
    body = {"event_id": house.event, **FORM, missing: ""}
    assert officer.post(API, json=body).status_code == 422
    long = {"event_id": house.event, **FORM, missing: "x" * 2001}
    assert officer.post(API, json=long).status_code == 422
    assert house.exports() == []


def test_what_was_not_made_says_why_and_can_be_asked_for_again(house: House) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    post(officer, f"/events/{house.event}/exports", **FORM)
    house.detector.close()
    assert house.make() == 0
    (row,) = house.exports()
    sentence = "Không dùng được mô hình nhận ra người cần làm mờ"
    assert sentence in officer.get("/exports").text
    assert sentence in officer.get(f"/events/{house.event}").text
    told = officer.get(f"{API}/{row.id}").json()
    assert (told["stage"], told["why"], told["href"]) == ("failed", "no_model", None)
    assert told["detail"].startswith(sentence)
    house.detector.is_closed = False
    key = {"Idempotency-Key": "again"}
    again = [officer.post(f"{API}/{row.id}/again", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in again] == [202, 202]
    assert again[0].json()["id"] == again[1].json()["id"] != row.id
    assert post(officer, f"/exports/{row.id}/again").status_code == 303
    assert house.make() == 2
    number = again[0].json()["id"]
    assert officer.post(f"{API}/{number}/again").status_code == 409


def test_a_lost_package_is_told_and_asked_for_again(house: House) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    post(officer, f"/events/{house.event}/exports", **FORM)
    house.make()
    (row,) = house.exports()
    package_path(house.desk.house.root, row.id).unlink()
    answer = officer.get(f"/exports/{row.id}/package")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Gói chứng cứ này không còn: hãy yêu cầu lại."
    assert officer.get(f"{API}/{row.id}").json()["stage"] == "lost"
    assert f'action="/exports/{row.id}/again"' in officer.get("/exports").text


def test_programs_ask_once_and_decide_on_what_they_saw(house: House) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER, language="en")
    second = house.somebody("binh", Role.REVIEWER, language="en")
    body = {"event_id": house.event, "is_unblurred": True, **FORM}
    key = {"Idempotency-Key": "one"}
    asked = [officer.post(API, json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in asked] == [202, 202]
    assert len(house.exports()) == 1
    assert officer.post(API, json={**body, "reason": "x"}, headers=key).status_code == 409
    first = asked[0].json()
    assert (first["stage"], first["unit"], asked[0].headers["etag"]) == ("waiting", HERE, '"1"')
    address = f"{API}/{first['id']}"
    word = {"agree": True}
    assert officer.post(f"{address}/decision", json=word).status_code == 403
    late = second.post(f"{address}/decision", json=word, headers={"If-Match": '"9"'})
    assert late.status_code == 409
    assert late.json()["detail"] == "This export is not as you saw it: look again."
    given = {"If-Match": '"1"', "Idempotency-Key": "two"}
    agreed = [second.post(f"{address}/decision", json=word, headers=given) for _ in range(2)]
    assert [answer.status_code for answer in agreed] == [200, 200]
    assert agreed[0].json()["stage"] == "to_make"
    house.make()
    ready = officer.get(address)
    assert ready.json()["href"] == f"/exports/{first['id']}/package"
    assert second.get(address).json()["href"] is None
    assert officer.get(ready.json()["href"]).status_code == 200
    tag = officer.get(address).headers["etag"]
    again = officer.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_the_book_is_read_in_pages_and_by_stage(house: House) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    for number in range(3):
        body = {"event_id": house.event, **FORM, "is_unblurred": number == 1}
        officer.post(API, json=body)
        house.desk.house.clock.advance(1)
    seen, behind = [], ""
    for _ in range(3):
        page = officer.get(API, params={"limit": 1, "behind": behind}).json()
        seen += [item["id"] for item in page["items"]]
        behind = page["following"] or ""
    assert (len(set(seen)), behind) == (3, "")
    house.make()
    for stage in Stage:
        found = officer.get(API, params={"stage": stage, "event": house.event}).json()["items"]
        assert [item["stage"] for item in found] == [stage] * len(found)
        assert len(found) == {Stage.READY: 2, Stage.WAITING: 1}.get(stage, 0)
        assert len(re.findall('<tr id="export-', officer.get(f"/exports?stage={stage}").text)) == (
            len(found)
        )
    for nonsense in ("soon~x", "2026-01-01~../x", "0001-01-01T00:00+14:00~a"):
        assert officer.get(API, params={"behind": nonsense}).status_code == 404


def test_exports_of_the_command_line_stand_in_the_book(house: House) -> None:
    officer = house.somebody("hoa", Role.CASE_OFFICER)
    second = house.somebody("binh", Role.REVIEWER)
    post(officer, f"/events/{house.event}/exports", is_unblurred="true", **FORM)
    (row,) = house.exports()
    with house.database.writing() as session:
        values = {c.key: getattr(row, c.key) for c in ExportRow.__table__.columns}
        session.add(ExportRow(**{**values, "id": "c" * 32, "requested_by": "os:root"}))
    book = officer.get("/exports").text
    assert "Bằng lệnh" in book
    assert "os:root" in book
    assert second.post(f"{API}/{'c' * 32}/decision", json={"agree": True}).status_code == 409
    assert officer.get(f"/exports/{'c' * 32}/package").status_code == 403
