"""Reports and events: offered by place and time, linked by whoever sees both, one case for both."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed, NotFound
from litterwatch.detector.types import EventKind
from litterwatch.service.actor import Actor, Office
from litterwatch.service.cases.facts import events_of_case, find_case
from litterwatch.service.cases.opening import case_of_event, open_on_event
from litterwatch.service.cases.state import Lane
from litterwatch.service.reports.doorkeeper import ASKED, Doorkeeper
from litterwatch.service.reports.forms import read_report
from litterwatch.service.reports.matching import (
    candidates,
    distance_m,
    link,
    linked_events,
    reports_of_event,
    unlink,
)
from litterwatch.service.reports.service import PUBLIC_FORM, NewReport, receive_report
from litterwatch.service.reports.settling import accept_report
from litterwatch.service.reports.tables import Channel, ReportRow
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.state import Action
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.settings import ReportSettings
from litterwatch.service.sites.service import CameraDraft
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import AttemptRow, CameraEntryRow, CustodyRow, SiteRow
from litterwatch.service.users.roles import Role
from litterwatch.service.vault import Vault

UNIT, OTHER = "01273", "01279"
OFFICER = Actor("officer", Office.CASE_OFFICER, UNIT)
SITE = (22.6657, 106.2579)
MOMENT = datetime(2025, 12, 30, 8, tzinfo=UTC)


class House(ScriptedReviews):
    """Three events of a camera with a place: 20 minutes, 5 hours, 3 days from what is reported."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, ["e1", "e2", "e3"])
        now = self.clock.now()
        facts = {"created_at": now, "updated_at": now}
        with self.database.writing() as session:
            session.add(
                SiteRow(
                    id="s",
                    name="cầu",
                    kind=SiteKind.STREET,
                    unit=UNIT,
                    latitude=SITE[0],
                    longitude=SITE[1],
                    **facts,
                )
            )
            session.flush()
            draft = asdict(CameraDraft("c", "street"))
            session.add(CameraEntryRow(id="c", site_id="s", **draft, **facts))
            rows = session.scalars(select(ReviewRow).order_by(ReviewRow.event_id)).all()
            self.ids = [row.event_id for row in rows]
            apart = (timedelta(minutes=20), timedelta(hours=-5), timedelta(days=-3))
            for row, by in zip(rows, apart, strict=True):
                row.moment, row.is_dated, row.unit = MOMENT + by, True, UNIT

    def report(self, **changes: object) -> str:
        told: dict[str, object] = {
            "occurred_at": MOMENT,
            "position": (22.6747, 106.2579),
            **changes,
        }
        new = NewReport(Channel.PORTAL, UNIT, "chân cầu", "đổ rác", **told)  # type: ignore[arg-type]
        with self.database.writing() as session:
            return receive_report(session, self.clock, PUBLIC_FORM, Vault(self.root), new)[0]

    def offered(self, report: str, units: frozenset[str] | None = None) -> list[str]:
        with self.database.reading() as session:
            found = candidates(session, session.get_one(ReportRow, report), units)
            return [each.review.event_id for each in found]

    def confirm(self, event_id: str) -> None:
        lan, hoa = (
            self.person(f"l{event_id[:8]}", Role.SCREENER),
            self.person(f"h{event_id[:8]}", Role.REVIEWER),
        )
        self.reviews.carry_out(lan, event_id, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
        self.play(hoa, event_id)
        self.reviews.carry_out(hoa, event_id, Order(Action.CONFIRM))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def test_the_nearest_event_is_offered_first_with_how_far_it_is(house: House) -> None:
    report = house.report()
    assert house.offered(report) == house.ids[:2]
    assert house.offered(report, frozenset({OTHER})) == []
    with house.database.reading() as session:
        first = candidates(session, session.get_one(ReportRow, report), None)[0]
    assert first.apart == timedelta(minutes=20)
    assert first.metres == pytest.approx(1001, abs=3)
    assert not first.is_linked


def test_without_a_time_the_days_before_it_came_in_are_offered(house: House) -> None:
    assert sorted(house.offered(house.report(occurred_at=None))) == sorted(house.ids)


def test_an_event_whose_hour_nobody_knows_is_offered_last(house: House) -> None:
    with house.database.writing() as session:
        session.get_one(ReviewRow, house.ids[2]).is_dated = False
    assert house.offered(house.report()) == house.ids


def test_they_are_linked_and_parted_by_whoever_sees_both(house: House) -> None:
    report, event = house.report(), house.ids[2]
    with house.database.writing() as session:
        link(session, house.clock, OFFICER, report, event)
        assert linked_events(session, report) == [event]
        assert [row.id for row in reports_of_event(session, event)] == [report]
    assert house.offered(report)[0] == event
    for actor in (Actor("x", Office.CLERK, UNIT), Actor("x", Office.CASE_OFFICER, OTHER)):
        with pytest.raises(NotAllowed), house.database.writing() as session:
            unlink(session, house.clock, actor, report, event)
    with pytest.raises(Conflict), house.database.writing() as session:
        link(session, house.clock, OFFICER, report, event)
    with house.database.writing() as session:
        unlink(session, house.clock, OFFICER, report, event)
        assert linked_events(session, report) == []
        rows = select(CustodyRow.action).where(CustodyRow.subject == report)
        actions = list(session.scalars(rows.order_by(CustodyRow.seq)))
    assert actions == ["report.received", "report.linked", "report.unlinked"]
    for unknown, error in ((event, NotFound), ("none", NotFound)):
        with pytest.raises(error), house.database.writing() as session:
            unlink(session, house.clock, OFFICER, report, unknown)


def test_a_report_takes_the_confirmed_events_into_its_case(house: House) -> None:
    report = house.report()
    house.confirm(house.ids[0])
    with house.database.writing() as session:
        for event in house.ids[:2]:
            link(session, house.clock, OFFICER, report, event)
        case = accept_report(session, house.clock, OFFICER, report)
        assert events_of_case(session, case) == [house.ids[0]]
        assert find_case(session, case).lane is Lane.PROVIDED


def test_a_report_joins_the_case_that_its_event_has(house: House) -> None:
    report = house.report()
    house.confirm(house.ids[0])
    with house.database.writing() as session:
        review = session.get_one(ReviewRow, house.ids[0])
        case = open_on_event(session, house.clock, OFFICER, review)
        link(session, house.clock, OFFICER, report, house.ids[0])
        assert accept_report(session, house.clock, OFFICER, report) == case
        found = case_of_event(session, house.ids[0])
        assert found is not None
        assert found.id == case


def test_a_case_needs_two_people_before_and_its_verdict_stands_after(house: House) -> None:
    event = house.ids[0]
    with house.database.writing() as session:
        review = session.get_one(ReviewRow, event)
        with pytest.raises(Conflict, match="second person"):
            open_on_event(session, house.clock, OFFICER, review)
    house.confirm(event)
    with house.database.writing() as session:
        review = session.get_one(ReviewRow, event)
        review.unit = None
        anybody = Actor("officer", Office.CASE_OFFICER)
        with pytest.raises(InvalidInput):
            open_on_event(session, house.clock, anybody, review)
        open_on_event(session, house.clock, anybody, review, unit=UNIT)


@given(
    st.tuples(st.floats(-89, 89), st.floats(-180, 180)),
    st.tuples(st.floats(-89, 89), st.floats(-180, 180)),
)
def test_distances_are_the_same_both_ways_and_never_round_the_earth(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    assert distance_m(one, other) == pytest.approx(distance_m(other, one), abs=1e-3)
    assert 0 <= distance_m(one, other) <= 20_016_000


def test_the_door_counts_by_address_and_altogether_and_forgets(house: House) -> None:
    keeper = Doorkeeper(
        house.database, house.clock, ReportSettings(from_one_address=2, from_everybody=3)
    )
    keeper.let_report("10.0.0.1")
    keeper.let_report("10.0.0.1")
    with pytest.raises(Exception, match="wait ten minutes"):
        keeper.let_report("10.0.0.1")
    keeper.let_report("10.0.0.2")
    with pytest.raises(Exception, match="wait ten minutes"):
        keeper.let_report("10.0.0.3")
    with house.database.reading() as session:
        origins = list(session.scalars(select(AttemptRow.origin)))
    assert not any("10.0.0" in origin for origin in origins)
    house.clock.advance(601)
    keeper.let_report("10.0.0.1")
    for _ in range(ASKED):
        keeper.let_ask("10.0.0.9")
    with pytest.raises(Exception, match="wait ten minutes"):
        keeper.let_ask("10.0.0.9")


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"unit": "nowhere"}, "commune or ward"),
        ({"day": "", "hour": "06:30"}, "needs its day"),
        ({"day": "31/31/2026"}, "dates like"),
        ({"hour": "soon"}, "hours like"),
        ({"latitude": "north", "longitude": "1"}, "degrees like"),
    ],
)
def test_forms_that_cannot_be_are_refused(changes: dict[str, str], advice: str) -> None:
    given = {"unit": UNIT, "day": "30/12/2025", **changes}
    with pytest.raises(InvalidInput, match=advice):
        read_report(lambda name: given.get(name, ""), Channel.HOTLINE)


def test_a_form_is_read_on_the_clock_of_viet_nam() -> None:
    given = {
        "unit": UNIT,
        "place": "chợ",
        "text": "rác",
        "day": "30/12/2025",
        "hour": "6h30",
        "latitude": "22,66",
        "longitude": "106.25",
        "wants_reply": "true",
    }
    new = read_report(lambda name: given.get(name, ""), Channel.HOTLINE)
    assert new.occurred_at == datetime(2025, 12, 29, 23, 30, tzinfo=UTC)
    assert (new.position, new.wants_reply, new.contact) == ((22.66, 106.25), True, None)
