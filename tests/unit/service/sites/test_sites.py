"""The register, what the law asks of a camera, zones in versions; the same on both databases."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from litterwatch.detector.errors import Conflict, InvalidInput, NotFound
from litterwatch.detector.types import Round, ZoneKind
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.site_file import load_site
from litterwatch.service.sites.service import (
    CameraDraft,
    Fault,
    SiteDraft,
    SourceUnits,
    cameras,
    faults,
    save_camera,
    save_site,
    sites,
)
from litterwatch.service.sites.tables import Lane, SiteKind
from litterwatch.service.sites.zones import save_zones, site_text, versions
from litterwatch.service.units import known_unit, units
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, make_account

CLOCK = ManualClock()
GATE = SiteDraft("Cổng chợ Xanh", SiteKind.MARKET, "01273", 22.6657, 106.2579)
WHOLE = CameraDraft(
    name="Cổng 2",
    source="gate2/",
    lane=Lane.PROFESSIONAL,
    serial="SN1",
    approval_number="12/QĐ",
    approval_date=date(2025, 12, 1),
    approval_signer="Giám đốc Sở",
    conformity="QCVN 11:2026",
    certificate_until=date(2026, 12, 31),
    is_sign_installed=True,
)
SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
PAVEMENT: dict[str, Any] = {
    "id": 'vỉa hè "A"',
    "kind": "no_dump",
    "outline": SQUARE,
    "permitted": [],
}
POINT: dict[str, Any] = {
    "id": "điểm tập kết",
    "kind": "collection_point",
    "outline": SQUARE[:3],
    "permitted": ["05:30-07:30", "22:00-05:00"],
    "rounds": [{"days": ["mon", "sat"], "hours": "05:00-06:30", "on_days_off": True}],
}


def register(database: Database, site: SiteDraft = GATE, camera: CameraDraft = WHOLE) -> str:
    with database.writing() as session:
        site_id = save_site(session, CLOCK, "boss", site).id
        return save_camera(session, CLOCK, "boss", site_id, camera).id


def drawer(database: Database) -> str:
    draft = AccountDraft("hoa", "Hoà", [Grant(Role.REVIEWER)], "hash")
    with database.writing() as session:
        return make_account(session, CLOCK, "system", draft).id


def test_all_units_of_the_province_are_known() -> None:
    assert len(units()) == 56
    assert sum(unit.is_ward for unit in units()) == 3
    assert len({unit.code for unit in units()}) == 56
    ward = known_unit("01273")
    assert ward is not None
    assert ward.full_name == "Phường Thục Phán"
    assert known_unit("99999") is None
    for unit in units():
        longitude, latitude = unit.point
        assert 105 < longitude < 107
        assert 22 < latitude < 24


def test_a_site_and_its_camera_are_registered(any_database: Database) -> None:
    camera_id = register(any_database)
    with any_database.reading() as session:
        (site,) = sites(session, None)
        assert (site.name, site.unit) == ("Cổng chợ Xanh", "01273")
        assert [c.id for c in cameras(session, [site.id])[site.id]] == [camera_id]
        assert sites(session, frozenset({"01279"})) == []


def test_the_log_tells_what_was_changed(any_database: Database) -> None:
    camera_id = register(any_database)
    with any_database.writing() as session:
        (site,) = sites(session, None)
        changed = replace(WHOLE, serial="SN2")
        save_camera(session, CLOCK, "boss", site.id, changed, camera_id)
    with any_database.reading() as session:
        row = read_log(session, AuditFilter(action="camera.saved"), 1)[0]
    assert row.detail == {"changed": {"serial": ["SN1", "SN2"]}}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"approval_number": ""}, Fault.APPROVAL),
        ({"approval_date": None}, Fault.APPROVAL),
        ({"approval_signer": ""}, Fault.APPROVAL),
        ({"serial": ""}, Fault.SERIAL),
        ({"conformity": ""}, Fault.CONFORMITY),
        ({"certificate_until": None}, Fault.CERTIFICATE),
        ({"certificate_until": date(2025, 12, 31)}, Fault.EXPIRED),
        ({"is_sign_installed": False}, Fault.SIGN),
    ],
)
def test_the_professional_lane_needs_all_the_law_asks_for(
    any_database: Database, changes: dict[str, object], fault: Fault
) -> None:
    draft = replace(WHOLE, **changes)  # type: ignore[arg-type]
    assert faults(draft, date(2026, 1, 1)) == (fault,)
    with pytest.raises(InvalidInput):
        register(any_database, camera=draft)
    provided = replace(draft, lane=Lane.PROVIDED)
    register(any_database, camera=provided)


@pytest.mark.parametrize(
    "draft",
    [
        SiteDraft(" ", SiteKind.STREET, "01273"),
        SiteDraft("x", SiteKind.STREET, "99999"),
        SiteDraft("x", SiteKind.STREET, "01273", 22.6),
        SiteDraft("x", SiteKind.STREET, "01273", 122.6, 106.2),
    ],
)
def test_a_site_that_cannot_be_is_refused(any_database: Database, draft: SiteDraft) -> None:
    with pytest.raises(InvalidInput):
        register(any_database, site=draft)


def test_the_longest_beginning_says_whose_a_recording_is(any_database: Database) -> None:
    register(any_database)
    other = SiteDraft("Bờ sông", SiteKind.WATERSIDE, "01279")
    register(any_database, other, CameraDraft("b", "gate2/river_"))
    with any_database.reading() as session:
        known = SourceUnits(session)
    assert known.unit_of("gate2/monday.mp4") == "01273"
    assert known.unit_of("gate2/river_1.mp4") == "01279"
    assert known.unit_of("gate3/monday.mp4") is None


def test_zones_are_kept_in_versions_and_a_scan_can_read_each(
    any_database: Database, tmp_path: Path
) -> None:
    camera_id, hoa = register(any_database), drawer(any_database)
    for seen, zones in enumerate([[PAVEMENT], [POINT, PAVEMENT]]):
        with any_database.writing() as session:
            save_zones(session, CLOCK, hoa, camera_id, zones, seen_version=seen, note="mới")
    with any_database.reading() as session:
        newest, first = versions(session, camera_id)
    assert (newest.version, first.version) == (2, 1)
    assert newest.sha256 != first.sha256
    file = tmp_path / "SITE.toml"
    file.write_text(site_text(newest), encoding="utf-8")
    site = load_site(file)
    assert site.id == "Cổng 2 v2"
    assert [(zone.id, zone.kind) for zone in site.zones] == [
        ("điểm tập kết", ZoneKind.COLLECTION_POINT),
        ('vỉa hè "A"', ZoneKind.NO_DUMP),
    ]
    assert site.zones[0].permitted == ((330, 450), (1320, 1440), (0, 300))
    assert site.zones[0].rounds == (Round((0, 5), 300, 390, on_days_off=True),)


def test_two_who_draw_at_once_do_not_overwrite_each_other(any_database: Database) -> None:
    camera_id, hoa = register(any_database), drawer(any_database)
    with any_database.writing() as session:
        save_zones(session, CLOCK, hoa, camera_id, [PAVEMENT], seen_version=0)
    with pytest.raises(Conflict), any_database.writing() as session:
        save_zones(session, CLOCK, hoa, camera_id, [POINT], seen_version=0)


@pytest.mark.parametrize(
    "zones",
    [
        [{**PAVEMENT, "outline": SQUARE[:2]}],
        [{**PAVEMENT, "kind": "volcano"}],
        [{**PAVEMENT, "id": "  "}],
        [PAVEMENT, PAVEMENT],
        [{**PAVEMENT, "outline": [[0, 0], [1.5, 0], [1, 1]]}],
        [{**PAVEMENT, "outline": [[0, 0], [float("nan"), 0], [1, 1]]}],
        [{**POINT, "permitted": ["morning"]}],
        [{**POINT, "kind": "no_dump"}],
        [{**POINT, "rounds": [{"days": [{}], "hours": "05:00-06:30"}]}],
        [{"kind": "no_dump"}],
    ],
)
def test_zones_that_cannot_be_are_refused(
    any_database: Database, zones: list[dict[str, object]]
) -> None:
    camera_id, hoa = register(any_database), drawer(any_database)
    with pytest.raises(InvalidInput), any_database.writing() as session:
        save_zones(session, CLOCK, hoa, camera_id, zones, seen_version=0)
    with pytest.raises(NotFound), any_database.writing() as session:
        save_zones(session, CLOCK, hoa, "nothing", [PAVEMENT], seen_version=0)
