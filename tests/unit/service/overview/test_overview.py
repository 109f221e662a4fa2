"""What needs somebody, figures, the map, the wall: numbers that people act on."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event as sa_event
from sqlalchemy import select

from litterwatch.detector.types import EventKind
from litterwatch.service.actor import Actor, Office
from litterwatch.service.cases.service import NewCase, move_case, open_case
from litterwatch.service.cases.state import Lane, Move
from litterwatch.service.db import Database
from litterwatch.service.evidence.holds import place_hold
from litterwatch.service.overview import charts
from litterwatch.service.overview.atlas import Sheet, atlas, radius_of
from litterwatch.service.overview.csv_files import csv_answer
from litterwatch.service.overview.endings import endings
from litterwatch.service.overview.hours import HourMeter, camera_hours
from litterwatch.service.overview.live import BLIND, LINKS, live_status
from litterwatch.service.overview.statistics import rate_of, statistics_of
from litterwatch.service.overview.today import Asking, Need, Tone, disk_room, today
from litterwatch.service.overview.wall import wall
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.figures import CONFIRMED, FOUND, Span, by_hour
from litterwatch.service.reviews.kept import Kept
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.state import Action, RejectReason
from litterwatch.service.runtime.board import Board
from litterwatch.service.runtime.condition import Blind, Condition, Link
from litterwatch.service.runtime.newest_still import still_path
from litterwatch.service.sites.places import Register
from litterwatch.service.sites.service import CameraDraft, SiteDraft, save_camera, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import CameraDayRow, FootageRow, ReviewRow
from litterwatch.service.units import units
from litterwatch.service.users.roles import Grant, Role

HERE, THERE = "01273", "01279"
PROPOSE = Order(Action.PROPOSE, act=EventKind.BAG_DUMP)


class House:
    """Three events of one street, which a camera of the register watches."""

    def __init__(self, root: Path, database: Database | None = None) -> None:
        self.desk = ScriptedReviews(root, ["e1", "e2", "e3"], database=database)
        self.clock, self.database, self.root = self.desk.clock, self.desk.database, root
        self.site, self.camera = self.add_site("Chợ Xanh", "street")
        with self.database.writing() as session:
            begun = self.clock.now() - timedelta(hours=8)
            session.scalars(select(FootageRow)).one().captured_from = begun
            for row in session.scalars(select(ReviewRow)):
                row.unit, row.is_dated = HERE, True
                row.moment = begun + timedelta(seconds=30)
        self.clock.advance(3600)

    def add_site(self, name: str, source: str, unit: str = HERE) -> tuple[str, str]:
        lon, lat = next(known.point for known in units() if known.code == unit)
        draft = SiteDraft(name, SiteKind.MARKET, unit, lat, lon)
        with self.database.writing() as session:
            site = save_site(session, self.clock, "nam", draft)
            camera = save_camera(session, self.clock, "nam", site.id, CameraDraft(name, source))
            return site.id, camera.id

    def ids(self) -> list[str]:
        with self.database.reading() as session:
            return sorted(session.scalars(select(ReviewRow.event_id)))

    def confirm(self, *event_ids: str) -> None:
        first = self.desk.person(f"a{self.clock.monotonic():.0f}", Role.SCREENER)
        second = self.desk.person(f"b{self.clock.monotonic():.0f}", Role.REVIEWER)
        for event_id in event_ids:
            self.desk.reviews.carry_out(first, event_id, PROPOSE)
            self.desk.play(second, event_id)
            self.desk.reviews.carry_out(second, event_id, Order(Action.CONFIRM))

    def tiles(self, person: Person) -> dict[Need, tuple[str, Tone]]:
        now = self.clock.now()
        asking = Asking(
            person, self.clock, live_status(self.root, now), self.root, 0, Kept(self.clock)
        )
        with self.database.reading() as session:
            return {tile.need: (tile.text, tile.tone) for tile in today(session, asking)}

    def watch(self, *conditions: Condition) -> None:
        board = Board({condition.camera_id: condition for condition in conditions})
        board.write(self.root, self.clock.now())

    def span(self, states: Any = FOUND, units_seen: frozenset[str] | None = None) -> Span:
        now = self.clock.now()
        return Span(now - timedelta(days=30), now, states, units_seen)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.desk.close()


def test_everybody_sees_the_work_that_is_his(house: House) -> None:
    lan = house.desk.person("lan", Role.SCREENER)
    hoa = house.desk.person("hoa", Role.REVIEWER)
    first, second, third = house.ids()
    house.desk.reviews.carry_out(lan, first, PROPOSE)
    house.desk.reviews.carry_out(lan, second, Order(Action.CLAIM))
    assert house.tiles(lan)[Need.TO_SCREEN] == ("1", Tone.CALM)
    assert house.tiles(lan)[Need.TAKEN] == ("1", Tone.CALM)
    assert house.tiles(hoa)[Need.TO_CONFIRM] == ("1", Tone.CALM)
    assert Need.TO_SCREEN not in house.tiles(hoa)
    house.desk.reviews.carry_out(lan, third, Order(Action.ASK_MORE, note="rõ hơn"))
    assert house.tiles(hoa)[Need.NEEDS_MORE] == ("1", Tone.CALM)
    there = house.desk.person("there", Grant(Role.SCREENER, THERE))
    assert house.tiles(there)[Need.TO_SCREEN] == ("0", Tone.CALM)
    for login, role in (("nam", Role.ADMINISTRATOR), ("an", Role.AUDITOR), ("mai", Role.CLERK)):
        own = house.tiles(house.desk.person(login, role))
        assert own.keys().isdisjoint({Need.TO_SCREEN, Need.TO_CONFIRM, Need.ENDING, Need.TAKEN})


def test_evidence_that_ends_is_told_until_somebody_acts(house: House) -> None:
    lan = house.desk.person("lan", Role.SCREENER)
    first, second, third = house.ids()
    assert house.tiles(lan)[Need.ENDING] == ("0", Tone.CALM)
    house.clock.advance(23.5 * 86400)
    assert house.tiles(lan)[Need.ENDING] == ("3", Tone.WARNING)
    officer = Actor("officer", Office.CASE_OFFICER)
    with house.database.writing() as session:
        place_hold(session, house.clock, officer, event_id=first, reason="vụ án khác")
    house.desk.reviews.carry_out(lan, second, Order(Action.REJECT, None, RejectReason.FALSE_ALARM))
    with house.database.reading() as session:
        (left,) = endings(session, None, house.clock.now()).found
        assert endings(session, frozenset({THERE}), house.clock.now()).found == ()
    assert left.review.event_id == third
    assert left.at - house.clock.now() < timedelta(days=7)


def test_deadlines_of_cases_come_from_the_cases(house: House) -> None:
    officer = Actor("tho", Office.CASE_OFFICER, HERE)
    person = Person("tho", (Grant(Role.CASE_OFFICER, HERE),))
    with house.database.writing() as session:
        case = open_case(session, house.clock, officer, NewCase(HERE, Lane.PROVIDED)).id
    taken = {"taken_on": "2026-01-01"}
    move_case(house.database, house.clock, officer, case, Move.VERIFY, version=1, fields=taken)  # type: ignore[arg-type]
    assert house.tiles(person)[Need.CASES_OVERDUE] == ("0", Tone.CALM)
    house.clock.advance(60 * 86400)
    assert house.tiles(person)[Need.CASES_OVERDUE] == ("1", Tone.BAD)
    elsewhere = Person("x", (Grant(Role.CASE_OFFICER, THERE),))
    assert house.tiles(elsewhere)[Need.CASES_OVERDUE] == ("0", Tone.CALM)


def test_cameras_that_do_not_watch_are_counted_where_one_may_look(house: House) -> None:
    _, other = house.add_site("Cầu", "bridge", THERE)
    lan = house.desk.person("lan", Grant(Role.SCREENER, HERE))
    assert Need.CAMERAS not in house.tiles(lan)
    house.watch(
        Condition(house.camera, Link.UNREACHABLE),
        Condition(other, Link.ONLINE, blind=(Blind.DARK,)),
        Condition("unknown", Link.ONLINE),
    )
    assert house.tiles(lan)[Need.CAMERAS] == ("1", Tone.BAD)
    chief = house.desk.person("chief", Role.INSPECTOR)
    assert house.tiles(chief)[Need.CAMERAS] == ("2", Tone.BAD)
    assert Need.NOT_WATCHING not in house.tiles(chief)
    house.clock.advance(60)
    assert house.tiles(chief)[Need.NOT_WATCHING] == ("!", Tone.BAD)


def test_the_disk_is_told_before_it_is_full(tmp_path: Path) -> None:
    assert disk_room(tmp_path, 1 << 60).tone is Tone.BAD
    assert disk_room(tmp_path, 0).tone in (Tone.CALM, Tone.WARNING)


def test_figures_are_those_of_ones_own_communes(house: House) -> None:
    first, second, _ = house.ids()
    house.confirm(first, second)
    with house.database.reading() as session:
        whole = statistics_of(session, house.span(CONFIRMED))
        own = statistics_of(session, house.span(CONFIRMED, frozenset({HERE})))
        none = statistics_of(session, house.span(CONFIRMED, frozenset({THERE})))
    assert (whole.total, own.total, none.total) == (2, 2, 0)
    assert whole.hours[23] == 2  # 16:00:30 UTC
    assert sum(whole.hours) == 2
    assert [(spot.site.id, spot.count) for spot in own.spots] == [(house.site, 2)]
    assert [rate.unit for rate in none.rates] == []


def test_a_rate_needs_the_hours_that_cameras_watched(house: House) -> None:
    house.confirm(house.ids()[0])
    with house.database.writing() as session:
        footage = session.scalars(select(FootageRow)).one()
        footage.state, footage.finished_at = "done", house.clock.now()  # type: ignore[assignment]
        footage.duration = 1800.0
        day = house.clock.now().date()
        session.add(CameraDayRow(source=house.camera, day=day, seconds=9 * 3600 + 1800.0))
    with house.database.reading() as session:
        (rate,) = statistics_of(session, house.span(CONFIRMED)).rates
    assert (rate.count, rate.hours, rate.rate) == (1, 10.0, 100.0)
    assert (rate.low, rate.high) == pytest.approx((2.53178, 557.1643), rel=1e-4)
    assert rate_of(HERE, 3, 0.0).rate is None


def test_the_hour_is_that_of_viet_nam_on_both_databases(
    tmp_path: Path, any_database: Database
) -> None:
    house = House(tmp_path, any_database)
    with any_database.reading() as session:
        assert by_hour(session, house.span())[23] == 3
        with_none = replace(house.span(), until=house.clock.now() - timedelta(days=1))
        assert sum(by_hour(session, with_none)) == 0
    HourMeter(any_database, house.clock, tmp_path).run()


def test_camera_hours_add_up_while_the_watch_says_that_it_watches(house: House) -> None:
    meter = HourMeter(house.database, house.clock, house.root)

    def hours() -> dict[str, float]:
        with house.database.reading() as session:
            return camera_hours(session, house.clock.now() - timedelta(days=2), house.clock.now())

    meter.run()
    for _ in range(30):
        house.clock.advance(60)
        house.watch(Condition("gate", Link.ONLINE), Condition("yard", Link.STALLED))
        meter.run()
    assert hours() == {"gate": pytest.approx(0.5)}
    house.clock.advance(60)  # the watch has died: its last word is old
    meter.run()
    house.clock.advance(86400)  # the desk slept: nobody knows what was meanwhile
    house.watch(Condition("gate", Link.ONLINE))
    meter.run()
    assert hours() == {"gate": pytest.approx(0.5)}


def test_the_wall_says_what_is_wrong_and_since_when(house: House) -> None:
    board = Board({"street": Condition("street", Link.ONLINE)})
    board.write(house.root, house.clock.now())
    began = house.clock.now() + timedelta(seconds=10)
    board.conditions = {
        "street": Condition(
            "street", Link.ONLINE, blind=(Blind.COVERED,), lag=9.0, captured_at=began
        ),
        "yard": Condition("yard", Link.UNAUTHORISED, why="The password was refused."),
    }
    for _ in range(3):
        house.clock.advance(10)
        board.write(house.root, house.clock.now())
    still_path(house.root, "street").parent.mkdir()
    still_path(house.root, "street").write_bytes(b"jpeg")
    live = live_status(house.root, house.clock.now())
    assert live is not None
    with house.database.reading() as session:
        seen = wall(Register(session, None), live, house.root)
        own = wall(Register(session, frozenset({THERE})), live, house.root)
    street, yard = (next(s for s in seen.screens if s.id == name) for name in ("street", "yard"))
    assert street.camera is not None
    assert street.camera.troubles == (
        BLIND["covered"],
        "is judged late: the machine cannot keep up",
    )
    assert (street.camera.since, street.pictured_at) == (began, began)
    assert street.place is not None
    assert street.place.camera.id == house.camera
    assert yard.camera is not None
    assert (yard.camera.troubles, yard.camera.why) == (
        (LINKS["unauthorised"],),
        "The password was refused.",
    )
    assert (yard.place, yard.pictured_at, seen.unwell) == (None, None, 2)
    assert own.screens == []


def test_every_state_of_a_camera_has_words() -> None:
    assert set(LINKS) == set(Link) - {Link.ONLINE}
    assert set(BLIND) == set(Blind)


def test_a_status_that_nobody_can_read_is_none(house: House) -> None:
    assert live_status(house.root, house.clock.now()) is None
    (house.root / "live-status.json").write_text("half a")
    assert live_status(house.root, house.clock.now()) is None


def test_cameras_that_the_register_does_not_let_be_watched_are_on_the_wall(house: House) -> None:
    house.watch()
    file = house.root / "live-status.json"
    told = json.loads(file.read_text())
    told["left_out"] = [{"camera_id": "gate", "why": "It has no address."}]
    file.write_text(json.dumps(told))
    live = live_status(house.root, house.clock.now())
    assert live is not None
    assert [(c.id, c.is_well, c.why) for c in live.cameras] == [
        ("gate", False, "It has no address.")
    ]


def test_the_overview_asks_as_often_whatever_the_number(house: House) -> None:
    """Ten sites and cameras more cost not one statement more."""
    chief = house.desk.person("chief", Role.SCREENER, Role.REVIEWER, Role.INSPECTOR)
    asked: list[str] = []

    @sa_event.listens_for(house.database.engine, "before_cursor_execute")
    def _note(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def costs() -> tuple[int, int]:
        asked.clear()
        house.tiles(chief)
        first = len(asked)
        with house.database.reading() as session:
            statistics_of(session, house.span())
        return first, len(asked) - first

    before = costs()
    for number in range(10):
        house.add_site(f"s{number}", f"c{number}/")
    assert costs() == before
    assert max(before) <= 18


def test_every_commune_lies_on_the_sheet_where_it_lies() -> None:
    sheet = Sheet()
    places = {unit.code: sheet.at(*unit.point) for unit in units()}
    assert all(sheet.holds(x, y) for x, y in places.values())
    (ax, ay), (bx, by) = places["01273"], places["01290"]
    # Thục Phán to Bảo Lâm: 68.0 km on the great circle between their points.
    assert ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 == pytest.approx(68.0, rel=0.01)
    assert ax > bx
    assert ay > by


def test_sites_without_a_place_are_named_beside_the_map(house: House) -> None:
    with house.database.writing() as session:
        nowhere = save_site(session, house.clock, "nam", SiteDraft("?", SiteKind.OTHER, HERE)).id
        hanoi = SiteDraft("Hà Nội", SiteKind.OTHER, HERE, 21.03, 105.85)
        away = save_site(session, house.clock, "nam", hanoi).id
    with house.database.reading() as session:
        sheet = atlas(Register(session, None).sites, [])
    assert [pin.site.id for pin in sheet.pins] == [house.site]
    assert {site.id for site in sheet.beyond} == {nowhere, away}
    assert sum(not label.is_near for label in sheet.labels) > 30


@given(st.integers(0, 100_000))
def test_more_events_make_no_smaller_circle(count: int) -> None:
    assert 0 < radius_of(count) <= radius_of(count + 1) <= 4


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_bars_stay_in_their_picture_and_in_order(values: list[int]) -> None:
    chart = charts.columns(values, [str(n) for n in range(len(values))])
    for bar in chart.bars:
        assert 0 <= bar.x <= chart.width - bar.width
        assert 0 <= bar.y <= chart.floor + 0.01
        assert bar.y + bar.height == pytest.approx(chart.floor, abs=0.02)
    assert all(float(tick.text).is_integer() for tick in chart.ticks)
    heights = [bar.height for bar in chart.bars]
    assert sorted(values) == [v for _, v in sorted(zip(heights, values, strict=True))]
    lying = charts.lying([(str(n), n) for n in values])
    assert all(bar.x + bar.width < lying.width for bar in lying.bars)


@given(st.just(0.0) | st.floats(1e-6, 1e9))
def test_a_scale_reaches_the_highest_value_in_few_round_steps(highest: float) -> None:
    steps = charts.scale(highest)
    assert steps[0] == 0
    assert steps[-1] >= highest * (1 - 1e-6)
    assert 2 <= len(steps) <= 7


def test_an_interval_beyond_the_scale_ends_there() -> None:
    chart = charts.rods([("a", 1.0, 2.0, 900.0), ("b", None, None, None)], 6.0)
    wide, empty = chart.rods
    assert wide.high is not None
    assert wide.high <= chart.width
    assert (empty.low, empty.middle, empty.high) == (None, None, None)


def test_a_name_that_begins_a_formula_is_text_in_a_spreadsheet() -> None:
    answer = csv_answer("x", ["Tên", "n"], [("=HYPERLINK(1)", 2), ('Chợ, "cũ"', 1.5), (None, 0)])
    text = bytes(answer.body).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(StringIO(text[1:])))
    assert rows == [["Tên", "n"], ["'=HYPERLINK(1)", "2"], ['Chợ, "cũ"', "1.500"], ["", "0"]]
