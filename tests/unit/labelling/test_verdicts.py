"""Reasons of a rejection are classes of hard negatives."""

import pytest

from litterwatch.detector.types import Label
from litterwatch.labelling.records import HardNegative
from litterwatch.labelling.verdicts import Sight, hard_negative
from litterwatch.service.reviews.state import RejectReason


@pytest.mark.parametrize("reason", RejectReason)
def test_every_reason_of_the_desk_is_a_class(reason: RejectReason) -> None:
    expected = {
        RejectReason.LAWFUL_COLLECTION: HardNegative.LAWFUL,
        RejectReason.OUTSIDE_ZONE: HardNegative.LAWFUL,
        RejectReason.CLEAN_UP: HardNegative.CLEAN_UP,
        RejectReason.POOR_QUALITY: HardNegative.WEATHER,
        RejectReason.FALSE_ALARM: HardNegative.OTHER,
        RejectReason.OTHER: HardNegative.OTHER,
    }
    assert hard_negative(reason, Sight()) is expected[reason]


@pytest.mark.parametrize(
    ("sight", "negative"),
    [
        (Sight(seen={Label.PERSON: 0.8}), HardNegative.PERSON),
        (Sight(seen={Label.PERSON: 0.6, Label.VEHICLE: 0.9}), HardNegative.VEHICLE),
        (Sight(seen={Label.TWO_WHEELER: 0.5}), HardNegative.VEHICLE),
        (Sight(light=0.9, seen={Label.PERSON: 0.2}), HardNegative.SHADOW),
        (Sight(light=0.9, seen={Label.PERSON: 0.7}), HardNegative.PERSON),
        (Sight(light=0.4), HardNegative.OTHER),
        (Sight(seen={Label.BIN: 1.0}), HardNegative.OTHER),
    ],
)
def test_a_false_alarm_is_what_the_machine_saw_there(sight: Sight, negative: HardNegative) -> None:
    assert hard_negative("false_alarm", sight) is negative


def test_what_a_person_said_counts_more_than_what_the_machine_saw() -> None:
    sight = Sight(light=1.0, seen={Label.PERSON: 1.0})
    assert hard_negative("lawful_collection", sight) is HardNegative.LAWFUL
