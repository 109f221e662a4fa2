"""Any people giving any orders at any time: what must hold always holds."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.types import EventKind
from litterwatch.service.audit.service import verify_log
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.service import history
from litterwatch.service.reviews.state import RULES, Action, RejectReason, ReviewState
from litterwatch.service.tables import ReviewRow, StepRow
from litterwatch.service.users.roles import Role

PEOPLE = {
    "lan": (Role.SCREENER,),
    "mai": (Role.SCREENER, Role.REVIEWER),
    "hoa": (Role.REVIEWER,),
    "chief": (Role.INSPECTOR,),
    "boss": (Role.ADMINISTRATOR,),
}
NAMES, WHICH = st.sampled_from(sorted(PEOPLE)), st.integers(0, 1)


class ReviewMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = ScriptedReviews(Path(self.folder.name), ["e1", "e2"])
        self.people = {name: self.desk.person(name, *roles) for name, roles in PEOPLE.items()}
        with self.desk.database.reading() as session:
            self.ids = sorted(session.scalars(select(ReviewRow.event_id)))

    @rule(
        name=NAMES,
        which=WHICH,
        action=st.sampled_from(Action),
        reason=st.none() | st.sampled_from(RejectReason),
        note=st.sampled_from(["", "vì tối"]),
        act=st.none() | st.just(EventKind.BAG_DUMP),
    )
    def order(  # noqa: PLR0917
        self,
        name: str,
        which: int,
        action: Action,
        reason: RejectReason | None,
        note: str,
        act: EventKind | None,
    ) -> None:
        order = Order(action, None, reason, note, act, self.ids[1 - which])
        try:
            self.desk.reviews.carry_out(self.people[name], self.ids[which], order)
        except LitterwatchError:
            return
        assert PEOPLE[name] != (Role.ADMINISTRATOR,)

    @rule(name=NAMES, which=WHICH)
    def undo(self, name: str, which: int) -> None:
        try:
            self.desk.reviews.undo(self.people[name], self.ids[which])
        except LitterwatchError:
            return

    @rule(name=NAMES, which=WHICH)
    def play(self, name: str, which: int) -> None:
        self.desk.play(self.people[name], self.ids[which])

    @rule(seconds=st.sampled_from([1, 599, 601]))
    def wait(self, seconds: int) -> None:
        self.desk.clock.advance(seconds)

    @rule()
    def rescan(self) -> None:
        assert self.desk.intake.run() == 0

    @invariant()
    def every_history_leads_to_the_state_along_the_table(self) -> None:
        ways = {(r.source, r.action, r.target) for r in RULES}
        with self.desk.database.reading() as session:
            for event_id in self.ids:
                review = session.get_one(ReviewRow, event_id)
                steps = history(session, event_id)
                assert [step.number for step in steps] == list(range(1, len(steps) + 1))
                assert review.revision == len(steps)
                state = None
                for step in steps:
                    assert step.from_state == state
                    if step.undoes is None:
                        assert (step.from_state, step.action, step.to_state) in ways
                    else:
                        assert step.to_state == steps[step.undoes - 1].from_state
                    state = step.to_state
                assert review.state == state

    @invariant()
    def what_is_confirmed_was_confirmed_by_a_second_person(self) -> None:
        with self.desk.database.reading() as session:
            for step in session.scalars(
                select(StepRow).where(StepRow.action == Action.CONFIRM)
            ).all():
                steps = history(session, step.event_id)[: step.number]
                proposers = {s.actor for s in steps if s.action is Action.PROPOSE}
                assert proposers
                assert step.actor not in proposers | {"system"}

    @invariant()
    def the_machine_created_and_did_nothing_else(self) -> None:
        with self.desk.database.reading() as session:
            by_machine = session.scalars(select(StepRow).where(StepRow.actor == "system")).all()
        assert {(s.action, s.to_state) for s in by_machine} == {(Action.CREATE, ReviewState.NEW)}

    def teardown(self) -> None:
        with self.desk.database.reading() as session:
            assert verify_log(session)[1] == []
        self.desk.close()
        self.folder.cleanup()


ReviewMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=25)
TestReviewMachine = ReviewMachine.TestCase
