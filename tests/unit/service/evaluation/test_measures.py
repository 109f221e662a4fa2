"""Measures and curve: what must hold whatever was found."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.detector.geometry import Box
from litterwatch.service.evaluation.clips import Clip, Outcome
from litterwatch.service.evaluation.curve import curve_of
from litterwatch.service.evaluation.judgement import as_object, judged
from litterwatch.service.evaluation.measures import (
    Counts,
    Measures,
    bootstrap,
    counts_of,
    measure,
)
from litterwatch.service.evaluation.scoring import RULES, Guess, Truth, match

moments = st.floats(0, 40, allow_nan=False)
boxes = st.builds(lambda x, y: Box(x, y, x + 30, y + 40), st.floats(0, 200), st.floats(0, 200))
scores = st.floats(0.5, 1.0)
truth_lists = st.lists(st.builds(Truth, moments, boxes), max_size=3)
guess_lists = st.lists(st.builds(Guess, moments, boxes, scores), max_size=4)
films = st.lists(st.tuples(truth_lists, guess_lists), min_size=1, max_size=5)
Film = tuple[list[Truth], list[Guess]]
FAR_AWAY = Guess(1000.0, Box(0, 0, 5, 5), 0.7)


def outcome(name: str, truths: list[Truth], guesses: list[Guess]) -> Outcome:
    clip = Clip(name, 60.0, is_fixed=True, truths=tuple(truths), cluster=name)
    return Outcome(clip, tuple(guesses), match(truths, guesses))


def outcomes_of(found: list[Film]) -> list[Outcome]:
    return [outcome(str(index), *film) for index, film in enumerate(found)]


def quick(outcomes: list[Outcome]) -> Measures:
    return measure(outcomes, resamples=50)


@given(films)
def test_counts_add_up_to_what_was_due_and_said(found: list[Film]) -> None:
    counts = counts_of(outcomes_of(found))
    assert counts.found + counts.missed == sum(len(truths) for truths, _ in found)
    assert counts.found + counts.false == sum(len(guesses) for _, guesses in found)


@given(films, st.randoms())
def test_the_order_of_clips_and_events_does_not_matter(found: list[Film], random: Random) -> None:
    shuffled = [
        replace(o, guesses=tuple(random.sample(o.guesses, len(o.guesses))))
        for o in outcomes_of(found)
    ]
    again = [replace(o, score=match(o.clip.truths, o.guesses)) for o in shuffled]
    random.shuffle(again)
    assert quick(again) == quick(outcomes_of(found))


@given(films)
def test_one_more_false_alarm_never_raises_precision_or_f1_and_leaves_recall(
    found: list[Film],
) -> None:
    before = counts_of(outcomes_of(found))
    truths, guesses = found[0]
    after = counts_of(outcomes_of([(truths, [*guesses, FAR_AWAY]), *found[1:]]))
    assert after.false == before.false + 1
    assert after.recall == before.recall
    assert after.precision is not None
    assert after.precision <= (1.0 if before.precision is None else before.precision)
    best = before.f_measure()
    assert (after.f_measure() or 0.0) <= (1.0 if best is None else best)


@given(films)
def test_one_more_found_deposit_never_lowers_anything(found: list[Film]) -> None:
    before = counts_of(outcomes_of(found))
    truth, guess = Truth(500.0, Box(0, 0, 9, 9)), Guess(500.0, Box(0, 0, 9, 9))
    truths, guesses = found[0]
    after = counts_of(outcomes_of([([*truths, truth], [*guesses, guess]), *found[1:]]))
    for name in ("precision", "recall"):
        assert getattr(after, name) >= (getattr(before, name) or 0.0)


@given(st.lists(truth_lists.filter(bool), min_size=2, max_size=4))
@settings(max_examples=25)
def test_perfect_predictions_score_one_under_every_rule(told: list[list[Truth]]) -> None:
    found = [(truths, [Guess(t.t_release, t.box) for t in truths]) for truths in told]
    judgement = judged(outcomes_of(found))
    for rule, measures in judgement.by_rule:
        assert measures.f1.value == 1.0, rule.name
        assert measures.f1.interval is None, "of no width, and no certainty"
        assert measures.false_alarms.count == 0


@given(films)
@settings(max_examples=25)
def test_rules_that_ask_more_find_no_more(found: list[Film]) -> None:
    by_rule = {rule.name: m.counts.found for rule, m in judged(outcomes_of(found)).by_rule}
    assert by_rule["strict"] <= by_rule["centre"] <= by_rule["time"]
    assert by_rule["iou_0.5"] <= by_rule["iou_0.1"] <= by_rule["time"]


@given(films)
def test_along_the_curve_alarms_never_fall_and_misses_never_rise(found: list[Film]) -> None:
    curve = curve_of(outcomes_of(found))
    for earlier, later in zip(curve.points, curve.points[1:], strict=False):
        assert later.false >= earlier.false
        assert later.missed <= earlier.missed
    if curve.points:
        counts = counts_of(outcomes_of(found))
        assert curve.points[-1].false == counts.false
        assert curve.points[-1].missed == pytest.approx(1 - (counts.recall or 0.0))


@given(films)
@settings(max_examples=30)
def test_intervals_hold_shares_and_lie_within_0_and_1(found: list[Film]) -> None:
    for interval in bootstrap(outcomes_of(found), 200):
        if interval is not None:
            assert 0 <= interval[0] <= interval[1] <= 1


def test_of_one_clip_no_interval_can_be_told() -> None:
    assert bootstrap([outcome("a", [Truth(1.0)], [Guess(1.0, None)])]) == (None, None, None)


def test_all_of_few_is_no_certainty() -> None:
    measures = quick([outcome(str(i), [Truth(1.0)], [Guess(1.0, None)]) for i in range(3)])
    assert measures.recall.value == 1.0
    assert measures.recall.interval == pytest.approx((0.4385, 1.0), abs=1e-3)


def test_clips_of_one_camera_are_drawn_together() -> None:
    """Ten clips of one camera, all found, and one of another, missed: two clusters, no more."""
    good = [outcome(str(i), [Truth(1.0)], [Guess(1.0, None)]) for i in range(10)]
    same = [replace(o, clip=replace(o.clip, cluster="gate")) for o in good]
    bad = outcome("x", [Truth(1.0)], [])
    apart, together = bootstrap([*good, bad])[1], bootstrap([*same, bad])[1]
    assert apart is not None
    assert together == (0.0, 1.0)
    assert apart[0] > 0.5


def test_without_events_or_deposits_shares_are_unknown_not_perfect() -> None:
    nothing = Counts(0, 0, 0)
    assert (nothing.precision, nothing.recall, nothing.f_measure()) == (None, None, None)
    quiet = quick([outcome("a", [], [])])
    assert quiet.recall.value is None
    assert quiet.quiet.hours == pytest.approx(1 / 60)
    assert quiet.quiet.interval == pytest.approx((0.0, 60 * 2.9957), rel=1e-3)


def test_alpha_weighs_recall() -> None:
    counts = Counts(found=6, missed=4, false=1)
    precision, recall = counts.precision, counts.recall
    assert precision is not None
    assert recall is not None
    for alpha in (0.5, 1.0, 4.0):
        known = (alpha + 1) * recall * precision / (recall + alpha * precision)
        assert counts.f_measure(alpha) == pytest.approx(known)


def test_delays_owners_and_clips_are_those_of_found_deposits() -> None:
    him, her = Box(0, 0, 10, 40), Box(200, 0, 210, 40)
    truths = [
        Truth(10.0, None, t_start=8.0, t_enter=4.0, actor_box=him),
        Truth(100.0, None, t_start=98.0, t_enter=90.0, actor_box=him),
        Truth(200.0, None, actor_box=him),
        Truth(900.0, None, actor_box=him),
    ]
    guesses = [
        Guess(10.0, None, 0.9, "", 12.0, 20.0, him, clip=(3.0, 30.0)),
        Guess(100.0, None, 0.8, "", 140.0, None, her, is_ambiguous=True, clip=(95.0, 130.0)),
        Guess(200.0, None, 0.7, "", 203.0, 209.0, None),
    ]
    measures = quick([outcome("a", truths, guesses)])
    assert (measures.provisional.n, measures.provisional.median) == (3, 3.0)
    assert measures.provisional.p95 == pytest.approx(36.3)
    assert measures.provisional.late == 1
    assert (measures.confirmed.n, measures.confirmed.unknown) == (2, 1)
    owners = measures.owners
    assert (owners.right, owners.wrong, owners.nobody, owners.ambiguous) == (1, 1, 1, 1)
    assert owners.accuracy == pytest.approx(1 / 3)
    assert (measures.arrival.count, measures.arrival.n) == (1, 2)
    assert (measures.act.count, measures.act.n) == (2, 2)


def test_the_curve_is_read_at_a_rate_of_alarms() -> None:
    good, poor = Guess(10.0, None, 0.9), Guess(20.0, None, 0.6)
    noise = Guess(500.0, None, 0.8)
    clip = Clip("a", 3600.0, is_fixed=True, truths=(Truth(10.0), Truth(20.0)))
    guesses = (good, poor, noise)
    curve = curve_of([Outcome(clip, guesses, match(clip.truths, guesses))])
    assert [(p.false, p.missed) for p in curve.points] == [(0, 1.0), (0, 0.5), (1, 0.5), (1, 0.0)]
    assert curve.missed_at(0.5) == 0.5
    assert curve.missed_at(1.0) == 0.0


def test_an_unread_clip_counts_nowhere_and_is_told() -> None:
    clip = Clip("a", 3600.0, is_fixed=True, truths=(Truth(10.0),), kind="dump")
    judgement = judged([Outcome(clip, (), None, "broken")])
    assert judgement.whole.counts == Counts(0, 0, 0)
    assert (judgement.whole.clips, judgement.whole.unread) == (0, 1)
    said = as_object(judgement)
    assert said["clips"][0]["why_unread"] == "broken"
    assert set(said["by_rule"]) == {rule.name for rule in RULES}
