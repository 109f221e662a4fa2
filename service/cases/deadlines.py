"""What must be done by when, from what officers have typed in; nothing is done by itself."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from litterwatch.service.cases.calendar import WorkCalendar
from litterwatch.service.cases.law import Domain, LimitKind, limit_on
from litterwatch.service.cases.state import BEFORE_DECISION, CaseState


class Urgency(StrEnum):
    """How a deadline stands today."""

    AHEAD = "ahead"
    WARNING = "warning"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The days a case's deadlines are counted from; None where nobody has typed one in.

    Attributes:
        state: of the case.
        occurred_on: day of the act.
        taken_on: day on which verification began.
        identified_on: day on which the person involved became known.
        record_on: day of the record.
        domain: of the act that was chosen; environment before.
        is_extended, is_complex, was_transferred, may_explain: what lengthens a limit.
    """

    state: CaseState
    occurred_on: date | None
    taken_on: date | None = None
    identified_on: date | None = None
    record_on: date | None = None
    domain: Domain = Domain.ENVIRONMENT
    is_extended: bool = False
    is_complex: bool = False
    was_transferred: bool = False
    may_explain: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """One time limit of a case.

    Attributes:
        kind: which.
        due: its last day.
        warn_on: from which day on to warn.
        basis: where it stands.
        is_certain: whether all days off up to then are known.
    """

    kind: LimitKind
    due: date
    warn_on: date
    basis: str
    is_certain: bool

    def urgency(self, today: date) -> Urgency:
        """How it stands."""
        if today > self.due:
            return Urgency.OVERDUE
        return Urgency.WARNING if today >= self.warn_on else Urgency.AHEAD


def limitation_of(days: Clockwork) -> date | None:
    """The last day on which a sanction is possible; None where the day of the act is unknown."""
    return None if days.occurred_on is None else _end(_limitation_kind(days), days.occurred_on)


def deadlines_of(days: Clockwork, calendar: WorkCalendar) -> list[Deadline]:
    """What runs now, the nearest first."""
    found: list[Deadline] = []
    if days.state is CaseState.VERIFYING and days.taken_on is not None:
        kind = LimitKind.VERIFICATION_EXTENDED if days.is_extended else LimitKind.VERIFICATION
        found.append(_deadline(kind, days.taken_on, calendar))
    if days.state in (CaseState.IDENTIFIED, CaseState.NOTIFIED) and days.identified_on is not None:
        warning = _deadline(LimitKind.RECORD_WARNING, days.identified_on, calendar)
        record = _deadline(LimitKind.RECORD, days.identified_on, calendar)
        found.append(
            Deadline(record.kind, record.due, warning.due, record.basis, record.is_certain)
        )
    if days.record_on is not None:
        if days.state is CaseState.EXPLANATION:
            found.append(_deadline(LimitKind.EXPLANATION, days.record_on, calendar))
        if days.state in (CaseState.RECORD_MADE, CaseState.EXPLANATION):
            found.append(_deadline(_decision_kind(days), days.record_on, calendar))
    if days.state in BEFORE_DECISION and days.occurred_on is not None:
        found.append(_limitation(days, days.occurred_on))
    return sorted(found, key=lambda deadline: (deadline.due, deadline.kind))


def _decision_kind(days: Clockwork) -> LimitKind:
    if days.is_complex:
        return LimitKind.DECISION_COMPLEX
    if days.may_explain:
        return LimitKind.DECISION_EXPLANATION
    return LimitKind.DECISION_TRANSFERRED if days.was_transferred else LimitKind.DECISION


def _limitation_kind(days: Clockwork) -> LimitKind:
    is_traffic = days.domain is Domain.TRAFFIC
    return LimitKind.LIMITATION_TRAFFIC if is_traffic else LimitKind.LIMITATION_ENVIRONMENT


_ANY_DAY = WorkCalendar({}, frozenset())


def _end(kind: LimitKind, start: date) -> date:
    """Limitation is no time to act in: its end is not moved to a working day."""
    limit = limit_on(kind, start)
    return _ANY_DAY.span(start, limit.amount, limit.unit)


def _limitation(days: Clockwork, occurred_on: date) -> Deadline:
    kind = _limitation_kind(days)
    due = _end(kind, occurred_on)
    warn_on = _ANY_DAY.span(due, -3, limit_on(kind, occurred_on).unit)
    return Deadline(kind, due, warn_on, limit_on(kind, occurred_on).basis, is_certain=True)


def _deadline(kind: LimitKind, start: date, calendar: WorkCalendar) -> Deadline:
    limit = limit_on(kind, start)
    due = calendar.after(start, limit.amount, limit.unit)
    warn_on = calendar.working_day_before(due)
    return Deadline(kind, due, warn_on, limit.basis, calendar.covers(start, due))
