"""Verdicts become labels, markings are kept at once, permissions decide what is handed over."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed, NotFound
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, EventKind, Image, Label, PassedOver
from litterwatch.labelling.records import HardNegative, LabelledBox, LabelledPicture, Origin
from litterwatch.models.registry import load_detector
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.canonical import JsonValue
from litterwatch.service.db import Database
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.labels.boxes import labelled
from litterwatch.service.labels.candidates import Draw, keep_candidates, prune_candidates
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.figures import figures
from litterwatch.service.labels.following import Followers, follow
from litterwatch.service.labels.handing import label_source, labelled_pictures, note_handed_over
from litterwatch.service.labels.permits import Request, give, withdraw
from litterwatch.service.labels.service import Change, Labels, neighbours
from litterwatch.service.labels.tables import (
    CandidateRow,
    LabelRow,
    LabelState,
    MarkingRow,
    MarkingState,
)
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.missed import MissedReport, report_missed
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.service import Reviews
from litterwatch.service.reviews.state import Action, RejectReason
from litterwatch.service.settings import LabelSettings
from litterwatch.service.sites.service import CameraDraft, SiteDraft, save_camera, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import EventRow, EvidenceRow, FootageRow, ReviewRow
from litterwatch.service.users.roles import Grant, Role

SIZE = (320, 240)
SEEN = Detections.of(
    [(Box(10, 20, 40, 90), 0.9, Label.PERSON), (Box(60, 80, 90, 110), 0.6, Label.WASTE)]
)
REJECT = Order(Action.REJECT, reason=RejectReason.LAWFUL_COLLECTION)
WASTE = LabelledBox(Box(60, 80, 90, 110), Label.WASTE)
PERSON = LabelledBox(Box(10, 20, 40, 90), Label.PERSON)


@dataclass
class House:
    """A desk without its pages."""

    reviews: ScriptedReviews
    orders: Reviews
    detector: ScriptedDetector
    labels: Labels
    lan: Person
    hoa: Person
    an: Person
    ids: list[str]

    @property
    def database(self) -> Database:
        return self.reviews.database

    def reject(self, event_id: str, order: Order = REJECT) -> None:
        self.orders.carry_out(self.lan, event_id, order)

    def confirm(self, event_id: str) -> None:
        self.orders.carry_out(self.lan, event_id, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
        self.reviews.play(self.hoa, event_id)
        self.orders.carry_out(self.hoa, event_id, Order(Action.CONFIRM))

    def label(self, event_id: str) -> LabelRow | None:
        with self.database.reading() as session:
            rows = select(LabelRow).where(
                LabelRow.event_id == event_id, LabelRow.missed_id.is_(None)
            )
            return session.scalars(rows).one_or_none()

    def mark(self, person: Person, boxes: list[LabelledBox] | None = None) -> MarkingRow:
        """Take the next picture and verify it."""
        row = self.labels.take(person)
        assert row is not None
        drawn = [WASTE] if boxes is None else boxes
        return self.labels.save(person, row.id, Change(row.revision, drawn, is_verified=True))

    def handed(self) -> list[LabelledPicture]:
        with self.database.reading() as session:
            return list(labelled_pictures(session, self.reviews.root, self.detector))

    def allow(self, **what: str) -> str:
        with self.database.writing() as session:
            asked = Request("to learn from it", **what)
            return give(session, self.reviews.clock, self.an, asked).id


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    reviews = ScriptedReviews(tmp_path, [f"e{n}" for n in range(6)], clips=ScriptedClips(size=SIZE))
    detector = ScriptedDetector(lambda _: SEEN)
    with reviews.database.reading() as session:
        ids = list(session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)))
    told = [Followers(reviews.clock).review]
    orders = Reviews(reviews.database, reviews.clock, tmp_path, followers=told)
    yield House(
        reviews,
        orders,
        detector,
        Labels(reviews.database, reviews.clock, tmp_path, Eyes(lambda: detector)),
        reviews.person("lan", Role.SCREENER),
        reviews.person("hoa", Role.REVIEWER),
        reviews.person("an", Role.AUTHORITY),
        ids,
    )
    reviews.close()


# -- verdicts ----------------------------------------------------------------------------------


def test_a_rejected_event_is_a_label_with_its_facts(house: House) -> None:
    with house.database.writing() as session:  # as the engine says who left it
        owner: JsonValue = {"code": "owner", "media_time": 9.0, "detail": {"tracks": "3 7"}}
        session.get_one(EventRow, house.ids[0]).reasons = [owner]
    house.reject(house.ids[0])
    row = house.label(house.ids[0])
    assert row is not None
    assert row.track == "3 7"
    assert (row.origin, row.negative, row.is_standing) == (
        Origin.REJECTED,
        HardNegative.LAWFUL,
        True,
    )
    assert row.source == "street.mp4"
    assert row.model_sha256 == "c" * 64
    assert row.box == [10, 10, 10, 10]
    with house.database.reading() as session:
        still = session.scalars(
            select(EvidenceRow).where(
                EvidenceRow.event_id == house.ids[0], EvidenceRow.role == "still_after"
            )
        ).one()
    assert row.media_time == still.t_start


def test_a_label_goes_when_its_verdict_is_taken_back_and_comes_again(house: House) -> None:
    event_id = house.ids[0]
    house.reject(event_id)
    house.orders.undo(house.lan, event_id)
    row = house.label(event_id)
    assert row is not None
    assert not row.is_standing
    house.reject(event_id, Order(Action.REJECT, reason=RejectReason.POOR_QUALITY))
    row = house.label(event_id)
    assert row is not None
    assert (row.is_standing, row.negative) == (True, HardNegative.WEATHER)


def test_a_proposal_is_no_label_and_a_confirmation_is(house: House) -> None:
    event_id = house.ids[0]
    house.orders.carry_out(house.lan, event_id, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
    assert house.label(event_id) is None
    house.reviews.play(house.hoa, event_id)
    house.orders.carry_out(house.hoa, event_id, Order(Action.CONFIRM))
    row = house.label(event_id)
    assert row is not None
    assert (row.origin, row.negative) == (Origin.CONFIRMED, None)


def test_a_duplicate_and_a_missed_thing_are_labels(house: House) -> None:
    first, second = house.ids[:2]
    house.orders.carry_out(house.lan, second, Order(Action.DUPLICATE, parent_id=first))
    row = house.label(second)
    assert row is not None
    assert row.origin is Origin.DUPLICATE
    with house.database.writing() as session:
        report_missed(session, house.reviews.clock, house.lan, MissedReport(first, 12.5, "túi"))
    house.labels.follow()
    with house.database.reading() as session:
        missed = session.scalars(select(LabelRow).where(LabelRow.origin == Origin.MISSED)).one()
    assert (missed.media_time, missed.event_id, missed.negative) == (12.5, first, None)


def test_older_verdicts_are_followed_up_once(house: House) -> None:
    for event_id in house.ids[:3]:
        house.reviews.reviews.carry_out(house.lan, event_id, REJECT)  # nobody told the labels
    assert house.label(house.ids[0]) is None
    assert house.labels.follow() == 3
    assert house.labels.follow() == 0
    house.reviews.reviews.undo(house.lan, house.ids[0])
    with house.database.writing() as session:
        assert follow(session, house.reviews.clock) == 1
        assert follow(session, house.reviews.clock) == 0
    row = house.label(house.ids[0])
    assert row is not None
    assert not row.is_standing


def test_the_time_of_day_is_known_where_the_footage_says_it(house: House) -> None:
    began = house.reviews.clock.now() - timedelta(hours=3)
    with house.database.writing() as session:
        for footage in session.scalars(select(FootageRow)):
            footage.captured_from = began
    house.reject(house.ids[0])
    row = house.label(house.ids[0])
    assert row is not None
    assert row.taken_at == began + timedelta(seconds=row.media_time)


# -- marking -----------------------------------------------------------------------------------


def test_the_machine_proposes_and_a_person_verifies(house: House) -> None:
    house.reject(house.ids[0])
    row = house.labels.take(house.hoa)
    assert row is not None
    assert [(each["label"], each["sure"]) for each in row.boxes] == [  # type: ignore[index,call-overload]
        ("person", True),
        ("waste", True),
    ]
    assert (row.width, row.height, row.revision) == (*SIZE, 1)
    done = house.labels.save(house.hoa, row.id, Change(1, [WASTE], is_verified=True))
    assert (done.state, done.revision) == (MarkingState.VERIFIED, 2)
    label = house.label(house.ids[0])
    assert label is not None
    assert label.state is LabelState.VERIFIED
    assert house.labels.take(house.hoa) is None


def test_two_people_are_not_given_the_same_picture(house: House) -> None:
    for event_id in house.ids[:3]:
        house.reject(event_id)
    rows = [house.labels.take(person) for person in (house.lan, house.hoa, house.lan)]
    assert len({row.label_id for row in rows if row is not None}) == 3
    assert house.labels.take(house.hoa) is None


def test_what_somebody_began_with_is_resumed_and_left_to_others_after_a_day(house: House) -> None:
    house.reject(house.ids[0])
    first = house.labels.take(house.lan)
    assert first is not None
    again = house.labels.resume(house.lan)
    assert again is not None
    assert again.id == first.id
    assert house.labels.take(house.hoa) is None
    house.reviews.clock.advance(25 * 3600)
    other = house.labels.take(house.hoa)
    assert other is not None
    assert other.label_id == first.label_id
    house.labels.save(house.hoa, other.id, Change(1, [WASTE], is_verified=True))
    late = house.labels.save(house.lan, first.id, Change(1, [WASTE], is_verified=True))
    assert late.is_repeat


def test_a_change_over_an_old_revision_is_refused_and_the_same_one_twice_counts_once(
    house: House,
) -> None:
    house.reject(house.ids[0])
    row = house.labels.take(house.lan)
    assert row is not None
    one = Change(1, [WASTE], request_key="k1")
    for _ in range(2):
        assert house.labels.save(house.lan, row.id, one).revision == 2
    with pytest.raises(Conflict, match="changed elsewhere"):
        house.labels.save(house.lan, row.id, Change(1, [], request_key="k2"))
    assert len(house.labels.save(house.lan, row.id, Change(2, [WASTE, PERSON])).boxes) == 2


@pytest.mark.parametrize(
    "box", [Box(400, 10, 420, 30), Box(10, 10, 11, 30), Box(30, 10, 10, 30), Box(-50, 0, -20, 20)]
)
def test_boxes_that_cannot_be_are_refused(house: House, box: Box) -> None:
    house.reject(house.ids[0])
    row = house.labels.take(house.lan)
    assert row is not None
    with pytest.raises(InvalidInput):
        house.labels.save(house.lan, row.id, Change(1, [LabelledBox(box, Label.BIN)]))
    many = [WASTE] * 201
    with pytest.raises(InvalidInput):
        house.labels.save(house.lan, row.id, Change(1, many))


def test_a_box_that_sticks_out_is_cut(house: House) -> None:
    house.reject(house.ids[0])
    row = house.labels.take(house.lan)
    assert row is not None
    wide = LabelledBox(Box(-10, 200, 40, 300), Label.BIN)
    kept = house.labels.save(house.lan, row.id, Change(1, [wide])).boxes
    assert kept == [{"box": [0.0, 200.0, 40.0, 40.0], "label": "bin", "sure": True}]


def test_a_marking_is_its_makers_alone(house: House) -> None:
    house.reject(house.ids[0])
    row = house.labels.take(house.lan)
    assert row is not None
    with pytest.raises(NotFound):
        house.labels.save(house.hoa, row.id, Change(1, []))


def test_another_commune_sees_no_picture(house: House) -> None:
    house.reject(house.ids[0])
    elsewhere = house.reviews.person("mai", Grant(Role.REVIEWER, "01273"))
    assert house.labels.take(elsewhere) is None


def test_a_verified_picture_that_is_changed_is_a_draft_again(house: House) -> None:
    house.reject(house.ids[0])
    row = house.mark(house.lan)
    draft = house.labels.save(house.lan, row.id, Change(row.revision, []))
    assert draft.state is MarkingState.DRAFT
    label = house.label(house.ids[0])
    assert label is not None
    assert label.state is LabelState.BEGUN
    with house.database.reading() as session:
        assert read_log(session, AuditFilter(), 1)[0].action == "marking.reopened"


def test_many_changes_of_a_draft_are_one_row_of_the_log(house: House) -> None:
    house.reject(house.ids[0])
    row = house.labels.take(house.lan)
    assert row is not None
    for revision in range(1, 6):
        house.labels.save(house.lan, row.id, Change(revision, [WASTE]))
    with house.database.reading() as session:
        rows = read_log(session, AuditFilter(action="marking.drafted"), 9)
    assert len(rows) == 1
    house.reviews.clock.advance(601)
    house.labels.save(house.lan, row.id, Change(6, []))
    with house.database.reading() as session:
        assert len(read_log(session, AuditFilter(action="marking.drafted"), 9)) == 2


def test_a_picture_that_is_gone_is_passed_over(house: House) -> None:
    house.reject(house.ids[0])
    house.reject(house.ids[1])
    with house.database.reading() as session:
        (path,) = session.scalars(
            select(EvidenceRow.path).where(
                EvidenceRow.event_id == house.ids[0], EvidenceRow.role == "still_after"
            )
        )
    (house.reviews.root / path).unlink()
    row = house.labels.take(house.lan)
    assert row is not None
    gone, there = house.label(house.ids[0]), house.label(house.ids[1])
    assert gone is not None
    assert there is not None
    assert gone.state is LabelState.GONE
    assert row.label_id == there.id


def test_one_walks_back_and_forth_through_ones_own(house: House) -> None:
    for event_id in house.ids[:3]:
        house.reject(event_id)
    rows = [house.mark(house.lan) for _ in range(3)]
    with house.database.reading() as session:
        middle = session.get_one(MarkingRow, rows[1].id)
        assert neighbours(session, house.lan, middle) == (rows[0].id, rows[2].id)
        first = session.get_one(MarkingRow, rows[0].id)
        assert neighbours(session, house.lan, first) == (None, rows[1].id)


def test_some_pictures_are_marked_by_a_second_person_and_count_for_agreement(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for event_id in house.ids:
        house.reject(event_id)
    house.mark(house.lan, [WASTE, PERSON])
    monkeypatch.setattr("litterwatch.service.labels.queue.REPEATS", 1.0)
    again = house.labels.take(house.hoa)
    assert again is not None
    assert again.is_repeat
    assert len(again.boxes) == 2  # what the machine proposes, not what the first person drew
    moved = replace(WASTE, box=Box(62, 80, 92, 110))
    house.labels.save(house.hoa, again.id, Change(1, [moved, PERSON], is_verified=True))
    with house.database.reading() as session:
        found = figures(session, house.hoa).agreement
    assert (found.pictures, found.things, found.kappa) == (1, 2, 1.0)
    assert found.mean_iou == pytest.approx((28 / 32 + 1) / 2)
    monkeypatch.setattr("litterwatch.service.labels.queue.REPEATS", 0.0)
    first = house.labels.take(house.hoa)
    assert first is not None
    assert not first.is_repeat


# -- permission and handing over -----------------------------------------------------------------


def test_nothing_is_handed_over_without_somebodys_word(house: House) -> None:
    house.reject(house.ids[0])
    house.mark(house.lan)
    assert house.handed() == []
    permit = house.allow(source="street.mp4")
    (picture,) = house.handed()
    assert picture.trainable
    assert (picture.origin, picture.negative) == (Origin.REJECTED, HardNegative.LAWFUL)
    assert (picture.camera, picture.event_id, picture.size) == ("street.mp4", house.ids[0], SIZE)
    assert picture.boxes == (WASTE,)
    with house.database.writing() as session:
        withdraw(session, house.reviews.clock, house.an, permit)
    assert house.handed() == []


def test_a_case_needs_a_word_of_its_own(house: House) -> None:
    house.confirm(house.ids[0])
    house.mark(house.lan)
    house.allow(source="street.mp4")
    assert house.handed() == []
    house.allow(event_id=house.ids[0])
    assert [picture.origin for picture in house.handed()] == [Origin.CONFIRMED]


def test_what_repeats_a_case_is_a_case(house: House) -> None:
    first, second = house.ids[:2]
    house.orders.carry_out(house.lan, second, Order(Action.DUPLICATE, parent_id=first))
    house.mark(house.lan)
    house.allow(source="street.mp4")
    assert len(house.handed()) == 1
    house.confirm(first)
    assert house.handed() == []
    house.allow(event_id=first)
    assert [picture.event_id for picture in house.handed()] == [second]


def test_faces_and_plates_are_covered_and_the_original_is_not_touched(house: House) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    house.reject(house.ids[0])
    with house.database.writing() as session:
        row = session.scalars(
            select(EvidenceRow).where(
                EvidenceRow.event_id == house.ids[0], EvidenceRow.role == "still_after"
            )
        ).one()
        path = house.reviews.root / row.path
        path.chmod(0o640)
        cv2.imwrite(str(path), noise)
        row.size = path.stat().st_size
    before = path.read_bytes()
    car = LabelledBox(Box(200, 100, 300, 200), Label.VEHICLE)
    house.mark(house.lan, [WASTE, car])
    house.allow(source="street.mp4")
    (picture,) = house.handed()
    assert path.read_bytes() == before
    assert picture.file != path
    shown, whole = cv2.imread(str(picture.file)), cv2.imread(str(path))
    assert shown is not None
    assert whole is not None
    plate, face = Box(200, 150, 300, 200), Box(10, 20, 40, 37)
    for covered in (plate, face):
        x1, y1, x2, y2 = (int(value) for value in covered)
        assert shown[y1:y2, x1:x2].std() < 0.5 * whole[y1:y2, x1:x2].std()
    assert np.abs(shown[80:110, 100:150].astype(int) - whole[80:110, 100:150]).mean() < 12
    with house.database.reading() as session:
        originals = list(
            labelled_pictures(session, house.reviews.root, house.detector, is_covered=False)
        )
    assert originals[0].file == path


def test_copies_go_when_the_word_is_withdrawn_and_when_the_evidence_goes(house: House) -> None:
    folder = house.reviews.root / "derived" / "labels" / "covered"
    for event_id in house.ids[:2]:
        house.reject(event_id)
        house.mark(house.lan)
    permit = house.allow(source="street.mp4")
    assert len({picture.file for picture in house.handed()}) == 2
    house.labels.follow()
    assert len(list(folder.iterdir())) == 2
    with house.database.writing() as session:
        rows = session.scalars(select(EvidenceRow).where(EvidenceRow.event_id == house.ids[0]))
        for row in rows:
            session.delete(row)
    house.labels.follow()
    assert len(list(folder.iterdir())) == 1
    assert len(house.handed()) == 1
    with house.database.writing() as session:
        withdraw(session, house.reviews.clock, house.an, permit)
    house.labels.follow()
    assert list(folder.iterdir()) == []


def test_what_was_drawn_tells_what_a_false_alarm_was(house: House) -> None:
    reasons = {RejectReason.FALSE_ALARM: HardNegative.PERSON, RejectReason.CLEAN_UP: None}
    for event_id, reason in zip(house.ids, reasons, strict=False):
        house.reject(event_id, Order(Action.REJECT, reason=reason))
    who = LabelledBox(Box(5, 5, 30, 60), Label.PERSON)
    for _ in reasons:
        house.mark(house.lan, [who])
    house.allow(source="street.mp4")
    told = {picture.negative for picture in house.handed()}
    assert told == {HardNegative.PERSON, HardNegative.CLEAN_UP}


def test_an_undone_verdict_and_a_draft_are_not_handed_over(house: House) -> None:
    for event_id in house.ids[:2]:
        house.reject(event_id)
    house.allow(source="street.mp4")
    first = house.mark(house.lan)
    second = house.mark(house.lan)
    assert len(house.handed()) == 2
    house.labels.save(house.lan, second.id, Change(second.revision, []))
    assert len(house.handed()) == 1
    with house.database.reading() as session:
        judged = session.get_one(LabelRow, first.label_id).event_id
    assert judged is not None
    house.orders.undo(house.lan, judged)
    assert house.handed() == []


def test_a_source_of_labels_opens_its_detector_and_closes_it(house: House) -> None:
    house.reject(house.ids[0])
    house.mark(house.lan)
    house.allow(source="street.mp4")
    eyes = ScriptedDetector(lambda _: SEEN)
    with house.database.reading() as session:
        (picture,) = label_source(lambda: eyes)(session, house.reviews.root)
    assert picture.file.parent.name == "covered"
    assert eyes.is_closed


def test_handing_over_is_in_the_log(house: House) -> None:
    house.reject(house.ids[0])
    house.mark(house.lan)
    house.allow(source="street.mp4")
    with house.database.writing() as session:
        note_handed_over(session, house.reviews.clock, "system", house.handed())
    with house.database.reading() as session:
        row = read_log(session, AuditFilter(), 1)[0]
    assert (row.action, row.detail["pictures"]) == ("labels.handed_over", 1)


def test_permission_needs_the_role_a_reason_and_something_to_allow(house: House) -> None:
    house.reject(house.ids[0])
    tries: list[tuple[Person, Request, type[Exception]]] = [
        (house.lan, Request("to learn from it", source="street.mp4"), NotAllowed),
        (house.an, Request("because", source="street.mp4"), InvalidInput),
        (house.an, Request("to learn from it"), InvalidInput),
        (house.an, Request("to learn from it", source="nowhere.mp4"), NotFound),
        (house.an, Request("to learn from it", event_id="nothing"), NotFound),
    ]
    for person, asked, error in tries:
        with pytest.raises(error), house.database.writing() as session:
            give(session, house.reviews.clock, person, asked)
    house.allow(source="street.mp4")
    with pytest.raises(Conflict):
        house.allow(source="street.mp4")


# -- what was passed over ------------------------------------------------------------------------

PASSED = [
    PassedOver("weak_evidence", 10.0 + n, Box(10, 10, 30, 30), score=0.4, label=Label.PERSON)
    for n in range(4)
] + [PassedOver("dwell", 20.0, Box(5, 5, 25, 45), label=Label.PERSON)]


def kept(house: House, settings: LabelSettings, passed: list[PassedOver] = PASSED) -> int:
    with house.database.reading() as session:
        footage_id = session.scalars(select(FootageRow.id)).first()
    assert footage_id is not None
    draw = Draw(settings, house.reviews.root, house.reviews.clock)
    return keep_candidates(house.database, draw, footage_id, ScriptedClips(size=SIZE), passed)


def test_what_was_passed_over_is_kept_by_lot_once_and_marked(house: House) -> None:
    assert kept(house, LabelSettings(audit_share=0.0)) == 0
    assert kept(house, LabelSettings(audit_share=1.0)) == 5
    assert kept(house, LabelSettings(audit_share=1.0)) == 0
    house.labels.follow()
    with house.database.reading() as session:
        origins = list(session.scalars(select(LabelRow.origin)))
    assert sorted(origins) == ["below_threshold"] * 4 + ["random_dwell"]
    house.mark(house.lan, [])
    house.allow(source="street.mp4")
    (picture,) = house.handed()
    assert picture.event_id is None
    assert picture.boxes == ()


def test_pictures_of_what_was_passed_over_go_when_they_are_old_or_too_many(house: House) -> None:
    settings = LabelSettings(audit_share=1.0, audit_pictures=3, audit_days=2)
    kept(house, settings)
    folder = house.reviews.root / "candidates"
    assert len(list(folder.rglob("*.jpg"))) == 3
    house.reviews.clock.advance(2 * 86400 + 1)
    with house.database.writing() as session:
        draw = Draw(settings, house.reviews.root, house.reviews.clock)
        assert prune_candidates(session, draw) == 3
    assert list(folder.rglob("*.jpg")) == []
    with house.database.reading() as session:
        rows = session.scalars(select(CandidateRow)).all()
    assert len(rows) == 5
    assert all(row.removed_at is not None for row in rows)
    house.labels.follow()
    assert house.labels.take(house.lan) is None


def test_how_much_of_what_was_passed_over_was_waste_is_told(house: House) -> None:
    kept(house, LabelSettings(audit_share=1.0))
    house.labels.follow()
    with house.database.writing() as session:  # as if one in four had been drawn
        for candidate in session.scalars(select(CandidateRow)):
            candidate.share = 0.25
    below = [LabelledBox(Box(12, 12, 28, 28), Label.WASTE)]
    with house.database.reading() as session:
        dwells = set(
            session.scalars(select(LabelRow.id).where(LabelRow.origin == Origin.RANDOM_DWELL))
        )
    left = 1
    for _ in range(5):
        row = house.labels.take(house.lan)
        assert row is not None
        has_waste = row.label_id not in dwells and left > 0
        left -= has_waste
        drawn = below if has_waste else []
        house.labels.save(house.lan, row.id, Change(1, drawn, is_verified=True))
    with house.database.reading() as session:
        found = {each.origin: each for each in figures(session, house.an).audits}
        elsewhere = house.reviews.person("mai", Grant(Role.INSPECTOR, "01273"))
        assert figures(session, elsewhere).audits == []
    weak, dwell = found[Origin.BELOW_THRESHOLD], found[Origin.RANDOM_DWELL]
    assert (weak.marked, weak.waste, weak.stands_for) == (4, 1, 16)
    assert (dwell.marked, dwell.waste, dwell.stands_for) == (1, 0, 4)


# -- figures -------------------------------------------------------------------------------------


def test_the_figures_add_up(house: House) -> None:
    for event_id in house.ids[:3]:
        house.reject(event_id)
    house.confirm(house.ids[3])
    for boxes in ([WASTE, PERSON], [], [replace(WASTE, is_sure=False)]):
        house.mark(house.lan, boxes)
    house.allow(source="street.mp4")
    with house.database.reading() as session:
        found = figures(session, house.an)
    assert found.states[LabelState.VERIFIED] == 3
    assert found.states[LabelState.WAITING] == 1
    assert (found.boxes[Label.WASTE], found.boxes[Label.PERSON], found.unsure) == (2, 1, 1)
    assert sum(done for _, done in found.origins.values()) == 3
    (street,) = found.sources
    assert (street.waiting, street.verified, street.allowed + street.cases) == (1, 3, 3)
    by_goal = {need.goal.value: need.have for need in found.needs}
    assert by_goal["pictures"] + street.cases == 2


# -- on both kinds of database --------------------------------------------------------------------


def test_from_a_verdict_to_a_picture_that_may_be_used(
    any_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litterwatch.service.labels.queue.REPEATS", 0.0)
    reviews = ScriptedReviews(
        tmp_path, ["e1", "e2"], clips=ScriptedClips(size=SIZE), database=any_database
    )
    detector = ScriptedDetector(lambda _: SEEN)
    labels = Labels(any_database, reviews.clock, tmp_path, Eyes(lambda: detector))
    lan, an = reviews.person("lan", Role.SCREENER), reviews.person("an", Role.INSPECTOR)
    with any_database.reading() as session:
        ids = session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)).all()
    for event_id in ids:
        reviews.reviews.carry_out(lan, event_id, REJECT)
    assert labels.follow() == 2
    assert labels.follow() == 0
    for _ in ids:
        row = labels.take(lan)
        assert row is not None
        labels.save(lan, row.id, Change(1, [WASTE, PERSON], is_verified=True))
    assert labels.take(an) is None
    with any_database.writing() as session:
        give(session, reviews.clock, an, Request("to learn from it", source="street.mp4"))
    with any_database.reading() as session:
        handed = list(labelled_pictures(session, tmp_path, detector))
        found = figures(session, an)
    assert sorted(str(picture.event_id) for picture in handed) == sorted(ids)
    assert (found.states[LabelState.VERIFIED], found.boxes[Label.WASTE]) == (2, 2)


def test_labels_go_with_their_camera_to_another_commune(house: House) -> None:
    house.reject(house.ids[0])
    mai = house.reviews.person("mai", Grant(Role.SCREENER, "01273"))
    assert house.labels.take(mai) is None
    clock = house.reviews.clock
    with house.database.writing() as session:
        place = SiteDraft("chợ", SiteKind.MARKET, "01273")
        site = save_site(session, clock, house.an.user_id, place)
        session.flush()
        save_camera(session, clock, house.an.user_id, site.id, CameraDraft("c", "street"))
    house.labels.follow()
    row = house.label(house.ids[0])
    assert row is not None
    assert row.unit == "01273"
    assert house.labels.take(mai) is not None


# -- with the real detector ----------------------------------------------------------------------


def test_the_shipped_detector_proposes_the_people_of_a_street(tmp_path: Path) -> None:
    """The proposal is what the model that ships sees, through the same service as the page."""

    @dataclass
    class Photo(ScriptedClips):
        def still(self, media_time: float) -> Image:
            return street_photo()

    reviews = ScriptedReviews(tmp_path, ["e1"], clips=Photo())
    eyes = Eyes(load_detector)
    labels = Labels(reviews.database, reviews.clock, tmp_path, eyes)
    lan = reviews.person("lan", Role.SCREENER)
    with reviews.database.reading() as session:
        event_id = session.scalars(select(ReviewRow.event_id)).one()
    reviews.reviews.carry_out(lan, event_id, REJECT)
    assert labels.follow() == 1
    row = labels.take(lan)
    assert row is not None
    assert (row.width, row.height) == (810, 1080)
    assert row.drafted_by == eyes.sha256
    found = [each.label for each in labelled(row.boxes)]
    assert found.count(Label.PERSON) >= 3
    assert Label.VEHICLE in found
    eyes.close()
    reviews.close()
