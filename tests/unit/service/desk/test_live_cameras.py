"""What the desk shows of cameras that are watched live, and of their events."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.live_clock import TICKS
from litterwatch.camera_adapters.ring import Ring, RingLimits
from litterwatch.camera_adapters.ring_file import RingPacket
from litterwatch.camera_adapters.rtsp import template_of
from litterwatch.service.cameras.service import (
    CameraWish,
    add_camera,
    change_camera,
    record_clock,
    remove_camera,
)
from litterwatch.service.cameras.vault import opened_vault
from litterwatch.service.clock import ManualClock
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE
from litterwatch.service.evidence.custody import verify_chain
from litterwatch.service.evidence.manifest import CameraClock
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.sites.service import SiteDraft, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import CustodyRow
from litterwatch.service.users.roles import Grant, Role

AT = datetime(2026, 1, 1, 5, 30, tzinfo=UTC)
LIVE = replace(
    SCRIPTED_FOOTAGE,
    source="gate",
    sha256=None,
    size=None,
    duration=None,
    captured_from=AT,
    live_since=AT,
    zones_version=3,
    camera_clock=CameraClock(-7.3, 0.14, AT),
)
LOGIN = Credentials("viewer", Secret("Tr0ub4dor&3"))


@dataclass
class Visitor:
    client: TestClient
    csrf: str

    def get(self, path: str) -> Any:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, **data: str) -> Any:
        content = {"csrf": self.csrf, **data}
        return self.client.post(path, data=content, follow_redirects=False)


@pytest.fixture
def desk(tmp_path: Path, desk_database: str | None) -> Iterator[ScriptedDesk]:
    """A live event, and its camera as the command line noted it."""
    desk = ScriptedDesk(tmp_path, ["e1"], footage=LIVE, database=desk_database)
    house = desk.house
    with house.database.writing() as session:
        vault = opened_vault(tmp_path / "cameras.key")
        wish = CameraWish(
            "gate", name="Cổng chợ", main_address="rtsp://10.0.0.5/main", credentials=LOGIN
        )
        add_camera(session, house.clock, vault, wish)
        record_clock(session, "gate", 1.25, 0.1, AT)
    with TestClient(desk.app, base_url="http://desk.test"):
        yield desk
    desk.close()


def visitor(desk: ScriptedDesk, role: Role, unit: str = "") -> Visitor:
    name = f"{role}-{unit or 'all'}"
    desk.account(name, Grant(role, unit) if unit else role, language="en")
    client = TestClient(desk.app, base_url="http://desk.test")
    page = client.get("/sign-in").text
    token = re.search(r'name="csrf" value="([^"]*)"', page)
    data = {"login": name, "password": PASSWORD, "csrf": token.group(1) if token else ""}
    assert client.post("/sign-in", data=data, follow_redirects=False).status_code == 303
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/account").text)
    assert found is not None
    return Visitor(client, found.group(1))


def test_a_camera_of_the_command_line_stands_in_the_register_of_the_desk(
    desk: ScriptedDesk,
) -> None:
    admin = visitor(desk, Role.ADMINISTRATOR)
    assert "Cổng chợ" in admin.get("/sites").text
    page = admin.get("/cameras/gate").text
    for text in ("rtsp://10.0.0.5/main", "kept, sealed", "not probed yet", "1.2 s ahead"):
        assert text in page
    assert "Tr0ub4dor" not in page
    assert "<dt>Its video comes over</dt><dd>TCP</dd>" in page
    with desk.house.database.writing() as session:
        vault = opened_vault(desk.house.root / "cameras.key")
        wish = CameraWish("gate", transport=Transport.UDP)
        change_camera(session, desk.house.clock, vault, wish)
    assert "<dt>Its video comes over</dt><dd>UDP</dd>" in admin.get("/cameras/gate").text


def test_how_its_video_comes_is_chosen_at_the_desk_and_kept_with_who_chose(
    desk: ScriptedDesk,
) -> None:
    admin = visitor(desk, Role.ADMINISTRATOR)
    facts = {"name": "Cổng chợ", "source": ""}
    assert '<option value="tcp" selected>TCP</option>' in admin.get("/cameras/gate").text
    assert admin.post("/cameras/gate", **facts, transport="udp").status_code == 303
    assert '<option value="udp" selected>UDP</option>' in admin.get("/cameras/gate").text
    assert admin.post("/cameras/gate", **facts).status_code == 303, "what is not said stays"
    assert admin.post("/cameras/gate", **facts, transport="udp").status_code == 303
    assert admin.post("/cameras/gate", **facts, transport="sctp").status_code == 422
    with desk.house.database.reading() as session:
        rows = session.scalars(select(CustodyRow).where(CustodyRow.action == "camera.changed"))
        (row,) = rows
        assert (row.subject, row.detail["transport"]) == ("gate", "udp")
        assert row.actor != "system"
        assert verify_chain(session)[1] == []


def test_what_is_encrypted_is_not_sent_readable_by_a_form(desk: ScriptedDesk) -> None:
    with desk.house.database.writing() as session:
        vault = opened_vault(desk.house.root / "cameras.key")
        wish = CameraWish("gate", main_address="rtsps://10.0.0.5/main")
        change_camera(session, desk.house.clock, vault, wish)
    admin = visitor(desk, Role.ADMINISTRATOR)
    answer = admin.post("/cameras/gate", name="Cổng 9", source="", transport="udp")
    assert answer.status_code == 422
    assert "What this camera encrypts cannot go by UDP." in answer.text
    page = admin.get("/cameras/gate").text
    assert '<option value="tcp" selected>TCP</option>' in page
    assert "Cổng 9" not in page, "nothing of the form was taken"


def test_until_it_is_placed_it_is_the_provinces_and_then_the_communes(desk: ScriptedDesk) -> None:
    admin = visitor(desk, Role.ADMINISTRATOR)
    here = visitor(desk, Role.SCREENER, "01273")
    (event_id,) = (row["id"] for row in _events(visitor(desk, Role.REVIEWER)))
    assert "Cổng chợ" not in here.get("/sites").text
    assert here.get("/cameras/gate").status_code == 404
    assert here.get(f"/events/{event_id}").status_code == 404
    with desk.house.database.writing() as session:
        site = save_site(
            session, desk.house.clock, "boss", SiteDraft("Chợ", SiteKind.MARKET, "01273")
        )
    moved = admin.post("/cameras/gate", name="Cổng chợ", source="", site_id=site.id)
    assert moved.status_code == 303
    assert here.get("/cameras/gate").status_code == 200
    assert here.get(f"/events/{event_id}").status_code == 200
    assert "nobody has placed" not in admin.get("/sites").text
    nowhere = admin.post("/cameras/gate", name="Cổng chợ", source="", site_id="nowhere")
    assert nowhere.status_code == 404


def test_an_event_tells_the_version_of_its_zones_and_the_clock_of_its_camera(
    desk: ScriptedDesk,
) -> None:
    hoa = visitor(desk, Role.REVIEWER)
    (row,) = _events(hoa)
    detail = hoa.get(f"/api/v1/events/{row['id']}").json()
    assert (detail["zones_version"], detail["clock_error"]) == (3, -7.3)
    assert detail["clock_measured_at"].startswith("2026-01-01T05:30:00")
    page = hoa.get(f"/events/{row['id']}").text
    assert "version 3 of the zones" in page
    assert "7.3 s behind, measured at 01/01/2026 12:30:00" in page
    files = (file for file in detail["files"] if file["role"] == "manifest")
    manifest = json.loads(hoa.get(next(files)["href"]).text)
    assert manifest["source"]["zones_version"] == 3
    clock = manifest["clock"]["camera"]
    assert (clock["error"], clock["measured_at"]) == (-7.3, "2026-01-01T05:30:00.000+00:00")
    assert "7.3 s behind the clock of the computer" in clock["statement"]


def test_zones_of_a_camera_that_was_removed_can_still_be_looked_up(desk: ScriptedDesk) -> None:
    house = desk.house
    with house.database.writing() as session:
        vault = opened_vault(house.root / "cameras.key")
        change_camera(session, house.clock, vault, CameraWish("gate", site='[site]\nid = "x"\n'))
    with house.database.writing() as session:
        remove_camera(session, house.clock, "gate")
    hoa = visitor(desk, Role.REVIEWER)
    assert hoa.get("/cameras/gate").status_code == 404
    assert 'id = "x"' in hoa.get("/cameras/gate/zones/1").text
    (row,) = _events(hoa)
    assert "/cameras/gate/zones/3" in hoa.get(f"/events/{row['id']}").text


def test_zones_are_drawn_on_what_the_camera_sees_before_anything_happened(
    desk: ScriptedDesk, make_video: Any
) -> None:
    house = desk.house
    with house.database.writing() as session:
        vault = opened_vault(house.root / "cameras.key")
        add_camera(session, house.clock, vault, CameraWish("yard", main_address="rtsp://h/x"))
    hoa = visitor(desk, Role.REVIEWER)
    assert hoa.get("/cameras/yard/still").status_code == 404
    assert "There is no picture of this camera yet" in hoa.get("/cameras/yard").text
    ring_of(make_video("yard.mp4", frames=60), house.root / "ring" / "yard")
    answer = hoa.get("/cameras/yard/still")
    assert answer.headers["content-type"] == "image/jpeg"
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (96, 160, 3)
    assert 'id="drawing"' in hoa.get("/cameras/yard").text


def ring_of(video: Path, folder: Path) -> None:
    """The ring of a camera that has sent this video."""
    ring = Ring(folder, RingLimits(), ManualClock())
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        ring.begin("h264", 0.04, template_of(stream))
        for packet in container.demux(stream):
            if packet.dts is not None and packet.pts is not None:
                shown = round(float(packet.pts * packet.time_base) * TICKS)
                decoded = round(float(packet.dts * packet.time_base) * TICKS)
                kept = RingPacket(
                    shown=shown,
                    dts=decoded,
                    has_pts=True,
                    is_key=packet.is_keyframe,
                    is_after_gap=False,
                    duration=0,
                    data=bytes(packet),
                )
                ring.append(kept, AT)
    ring.close()


def _events(hoa: Visitor) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = hoa.get("/api/v1/events").json()["items"]
    return items
