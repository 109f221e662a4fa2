"""kill -9 at random moments of a scan: real video, decoding, clips, stills; the judge is scripted.

Whatever instant it dies at, rows and files agree, and the next run completes the work: no event is
missing, doubled or different from that of a scan nobody interrupted.
"""

import multiprocessing
import random
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import av
import numpy as np
import pytest

from litterwatch.detector.types import Detections, Event, Frame, PassedOver
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.events.scripted import scripted_event
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.footage_files import find_footage
from litterwatch.service.scan import Scan, ScanPlan
from litterwatch.service.settings import EvidenceSettings

VIDEOS, SECONDS, RATE = 3, 60, 4
EVENTS_OF_A_VIDEO = 2
PLAN = ScanPlan(
    rate=2.0,
    long_side=160,
    config_sha256="b" * 64,
    software="0.1.0",
    evidence=EvidenceSettings(reserve_bytes=0),
)
# What must be the same however often a scan was killed: everything but times of the clock.
STORED = """
SELECT footage.source, footage.state, footage.frames_decoded, events.id, events.version,
       evidence.role, evidence.path, evidence.size, evidence.sha256
FROM footage JOIN events ON events.footage_id = footage.id
JOIN evidence ON evidence.event_id = events.id ORDER BY evidence.path
"""


@dataclass
class ScriptedJudge:
    """Sees the same acts in every video."""

    analysed: int = 0
    inferred: int = 0
    tally: Mapping[str, int] = field(default_factory=dict)

    def wants_detection(self, frame: Frame) -> bool:
        return False

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        self.analysed += 1
        return []

    def passed_over(self) -> list[PassedOver]:
        return []

    def finish(self) -> list[Event]:
        event = scripted_event()
        names = range(EVENTS_OF_A_VIDEO)
        return [replace(event, id=f"e{name}", t_release=30.0 + name) for name in names]


def scan(footage: Path, out: Path, ready: Connection) -> None:
    """The body of the process that gets killed; the same that `litterwatch scan` does."""
    database = Database(sqlite_url(out / "litterwatch.sqlite3"))
    database.upgrade()
    clock = SystemClock()
    files, unusable = find_footage([footage])
    ready.send("ready")
    with EvidenceStore(out, database, clock).opened() as store:
        scan = Scan(PLAN, ScriptedDetector(), lambda _: ScriptedJudge(), database, store, clock)
        report = scan.run(files, unusable)
        assert report.problems == ()
    database.close()


def started(footage: Path, out: Path) -> BaseProcess:
    """A process that scans; its tables are there."""
    out.mkdir(exist_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["litterwatch.service.scan"])
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=scan, args=(footage, out, sender))
    process.start()
    sender.close()
    assert receiver.recv() == "ready"
    receiver.close()
    return process


@pytest.fixture
def footage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The other process finds this file under its name, whichever way pytest was started.
    monkeypatch.syspath_prepend(Path(__file__).parents[len(__name__.split(".")) - 1])
    folder = tmp_path / "footage"
    folder.mkdir()
    for number in range(VIDEOS):
        film(folder / f"{number}.mp4", seed=number)
    return folder


def film(path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.codec_context.gop_size = 2 * RATE
        for _ in range(SECONDS * RATE):
            picture = noise.integers(0, 256, (120, 160, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode(None))


def stored(out: Path) -> list[Iterable[object]]:
    connection = sqlite3.connect(out / "litterwatch.sqlite3")
    try:
        return connection.execute(STORED).fetchall()
    finally:
        connection.close()


def assert_nothing_is_loose(out: Path) -> bool:
    """The promises hold, as found; whether something is declared as garbage."""
    database = Database(sqlite_url(out / "litterwatch.sqlite3"))
    report = check(out, database, "hashes")
    database.close()
    assert report.problems == ()
    return report.garbage > 0


def kill_again_and_again(folder: Path, footage: Path, kills: int, seed: int) -> None:
    clock, chance = SystemClock(), random.Random(seed)  # noqa: S311 - no secret
    whole = started(footage, folder / "whole")
    begun = clock.monotonic()
    whole.join()
    assert whole.exitcode == 0
    usual = clock.monotonic() - begun
    uninterrupted = stored(folder / "whole")
    assert len(uninterrupted) == VIDEOS * EVENTS_OF_A_VIDEO * 6

    in_the_act, killed, lap = 0, 0, 0
    while killed < kills or not in_the_act:
        out = folder / f"lap{lap}"
        process = started(footage, out)
        process.join(chance.uniform(0, usual * 0.7))
        process.kill()
        process.join()
        in_the_act += assert_nothing_is_loose(out)
        killed += process.exitcode != 0
        if process.exitcode == 0:
            assert stored(out) == uninterrupted
            lap += 1
    last = started(footage, out := folder / f"lap{lap}")
    last.join()
    assert last.exitcode == 0
    assert not assert_nothing_is_loose(out)
    assert stored(out) == uninterrupted


def test_three_kills_of_a_scan_lose_and_double_nothing(tmp_path: Path, footage: Path) -> None:
    kill_again_and_again(tmp_path, footage, kills=3, seed=4)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_fifty_kills_of_a_scan_lose_and_double_nothing(tmp_path: Path, footage: Path) -> None:
    kill_again_and_again(tmp_path, footage, kills=50, seed=5)
