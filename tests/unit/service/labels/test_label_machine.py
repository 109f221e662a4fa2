"""Any people judging, marking and allowing in any order: what must hold all the time."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from litterwatch.detector.errors import Conflict, LitterwatchError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.records import LabelledBox
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.audit.service import verify_log
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.following import FINAL, Followers
from litterwatch.service.labels.handing import labelled_pictures
from litterwatch.service.labels.permits import Request, give, withdraw
from litterwatch.service.labels.service import Change, Labels
from litterwatch.service.labels.tables import (
    LabelRow,
    LabelState,
    MarkingRow,
    MarkingState,
    PermitRow,
)
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.service import Reviews
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Role

EVENTS = 3
people = st.sampled_from(["lan", "hoa", "mai"])
events = st.integers(0, EVENTS - 1)
boxes = st.lists(
    st.builds(
        lambda x, label, sure: LabelledBox(Box(x, 5, x + 20, 30), label, is_sure=sure),
        st.integers(0, 40),
        st.sampled_from(Label),
        st.booleans(),
    ),
    max_size=3,
)


class Labelling(RuleBasedStateMachine):
    """A small office."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.house = ScriptedReviews(
            self.root, [f"e{n}" for n in range(EVENTS)], clips=ScriptedClips()
        )
        self.detector = ScriptedDetector()
        database, clock = self.house.database, self.house.clock
        self.orders = Reviews(database, clock, self.root, followers=[Followers(clock).review])
        self.labels = Labels(database, clock, self.root, Eyes(lambda: self.detector))
        self.people = {
            name: self.house.person(name, Role.SCREENER, Role.INSPECTOR)
            for name in ("lan", "hoa", "mai")
        }
        with database.reading() as session:
            self.ids = list(
                session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id))
            )

        for event_id in self.ids[:2]:
            order = Order(Action.REJECT, reason=RejectReason.CLEAN_UP)
            self.orders.carry_out(self.people["lan"], event_id, order)

    def teardown(self) -> None:
        self.house.close()
        shutil.rmtree(self.root)

    def markings(self) -> list[MarkingRow]:
        with self.house.database.reading() as session:
            return list(session.scalars(select(MarkingRow).order_by(MarkingRow.id)))

    @rule(who=people, which=events, reason=st.sampled_from(list(RejectReason)))
    def reject(self, who: str, which: int, reason: RejectReason) -> None:
        order = Order(Action.REJECT, reason=reason, note="x")
        self.order(who, which, order)

    @rule(who=people, which=events)
    def undo(self, who: str, which: int) -> None:
        self.order(who, which, Order(Action.UNDO))

    @rule(who=people, which=events)
    def reopen(self, who: str, which: int) -> None:
        self.order(who, which, Order(Action.REOPEN, note="x"))

    def order(self, who: str, which: int, order: Order) -> None:
        try:
            self.orders.carry_out(self.people[who], self.ids[which], order)
        except LitterwatchError:
            return  # another's claim, another state: the tests of reviews say which

    @rule(who=people)
    def take(self, who: str) -> None:
        self.labels.take(self.people[who])

    @rule(who=people, drawn=boxes)
    def mark(self, who: str, drawn: list[LabelledBox]) -> None:
        row = self.labels.resume(self.people[who])
        if row is not None:
            change = Change(row.revision, drawn, is_verified=True)
            self.labels.save(self.people[who], row.id, change)

    @rule(first=people, second=people)
    def abandon(self, first: str, second: str) -> None:
        """Somebody begins; a day later another one is given the picture and finishes it."""
        self.labels.take(self.people[first])
        self.house.clock.advance(30 * 3600)
        self.mark(second, [])

    @rule(hours=st.sampled_from([1, 30]))
    def wait(self, hours: int) -> None:
        self.house.clock.advance(hours * 3600)

    @precondition(lambda self: bool(self.markings()))
    @rule(
        pick=st.integers(0, 99),
        drawn=boxes,
        is_verified=st.booleans(),
        is_stale=st.booleans(),
    )
    def save(
        self, pick: int, drawn: list[LabelledBox], *, is_verified: bool, is_stale: bool
    ) -> None:
        rows = self.markings()
        row = rows[pick % len(rows)]
        person = next(p for p in self.people.values() if p.user_id == row.labeller)
        revision = row.revision - 1 if is_stale else row.revision
        change = Change(revision, drawn, is_verified=is_verified)
        try:
            saved = self.labels.save(person, row.id, change)
        except Conflict:
            assert is_stale
            return
        assert not is_stale
        assert saved.revision == row.revision + 1

    @rule(who=people)
    def allow(self, who: str) -> None:
        try:
            with self.house.database.writing() as session:
                asked = Request("to learn from it", source="street.mp4")
                give(session, self.house.clock, self.people[who], asked)
        except LitterwatchError:
            return  # allowed already, or nothing to allow yet

    @rule(who=people)
    def forbid(self, who: str) -> None:
        with self.house.database.writing() as session:
            standing = select(PermitRow).where(PermitRow.withdrawn_at.is_(None))
            for row in session.scalars(standing).all():
                withdraw(session, self.house.clock, self.people[who], row.id)

    @rule()
    def follow(self) -> None:
        self.labels.follow()
        assert self.labels.follow() == 0

    @invariant()
    def a_label_stands_where_its_verdict_is_final(self) -> None:
        with self.house.database.reading() as session:
            for label, review in session.execute(
                select(LabelRow, ReviewRow).join(ReviewRow, ReviewRow.event_id == LabelRow.event_id)
            ):
                assert label.is_standing == (review.state in FINAL)
            states = session.scalars(select(ReviewRow.state)).all()
            labels = session.scalars(select(LabelRow).where(LabelRow.is_standing)).all()
            assert len(labels) == sum(state is ReviewState.REJECTED for state in states)

    @invariant()
    def one_persons_boxes_count(self) -> None:
        with self.house.database.reading() as session:
            for label in session.scalars(select(LabelRow)):
                counted = [
                    row
                    for row in session.scalars(
                        select(MarkingRow).where(MarkingRow.label_id == label.id)
                    )
                    if row.state is MarkingState.VERIFIED and not row.is_repeat
                ]
                assert len(counted) <= 1
                assert (label.state is LabelState.VERIFIED) == bool(counted)

    @invariant()
    def nothing_goes_out_without_a_word(self) -> None:
        with self.house.database.reading() as session:
            handed = list(labelled_pictures(session, self.root, self.detector))
            word = session.scalars(
                select(PermitRow).where(PermitRow.withdrawn_at.is_(None))
            ).first()
            verified = session.scalars(
                select(LabelRow.event_id).where(
                    LabelRow.is_standing, LabelRow.state == LabelState.VERIFIED
                )
            ).all()
        expected = sorted(str(key) for key in verified) if word else []
        assert sorted(str(picture.event_id) for picture in handed) == expected

    @invariant()
    def the_log_is_whole(self) -> None:
        with self.house.database.reading() as session:
            assert verify_log(session)[1] == []


Labelling.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestLabelling = Labelling.TestCase
