"""The gate: every rule passes and refuses, and says its numbers either way."""

from dataclasses import replace

import pytest

from litterwatch.labelling.comparison import EventSeen, Pair, PictureSeen, compared
from litterwatch.labelling.gate import Answer, GateResult, GateRules, as_object, judge

RULES = GateRules()
PEOPLE, WASTE, INVENTED = Pair(90, 90), Pair(80, 80), Pair(2, 2)
FOUND, FALSE = Pair(18, 18), Pair(3, 3)


def pictures(
    *, people: Pair = PEOPLE, waste: Pair = WASTE, invented: Pair = INVENTED
) -> list[PictureSeen]:
    """Two cameras on ten days: 100 people and 100 pieces of waste at the first, clean the other."""
    found = []
    for day in range(10):
        row = PictureSeen(
            camera="gate",
            day=str(day),
            people=10,
            people_found=Pair(people.active // 10, people.candidate // 10),
            waste=10,
            waste_found=Pair(waste.active // 10, waste.candidate // 10),
            is_clean=False,
            invented=Pair(0, 0),
        )
        clean = replace(
            row,
            camera="yard",
            people=0,
            people_found=Pair(0, 0),
            waste=0,
            waste_found=Pair(0, 0),
            is_clean=True,
            invented=Pair(int(day < invented.active), int(day < invented.candidate)),
        )
        found += [row, clean]
    return found


def events(*, found: Pair = FOUND, false: Pair = FALSE) -> list[EventSeen]:
    """Twenty confirmed events and ten refused ones, a minute each."""
    return [
        EventSeen(
            event_id=str(number),
            camera="gate",
            day=str(number % 7),
            is_deposit=number < 20,
            seconds=60.0,
            found=Pair(int(number < min(20, found.active)), int(number < min(20, found.candidate))),
            false=Pair(
                int(20 <= number < 20 + false.active), int(20 <= number < 20 + false.candidate)
            ),
        )
        for number in range(30)
    ]


def answers(result: GateResult) -> dict[tuple[str, str], Answer]:
    return {(each.rule, each.subject): each.answer for each in result.results}


def test_a_candidate_that_is_as_good_is_accepted_and_says_its_numbers() -> None:
    result = judge(pictures(), events(), [], RULES)
    assert result.is_accepted
    assert result.refusals == ()
    found = answers(result)
    assert found["people", ""] is found["waste", ""] is found["events", ""] is Answer.PASSED
    assert found["waste", "gate"] is found["events", "gate"] is Answer.PASSED
    assert found["waste", "yard"] is found["events", "yard"] is Answer.NOT_MEASURED
    assert found["false alarms", ""] is found["invented waste", ""] is Answer.PASSED
    said = {(each.rule, each.subject): each.why for each in result.results}
    assert "Of 100 pieces of waste at gate the candidate finds 80.0%" in said["waste", "gate"]
    assert "In 0.50 h of clips" in said["false alarms", ""]
    assert "6.00 an hour" in said["false alarms", ""]
    assert as_object(result)["is_accepted"] is True


@pytest.mark.parametrize(
    ("change", "rule", "subject"),
    [
        ({"people": Pair(100, 90)}, "people", ""),
        ({"waste": Pair(90, 80)}, "waste", ""),
        ({"waste": Pair(90, 80)}, "waste", "gate"),
        ({"invented": Pair(2, 3)}, "invented waste", ""),
    ],
)
def test_what_is_worse_on_pictures_is_refused(
    change: dict[str, Pair], rule: str, subject: str
) -> None:
    result = judge(pictures(**change), events(), [], RULES)
    assert not result.is_accepted
    assert answers(result)[rule, subject] is Answer.FAILED


@pytest.mark.parametrize(
    ("change", "rule", "subject"),
    [
        ({"found": Pair(20, 18)}, "events", "gate"),
        ({"found": Pair(20, 18)}, "events", ""),
        ({"false": Pair(3, 4)}, "false alarms", ""),
    ],
)
def test_what_is_worse_on_events_is_refused(
    change: dict[str, Pair], rule: str, subject: str
) -> None:
    result = judge(pictures(), events(**change), [], RULES)
    assert not result.is_accepted
    assert answers(result)[rule, subject] is Answer.FAILED


def test_a_small_loss_within_the_margin_passes_unless_it_is_sure() -> None:
    rows = pictures()
    lost = replace(rows[0], waste_found=Pair(8, 5))  # 3 of 100, on one day of ten
    assert judge([lost, *rows[1:]], events(), [], RULES).is_accepted
    every_day = [
        replace(row, waste=100, waste_found=Pair(80, 79)) if row.camera == "gate" else row
        for row in rows
    ]  # 1 of 100, on every single day: that is no chance
    result = judge(every_day, events(), [], RULES)
    assert answers(result)["waste", "gate"] is Answer.FAILED


def test_a_camera_may_have_a_margin_of_its_own() -> None:
    rows = pictures()
    lost = [replace(rows[0], waste_found=Pair(8, 5)), *rows[1:]]
    strict = GateRules(margins={"gate": 0.02})
    assert answers(judge(lost, events(), [], strict))["waste", "gate"] is Answer.FAILED
    assert answers(judge(lost, events(), [], strict))["waste", ""] is Answer.PASSED


def test_a_refused_export_refuses() -> None:
    result = judge(pictures(), events(), ["person recall changed by -3.0 points"], RULES)
    assert [each.rule for each in result.refusals] == ["export"]
    assert "-3.0 points" in result.refusals[0].why


def test_what_must_be_measured_and_was_not_refuses() -> None:
    few = [row for row in pictures() if row.day == "0"]
    result = judge(few, events(), [], RULES)
    assert {each.rule for each in result.refusals} == {"people", "waste"}
    assert "Only 10 people: 50 are needed" in result.refusals[0].why
    no_clean = [row for row in pictures() if not row.is_clean]
    result = judge(no_clean, events(), [], RULES)
    assert [each.rule for each in result.refusals] == ["invented waste"]


def test_a_new_installation_without_events_is_judged_by_pictures_and_says_so() -> None:
    result = judge(pictures(), [], [], RULES)
    assert result.is_accepted
    assert answers(result)["false alarms", ""] is Answer.NOT_MEASURED
    assert answers(result)["events", ""] is Answer.NOT_MEASURED


def test_differences_are_candidate_minus_active_with_days_drawn() -> None:
    found = compared(pictures(waste=Pair(80, 90)), lambda r: r.waste, lambda r: r.waste_found)
    assert found is not None
    assert (found.active, found.candidate, found.n) == (0.8, 0.9, 100)
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.1)
    assert compared([], lambda _: 1.0, lambda _: Pair(0, 0)) is None
