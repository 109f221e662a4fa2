"""How long evidence is kept follows what people said of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.detector.types import EventKind
from litterwatch.service.events.service import as_unreviewed
from litterwatch.service.evidence.custody_tables import RetentionClass
from litterwatch.service.evidence.retention import Standing
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.standing import with_reviews
from litterwatch.service.reviews.state import Action, RejectReason
from litterwatch.service.tables import ReviewRow
from litterwatch.service.users.roles import Role


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ScriptedReviews]:
    desk = ScriptedReviews(tmp_path, ["e1", "e2", "e3", "e4"])
    yield desk
    desk.close()


def standings(desk: ScriptedReviews, ids: list[str]) -> dict[str, Standing]:
    with desk.database.reading() as session:
        return {found.event_id: found for found in with_reviews(as_unreviewed)(session, ids)}


def test_each_verdict_has_its_class_and_work_under_way_is_kept(desk: ScriptedReviews) -> None:
    with desk.database.reading() as session:
        ids = list(session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)))
    confirmed, rejected, under_way, untouched = ids
    screener, reviewer = desk.person("lan", Role.SCREENER), desk.person("hoa", Role.REVIEWER)
    propose = Order(Action.PROPOSE, act=EventKind.BAG_DUMP)
    desk.reviews.carry_out(screener, confirmed, propose)
    desk.play(reviewer, confirmed)
    desk.reviews.carry_out(reviewer, confirmed, Order(Action.CONFIRM))
    no = Order(Action.REJECT, reason=RejectReason.FALSE_ALARM)
    desk.reviews.carry_out(screener, rejected, no)
    desk.reviews.carry_out(screener, under_way, propose)
    found = standings(desk, ids)
    assert found[confirmed].kind is RetentionClass.CONFIRMED
    assert found[rejected].kind is RetentionClass.REJECTED
    assert found[untouched].kind is RetentionClass.UNREVIEWED
    assert under_way not in found
    assert found[rejected].counted_from == desk.clock.now()


def test_a_duplicate_shares_the_fate_of_its_parent(desk: ScriptedReviews) -> None:
    with desk.database.reading() as session:
        ids = list(session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)))
    parent, twin = ids[:2]
    screener = desk.person("lan", Role.SCREENER)
    desk.reviews.carry_out(screener, twin, Order(Action.DUPLICATE, parent_id=parent))
    assert twin not in standings(desk, ids)
    no = Order(Action.REJECT, reason=RejectReason.FALSE_ALARM)
    desk.reviews.carry_out(screener, parent, no)
    assert standings(desk, ids)[twin].kind is RetentionClass.REJECTED
