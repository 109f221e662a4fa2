"""What each page of the desk costs: processor time and statements, whatever else the machine does.

    scripts/bench desk-pages [--events 100000] [--folder DIR] [--database URL] [--plans MS]

The application is asked in this process and everything it does for a page is done in one thread,
whose processor time is read before and after; waiting for the disk, for PostgreSQL and for other
programs is not in it. With --plans, every statement that takes longer than MS is explained.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import fastapi.concurrency
import fastapi.dependencies.utils
import fastapi.routing
import httpx
import starlette.concurrency
from benchmarks.province import Filled, fill, made, unit_of_person
from sqlalchemy import Engine, select
from sqlalchemy import event as sa_event

from litterwatch.detector.types import EventKind
from litterwatch.service.app import create_app
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.settings import load_settings
from litterwatch.service.units import units

ROUNDS: Final = 15
Statement = tuple[str, Any]


def in_one_thread() -> None:
    """Let handlers run in the thread of the loop instead of others."""

    async def inline(do: Callable[..., Any], *values: Any, **named: Any) -> Any:
        return do(*values, **named)

    for module in (
        starlette.concurrency,
        fastapi.concurrency,
        fastapi.routing,
        fastapi.dependencies.utils,
    ):
        if hasattr(module, "run_in_threadpool"):
            vars(module)["run_in_threadpool"] = inline


def states_of(database: Database, filled: Filled) -> dict[str, ReviewState]:
    """How the events with files stand, by id."""
    ids = [event for found in filled.events.values() for event in found]
    with database.reading() as session:
        rows = select(ReviewRow.event_id, ReviewRow.state).where(ReviewRow.event_id.in_(ids))
        return {row.event_id: row.state for row in session.execute(rows)}


def paths_for(filled: Filled, states: dict[str, ReviewState], person: int) -> dict[str, str]:
    """A page of each kind that this person may open."""
    own = unit_of_person(person)
    seen = [e for unit, found in filled.events.items() if own in ("", unit) for e in found]
    event = next(e for e in seen if states[e] is not ReviewState.NEW)
    to_judge = next((e for e in seen if states[e] is ReviewState.NEW), event)
    return {
        "start": "/",
        "queue": "/events",
        "queue, all, newest": "/events?state=all&order=newest",
        "queue, rejected": "/events?state=rejected",
        "timeline": "/events?state=confirmed&view=timeline",
        "event": f"/events/{event}?state=rejected",
        "event, to judge": f"/events/{to_judge}?state=new",
        "picture": f"/events/{event}/previews/still_act",
        "search by recording": f"/events?state=all&source={filled.sources[0]}",
        "search by day": f"/events?state=rejected&day={filled.days[9]}",
        "search by kind": f"/events?state=confirmed&kind={next(iter(EventKind))}&least=75",
        "search by commune": f"/events?state=rejected&unit={units()[3].code}",
        "API, queue": "/api/v1/events",
        "API, event": f"/api/v1/events/{event}",
    }


async def costs(app: Any, filled: Filled, slowest_ms: float | None) -> None:
    """Print a line for each page, for somebody of the province and somebody of a commune."""
    async with app.router.lifespan_context(app):
        desk = app.state.desk
        await asyncio.sleep(1)
        desk.feed.close()
        engine: Engine = desk.database.engine
        states = states_of(desk.database, filled)
        asked: list[Statement] = []

        def note(_c: object, _u: object, statement: str, values: Any, *_: object) -> None:
            asked.append((statement, values))

        sa_event.listen(engine, "before_cursor_execute", note)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
            for person in (0, 1):
                print("the province" if person == 0 else "one commune")
                headers = {
                    "Cookie": f"litterwatch={filled.keys[person]}",
                    "Accept": "text/html",
                }
                for name, path in paths_for(filled, states, person).items():
                    await client.get(path, headers=headers)
                    asked.clear()
                    (await client.get(path, headers=headers)).raise_for_status()
                    statements = list(asked)
                    spent = []
                    for _ in range(ROUNDS):
                        begun = time.thread_time()
                        await client.get(path, headers=headers)
                        spent.append(1000 * (time.thread_time() - begun))
                    print(
                        f"  {name:22}{statistics.median(spent):7.1f} ms"
                        f"{len(statements):5} statements"
                    )
                    if slowest_ms is not None:
                        desk.kept.forget()
                        asked.clear()
                        await client.get(path, headers=headers)
                        explain(engine, list(asked), slowest_ms)


def explain(engine: Engine, statements: list[Statement], slowest_ms: float) -> None:
    """Print how the database finds what took it long."""
    is_sqlite = engine.dialect.name == "sqlite"
    word = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN (ANALYZE, BUFFERS) "
    with engine.connect() as connection:
        for statement, values in statements:
            if not statement.startswith(("SELECT", "WITH")) or "pg_advisory" in statement:
                continue
            begun = time.perf_counter()
            connection.exec_driver_sql(statement, values).fetchall()
            taken = 1000 * (time.perf_counter() - begun)
            if taken < slowest_ms:
                continue
            print(f"    {taken:.0f} ms: {' '.join(statement.partition('FROM')[2].split())[:300]}")
            for row in connection.exec_driver_sql(word + statement, values):
                print("       ", row[3] if is_sqlite else row[0])


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="kept, and filled on; temporary without it")
    parser.add_argument("--database", help="postgresql+psycopg://...; kept, and filled on")
    parser.add_argument("--plans", type=float, metavar="MS", help="explain what takes longer")
    options = parser.parse_args()
    in_one_thread()
    with tempfile.TemporaryDirectory(prefix="litterwatch-bench-") as temporary:
        root = options.folder or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        database = made(options.database or sqlite_url(root / "litterwatch.sqlite3"))
        filled = fill(database, root, options.events, 50)
        database.close()
        chosen: dict[str, Any] = {"data_folder": root}
        if options.database:
            chosen["database"] = {"url": options.database}
        asyncio.run(costs(create_app(load_settings(None, chosen)), filled, options.plans))


if __name__ == "__main__":
    main()
