"""How far two people agree: what must hold for any boxes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.agreement import agreement, kappa, matched
from litterwatch.labelling.records import LabelledBox

side = st.integers(2, 60)
boxes = st.lists(
    st.builds(
        lambda x, y, w, h, label: LabelledBox(Box(x, y, x + w, y + h), label),
        st.integers(0, 80),
        st.integers(0, 80),
        side,
        side,
        st.sampled_from(Label),
    ),
    max_size=6,
)


def box(x: float, label: Label = Label.WASTE, width: float = 10) -> LabelledBox:
    return LabelledBox(Box(x, 0, x + width, 10), label)


@given(boxes)
def test_who_agrees_with_himself_agrees_fully(drawn: list[LabelledBox]) -> None:
    found = agreement([(drawn, drawn)])
    assert found.pictures == 1
    assert found.things == len(drawn)
    if drawn:
        assert found.kappa == 1
        assert found.mean_iou == pytest.approx(1)


@given(boxes, boxes)
def test_it_is_the_same_from_both_sides(one: list[LabelledBox], other: list[LabelledBox]) -> None:
    there, back = agreement([(one, other)]), agreement([(other, one)])
    assert there.things == back.things
    assert (there.kappa is None) == (back.kappa is None)
    if there.kappa is not None:
        assert there.kappa <= 1


@given(boxes, boxes)
def test_every_box_is_in_one_pair(one: list[LabelledBox], other: list[LabelledBox]) -> None:
    pairs = matched(one, other)
    assert sum(a is not None for a, _ in pairs) == len(one)
    assert sum(b is not None for _, b in pairs) == len(other)
    assert all(a is not None or b is not None for a, b in pairs)


def test_the_best_overlap_is_taken_first() -> None:
    first, second = box(0), box(2)
    pairs = matched([first, second], [box(2.5)])
    assert pairs == [(second, box(2.5)), (first, None)]


def test_kappa_is_cohens() -> None:
    # The textbook's example: 50 applications, two readers, 0.4.
    answers = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10
    answers += [("no", "no")] * 15
    assert kappa(answers) == pytest.approx(0.4)
    assert kappa([]) is None
    assert kappa([("yes", "no"), ("no", "yes")]) == -1


def test_a_box_that_only_one_drew_and_another_name_cost_agreement() -> None:
    one = [box(0), box(30), box(60, Label.BIN)]
    missed = agreement([(one, one[:2])])
    renamed = agreement([(one, [box(0), box(30), box(60, Label.OVERFLOW)])])
    assert missed.kappa is not None
    assert renamed.kappa is not None
    assert missed.kappa < 1
    assert renamed.kappa < 1
    assert renamed.mean_iou == 1


def test_where_nothing_was_marked_there_is_nothing_to_say() -> None:
    found = agreement([([], []), ([], [])])
    assert (found.pictures, found.things, found.kappa, found.mean_iou) == (2, 0, None, None)
