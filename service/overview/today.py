"""What needs somebody today: one number each, with the way to what it counts."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import count_since
from litterwatch.service.cases.reading import CaseFilter, Due, count_due
from litterwatch.service.exports.book import (
    BookFilter,
    Stage,
    count_exports,
    count_for_agreement,
)
from litterwatch.service.local_time import LOCAL
from litterwatch.service.overview.endings import endings
from litterwatch.service.overview.live import LiveStatus
from litterwatch.service.reports.inbox import ReportFilter, count_reports
from litterwatch.service.reports.tables import ReportState
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.reviews.kept import Kept, newest
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.sites.places import Register
from litterwatch.service.sites.service import Fault, faults
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, Role, areas, is_allowed
from litterwatch.service.webhooks.service import counts
from litterwatch.service.webhooks.tables import DeliveryState

_EXPIRES: Final = timedelta(days=30)
_DAY: Final = timedelta(days=1)


class Need(StrEnum):
    """What can need somebody."""

    TO_SCREEN = "to_screen"
    TAKEN = "taken"
    TO_CONFIRM = "to_confirm"
    NEEDS_MORE = "needs_more"
    ENDING = "ending"
    CASES_OVERDUE = "cases_overdue"
    CASES_SOON = "cases_soon"
    TO_AGREE = "to_agree"
    PACKAGES = "packages"
    REPORTS = "reports"
    CAMERAS = "cameras"
    NOT_WATCHING = "not_watching"
    PAPERS = "papers"
    DISK = "disk"
    WEBHOOKS = "webhooks"
    REFUSALS = "refusals"


WORDS: Final[Mapping[Need, str]] = {
    Need.TO_SCREEN: N_("To screen"),
    Need.TAKEN: N_("Taken by you"),
    Need.TO_CONFIRM: N_("Wait for a second person"),
    Need.NEEDS_MORE: N_("Need more"),
    Need.ENDING: N_("Evidence ends within 7 days"),
    Need.CASES_OVERDUE: N_("Cases overdue"),
    Need.CASES_SOON: N_("Cases due soon"),
    Need.TO_AGREE: N_("Unblurred exports wait for your word"),
    Need.PACKAGES: N_("Packages of yours to fetch"),
    Need.REPORTS: N_("Reports to settle"),
    Need.CAMERAS: N_("Cameras that do not watch"),
    Need.NOT_WATCHING: N_("The watch has stopped"),
    Need.PAPERS: N_("Cameras whose papers end within 30 days"),
    Need.DISK: N_("Free on the disk"),
    Need.WEBHOOKS: N_("Messages to other systems given up"),
    Need.REFUSALS: N_("Refused in the last 24 hours"),
}
ADDRESSES: Final[Mapping[Need, str]] = {
    Need.TO_SCREEN: "/events",
    Need.TAKEN: "/events?state=triaging&mine=true",
    Need.TO_CONFIRM: "/events?state=proposed",
    Need.NEEDS_MORE: "/events?state=needs_more",
    Need.ENDING: "/ending",
    Need.CASES_OVERDUE: "/cases?due=overdue",
    Need.CASES_SOON: "/cases?due=soon",
    Need.TO_AGREE: "/exports?stage=waiting",
    Need.PACKAGES: "/exports?stage=ready&mine=true",
    Need.REPORTS: "/reports",
    Need.CAMERAS: "/wall?only=unwell",
    Need.NOT_WATCHING: "/wall",
    Need.PAPERS: "/sites",
    Need.DISK: "/wall#machine",
    Need.WEBHOOKS: "/webhooks",
    Need.REFUSALS: "/log?action=access.refused",
}


class Tone(StrEnum):
    """How much it matters."""

    CALM = "calm"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number: `text` is how it is written."""

    need: Need
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose day it is, and what is known about the machine.

    Attributes:
        live: how the watch is; None where none has ever run.
        folder: the data folder.
        reserve_bytes: room on the disk that evidence never takes.
        kept: counts of events.
    """

    person: Person
    clock: Clock
    live: LiveStatus | None
    folder: Path
    reserve_bytes: int
    kept: Kept

    def has(self, *roles: Role) -> bool:
        return any(grant.role in roles for grant in self.person.grants)


def today(session: Session, asking: Asking) -> list[Tile]:
    """Everything that needs this person, in the order of his work; nothing that is not his."""
    return [
        *_events(session, asking),
        *_cases(session, asking),
        *_exports(session, asking),
        *_reports(session, asking),
        *_cameras(session, asking),
        *_machine(session, asking),
        *_log(session, asking),
    ]


def disk_room(folder: Path, reserve_bytes: int) -> Tile:
    """How much room there is; bad where evidence cannot be stored any more."""
    usage = shutil.disk_usage(folder)
    tone = Tone.CALM
    if usage.free < 2 * reserve_bytes or usage.free < usage.total // 10:
        tone = Tone.WARNING
    if usage.free <= reserve_bytes:
        tone = Tone.BAD
    return Tile(Need.DISK, f"{usage.free / (1 << 30):.1f} GiB", tone)


def _events(session: Session, asking: Asking) -> Iterator[Tile]:
    person = asking.person
    if not is_allowed(person.grants, Permission.SEE_EVENTS):
        return
    seq = newest(session)
    states = asking.kept.counts(session, person, queue.Filter(), seq)
    if asking.has(Role.SCREENER):
        yield _count(Need.TO_SCREEN, states[ReviewState.NEW])
        taken = asking.kept.counts(session, person, queue.Filter(mine=True), seq)
        if taken[ReviewState.TRIAGING]:
            yield _count(Need.TAKEN, taken[ReviewState.TRIAGING])
    if asking.has(Role.REVIEWER):
        yield _count(Need.TO_CONFIRM, states[ReviewState.PROPOSED])
    if asking.has(Role.SCREENER, Role.REVIEWER):
        yield _count(Need.NEEDS_MORE, states[ReviewState.NEEDS_MORE])
    if asking.has(Role.SCREENER, Role.REVIEWER, Role.INSPECTOR):
        units = areas(person.grants, Permission.SEE_EVENTS)

        def ending() -> tuple[int, bool]:
            found = endings(session, units, asking.clock.now())
            return len(found.found), found.is_cut

        number, is_cut = asking.kept.for_a_while(("ending", units), ending)
        yield _count(Need.ENDING, number, Tone.WARNING, more=is_cut)


def _cases(session: Session, asking: Asking) -> Iterator[Tile]:
    grants = asking.person.grants
    if not is_allowed(grants, Permission.SEE_CASES):
        return
    day = asking.clock.now().astimezone(LOCAL).date()
    due = count_due(session, areas(grants, Permission.SEE_CASES), CaseFilter(), day)
    yield _count(Need.CASES_OVERDUE, due[Due.OVERDUE], Tone.BAD)
    yield _count(Need.CASES_SOON, due[Due.SOON], Tone.WARNING)


def _exports(session: Session, asking: Asking) -> Iterator[Tile]:
    person = asking.person
    if is_allowed(person.grants, Permission.AGREE_EXPORTS):
        units = areas(person.grants, Permission.AGREE_EXPORTS)
        waiting = count_for_agreement(session, units, person.user_id)
        if waiting:
            yield _count(Need.TO_AGREE, waiting, Tone.WARNING)
    if is_allowed(person.grants, Permission.EXPORT_EVIDENCE):
        mine = BookFilter(Stage.READY, asked_by=person.user_id)
        ready = count_exports(session, areas(person.grants, Permission.EXPORT_EVIDENCE), mine)
        if ready:
            yield _count(Need.PACKAGES, ready)


def _reports(session: Session, asking: Asking) -> Iterator[Tile]:
    grants = asking.person.grants
    if not is_allowed(grants, Permission.TAKE_REPORTS):
        return
    found = count_reports(session, areas(grants, Permission.TAKE_REPORTS), ReportFilter())
    yield _count(Need.REPORTS, found[ReportState.RECEIVED])


def _cameras(session: Session, asking: Asking) -> Iterator[Tile]:
    grants = asking.person.grants
    if not is_allowed(grants, Permission.SEE_SITES):
        return
    register = Register(session, areas(grants, Permission.SEE_SITES))
    if asking.live is not None:
        seen = [camera for camera in asking.live.cameras if register.sees(camera.id)]
        unwell = sum(not camera.is_well for camera in seen)
        yield _count(Need.CAMERAS, unwell, Tone.BAD)
        if not asking.live.is_running:
            yield Tile(Need.NOT_WATCHING, "!", Tone.BAD)
    if is_allowed(grants, Permission.MANAGE_SITES):
        day = (asking.clock.now() + _EXPIRES).astimezone(LOCAL).date()
        entries = [camera for listed in register.cameras.values() for camera in listed]
        expiring = sum(Fault.EXPIRED in faults(camera, day) for camera in entries)
        yield _count(Need.PAPERS, expiring, Tone.WARNING)


def _machine(session: Session, asking: Asking) -> Iterator[Tile]:
    if asking.has(Role.ADMINISTRATOR, Role.INSPECTOR):
        yield disk_room(asking.folder, asking.reserve_bytes)
    if is_allowed(asking.person.grants, Permission.MANAGE_WEBHOOKS):
        given_up = sum(number.get(DeliveryState.DEAD, 0) for number in counts(session).values())
        if given_up:
            yield _count(Need.WEBHOOKS, given_up, Tone.BAD)


def _log(session: Session, asking: Asking) -> Iterator[Tile]:
    if is_allowed(asking.person.grants, Permission.SEE_LOG):
        refused = count_since(session, "access.refused", asking.clock.now() - _DAY)
        yield _count(Need.REFUSALS, refused)


def _count(need: Need, number: int, tone: Tone = Tone.CALM, *, more: bool = False) -> Tile:
    return Tile(need, f"{number}{'+' if more else ''}", tone if number else Tone.CALM)
