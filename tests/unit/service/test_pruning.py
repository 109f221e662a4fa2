"""Old news and keys of orders go; what somebody may still need stays."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import anyio
import pytest
from sqlalchemy import func, select

from litterwatch.service.audit.service import AuditFilter, read_log, verify_log
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.once import Once, RequestRow
from litterwatch.service.pruning import KEPT, Pruned, Pruning
from litterwatch.service.reviews import feed as feed_module
from litterwatch.service.reviews.changes import announce, latest_seq
from litterwatch.service.reviews.feed import Feed, Follower
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.tables import ChangeRow, Happening, ReviewRow
from litterwatch.service.webhooks.tables import DeliveryRow, DeliveryState, WebhookRow


@pytest.fixture
def desk(tmp_path: Path, any_database: Database) -> Iterator[ScriptedReviews]:
    desk = ScriptedReviews(tmp_path, ["e1", "e2"], database=any_database)
    yield desk
    desk.close()


def tell(desk: ScriptedReviews, number: int) -> None:
    """More news of some event."""
    with desk.database.writing() as session:
        review = session.scalars(select(ReviewRow)).first()
        assert review is not None
        announce(session, desk.clock, [(review, Happening.CHANGED)] * number)


def news(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(ChangeRow.seq).order_by(ChangeRow.seq)))


def hook(desk: ScriptedReviews, name: str, seen: int, *, is_active: bool = True) -> None:
    with desk.database.writing() as session:
        row = WebhookRow(id=name, name=name, address="http://127.0.0.1:9/", unit="", secret="")
        row.seen_seq, row.is_active, row.made_by = seen, is_active, "nam"
        row.made_at = desk.clock.now()
        session.add(row)


def test_old_news_go_and_numbers_never_go_back(desk: ScriptedReviews) -> None:
    pruning = Pruning(desk.database, desk.clock)
    tell(desk, 3)
    assert news(desk.database) == [1, 2, 3, 4, 5]
    assert pruning.run() == Pruned()
    desk.clock.advance(KEPT.total_seconds() + 1)
    assert pruning.run() == Pruned(changes=4)
    assert news(desk.database) == [5], "the newest stays, however old"
    tell(desk, 1)
    assert pruning.run() == Pruned(changes=1)
    assert news(desk.database) == [6]
    assert pruning.run() == Pruned()
    with desk.database.reading() as session:
        rows = read_log(session, AuditFilter(action="news.pruned"), 9)
        assert [row.detail for row in rows] == [
            {"changes": 1, "requests": 0, "deliveries": 0},
            {"changes": 4, "requests": 0, "deliveries": 0},
        ]
        assert verify_log(session)[1] == []


def test_young_news_stay_and_so_does_everything_behind(desk: ScriptedReviews) -> None:
    desk.clock.advance(KEPT.total_seconds() - 10)
    tell(desk, 2)
    desk.clock.advance(20)
    assert Pruning(desk.database, desk.clock).run() == Pruned(changes=2)
    assert news(desk.database) == [3, 4]


def test_what_an_address_was_not_told_stays(desk: ScriptedReviews) -> None:
    tell(desk, 4)
    hook(desk, "slow", 2)
    hook(desk, "off", 0, is_active=False)  # switched on again it begins with the newest
    desk.clock.advance(KEPT.total_seconds() + 1)
    assert Pruning(desk.database, desk.clock).run() == Pruned(changes=2)
    assert news(desk.database) == [3, 4, 5, 6]


def test_many_go_in_parts(desk: ScriptedReviews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("litterwatch.service.pruning._BATCH", 3)
    tell(desk, 8)
    desk.clock.advance(KEPT.total_seconds() + 1)
    assert Pruning(desk.database, desk.clock).run() == Pruned(changes=9)
    assert news(desk.database) == [10]


def test_messages_that_are_over_go_and_those_to_be_sent_stay(
    desk: ScriptedReviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litterwatch.service.pruning._BATCH", 2)
    hook(desk, "h", 2)
    start = desk.clock.now()
    late = start + KEPT / 2

    def message(name: str, state: DeliveryState, finished_at: datetime | None) -> None:
        with desk.database.writing() as session:
            row = DeliveryRow(id=name, webhook_id="h", seq=1, body="{}", state=state)
            row.next_at = row.made_at = start
            row.finished_at = finished_at
            session.add(row)

    message("taken1", DeliveryState.DELIVERED, start)
    message("taken2", DeliveryState.DELIVERED, start)
    message("taken late", DeliveryState.DELIVERED, late)
    message("given up", DeliveryState.DEAD, start)
    message("given up late", DeliveryState.DEAD, late)
    message("of a removed address", DeliveryState.DEAD, None)
    message("still to be sent", DeliveryState.WAITING, None)
    message("to be tried again", DeliveryState.WAITING, start)
    desk.clock.advance(KEPT.total_seconds() + 1)
    assert Pruning(desk.database, desk.clock).run().deliveries == 4
    with desk.database.reading() as session:
        left = set(session.scalars(select(DeliveryRow.id)))
        rows = read_log(session, AuditFilter(action="news.pruned"), 9)
        assert sum(int(str(row.detail["deliveries"])) for row in rows) == 4
        assert len(rows) == 2, "in parts, each with its row"
    assert left == {"taken late", "given up late", "still to be sent", "to be tried again"}


def test_a_key_is_remembered_for_as_long_as_it_is_said(any_database: Database) -> None:
    clock = ManualClock()
    old, young = Once.named("lan", "old", "a"), Once.named("lan", "young", "a")
    assert old is not None
    assert young is not None
    with any_database.writing() as session:
        old.note(session, clock, "1")
    clock.advance(KEPT.total_seconds() - 1)
    with any_database.writing() as session:
        young.note(session, clock, "2")
    pruning = Pruning(any_database, clock)
    assert pruning.run() == Pruned()
    clock.advance(2)
    assert pruning.run() == Pruned(requests=1)
    with any_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RequestRow)) == 1
        assert old.answer(session) is None
        assert young.answer(session) == "2"


def test_who_comes_back_later_than_news_are_kept_begins_anew(
    desk: ScriptedReviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "_KEPT", 1000)
    tell(desk, 3)
    desk.clock.advance(KEPT.total_seconds() + 1)
    Pruning(desk.database, desk.clock).run()

    async def told(after: int) -> list[str]:
        feed = Feed(desk.database, lambda: None)
        await feed.begin()
        stream = feed.stream(Follower("lan", None, lambda: None), after, 0)
        return [part async for part in stream]

    with desk.database.reading() as session:
        assert latest_seq(session) == 5
    assert "event: reset" in anyio.run(told, 2)[1], "what is gone is not passed over in silence"
    assert "id: 5\nevent: changed" in anyio.run(told, 4)[1]
