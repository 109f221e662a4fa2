"""One soak from beginning to end."""

import math
import os
import platform
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import litterwatch
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.protocols import Clock
from litterwatch.service.soak.judge import (
    Deposit,
    Outage,
    delays,
    deposits,
    expected,
    growth,
    missed,
    starved,
    unexplained,
)
from litterwatch.service.soak.plan import Fault, Planned, planned
from litterwatch.service.soak.stage import StageCamera, StageWatch

BACK_WITHIN: Final = 60.0
"""Seconds after a fault within which every camera must give pictures again."""
_AFTERWARDS: Final = timedelta(minutes=5)
FLAT: Final = 0.05
"""Share by which memory and handles may grow."""
_TICK: Final = 1.0
_SAMPLE_EVERY: Final = 10.0
_START: Final = 180.0  # s until every camera is online at first


@dataclass(frozen=True, slots=True)
class Film:
    """What is played.

    Attributes:
        path: H.264.
        length: s.
        release: when something is let go in it, s.
        gop: from key frame to key frame at most, s.
    """

    path: Path
    length: float
    release: float
    gop: float


@dataclass(slots=True)
class Soak:
    """A soak, running or over.

    Args:
        film: what the cameras play.
        cameras: how many.
        seconds: how long.
        seed: of the faults.
        folder: an empty one.
        clock: the host's.
        tell: hears a line for each thing that happens.
    """

    film: Film
    cameras: int
    seconds: float
    seed: int
    folder: Path
    clock: Clock
    tell: Callable[[str], None]
    outages: list[Outage] = field(default_factory=list)
    came_back: list[dict[str, Any]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    shares: list[tuple[datetime, float]] = field(default_factory=list)
    _stage: list[StageCamera] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        """To its end; what came of it.

        Raises:
            ConfigError: GStreamer is missing, or the watch ended by itself.
        """
        self._stage = [
            StageCamera(f"c{number}", self.film.path, self.clock) for number in range(self.cameras)
        ]
        for camera in self._stage:
            camera.switch_on()
        watch, started = StageWatch(self.folder, self._stage), self.clock.now()
        try:
            if not self._until_all(watch, _START):
                raise ConfigError(
                    f"The cameras did not all give pictures in {_START:.0f} s: see"
                    f" {self.folder}/log; try fewer cameras."
                )
            self.outages += [Outage(each.name, started, self.clock.now()) for each in self._stage]
            begun, faults = self.clock.now(), planned(self.seed, self.cameras, self.seconds)
            self._go_through(watch, begun, faults)
        finally:
            ended = self.clock.now()
            code = watch.stop()
            for camera in self._stage:
                camera.pull_plug()
        return self._result(watch, begun, ended, faults, code)

    def _go_through(self, watch: StageWatch, begun: datetime, faults: list[Planned]) -> None:
        waiting = list(faults)
        sampled = float("-inf")
        while (passed := (self.clock.now() - begun).total_seconds()) < self.seconds:
            watch.require_alive()
            self._note_shares(watch)
            if waiting and passed >= waiting[0].at:
                self._do(watch, waiting.pop(0))
            if passed - sampled >= _SAMPLE_EVERY:
                sampled = passed
                self._sample(watch, passed)
            self.clock.sleep(_TICK)

    def _do(self, watch: StageWatch, fault: Planned) -> None:
        """One fault, and waiting until everybody is back."""
        camera = self._stage[fault.camera]
        self.tell(f"{fault.fault} at {camera.name} for {fault.lasts:.0f} s")
        began = self.clock.now()
        struck = [camera.name]
        if fault.fault is Fault.PLUG:
            camera.pull_plug()
            self.clock.sleep(fault.lasts)
            camera.switch_on()
        elif fault.fault is Fault.SILENT:
            camera.fall_silent(is_silent=True)
            self.clock.sleep(fault.lasts)
            camera.fall_silent(is_silent=False)
        elif fault.fault is Fault.GROUP_KILLED:
            os.kill(watch.groups()[0], signal.SIGKILL)
            struck = [each.name for each in self._stage]
        else:
            number = signal.SIGKILL if fault.fault is Fault.READER_KILLED else signal.SIGSTOP
            reader = watch.reader_of(camera)
            if reader is not None:
                os.kill(reader, number)
        over = self.clock.now()
        # The status is written every two seconds: what it says now may be from before.
        self.clock.sleep(3.0 if fault.fault is not Fault.READER_STUCK else 15.0)
        is_back = self._until_all(watch, BACK_WITHIN)
        seconds = (self.clock.now() - over).total_seconds()
        self.outages += [Outage(name, began, self.clock.now()) for name in struck]
        told = {"fault": str(fault.fault), "camera": camera.name, "lasted": round(fault.lasts, 1)}
        self.came_back.append({**told, "back_after": round(seconds, 1), "is_back": is_back})
        self.tell(f"  all back after {seconds:.0f} s" if is_back else "  NOT ALL ARE BACK")

    def _until_all(self, watch: StageWatch, patience: float) -> bool:
        """Wait until pictures of every camera are judged; whether they are."""
        until = self.clock.monotonic() + patience
        while self.clock.monotonic() < until:
            watch.require_alive()
            self._note_shares(watch)
            told = watch.cameras()
            if len(told) == self.cameras and all(
                camera["link"] == "online" and camera["rate"] > 0 for camera in told.values()
            ):
                return True
            self.clock.sleep(_TICK)
        return False

    def _sample(self, watch: StageWatch, passed: float) -> None:
        held = watch.held()
        self.samples.append(
            {
                "at": round(passed),
                "memory": {name: each.memory for name, each in held.items()},
                "handles": {name: each.handles for name, each in held.items()},
                "processes": sum(each.processes for each in held.values()),
            }
        )

    def _note_shares(self, watch: StageWatch) -> None:
        shares = [group["share"] for group in watch.status()["groups"]]
        self.shares.append((self.clock.now(), min(shares, default=1.0)))

    def _result(
        self,
        watch: StageWatch,
        begun: datetime,
        ended: datetime,
        faults: list[Planned],
        code: int,
    ) -> dict[str, Any]:
        runs = [
            replace(run, ends=min(run.ends, ended)) for each in self._stage for run in each.runs
        ]
        let_go = [
            deposit
            for run in runs
            for deposit in deposits(run, self.film.length, self.film.release)
            if deposit.at >= begun
        ]
        poor = starved(self.shares, [each.name for each in self._stage])
        seen = expected(let_go, runs, self.outages, self.film.release)
        wanted = expected(let_go, runs, [*self.outages, *poor], self.film.release)
        found, gaps = watch.found()
        hurried = [deposit for deposit in seen if deposit not in wanted]
        # What a clip wants of the time after the watch was ended cannot be there.
        after = [Outage(each.name, ended, ended + _AFTERWARDS) for each in self._stage]
        odd = unexplained(gaps, [*self.outages, *after], self.film.gop)
        lost, waited = missed(wanted, found), delays(seen, found)
        whole = [sample for sample in self.samples if sample["processes"] == self.cameras + 2]
        memory = growth([sum(sample["memory"].values()) for sample in whole])
        handles = growth([float(sum(sample["handles"].values())) for sample in whole])
        checks: dict[str, bool | None] = {
            "every_camera_back_each_time": all(each["is_back"] for each in self.came_back),
            "memory_flat": memory is not None and memory <= FLAT,
            "handles_flat": handles is not None and handles <= FLAT,
            "no_gap_of_a_clip_unexplained": not odd,
            # None: nothing was let go at full rates, so nothing is shown either way.
            "every_deposit_found": not lost if wanted else None,
            "ended_in_order": code == 0,
        }
        return {
            "date": f"{begun:%Y-%m-%d}",
            "litterwatch": litterwatch.__version__,
            "machine": _machine(),
            "asked": {"cameras": self.cameras, "seconds": self.seconds, "seed": self.seed},
            "analysis_rate": os.environ.get("LITTERWATCH_ANALYSIS__RATE"),
            "ran_for": round((ended - begun).total_seconds()),
            "checks": checks,
            "passed": all(held is True for held in checks.values()),
            "faults": self.came_back,
            "planned_faults": len(faults),
            "deposits": {
                "let_go": len(let_go),
                "expected": len(wanted),
                "missed": [_told(deposit) for deposit in lost],
                "at_lowered_rates": len(hurried),
                "missed_at_lowered_rates": [_told(one) for one in missed(hurried, found)],
                "events": len(found),
            },
            "alert": {
                "n": len(waited),
                "median": _rank(waited, 0.5),
                "p95": _rank(waited, 0.95),
                "longest": _rank(waited, 1.0),
            },
            "gaps": {
                "declared": len(gaps),
                "unexplained": [(_told(Deposit(g.camera, g.begins)), _length(g)) for g in odd],
            },
            "memory": {"growth": _rounded(memory), "samples": _series(self.samples, "memory")},
            "handles": {"growth": _rounded(handles), "samples": _series(self.samples, "handles")},
            "least_share_of_rates": min((share for _, share in self.shares), default=1.0),
            "seconds_at_lowered_rates": _lowered(poor, self.cameras),
            "load": os.getloadavg(),
        }


def _rank(ordered: list[float], share: float) -> float | None:
    """The smallest value that so large a share of them does not exceed (nearest rank)."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 2)


def _series(samples: list[dict[str, Any]], name: str) -> list[list[float]]:
    return [[sample["at"], round(sum(sample[name].values()), 1)] for sample in samples]


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _told(deposit: Deposit) -> str:
    return f"{deposit.camera} {deposit.at:%H:%M:%S}"


def _lowered(poor: list[Outage], cameras: int) -> float:
    return round(sum(_length(each) for each in poor) / cameras, 1)


def _length(gap: Outage) -> float:
    return round((gap.ends - gap.begins) / timedelta(seconds=1), 2)
