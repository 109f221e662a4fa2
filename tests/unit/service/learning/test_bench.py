"""The bench: one thing at a time, seen by everybody, and honest about what was cut off."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError, Conflict
from litterwatch.service.clock import ManualClock
from litterwatch.service.learning.bench import Bench, Making, Work, WorkOrder, WorkState

TRAIN = WorkOrder(Making.CANDIDATE)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Bench:
    return Bench(tmp_path, clock)


def seen(bench: Bench) -> Work:
    work = bench.work()
    assert work is not None
    return work


def test_what_is_made_can_be_followed_to_its_end(bench: Bench, clock: ManualClock) -> None:
    assert bench.work() is None
    with bench.making(TRAIN, "os:lan") as told:
        assert seen(bench).state is WorkState.RUNNING
        told("training on v0001, epoch", 1, 8)
        told("training on v0001, epoch", 2, 8)  # too soon to be written
        assert (seen(bench).done, seen(bench).of) == (1, 8)
        clock.advance(1)
        told("training on v0001, epoch", 3, 8)
        assert (seen(bench).done, seen(bench).actor) == (3, "os:lan")
        told("exporting", 0, 2)  # a new step is told at once
        assert seen(bench).step == "exporting"
        told("exporting", 1, 2)
        assert seen(bench).done == 0
        told("exporting", 2, 2)  # so is its end
        assert seen(bench).done == 2
        told.made("v0001-aaaaaa-bbbbbb", is_accepted=False)
    work = seen(bench)
    assert work.state is WorkState.DONE
    assert (work.result, work.is_accepted) == ("v0001-aaaaaa-bbbbbb", False)
    assert clock.now() - work.begun_at == timedelta(seconds=1)


def test_nobody_else_makes_something_meanwhile(bench: Bench) -> None:
    with bench.making(TRAIN, "os:lan"):
        with pytest.raises(Conflict, match="already"), bench.making(TRAIN, "os:hoa"):
            pass
        assert seen(bench).actor == "os:lan"
    with bench.making(WorkOrder(Making.DATASET, is_freezing=True), "os:hoa"):
        assert seen(bench).order.is_freezing


def test_what_failed_says_why(bench: Bench) -> None:
    with pytest.raises(ConfigError), bench.making(TRAIN, "os:lan"):
        raise ConfigError("Too few camera-days.")
    assert (seen(bench).state, seen(bench).why) == (WorkState.FAILED, "Too few camera-days.")
    with pytest.raises(ZeroDivisionError), bench.making(TRAIN, "os:lan"):
        raise ZeroDivisionError
    assert seen(bench).why.startswith("ZeroDivisionError: see ")
    with bench.making(TRAIN, "os:lan"):
        assert seen(bench).why == ""


PROGRAM = """
import sys
from pathlib import Path
from litterwatch.service.clock import SystemClock
from litterwatch.service.learning.bench import Bench, Making, WorkOrder
bench = Bench(Path(sys.argv[1]), SystemClock())
with bench.making(WorkOrder(Making.CANDIDATE), "os:other") as told:
    told("training", 3, 8)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_is_stopped_is_seen_as_stopped(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="Nothing is being made"):
        bench.stop()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert (seen(bench).state, seen(bench).pid) == (WorkState.RUNNING, process.pid)
        with pytest.raises(Conflict):
            os.close(bench.hold())
        assert bench.stop() is Making.CANDIDATE
        assert process.wait(60) == -signal.SIGTERM
    assert seen(bench).state is WorkState.STOPPED
    assert (seen(bench).step, seen(bench).done) == ("training", 3)
    with pytest.raises(Conflict, match="Nothing is being made"):
        bench.stop()


def test_a_record_that_cannot_be_read_is_told(bench: Bench) -> None:
    with bench.making(TRAIN, "os:lan"):
        pass
    (bench.folder / "work.json").write_text("{}")
    with pytest.raises(ConfigError, match="remove it"):
        bench.work()
