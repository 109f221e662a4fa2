"""The table of an event's life, walked."""

from itertools import product

import pytest

from litterwatch.detector.errors import Conflict
from litterwatch.service.reviews.state import (
    CLAIMED_ON_THE_WAY,
    RULES,
    Action,
    Need,
    ReviewState,
    open_actions,
    rule_for,
    steps_for,
)
from litterwatch.service.users.roles import Role

S, A = ReviewState, Action
R1, R2, R5 = Role.SCREENER, Role.REVIEWER, Role.INSPECTOR

WORKFLOW = {
    (S.NEW, A.CLAIM, S.TRIAGING): {R1},
    (S.TRIAGING, A.CLAIM, S.TRIAGING): {R1},
    (S.TRIAGING, A.RELEASE, S.NEW): {R1},
    (S.TRIAGING, A.REJECT, S.REJECTED): {R1},
    (S.TRIAGING, A.DUPLICATE, S.DUPLICATE): {R1},
    (S.TRIAGING, A.ASK_MORE, S.NEEDS_MORE): {R1, R2},
    (S.NEEDS_MORE, A.RESUME, S.TRIAGING): {R1, R2},
    (S.TRIAGING, A.PROPOSE, S.PROPOSED): {R1},
    (S.PROPOSED, A.CONFIRM, S.CONFIRMED): {R2},
    (S.PROPOSED, A.REJECT, S.REJECTED): {R2},
    (S.PROPOSED, A.SEND_BACK, S.TRIAGING): {R2},
    (S.REJECTED, A.REOPEN, S.TRIAGING): {R2, R5},
}
"""As docs/design/review.md has it, written a second time."""


def test_the_table_is_the_workflow_and_nothing_else() -> None:
    found = {(r.source, r.action, r.target): set(r.roles) for r in RULES if r.roles}
    assert found == WORKFLOW


def test_the_machine_may_only_create_new() -> None:
    assert [(r.source, r.action, r.target) for r in RULES if not r.roles] == [
        (None, A.CREATE, S.NEW)
    ]


@pytest.mark.parametrize(("state", "action"), list(product(ReviewState, Action)))
def test_what_is_not_in_the_table_is_refused(state: ReviewState, action: Action) -> None:
    known = {(source, done): target for source, done, target in WORKFLOW}
    if (state, action) in known:
        assert rule_for(state, action).target is known[state, action]
    else:
        with pytest.raises(Conflict):
            rule_for(state, action)


def test_a_verdict_on_a_new_event_claims_it_first() -> None:
    for action in CLAIMED_ON_THE_WAY:
        claim, verdict = steps_for(S.NEW, action)
        assert (claim.action, verdict.action) == (A.CLAIM, action)


def test_only_a_second_person_who_has_looked_confirms() -> None:
    rule = rule_for(S.PROPOSED, A.CONFIRM)
    assert {Need.OTHER_PERSON, Need.PLAYED} <= rule.needs
    for action in (A.REJECT, A.SEND_BACK):
        assert Need.OTHER_PERSON in rule_for(S.PROPOSED, action).needs


def test_every_state_can_be_reached_and_confirmed_is_the_end() -> None:
    reached: set[ReviewState] = {S.NEW}
    for _ in ReviewState:
        reached |= {rule.target for rule in RULES if rule.source in reached}
    assert reached == set(ReviewState)
    assert not [rule for rule in RULES if rule.source in (S.CONFIRMED, S.DUPLICATE)]


def test_nobody_but_the_three_roles_is_offered_anything() -> None:
    idle = set(Role) - {R1, R2, R5}
    for state in ReviewState:
        assert open_actions(state, idle) == frozenset()
    assert open_actions(S.NEW, [R1]) == CLAIMED_ON_THE_WAY | {A.CLAIM}
    assert open_actions(S.NEW, [R2]) == frozenset()
    assert open_actions(S.PROPOSED, [R2]) == {A.CONFIRM, A.REJECT, A.SEND_BACK}
    assert open_actions(S.PROPOSED, [R1, R2], has_screened=True) == frozenset()
    assert A.REOPEN in open_actions(S.REJECTED, [R2], has_screened=True)
