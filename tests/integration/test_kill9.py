"""kill -9 in the middle of storing evidence, again and again: nothing is lost, doubled or loose."""

import hashlib
import multiprocessing
import random
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from litterwatch.service.clock import SystemClock
from litterwatch.service.events.scripted import ScriptedHouse, store_scripted_events
from litterwatch.service.evidence.check import check

EVENTS = 6
FILES_OF_AN_EVENT = 6


def started(root: Path) -> BaseProcess:
    """A process that stores events; it is about to begin with the first."""
    root.mkdir(exist_ok=True)
    # Its modules are loaded once; every process then starts at once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["litterwatch.service.events.scripted"])
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=store_scripted_events, args=(root, EVENTS, sender))
    process.start()
    sender.close()
    assert receiver.recv() == "ready"
    receiver.close()
    return process


def assert_nothing_is_loose(root: Path) -> tuple[int, int, int]:
    """The promises hold, as found, before anything is repaired."""
    house = ScriptedHouse(root)
    assert check(root, house.database, "hashes").problems == ()
    events, evidence, garbage = house.counts()
    assert evidence == FILES_OF_AN_EVENT * events
    house.close()
    return events, evidence, garbage


def contents(root: Path) -> dict[str, str]:
    """SHA-256 of every file of evidence, by path."""
    files = [path for path in (root / "evidence").rglob("*") if path.is_file()]
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def kill_again_and_again(folder: Path, kills: int, seed: int) -> None:
    clock, chance = SystemClock(), random.Random(seed)  # noqa: S311 - no secret
    whole = started(folder / "whole")
    begun = clock.monotonic()
    whole.join()
    assert whole.exitcode == 0
    usual = clock.monotonic() - begun
    uninterrupted = contents(folder / "whole")
    assert len(uninterrupted) == EVENTS * FILES_OF_AN_EVENT

    left_half_done, killed, lap = 0, 0, 0
    # A kill that falls between two events proves little: one at least must fall into one.
    while killed < kills or not left_half_done:
        root = folder / f"lap{lap}"
        process = started(root)
        process.join(chance.uniform(0, usual * 0.7))
        process.kill()
        process.join()
        _, _, garbage = assert_nothing_is_loose(root)
        killed += process.exitcode != 0
        left_half_done += garbage > 0
        if process.exitcode == 0:  # this lap was run to its end
            assert contents(root) == uninterrupted
            lap += 1
    last = started(root := folder / f"lap{lap}")
    last.join()
    assert last.exitcode == 0
    assert assert_nothing_is_loose(root) == (EVENTS, EVENTS * FILES_OF_AN_EVENT, 0)
    assert contents(root) == uninterrupted


def test_five_kills_leave_rows_and_files_in_agreement(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, kills=5, seed=2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_fifty_kills_leave_rows_and_files_in_agreement(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, kills=50, seed=3)
