"""Found, missed, false: the rule and the best one-to-one matching."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.geometry import Box
from litterwatch.service.evaluation.scoring import Guess, Truth, is_match, match

BOX = Box(100, 100, 140, 180)
moments = st.floats(0, 40, allow_nan=False)
boxes = st.builds(lambda x, y: Box(x, y, x + 30, y + 40), st.floats(0, 200), st.floats(0, 200))
truth_lists = st.lists(st.builds(Truth, moments, st.none() | boxes), max_size=4)
guess_lists = st.lists(st.builds(Guess, moments, st.none() | boxes), max_size=5)


@pytest.mark.parametrize(
    ("t_release", "matches"), [(4.9, False), (5.0, True), (10, True), (20.0, True), (20.1, False)]
)
def test_the_release_may_lie_5_s_before_and_10_s_after(t_release: float, matches: bool) -> None:
    assert is_match(Truth(10.0), Guess(t_release, None)) is matches


@pytest.mark.parametrize(
    ("x", "matches"), [(94.9, False), (95.1, True), (144.9, True), (146, False)]
)
def test_the_centre_lies_in_the_box_grown_by_a_quarter(x: float, matches: bool) -> None:
    assert is_match(Truth(0, BOX), Guess(0, Box(x - 5, 130, x + 5, 150))) is matches


def test_without_an_annotated_box_only_time_counts() -> None:
    assert is_match(Truth(0, None), Guess(0, BOX))
    assert not is_match(Truth(0, BOX), Guess(0, None))


def test_a_second_event_for_one_deposit_is_a_false_alarm() -> None:
    score = match([Truth(10, BOX)], [Guess(12, BOX), Guess(10.5, BOX)])
    assert (score.pairs, score.missed, score.false) == (((0, 1),), (), (0,))


def test_more_pairs_are_better_than_nearer_ones() -> None:
    """Greedy matching would give the guess at 10 to the truth at 10 and lose the other."""
    score = match([Truth(10), Truth(16)], [Guess(10, None), Guess(8, None)])
    assert len(score.pairs) == 1
    score = match([Truth(10), Truth(2)], [Guess(10, None), Guess(13, None)])
    assert score.pairs == ((0, 1), (1, 0))


@given(truth_lists, guess_lists)
def test_every_truth_and_guess_is_counted_once(truths: list[Truth], guesses: list[Guess]) -> None:
    score = match(truths, guesses)
    assert sorted([*(t for t, _ in score.pairs), *score.missed]) == list(range(len(truths)))
    assert sorted([*(g for _, g in score.pairs), *score.false]) == list(range(len(guesses)))
    assert all(is_match(truths[t], guesses[g]) for t, g in score.pairs)


@given(truth_lists, guess_lists)
def test_no_other_matching_has_more_pairs_or_nearer_ones(
    truths: list[Truth], guesses: list[Guess]
) -> None:
    score = match(truths, guesses)

    def apart(pairs: tuple[tuple[int, int], ...]) -> float:
        return sum(abs(truths[t].t_release - guesses[g].t_release) for t, g in pairs)

    best = (len(score.pairs), -apart(score.pairs))
    chosen: list[int | None] = [*range(len(guesses)), *([None] * len(truths))]
    for order in set(itertools.permutations(chosen[:6], min(len(truths), len(chosen[:6])))):
        pairs = tuple(
            (t, g) for t, g in enumerate(order) if g is not None and is_match(truths[t], guesses[g])
        )
        assert (len(pairs), -apart(pairs)) <= (best[0], best[1] + 1e-6)


@given(truth_lists, guess_lists, st.randoms())
def test_the_order_of_the_guesses_does_not_matter(
    truths: list[Truth], guesses: list[Guess], random: Random
) -> None:
    shuffled = guesses.copy()
    random.shuffle(shuffled)
    assert len(match(truths, guesses).pairs) == len(match(truths, shuffled).pairs)
