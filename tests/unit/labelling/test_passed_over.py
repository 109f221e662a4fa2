"""How much of what was passed over was waste: where it lies, who could tell, what lots are of."""

import pytest

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.passed_over import Marked, audit, waste_there
from litterwatch.labelling.records import LabelledBox, Origin

PLACE = Box(100, 100, 140, 140)
ACTOR = Box(100, 100, 140, 200)


def there(box: Box, label: Label = Label.WASTE, *, is_sure: bool = True) -> LabelledBox:
    return LabelledBox(box, label, is_sure=is_sure)


@pytest.mark.parametrize(
    ("boxes", "told"),
    [
        ([], False),
        ([there(Box(105, 105, 135, 138))], True),
        ([there(Box(60, 60, 220, 180))], True),  # a heap of which the machine saw a corner
        ([there(Box(110, 110, 116, 118), Label.OVERFLOW)], True),
        ([there(Box(135, 100, 175, 140))], False),  # beside it
        ([there(PLACE, Label.BIN), there(PLACE, Label.PERSON)], False),
        ([there(PLACE, is_sure=False)], None),
        ([there(PLACE, is_sure=False), there(PLACE)], True),
        ([there(Box(300, 300, 320, 320), is_sure=False)], False),
    ],
)
def test_waste_counts_where_the_machine_had_looked(
    boxes: list[LabelledBox], told: bool | None
) -> None:
    assert waste_there(Marked(Origin.BELOW_THRESHOLD, PLACE, boxes)) is told


def test_what_somebody_left_lies_beside_him() -> None:
    beside = [there(Box(145, 180, 170, 205))]
    assert waste_there(Marked(Origin.RANDOM_DWELL, ACTOR, beside)) is True
    assert waste_there(Marked(Origin.BELOW_THRESHOLD, ACTOR, beside)) is False
    far = [there(Box(260, 180, 290, 205))]
    assert waste_there(Marked(Origin.RANDOM_DWELL, ACTOR, far)) is False


def test_lots_stand_for_what_they_were_drawn_from() -> None:
    boxes: list[list[LabelledBox]] = [[there(PLACE)], [], [], [there(PLACE, is_sure=False)]]
    pictures = [Marked(Origin.BELOW_THRESHOLD, PLACE, each) for each in boxes]
    pictures.append(Marked(Origin.RANDOM_DWELL, ACTOR, [there(ACTOR)]))
    found = audit(Origin.BELOW_THRESHOLD, pictures, [0.01, 0.01, 0.01, 0.02, 0.02])
    assert (found.marked, found.waste, found.stands_for) == (3, 1, 400)
    assert found.share == pytest.approx(1 / 3)
    assert 0.05 < found.low < 1 / 3 < found.high < 0.8


def test_without_a_marked_picture_nothing_is_known() -> None:
    found = audit(Origin.RANDOM_DWELL, [], [0.01])
    assert (found.marked, found.share, found.low, found.high) == (0, None, 0.0, 1.0)
