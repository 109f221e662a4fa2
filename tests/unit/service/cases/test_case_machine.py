"""Whoever tries whatever with a case, in whatever order: the table holds, and history is whole."""

import tempfile
from datetime import date
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from litterwatch.detector.errors import NotAllowed
from litterwatch.service.actor import Actor, Office
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.facts import find_case
from litterwatch.service.cases.history import case_history, history_faults
from litterwatch.service.cases.service import NewCase, expire_due, move_case, open_case
from litterwatch.service.cases.state import TABLE, CaseState, Lane, Move
from litterwatch.service.events.scripted import ScriptedHouse
from litterwatch.service.evidence.custody import verify_chain

UNITS = ("01273", "01279")
ACTORS = st.builds(
    Actor, st.sampled_from(["an", "binh", "chi"]), st.sampled_from(Office), st.sampled_from(UNITS)
)
FIELDS: dict[str, st.SearchStrategy[JsonValue]] = {
    "taken_on": st.just("2026-01-01"),
    "reason": st.sampled_from(["", "lý do"]),
    "target_unit": st.sampled_from(UNITS),
    "identified_on": st.just("2026-01-01"),
    "how": st.just("hỏi"),
    "ground": st.just("minor"),
    "notified_on": st.just("2026-01-01"),
    "channel": st.just("điện thoại"),
    "act_id": st.sampled_from(["ND45-25-2c", "ND168-17-4", "none"]),
    "number": st.just("01"),
    "record_on": st.just("2026-01-01"),
    "signer": st.just("x"),
    "decided_on": st.just("2026-01-01"),
    "amount": st.sampled_from([1, 700_000, 12_000_000]),
    "executed_on": st.just("2026-01-01"),
}


class CaseMachine(RuleBasedStateMachine):
    """Offers every move to everybody and compares what happened with what must be true."""

    @initialize(lane=st.sampled_from(Lane))
    def begin(self, lane: Lane) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.house = ScriptedHouse(Path(self._folder.name))
        new = NewCase(UNITS[0], lane, occurred_on=date(2026, 1, 1))
        opener = Actor("an", Office.CASE_OFFICER, UNITS[0])
        with self.house.database.writing() as session:
            self.case = open_case(session, self.house.clock, opener, new).id
        self.refused = 0

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.close()
            self._folder.cleanup()

    @rule(data=st.data(), actor=ACTORS, is_likely=st.booleans())
    def try_a_move(self, data: st.DataObject, actor: Actor, is_likely: bool) -> None:
        with self.house.database.reading() as session:
            row = find_case(session, self.case)
        fitting = [move for move in Move if row.state in TABLE[move].sources]
        move = data.draw(st.sampled_from(fitting if is_likely and fitting else list(Move)))
        if is_likely:
            office = data.draw(st.sampled_from(sorted(TABLE[move].offices)))
            actor = Actor(actor.id, office, actor.unit)
        fields = {name: data.draw(FIELDS[name]) for name in TABLE[move].needs}
        if data.draw(st.booleans()):
            fields["reason"] = "lý do"
        before = row.state
        try:
            after = move_case(
                self.house.database,
                self.house.clock,
                actor,
                self.case,
                move,
                version=row.version,
                fields=fields,
            )
        except NotAllowed:
            self.refused += 1
            with self.house.database.reading() as session:
                assert find_case(session, self.case).state is before
            return
        assert before in TABLE[move].sources
        assert actor.office in TABLE[move].offices
        by_rule = {CaseState.EXPLANATION} if move is Move.MAKE_RECORD else set()
        assert TABLE[move].target in {after, None} or after in by_rule

    @rule(days=st.integers(1, 500))
    def time_passes(self, days: int) -> None:
        self.house.clock.advance(days * 86400)
        expire_due(self.house.database, self.house.clock)

    @invariant()
    def history_is_whole_and_says_who_agreed(self) -> None:
        if not hasattr(self, "house"):
            return
        with self.house.database.reading() as session:
            entries = case_history(session, self.case)
            row = find_case(session, self.case)
            assert verify_chain(session)[1] == []
        assert history_faults(entries) == []
        assert entries[-1].target == row.state
        assert row.version == len(entries)
        for earlier, later in pairwise(entries):
            assert later.source == earlier.target
            if later.move in ("approve_no_sanction", "close"):
                assert earlier.actor != later.actor
        recorded = {entry.actor for entry in entries if entry.move == "make_record"}
        decided = {entry.actor for entry in entries if entry.move == "decide"}
        assert recorded.isdisjoint(decided)
        assert bool(recorded) or not decided
        by_machine = {entry.move for entry in entries if entry.actor == "system"}
        assert by_machine <= {"expire", "begin_explanation"}


CaseMachine.TestCase.settings = settings(
    max_examples=10, stateful_step_count=20, suppress_health_check=list(HealthCheck)
)
TestCaseMachine = CaseMachine.TestCase
