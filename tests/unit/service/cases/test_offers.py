"""What the page offers is what the table allows; what is typed in is read or refused in words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.errors import InvalidInput
from litterwatch.service.actor import Actor, Office
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.forms import FIELDS, FieldKind, fields_of, read_day, read_fields
from litterwatch.service.cases.offers import later_moves, offers_for
from litterwatch.service.cases.state import TABLE, CaseState, Facts, Lane, Move, objection
from litterwatch.service.desk.labels_cases import (
    CASE_STATES,
    FIELD_NAMES,
    MOVED,
    MOVES,
)

TODAY = date(2026, 1, 8)
UNITS = ("01273", "01279", "")
ACTORS = st.builds(
    Actor,
    st.sampled_from(["an", "bình"]),
    st.sampled_from([office for office in Office if office is not Office.SYSTEM]),
    st.sampled_from(UNITS),
)
FACTS = st.builds(
    Facts,
    state=st.sampled_from(CaseState),
    unit=st.sampled_from(UNITS[:2]),
    lane=st.sampled_from(Lane),
    today=st.just(TODAY),
    previous=st.just(CaseState.OPENED),
    target_unit=st.sampled_from([None, *UNITS[:2]]),
    is_extended=st.booleans(),
    proposed_by=st.sampled_from([None, "an"]),
    recorded_by=st.sampled_from([None, "an"]),
    limitation=st.sampled_from([None, date(2026, 1, 1), date(2027, 1, 1)]),
    is_indexed=st.booleans(),
)
FITTING: dict[FieldKind, JsonValue] = {
    FieldKind.DAY: "2026-01-01",
    FieldKind.AMOUNT: 1_000_000,
    FieldKind.UNIT: "99999",
}


@given(FACTS, st.lists(ACTORS, min_size=1, max_size=3))
def test_what_is_offered_is_allowed_and_the_rest_says_why(
    facts: Facts, actors: list[Actor]
) -> None:
    offers = offers_for(facts, actors)
    assert {offer.move for offer in offers} == {
        move
        for move, rule in TABLE.items()
        if facts.state in rule.sources and rule.offices != {Office.SYSTEM}
    }
    for offer in offers:
        typed = {name: FITTING.get(FIELDS[name], "x") for name in offer.fields}
        may = any(objection(offer.move, facts, actor, typed) is None for actor in actors)
        assert may == (offer.why_not is None)
    later = {each.move for each in later_moves(facts.state)}
    assert later.isdisjoint(offer.move for offer in offers)


def test_every_move_and_field_has_words_and_a_way_to_type_it_in() -> None:
    assert set(MOVES) == set(Move)
    assert set(MOVED) >= set(Move)
    assert set(CASE_STATES) == set(CaseState)
    for move in Move:
        assert set(fields_of(move)) <= set(FIELDS)
    assert set(FIELDS) <= set(FIELD_NAMES)


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("taken_on", "8/1/2026", "2026-01-08"),
        ("taken_on", "2026-01-08", "2026-01-08"),
        ("amount", "1.500.000", 1_500_000),
        ("amount", "1 500 000", 1_500_000),
        ("target_unit", "01279", "01279"),
        ("ground", "reminder", "reminder"),
        ("reason", " vì sao ", "vì sao"),
    ],
)
def test_what_is_typed_in_is_read(name: str, text: str, read: JsonValue) -> None:
    assert read_fields([name], [name], {name: text}, TODAY) == {name: read}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("taken_on", ""),
        ("taken_on", "31/02/2026"),
        ("taken_on", "09/01/2026"),
        ("amount", "1,5 triệu"),
        ("amount", "٣"),
        ("amount", "9" * 13),
        ("target_unit", "nowhere"),
        ("ground", "mercy"),
        ("reason", "x" * 2001),
    ],
)
def test_what_cannot_be_is_refused_in_words(name: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        read_fields([name], [name], {name: text}, TODAY)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_day_is_read_as_people_and_as_programs_write_it(day: date) -> None:
    assert read_day(f"{day:%d/%m/%Y}") == read_day(day.isoformat()) == day
