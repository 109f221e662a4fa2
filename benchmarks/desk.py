"""How long the desk lets fifty people wait, on a full database, over a real server on this machine.

    scripts/bench desk [--events 100000] [--people 50] [--pages 30] [--thinking 5]
                       [--folder DIR] [--database URL] [--out RESULT.json]

A database is filled with plausible events (province.py): SQLite in a temporary folder, in DIR, or
PostgreSQL at URL, which is made there if need be. What DIR or URL hold is kept, and filled on from
where it was stopped. `litterwatch serve` is started on it, and as many people as asked for, each
with a session, open pages as browsers do, with the pictures on them: the start page, the queue in
several states, events, and searches by recording, day, kind and commune. Every page is a look and
writes its row into the log, as always.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
from benchmarks.province import Filled, fill, made, unit_of_person

from litterwatch.detector.types import EventKind
from litterwatch.service.db import sqlite_url
from litterwatch.service.units import units

SERVE: Final = "from litterwatch.service.cli import main; import sys; main(sys.argv[1:])"
THINKING: Final = 5.0
"""Seconds on average between two pages of one person.

The walk through twenty events in Chromium shows what a verdict takes at the very least: 5 s, with
nobody thinking. A clip runs some ten seconds up to the act. Fifty people at 5 s, all the time, are
ten pages a second and more than any shift of the province would ask for.
"""

AIM_MS: Final = 300.0
AT_ONCE: Final = 6  # requests a browser makes to one server at the same time
FRESH: Final = 600.0  # s for which a browser keeps a small picture
PICTURE: Final = re.compile(r"/events/[0-9a-f]+/previews/[a-z_]+")


@dataclass(slots=True)
class Browser:
    """One person at his desk.

    Attributes:
        client: shared by all.
        headers: with the cookie of his session.
        may_open: events with files where he may look.
        waited: ms of every request, by kind; shared by all.
        kept: pictures, and when they were fetched.
    """

    client: httpx.AsyncClient
    headers: dict[str, str]
    may_open: list[str]
    waited: dict[str, list[float]]
    kept: dict[str, float] = field(default_factory=dict)

    async def open(self, kind: str, path: str) -> None:
        """A page, then what it shows and is not at hand.

        Raises:
            RuntimeError: something was not given.
        """
        text = await self._get(kind, path)
        now = time.monotonic()
        wanted = [
            path
            for path in dict.fromkeys(PICTURE.findall(text))
            if now - self.kept.get(path, -FRESH) >= FRESH
        ]
        places = asyncio.Semaphore(AT_ONCE)

        async def fetch(path: str) -> None:
            async with places:
                await self._get("picture", path)
            self.kept[path] = time.monotonic()

        await asyncio.gather(*map(fetch, wanted))

    async def _get(self, kind: str, path: str) -> str:
        begun = time.perf_counter()
        answer = await self.client.get(path, headers=self.headers)
        self.waited[kind].append(1000 * (time.perf_counter() - begun))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered with {answer.status_code}")
        return answer.text if kind != "picture" else ""


async def measure(
    address: str, filled: Filled, pages: int, thinking: float
) -> dict[str, list[float]]:
    """Milliseconds of every request, by kind of page.

    Raises:
        RuntimeError: a page was not given.
    """
    waited: dict[str, list[float]] = defaultdict(list)
    # Less than the five seconds after which the server hangs up on its own.
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        people = []
        for number, key in enumerate(filled.keys):
            own = unit_of_person(number)
            seen = [found for unit, found in filled.events.items() if own in ("", unit)]
            events = [event for found in seen for event in found]
            headers = {"Cookie": f"litterwatch={key}", "Accept": "text/html"}
            browser = Browser(client, headers, events, waited)
            people.append(_person(browser, number, filled, pages, thinking))
        await asyncio.gather(*people)
    return waited


async def _person(
    browser: Browser, number: int, filled: Filled, pages: int, thinking: float
) -> None:
    chance = random.Random(number)  # noqa: S311 - the same walk each time
    for _ in range(pages):
        await asyncio.sleep(chance.expovariate(1 / thinking))
        await browser.open(*_page(chance, filled, browser.may_open))


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
def served(root: Path, url: str | None) -> Iterator[tuple[str, psutil.Process]]:
    """`litterwatch serve` in a process of its own: its address, and what asks for its times."""
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
        yield said.group(), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def quantile(values: list[float], share: float) -> float:
    """The value that this share of values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def spent_by(server: psutil.Process, name: str) -> dict[str, float]:
    """Processor seconds so far of the desk, and of the database where it is a server of its own."""
    times = {"desk": sum(server.cpu_times()[:2])}
    if name == "postgresql":
        # A backend that has ended is in its parent's time of children.
        for process in psutil.process_iter(["name", "cpu_times"]):
            if process.info["name"] == "postgres" and process.info["cpu_times"] is not None:
                times["database"] = times.get("database", 0.0) + sum(process.info["cpu_times"][:2])
    return times


def summary(values: list[float]) -> dict[str, float]:
    """How many, the median and what 95 % do not exceed."""
    return {
        "n": len(values),
        "p50_ms": round(statistics.median(values), 1),
        "p95_ms": round(quantile(values, 0.95), 1),
    }


def run(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Fill, serve, measure: what is printed."""
    url = options.database or sqlite_url(root / "litterwatch.sqlite3")
    database = made(url)
    name = database.engine.dialect.name
    begun = time.perf_counter()
    filled = fill(database, root, options.events, options.people)
    filling = time.perf_counter() - begun
    database.close()
    with served(root, options.database) as (address, server):
        asyncio.run(measure(address, filled, 1, options.thinking))  # everything is loaded once
        begun, before = time.perf_counter(), spent_by(server, name)
        waited = asyncio.run(measure(address, filled, options.pages, options.thinking))
        wall = time.perf_counter() - begun
        after = spent_by(server, name)
    pages = [value for kind, values in waited.items() if kind != "picture" for value in values]
    requests = len(pages) + len(waited.get("picture", ()))
    return {
        "events": options.events,
        "people": options.people,
        "thinking_s": options.thinking,
        "database": name,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": [round(value, 1) for value in os.getloadavg()],
        "filling_s": round(filling, 1),
        "pages_a_second": round(len(pages) / wall, 1),
        "requests_a_second": round(requests / wall, 1),
        "processor_ms_a_request": {
            who: round(1000 * (after[who] - before.get(who, 0.0)) / requests, 1) for who in after
        },
        "pages": {
            **{kind: summary(values) for kind, values in sorted(waited.items())},
            "all pages": summary(pages),
        },
        "aim_p95_ms": AIM_MS,
    }


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--pages", type=int, default=30, help="of each person")
    parser.add_argument("--thinking", type=float, default=THINKING, help="s between two pages")
    parser.add_argument("--folder", type=Path, help="kept, and filled on; temporary without it")
    parser.add_argument("--database", help="postgresql+psycopg://...; kept, and filled on")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        result = run(options, options.folder)
    else:
        with tempfile.TemporaryDirectory(prefix="litterwatch-bench-") as folder:
            result = run(options, Path(folder))
    print(json.dumps(result, indent=1))
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
