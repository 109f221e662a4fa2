"""The state machine: only what the table allows, every step on record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.deposits.hypothesis import (
    CLOSED,
    OPEN,
    SETTLED,
    TRANSITIONS,
    Cause,
    Hypothesis,
    Source,
    State,
)
from litterwatch.detector.geometry import Box


def seed() -> Hypothesis:
    return Hypothesis(1, Source.CHANGE, Box(0, 0, 4, 4), np.ones((4, 4), bool), 2.0, 1.0)


def state_of(life: Hypothesis) -> State:
    """Read anew: the type checker takes a state once seen for the state for ever."""
    return life.state


def test_a_life_ends_in_an_event_and_a_clearing() -> None:
    life = seed()
    for time, cause in enumerate(
        (Cause.TOUCH_FOUND, Cause.OWNER_NEAR, Cause.OWNER_AWAY, Cause.OWNER_FAR, Cause.HELD), 3
    ):
        life.move(cause, float(time))
    assert state_of(life) is State.CONFIRMED
    assert not life.is_open
    life.move(Cause.STILL_THERE, 40.0)
    life.move(Cause.REMOVED, 50.0)
    assert state_of(life) is State.COLLECTED
    assert life.is_closed
    assert life.since == 50.0
    assert [r.code for r in life.record][:3] == [
        "seed",
        "candidate:touch_found",
        "attended:owner_near",
    ]


@pytest.mark.parametrize("cause", [Cause.TOUCH_FOUND, Cause.ORPHAN_WAITED])
def test_an_occlusion_leads_back_to_where_it_came_from(cause: Cause) -> None:
    life = seed()
    life.move(cause, 3.0)
    life.move(Cause.HIDDEN, 4.0)
    assert state_of(life) is State.OCCLUDED
    assert life.is_open
    life.move(Cause.SEEN_AGAIN, 5.0)
    assert state_of(life) is State.CANDIDATE


def test_while_hidden_it_stands_where_it_stood_and_remembers_where_it_has_been() -> None:
    life = seed()
    life.move(Cause.TOUCH_FOUND, 3.0)
    life.move(Cause.OWNER_AWAY, 4.0)
    life.move(Cause.HIDDEN, 5.0)
    assert life.standing is State.RELEASED
    assert life.visited(State.CANDIDATE)
    assert not life.visited(State.ATTENDED)
    life.move(Cause.SEEN_AGAIN, 6.0)
    assert life.standing is state_of(life)


def test_what_stays_hidden_expires() -> None:
    life = seed()
    life.move(Cause.HIDDEN, 4.0)
    life.move(Cause.LOST, 130.0)
    assert life.state is State.EXPIRED


def test_a_cause_that_means_nothing_here_changes_nothing() -> None:
    life = seed()
    with pytest.raises(ValueError, match="a seed hypothesis cannot be moved by held"):
        life.move(Cause.HELD, 3.0)
    assert life.state is State.SEED
    assert len(life.record) == 1


def test_every_state_is_in_the_table_and_is_open_settled_or_closed() -> None:
    assert set(TRANSITIONS) == set(State)
    assert frozenset(State) == OPEN | SETTLED | CLOSED
    assert not OPEN & CLOSED


@given(st.lists(st.sampled_from(list(Cause)), max_size=40))
def test_no_sequence_of_causes_leaves_the_table(causes: list[Cause]) -> None:
    life = seed()
    steps = 1
    for time, cause in enumerate(causes):
        before = life.state
        if not life.may(cause):
            continue
        life.move(cause, float(time))
        steps += 1
        target = TRANSITIONS[before][cause]
        if cause is not Cause.SEEN_AGAIN:
            assert life.state is target
        assert before not in CLOSED
    assert len(life.record) == steps
    times = [r.media_time for r in life.record[1:]]
    assert times == sorted(times)
    if life.state is State.CONFIRMED:
        assert any(r.code.startswith(("released", "attended", "candidate")) for r in life.record)
