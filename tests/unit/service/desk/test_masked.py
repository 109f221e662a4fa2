"""Whoever looks at a masked clip is told that it is no bitstream of the camera."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from litterwatch.detector.errors import EvidenceIntegrityError
from litterwatch.detector.types import EventKind
from litterwatch.service.actor import Actor, Office
from litterwatch.service.cases.opening import open_on_event
from litterwatch.service.evidence.masking import is_masked, told_masked
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import Role as File
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.state import Action
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Role

CHIP = "đoạn video đã che"
FACT = "không giữ luồng gốc của camera"
TOUCHED = "không còn nguyên như khi lưu"


@contextmanager
def desk_of(root: Path, *, masked: bool) -> Iterator[tuple[ScriptedDesk, TestClient]]:
    """A desk with one event, and an officer's browser."""
    desk = ScriptedDesk(root, clips=ScriptedClips(masked=masked))
    with TestClient(desk.app, base_url="http://desk.test") as client:
        desk.account("hoa", Role.SCREENER, Role.CASE_OFFICER)
        client.get("/sign-in")
        token = client.cookies["litterwatch-before"]
        client.post("/sign-in", data={"login": "hoa", "password": PASSWORD, "csrf": token})
        yield desk, client
    desk.close()


def event_of(desk: ScriptedDesk) -> str:
    with desk.house.database.reading() as session:
        return session.scalars(select(ReviewRow.event_id)).one()


def case_on(desk: ScriptedDesk, event_id: str) -> str:
    """A case on the event, once two people have confirmed it."""
    house = desk.house
    first, second = house.person("first", Role.SCREENER), house.person("second", Role.REVIEWER)
    house.reviews.carry_out(first, event_id, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
    house.play(second, event_id)
    house.reviews.carry_out(second, event_id, Order(Action.CONFIRM))
    officer = Actor("officer", Office.CASE_OFFICER)
    with house.database.writing() as session:
        review = session.get_one(ReviewRow, event_id)
        return open_on_event(session, house.clock, officer, review, unit="01273")


@pytest.mark.parametrize("masked", [True, False])
def test_the_pages_and_the_api_say_whether_a_clip_is_masked(tmp_path: Path, masked: bool) -> None:
    with desk_of(tmp_path, masked=masked) as (desk, officer):
        event = event_of(desk)
        page = officer.get(f"/events/{event}").text
        assert ((CHIP in page), (FACT in page)) == (masked, masked)
        assert (CHIP in officer.get(f"/cases/{case_on(desk, event)}").text) is masked
        assert officer.get(f"/api/v1/events/{event}").json()["is_masked"] is masked


def test_a_manifest_that_was_touched_says_nothing_and_is_told(tmp_path: Path) -> None:
    with desk_of(tmp_path, masked=True) as (desk, officer):
        event = event_of(desk)
        with desk.house.database.reading() as session:
            files = files_of(session, [event])[event]
        path = tmp_path / files[File.MANIFEST].path
        path.chmod(0o640)
        path.write_bytes(b"{}")
        page = officer.get(f"/events/{event}").text
        assert TOUCHED in page
        assert CHIP not in page
        assert officer.get(f"/api/v1/events/{event}").json()["is_masked"] is None
        with pytest.raises(EvidenceIntegrityError):
            is_masked(tmp_path, files)
        assert not is_masked(tmp_path, {File.MANIFEST: files[File.MANIFEST]}), "there is no clip"


def test_manifests_written_before_there_were_masks_say_no() -> None:
    assert not told_masked(b'{"clip": {"codec": "h264"}}')
    assert not told_masked(b'{"clip": null}')
    for broken in (b"", b"{}", b"[]", b'{"clip": 3}', b"\xff"):
        with pytest.raises(EvidenceIntegrityError):
            told_masked(broken)
