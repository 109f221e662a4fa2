"""One thing, one act: symmetric, order-free, idempotent."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.deposits.merge import Release, incidents, same_incident, same_thing
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box

P = DepositParameters()
BOXES = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    st.floats(0, 200),
    st.floats(0, 200),
    st.floats(1, 60),
    st.floats(1, 60),
)
RELEASES = st.lists(
    st.builds(
        Release,
        st.text("abc", min_size=1, max_size=3),
        st.frozensets(st.integers(1, 6), max_size=3),
        st.floats(0, 600),
    ),
    max_size=8,
    unique_by=lambda r: r.key,
)


@given(BOXES, BOXES)
def test_being_one_thing_is_symmetric_and_everything_is_itself(a: Box, b: Box) -> None:
    assert same_thing(a, b, 80.0, P) == same_thing(b, a, 80.0, P)
    assert same_thing(a, a, 80.0, P)


def test_far_things_are_two() -> None:
    assert not same_thing(Box(0, 0, 20, 20), Box(100, 0, 120, 20), 80.0, P)
    assert same_thing(Box(0, 0, 40, 40), Box(10, 10, 20, 20), 80.0, P)


@given(RELEASES, st.randoms(use_true_random=False))
def test_grouping_does_not_depend_on_the_order(releases: list[Release], random: Random) -> None:
    shuffled = list(releases)
    random.shuffle(shuffled)
    assert incidents(shuffled, P) == incidents(releases, P)


@given(RELEASES)
def test_grouping_what_is_grouped_changes_nothing(releases: list[Release]) -> None:
    groups = incidents(releases, P)
    assert sorted(r.key for g in groups for r in g) == sorted(r.key for r in releases)
    again = incidents([r for g in groups for r in g], P)
    assert again == groups
    for group in groups:
        assert incidents(group, P) == (group,)


def test_an_incident_needs_the_same_actor_within_two_minutes() -> None:
    first = Release("a", frozenset({1, 2}), 10.0)
    assert same_incident(first, Release("b", frozenset({2}), 100.0), P)
    assert not same_incident(first, Release("b", frozenset({2}), 140.0), P)
    assert not same_incident(first, Release("b", frozenset({3}), 20.0), P)
    assert not same_incident(first, Release("b", frozenset(), 20.0), P)
