"""What a soak must show, as functions of what was seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

NEAR: Final = timedelta(seconds=3)
"""An event this near to a deposit is it: how exactly the film's beginning on the wire is known."""
SETTLE: Final = timedelta(seconds=15)
"""After an outage judging begins afresh: so long nothing is expected."""
ENOUGH: Final = 0.9
"""Share of the wanted analysis rates at and above which everything must be found."""
FOLLOWED: Final = timedelta(seconds=35)
"""How long a deposit must be followed undisturbed to be told."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a camera could not be seen or judged, through no fault of the watch."""

    camera: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A film that was played round and round; `ends` is when it was cut off."""

    camera: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Deposit:
    """Something that was let go in front of a camera."""

    camera: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Suspicion(Deposit):
    """An event of the watch; `stored` is when it stood in the database with its evidence."""

    stored: datetime


def deposits(run: Run, length: float, release: float) -> list[Deposit]:
    """Every deposit of a run.

    Args:
        run: when it was played.
        length: of the film, s.
        release: in the film, s.
    """
    found, at = [], run.begins + timedelta(seconds=release)
    while at < run.ends:
        found.append(Deposit(run.camera, at))
        at += timedelta(seconds=length)
    return found


def expected(
    all_deposits: Iterable[Deposit], runs: Sequence[Run], outages: Sequence[Outage], release: float
) -> list[Deposit]:
    """Those that had to be found: the camera was seen from its film's beginning on, and after.

    Args:
        all_deposits: what was let go.
        runs: a deposit must be followed within its run.
        outages: of all cameras.
        release: in the film, s.
    """
    wanted = []
    for deposit in all_deposits:
        first = deposit.at - timedelta(seconds=release) - SETTLE
        last = deposit.at + FOLLOWED
        is_whole = any(
            run.camera == deposit.camera and run.begins <= deposit.at and last <= run.ends
            for run in runs
        )
        is_disturbed = any(
            outage.camera == deposit.camera and outage.begins <= last and first <= outage.ends
            for outage in outages
        )
        if is_whole and not is_disturbed:
            wanted.append(deposit)
    return wanted


def starved(shares: Sequence[tuple[datetime, float]], cameras: Sequence[str]) -> list[Outage]:
    """When the machine had so little time that pictures were left out of judging.

    What is let go then may be missed, and that is another thing than a fault of the watch: it is
    told, and not held against it.

    Args:
        shares: share of the wanted analysis rates at moments, in order of time.
        cameras: all that share the machine.
    """
    found: list[tuple[datetime, datetime]] = []
    for (at, share), (after, _) in pairwise(shares):
        if share >= ENOUGH:
            continue
        if found and found[-1][1] == at:
            found[-1] = found[-1][0], after
        else:
            found.append((at, after))
    return [Outage(camera, *span) for span in found for camera in cameras]


def missed(wanted: Iterable[Deposit], found: Sequence[Deposit]) -> list[Deposit]:
    """Those that no event tells of."""
    return [deposit for deposit in wanted if not any(_is_it(deposit, event) for event in found)]


def delays(wanted: Sequence[Deposit], found: Sequence[Suspicion]) -> list[float]:
    """From the release in the film to the stored event, s, of those that were found; in order."""
    first = (
        min((event.stored for event in found if _is_it(deposit, event)), default=None)
        for deposit in wanted
    )
    return sorted(
        (stored - deposit.at).total_seconds()
        for deposit, stored in zip(wanted, first, strict=True)
        if stored is not None
    )


def _is_it(deposit: Deposit, event: Deposit) -> bool:
    return event.camera == deposit.camera and abs(event.at - deposit.at) <= NEAR


def unexplained(gaps: Iterable[Outage], outages: Sequence[Outage], gop: float) -> list[Outage]:
    """Gaps of clips longer than a group of pictures that no outage explains.

    Args:
        gaps: what clips declare.
        outages: what was done to the cameras; the time to come back counts as well.
        gop: s.
    """
    slack = timedelta(seconds=gop + 1)
    return [
        gap
        for gap in gaps
        if (gap.ends - gap.begins).total_seconds() > gop
        and not any(
            outage.camera == gap.camera
            and outage.begins - slack <= gap.begins
            and gap.ends <= outage.ends + slack
            for outage in outages
        )
    ]


def growth(samples: Sequence[float]) -> float | None:
    """By which share the last quarter is above the second one; None for too few samples.

    The first quarter is when everything is loaded and learnt.
    """
    quarter = len(samples) // 4
    if quarter < 3:
        return None
    before, after = samples[quarter : 2 * quarter], samples[-quarter:]
    return median(after) / median(before) - 1.0
