"""Each rule alone: one piece of evidence that refuses, and its neighbour that does not."""

from dataclasses import replace

import pytest

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.rejection import (
    HEALED,
    LAWFUL,
    REFUSALS,
    Evidence,
    hold,
    refusal,
    too_small,
)
from litterwatch.detector.deposits.rounds import Collecting
from litterwatch.detector.types import ZoneKind

P = DepositParameters()
GOOD = Evidence()


@pytest.mark.parametrize(
    ("code", "against", "harmless"),
    [
        ("excluded_zone", {"zone": ZoneKind.EXCLUDE}, {"zone": ZoneKind.ROAD}),
        ("too_large", {"size": 2.0}, {"size": 1.0}),
        ("person", {"person_match": 1.2}, {"person_match": 0.8}),
        ("person_lies", {"person_ended": True}, {"person_lost": True}),
        ("parked_vehicle", {"vehicle_arrived": 0.5}, {"vehicle_arrived": 0.3}),
        ("was_there", {"was_there": True}, {"was_there": False}),
        ("light", {"light": 0.7}, {"light": 0.7, "waste": 0.6}),
        ("revealed", {"edge_ratio": 0.7}, {"edge_ratio": 0.9}),
        ("flicker", {"flicker": 0.06}, {"flicker": 0.04}),
        (
            "weather",
            {"seeds_a_minute": 40.0, "touched": False},
            {"seeds_a_minute": 40.0, "touched": True},
        ),
        (
            "lens",
            {"infrared": True, "at_border": True, "edge_ratio": 0.9},
            {"infrared": True, "at_border": True, "edge_ratio": 1.5},
        ),
        ("into_bin", {"in_bin": 0.6}, {"in_bin": 0.4}),
        ("into_bin", {"zone": ZoneKind.BIN_MOUTH}, {"zone": ZoneKind.STAND}),
        (
            "collection_round",
            {"collecting": Collecting.OVER},
            {"collecting": Collecting.OVER, "waste": 0.6},
        ),
        (
            "proper_deposit",
            {"zone": ZoneKind.COLLECTION_POINT, "permitted_now": True},
            {"zone": ZoneKind.COLLECTION_POINT},
        ),
    ],
)
def test_a_rule_refuses_what_it_is_for_and_nothing_else(
    code: str, against: dict[str, object], harmless: dict[str, object]
) -> None:
    assert refusal(replace(GOOD, **against), P) == code  # type: ignore[arg-type]
    assert refusal(replace(GOOD, **harmless), P) is None  # type: ignore[arg-type]


def test_the_first_rule_that_refuses_gives_the_reason() -> None:
    both = replace(GOOD, light=0.9, person_match=2.0)
    assert refusal(both, P) == "person"


def test_what_only_holds_back() -> None:
    assert hold(GOOD, P) is None
    assert hold(replace(GOOD, inhibited=True), P) == "inhibited"
    assert hold(replace(GOOD, animate_cover=0.5), P) == "covered"
    assert hold(replace(GOOD, person_lost=True), P) == "person_lost"
    assert hold(replace(GOOD, person_lost=True, waste=0.4), P) is None
    assert hold(replace(GOOD, person_may_rise=True, waste=0.9), P) == "person_lost"
    assert hold(replace(GOOD, shadow=True, waste=0.4), P) == "may_be_shadow"
    assert hold(replace(GOOD, shadow=True, waste=0.6), P) is None


def test_smaller_things_need_waste_evidence_or_a_fall() -> None:
    tiny = replace(GOOD, size=0.004)
    assert too_small(tiny, P)
    assert not too_small(replace(tiny, landed=True), P)
    assert not too_small(replace(tiny, waste=0.3), P)
    assert too_small(replace(tiny, size=0.001, landed=True), P)
    assert not too_small(replace(tiny, smallest=0.002), P)


def test_codes_are_known() -> None:
    codes = {code for code, _ in REFUSALS}
    assert codes >= LAWFUL
    assert codes >= HEALED


def test_what_may_be_a_body_is_held_unless_the_waste_detector_is_sure() -> None:
    assert hold(Evidence(body=True, waste=0.4), P) == "may_be_a_body"
    assert hold(Evidence(body=True, waste=0.6), P) is None
