"""News of events: in one order, none lost when one is cut off, one poller for everybody."""

import json
import random
import re
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select

from litterwatch.detector.errors import Conflict, NotSignedIn, TooManyAttempts
from litterwatch.detector.types import EventState
from litterwatch.service.db import Database
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event
from litterwatch.service.reviews import feed as feed_module
from litterwatch.service.reviews.changes import announce, changes_after, latest_seq
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.feed import MOST_OF_ONE, Feed, Follower
from litterwatch.service.reviews.intake import Intake
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.state import Action, RejectReason
from litterwatch.service.reviews.tables import ChangeRow, Happening, ReviewRow
from litterwatch.service.users.roles import Role

REJECT = Order(Action.REJECT, reason=RejectReason.FALSE_ALARM)
UNDO = Order(Action.UNDO)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ScriptedReviews]:
    desk = ScriptedReviews(tmp_path, ["e1", "e2", "e3"])
    yield desk
    desk.close()


def ids(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(ReviewRow.event_id)))


def everybody() -> Follower:
    return Follower("lan", None, lambda: None)


def parts(told: list[str]) -> list[tuple[int, str, str | None]]:
    """Number, kind and event of every message that tells of one."""
    found = []
    for text in told:
        match = re.match(r"id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n$", text)
        if match and match[2] in set(Happening):
            found.append((int(match[1]), match[2], json.loads(match[3])["event_id"]))
    return found


async def all_of(feed: Feed, follower: Follower, after: int | None) -> list[str]:
    return [part async for part in feed.stream(follower, after, 0)]


def ran(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        with anyio.fail_after(30):
            await work()

    anyio.run(main)


def test_what_happens_is_told_in_order_with_what_it_was(desk: ScriptedReviews) -> None:
    lan = desk.person("lan", Role.SCREENER)
    first = ids(desk.database)[0]
    desk.reviews.carry_out(lan, first, REJECT)
    desk.reviews.carry_out(lan, first, UNDO)
    with desk.database.reading() as session:
        rows = changes_after(session, 0, 100)
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.what for row in rows[:3]] == [Happening.NEW] * 3
    assert [(row.state, row.revision) for row in rows[3:]] == [
        ("triaging", 2),
        ("rejected", 3),
        ("triaging", 4),
    ]


def test_what_the_machine_takes_back_is_told(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    intake = Intake(house.database, house.clock)
    with house.store().opened() as store:
        for state in (EventState.PROVISIONAL, EventState.CONFIRMED, EventState.CANCELLED):
            house.sink(store).accept(scripted_event("e1", state))
            house.clock.advance(1)
            intake.run()
    with house.database.reading() as session:
        told = [row.what for row in changes_after(session, 0, 10)]
    assert told == [Happening.NEW, Happening.CHANGED, Happening.WITHDRAWN]
    house.close()


def test_a_verdict_that_was_refused_is_no_news(desk: ScriptedReviews) -> None:
    lan = desk.person("lan", Role.SCREENER)
    with pytest.raises(Conflict):
        desk.reviews.carry_out(lan, ids(desk.database)[0], Order(Action.CONFIRM))
    with desk.database.reading() as session:
        assert latest_seq(session) == 3


def test_numbers_have_no_gap_whoever_writes(any_database: Database, tmp_path: Path) -> None:
    desk = ScriptedReviews(tmp_path, ["e1"], database=any_database)
    (event_id,) = ids(any_database)

    def write(_: int) -> None:
        for _ in range(10):
            with any_database.writing() as session:
                review = session.get_one(ReviewRow, event_id)
                announce(session, desk.clock, [(review, Happening.CHANGED)] * 2)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    with any_database.reading() as session:
        numbers = session.scalars(select(ChangeRow.seq).order_by(ChangeRow.seq)).all()
    assert numbers == list(range(1, 82))


def test_nobody_misses_anything_however_often_he_is_cut_off(desk: ScriptedReviews) -> None:
    lan = desk.person("lan", Role.SCREENER)
    first = ids(desk.database)[0]
    feed = Feed(desk.database, lambda: None)
    chance = random.Random(7)  # noqa: S311 - where a line breaks

    async def walk() -> None:
        await feed.begin()
        seen: list[int] = []
        position = feed.latest
        for turn in range(40):
            desk.reviews.carry_out(lan, first, UNDO if turn % 2 else REJECT)
            desk.clock.advance(1)
            await feed.look()
            if chance.random() < 0.4:
                continue  # not there
            told = parts(await all_of(feed, everybody(), position))
            cut = chance.randrange(len(told) + 1)
            seen += [number for number, _, _ in told[:cut]]
            position = seen[-1] if seen else position
        seen += [number for number, _, _ in parts(await all_of(feed, everybody(), position))]
        assert seen == list(range(4, feed.latest + 1))

    ran(walk)


def test_who_comes_back_late_is_served_from_the_database(
    desk: ScriptedReviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "_PAGE", 2)

    async def come_back() -> None:
        feed = Feed(desk.database, lambda: None)  # a process that was started just now
        await feed.begin()
        told = parts(await all_of(feed, everybody(), 0))
        assert [(number, what) for number, what, _ in told] == [(n, "new") for n in (1, 2, 3)]

    ran(come_back)


@pytest.mark.parametrize("number", [4, 10**9])
def test_a_number_of_another_database_is_told_to_begin_anew(
    desk: ScriptedReviews, number: int
) -> None:
    async def follow() -> None:
        feed = Feed(desk.database, lambda: None)
        await feed.begin()
        told = await all_of(feed, everybody(), number)
        assert told[1].startswith("id: 3\nevent: reset")

    ran(follow)


def test_everybody_hears_of_his_own_communes(desk: ScriptedReviews) -> None:
    first, second, _ = ids(desk.database)
    with desk.database.writing() as session:
        for event_id, unit in ((first, "01273"), (second, "01279")):
            review = session.get_one(ReviewRow, event_id)
            review.unit = unit
            announce(session, desk.clock, [(review, Happening.CHANGED)])

    async def follow() -> None:
        feed = Feed(desk.database, lambda: None)
        await feed.begin()
        here = Follower("lan", frozenset({"01273"}), lambda: None)
        assert [event for _, _, event in parts(await all_of(feed, here, 0))] == [first]
        nowhere = Follower("mai", frozenset(), lambda: None)
        assert parts(await all_of(feed, nowhere, 0)) == []

    ran(follow)


def test_many_followers_cost_the_database_as_much_as_none(desk: ScriptedReviews) -> None:
    asked: list[str] = []

    @sa_event.listens_for(desk.database.engine, "before_cursor_execute")
    def _note(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    lan = desk.person("lan", Role.SCREENER)
    first = ids(desk.database)[0]

    async def follow() -> None:
        feed = Feed(desk.database, lambda: None)
        await feed.begin()
        heard: list[int] = []

        async def listen(number: int) -> None:
            follower = Follower(f"user{number}", None, lambda: None)
            async for part in feed.stream(follower, None, 60):
                heard.extend(number for number, _, _ in parts([part]))

        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(listen, number)
            await anyio.wait_all_tasks_blocked()
            desk.reviews.carry_out(lan, first, REJECT)
            asked.clear()
            await feed.look()
            await anyio.wait_all_tasks_blocked()
            reads = [text for text in asked if "event_changes" in text]
            assert len(reads) == 1
            assert sorted(heard) == [4] * 50 + [5] * 50
            group.cancel_scope.cancel()

    ran(follow)


def test_who_was_signed_out_hears_nothing_more(
    desk: ScriptedReviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "BEAT", 0.05)
    alive = [True]

    def still_may() -> None:
        if not alive[0]:
            raise NotSignedIn("The session has ended.")

    async def follow() -> None:
        feed = Feed(desk.database, lambda: None)
        await feed.begin()
        told: list[str] = []
        async for part in feed.stream(Follower("lan", None, still_may), None, 60):
            told.append(part)
            if len(told) == 3:
                assert told[2].endswith(": still here\n\n")
                alive[0] = False
        assert told[-1] == "event: ended\ndata: {}\n\n"

    ran(follow)


def test_one_account_follows_on_so_many_pages_only(desk: ScriptedReviews) -> None:
    async def follow() -> None:
        feed = Feed(desk.database, lambda: None)
        await feed.begin()

        async def hold() -> None:
            async for _ in feed.stream(everybody(), None, 60):
                pass

        async with anyio.create_task_group() as group:
            for _ in range(MOST_OF_ONE):
                feed.require_place("lan")
                group.start_soon(hold)
                await anyio.wait_all_tasks_blocked()
            with pytest.raises(TooManyAttempts):
                feed.require_place("lan")
            feed.require_place("mai")
            feed.close()  # every stream ends by itself
        feed.require_place("lan")

    ran(follow)


def test_what_the_database_refuses_now_is_told_later(desk: ScriptedReviews) -> None:
    faults = [RuntimeError("a fault")]

    def fail_first() -> None:
        if faults:
            raise faults.pop()

    async def follow() -> None:
        feed = Feed(desk.database, fail_first)
        await feed.look()
        assert feed.latest == 0
        await feed.look()
        assert feed.latest == 3

    ran(follow)


def test_the_poller_looks_by_itself_until_it_is_closed(desk: ScriptedReviews) -> None:
    looks: list[int] = []

    async def follow() -> None:
        feed = Feed(desk.database, lambda: looks.append(1), poll=0.01)
        async with anyio.create_task_group() as group:
            group.start_soon(feed.follow)
            async for part in feed.stream(everybody(), 0, 60):
                if parts([part]):
                    feed.close()
        assert looks

    ran(follow)
