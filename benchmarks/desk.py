"""How long the desk lets fifty people wait, on a full database, over a real server on this machine.

    python benchmarks/desk.py [--events 100000] [--people 50] [--requests 20] [--out RESULT.json]

A database is filled with plausible events (SQLite, or PostgreSQL with --postgres and
LITTERWATCH_TEST_POSTGRES), `litterwatch serve` is started on it, and as many people as asked for,
each with a session, open pages: the start page, the queue in several states and behind several
pages, events, and searches by recording, day, kind and commune. Each thinks for two seconds on
average between two pages, as somebody does who is quick. Every page is a look and writes its row
into the log, as always.
"""

import argparse
import asyncio
import hashlib
import json
import os
import platform
import random
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import create_engine, insert, make_url, text

from litterwatch.detector.types import EventKind, EventState
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.events.tables import FootageState
from litterwatch.service.evidence.tables import Role as FileRole
from litterwatch.service.reviews.state import Action, ReviewState
from litterwatch.service.sites.service import CameraDraft
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import (
    CameraEntryRow,
    EventRow,
    EvidenceRow,
    FootageRow,
    GrantRow,
    ReviewRow,
    SessionRow,
    SiteRow,
    StepRow,
    UserRow,
)
from litterwatch.service.units import units
from litterwatch.service.users.roles import Role

SERVE: Final = "from litterwatch.service.cli import main; import sys; main(sys.argv[1:])"
CAMERAS, DAYS, PER_FOOTAGE, WITH_FILES = 300, 365, 10, 600
THINKING: Final = 2.0  # s on average between two pages of one person
STATES: Final = (
    (ReviewState.REJECTED, 72.0),
    (ReviewState.CONFIRMED, 22.0),
    (ReviewState.NEW, 2.0),
    (ReviewState.DUPLICATE, 2.0),
    (ReviewState.PROPOSED, 1.0),
    (ReviewState.NEEDS_MORE, 0.5),
    (ReviewState.TRIAGING, 0.5),
)
AIM_MS: Final = 300.0
_BATCH, _WRITTEN = 5000, 50_000
_KEYS = frozenset({"id", "event_id", "footage_id", "path"})
_LESS = {"score": "score * (1 - 0.01 * COPY)"}


@dataclass(frozen=True)
class Filled:
    """What a person may open: cookies, events with files by commune, recordings, days."""

    keys: list[str]
    events: dict[str, list[str]]
    sources: list[str]
    days: list[str]


def fill(database: Database, root: Path, number: int, people: int) -> Filled:
    """A year of a province.

    Args:
        database: its tables are there and empty.
        root: its data folder.
        number: of events.
        people: who work on them: a fifth of the whole province, the others of one commune.
    """
    chance = random.Random(20261127)  # noqa: S311 - the same province each time
    now = datetime.now(UTC)  # noqa: TID251 - sessions must be alive for the server's own clock
    with database.writing() as session:
        connection = session.connection()
        connection.execute(insert(UserRow), list(_users(people, now)))
        connection.execute(insert(GrantRow), list(_grants(people)))
        keys = [secrets.token_urlsafe(32) for _ in range(people)]
        connection.execute(insert(SessionRow), list(_sessions(keys, now)))
        connection.execute(insert(SiteRow), list(_sites(now)))
        connection.execute(insert(CameraEntryRow), list(_cameras(now)))
    shown: dict[str, list[str]] = {}
    written = min(number, _WRITTEN)
    for first in range(0, written, _BATCH):
        rows = _events(chance, range(first, min(first + _BATCH, written)), now, root, shown)
        with database.writing() as session:
            for table, values in rows.items():
                session.connection().execute(insert(table), values)
    for copy in range(1, number // written):
        _repeat(database, copy)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            # As its own workers would have done by then.
            own = connection.execution_options(isolation_level="AUTOCOMMIT")
            own.execute(text("VACUUM ANALYZE"))
    sources = [f"cam{n:03d}/day{chance.randrange(DAYS):03d}.mp4" for n in range(CAMERAS)]
    days = [f"{now - timedelta(days=back):%Y-%m-%d}" for back in range(0, DAYS, 7)]
    return Filled(keys, shown, sources, days)


def _repeat(database: Database, copy: int) -> None:
    """The same events once more under other ids, a little less certain: the database does it."""
    with database.writing() as session:
        for table in (FootageRow, EventRow, EvidenceRow, ReviewRow, StepRow):
            names = [column.name for column in table.__table__.columns]
            key = "path" if table is EvidenceRow else names[0]
            values = [f"{n} || '-{copy}'" if n in _KEYS else _LESS.get(n, n) for n in names]
            session.execute(
                text(
                    f"INSERT INTO {table.__tablename__} ({', '.join(names)})"  # noqa: S608 - ours
                    f" SELECT {', '.join(values).replace('COPY', str(copy))}"
                    f" FROM {table.__tablename__} WHERE {key} NOT LIKE '%-%'"
                )
            )


def _users(people: int, now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(people):
        yield {
            "id": f"u{n}",
            "login": f"user{n}",
            "name": f"Người {n}",
            "password_hash": "none",
            "is_active": True,
            "must_change_password": False,
            "language": "vi",
            "totp_step": 0,
            "failures": 0,
            "created_at": now,
            "updated_at": now,
        }


def _grants(people: int) -> Iterator[dict[str, Any]]:
    for n in range(people):
        unit = "" if n % 5 == 0 else units()[n % 56].code
        for role in (Role.SCREENER, Role.REVIEWER):
            yield {"user_id": f"u{n}", "role": role, "unit": unit}


def _sessions(keys: list[str], now: datetime) -> Iterator[dict[str, Any]]:
    for n, key in enumerate(keys):
        yield {
            "id": hashlib.sha256(key.encode()).hexdigest(),
            "user_id": f"u{n}",
            "csrf": "0" * 32,
            "is_complete": True,
            "address": "127.0.0.1",
            "created_at": now,
            "seen_at": now,
        }


def _sites(now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(CAMERAS):
        unit = units()[n % 56]
        yield {
            "id": f"s{n}",
            "name": f"Địa điểm {n}",
            "kind": list(SiteKind)[n % len(SiteKind)],
            "unit": unit.code,
            "latitude": unit.point[1],
            "longitude": unit.point[0],
            "note": "",
            "created_at": now,
            "updated_at": now,
        }


def _cameras(now: datetime) -> Iterator[dict[str, Any]]:
    draft = CameraDraft("", "")
    for n in range(CAMERAS):
        yield {
            **{name: getattr(draft, name) for name in draft.__dataclass_fields__},
            "id": f"c{n}",
            "site_id": f"s{n}",
            "name": f"Camera {n}",
            "source": f"cam{n:03d}/",
            "created_at": now,
            "updated_at": now,
        }


def _events(
    chance: random.Random, numbers: range, now: datetime, root: Path, shown: dict[str, list[str]]
) -> dict[Any, list[dict[str, Any]]]:
    """Rows of some events, by table, in the order in which they can be inserted."""
    footage, events, reviews, steps = [], [], [], []
    evidence: list[dict[str, Any]] = []
    for n in numbers:
        camera = chance.randrange(CAMERAS)
        if n % PER_FOOTAGE == 0:
            day = chance.randrange(DAYS)
            source = f"cam{camera:03d}/day{day:03d}.mp4"
            begun = now - timedelta(days=day, hours=chance.uniform(0, 20))
            footage.append(_footage(f"f{n}", source, begun, now))
        event_id, moment = f"{n:032x}", begun + timedelta(seconds=chance.uniform(0, 3600))
        kind, score = chance.choice(list(EventKind)), round(chance.betavariate(5, 2), 4)
        events.append(_event(event_id, f"f{n // PER_FOOTAGE * PER_FOOTAGE}", kind, score, moment))
        (state,) = chance.choices([s for s, _ in STATES], [weight for _, weight in STATES])
        unit = units()[int(source[3:6]) % 56].code
        reviews.append(
            {
                "event_id": event_id,
                "state": state,
                "revision": 1,
                "kind": kind,
                "score": score,
                "source": source,
                "moment": moment,
                "is_dated": True,
                "unit": unit,
                "is_withdrawn": False,
                "event_version": "0" * 64,
                "changed_at": moment,
            }
        )
        steps.append(
            {
                "event_id": event_id,
                "number": 1,
                "action": Action.CREATE,
                "to_state": ReviewState.NEW,
                "actor": "system",
                "at": moment,
                "note": "",
                "detail": {},
                "before": {},
            }
        )
        is_shown = n % 7 == 0 and n < 7 * WITH_FILES
        if is_shown:
            shown.setdefault(unit, []).append(event_id)
        evidence += _evidence(event_id, moment, root if is_shown else None)
    return {
        FootageRow: footage,
        EventRow: events,
        EvidenceRow: evidence,
        ReviewRow: reviews,
        StepRow: steps,
    }


def _footage(key: str, source: str, begun: datetime, now: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "source": f"{source}",
        "sha256": "a" * 64,
        "size": 1 << 30,
        "duration": 3600.0,
        "codec": "h264",
        "width": 1920,
        "height": 1080,
        "fps": 25.0,
        "rotation": 0,
        "captured_from": begun,
        "state": FootageState.FAILED,  # DONE twice of one source would be a later scan
        "config_sha256": "b" * 64,
        "model_name": "street",
        "model_sha256": "c" * 64,
        "software": "bench",
        "frames_decoded": 90_000,
        "frames_analysed": 21_600,
        "frames_inferred": 2_000,
        "wall_seconds": 300.0,
        "gaps": [],
        "tally": {},
        "started_at": now,
        "finished_at": now,
    }


def _event(
    key: str, footage: str, kind: EventKind, score: float, moment: datetime
) -> dict[str, Any]:
    return {
        "id": key,
        "footage_id": footage,
        "machine_id": key,
        "version": "0" * 64,
        "kind": kind,
        "state": EventState.CONFIRMED,
        "score": score,
        "t_enter": 20.0,
        "t_release": 30.0,
        "t_release_uncertainty": 0.2,
        "t_provisional": 40.0,
        "t_confirmed": 60.0,
        "t_actor_left": 35.0,
        "box": [900, 500, 60, 60],
        "actor_box": [880, 380, 90, 240],
        "actor_label": "person",
        "actor_ambiguous": False,
        "zone": "frame",
        "n_items": 1,
        "features": {"owner": 0.9, "stay": 0.8},
        "reasons": [{"code": "released", "media_time": 30.0, "detail": {"gap": 0.4}}],
        "created_at": moment,
        "updated_at": moment,
    }


def _evidence(event_id: str, moment: datetime, root: Path | None) -> Iterator[dict[str, Any]]:
    """Rows of a clip and a still; their files as well where there is a folder for them."""
    for role, name in ((FileRole.CLIP, "clip.mp4"), (FileRole.STILL_ACT, "act.jpg")):
        path = f"evidence/{event_id[-2:]}/{event_id}/{name}"
        if root is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(b"1234")
        yield {
            "path": path,
            "event_id": event_id,
            "role": role,
            "size": 4,
            "sha256": "d" * 64,
            "media_type": "video/mp4" if role is FileRole.CLIP else "image/jpeg",
            "t_start": 17.0 if role is FileRole.CLIP else 30.0,
            "t_end": 65.0 if role is FileRole.CLIP else 30.0,
            "created_at": moment,
        }


async def measure(address: str, filled: Filled, requests: int) -> dict[str, list[float]]:
    """Milliseconds of every page, by kind of page.

    Raises:
        RuntimeError: a page was not given.
    """
    waited: dict[str, list[float]] = {"start": [], "queue": [], "event": [], "search": []}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        await asyncio.gather(
            *(
                _person(client, number, key, filled, requests, waited)
                for number, key in enumerate(filled.keys)
            )
        )
    return waited


async def _person(  # noqa: PLR0917 - one loop's whole world
    client: httpx.AsyncClient,
    number: int,
    key: str,
    filled: Filled,
    requests: int,
    waited: dict[str, list[float]],
) -> None:
    chance = random.Random(number)  # noqa: S311 - the same walk each time
    headers = {"Cookie": f"litterwatch={key}", "Accept": "text/html"}
    own = None if number % 5 == 0 else units()[number % 56].code
    may_open = [
        event for unit, events in filled.events.items() if own in (None, unit) for event in events
    ]
    for _ in range(requests):
        await asyncio.sleep(chance.expovariate(1 / THINKING))
        kind, path = _page(chance, filled, may_open)
        begun = time.perf_counter()
        answer = await client.get(path, headers=headers)
        waited[kind].append(1000 * (time.perf_counter() - begun))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered with {answer.status_code}")


def _page(chance: random.Random, filled: Filled, may_open: list[str]) -> tuple[str, str]:
    what = chance.random()
    state = chance.choice(["new", "new", "proposed", "rejected", "confirmed", "all"])
    if what < 0.05:
        return "start", "/"
    if what < 0.45:
        order = chance.choice(["certain", "newest"])
        view = chance.choice(["grid", "grid", "timeline"])
        return "queue", f"/events?state={state}&order={order}&view={view}"
    if what < 0.75 and may_open:
        return "event", f"/events/{chance.choice(may_open)}?state={state}"
    search = chance.choice(
        [
            f"source={chance.choice(filled.sources)}",
            f"day={chance.choice(filled.days)}",
            f"kind={chance.choice(list(EventKind))}&least=75",
            f"unit={chance.choice(units()).code}",
        ]
    )
    return "search", f"/events?state={state}&{search}"


@contextmanager
def served(root: Path, url: str | None) -> Iterator[str]:
    """`litterwatch serve` in a process of its own; its address."""
    environment = dict(os.environ)
    if url is not None:
        environment["LITTERWATCH_DATABASE__URL"] = url
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-u", "-c", SERVE, "serve", str(root), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout is not None
        said = re.search(r"http://\S+", process.stdout.readline())
        if said is None:
            raise RuntimeError("the desk did not start")
        for _ in range(600):
            try:
                httpx.get(f"{said.group()}/health", timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.2)  # noqa: TID251 - a real server
        yield said.group()
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def database_for(root: Path, *, postgres: bool) -> Iterator[tuple[Database, str | None]]:
    """An empty database with its tables, and its address where it is on a server."""
    if not postgres:
        database = Database(sqlite_url(root / "litterwatch.sqlite3"))
        database.upgrade()
        yield database, None
        database.close()
        return
    server = make_url(os.environ["LITTERWATCH_TEST_POSTGRES"])
    name = f"litterwatch_bench_{secrets.token_hex(4)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    try:
        database.upgrade()
        yield database, url
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def quantile(values: list[float], share: float) -> float:
    """The value that this share of values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--requests", type=int, default=20, help="of each person")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="litterwatch-bench-"))
    try:
        with database_for(root, postgres=options.postgres) as (database, url):
            begun = time.perf_counter()
            filled = fill(database, root, options.events, options.people)
            filling = time.perf_counter() - begun
            with served(root, url) as address:
                asyncio.run(measure(address, filled, 1))  # everything is loaded once
                begun = time.perf_counter()
                waited = asyncio.run(measure(address, filled, options.requests))
                wall = time.perf_counter() - begun
    finally:
        shutil.rmtree(root)
    every = [value for values in waited.values() for value in values]
    result = {
        "events": options.events,
        "people": options.people,
        "database": "postgresql" if options.postgres else "sqlite",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": [round(value, 1) for value in os.getloadavg()],
        "filling_s": round(filling, 1),
        "pages_a_second": round(len(every) / wall, 1),
        "pages": {
            name: {
                "n": len(values),
                "p50_ms": round(statistics.median(values), 1),
                "p95_ms": round(quantile(values, 0.95), 1),
            }
            for name, values in (*waited.items(), ("all", every))
            if values
        },
        "aim_p95_ms": AIM_MS,
    }
    print(json.dumps(result, indent=1))
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
