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
from sqlalchemy import Engine
from sqlalchemy import event as sa_event

from litterwatch.detector.types import EventKind
from litterwatch.service.app import create_app
from litterwatch.service.db import sqlite_url
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


def paths_for(filled: Filled, person: int) -> dict[str, str]:
    """A page of each kind that this person may open."""
    own = unit_of_person(person)
    event = next(e for unit, found in filled.events.items() if own in ("", unit) for e in found)
    return {
        "start": "/",
        "queue": "/events",
        "queue, all, newest": "/events?state=all&order=newest",
        "queue, rejected": "/events?state=rejected",
        "timeline": "/events?state=confirmed&view=timeline",
        "event": f"/events/{event}?state=rejected",
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
                for name, path in paths_for(filled, person).items():
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
