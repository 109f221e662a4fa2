"""What officers do with cases: opened by a person, moved by the table, with a history."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import PROVINCE, SYSTEM_ACTOR, Actor, Office
from litterwatch.service.asked import Asked
from litterwatch.service.canonical import JsonValue, plain
from litterwatch.service.cases.deadlines import Deadline, deadlines_of
from litterwatch.service.cases.facts import (
    OVERTAKEN,
    clockwork_of,
    day_of,
    facts_of,
    find_case,
    note_due,
    today_of,
    work_calendar,
)
from litterwatch.service.cases.history import append_case_entry
from litterwatch.service.cases.law import act_of
from litterwatch.service.cases.state import (
    BEFORE_DECISION,
    PROPOSALS,
    CaseState,
    Lane,
    Move,
    objection,
    target_of,
)
from litterwatch.service.cases.tables import CaseEventRow, CaseRow
from litterwatch.service.db import Database
from litterwatch.service.events.service import occurred_at
from litterwatch.service.evidence.looks import refuse
from litterwatch.service.local_time import LOCAL
from litterwatch.service.once import Once
from litterwatch.service.texts import N_

MAY_OPEN = frozenset({Office.REVIEWER, Office.CASE_OFFICER})
"""Who opens a case: never the machine."""


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case is opened on.

    Attributes:
        unit: code of the commune or ward that gets it.
        lane: whose camera or report it was.
        event_ids: events that people have confirmed; none for a report without one.
        occurred_on: day of the act where no event says it, None where nobody knows.
    """

    unit: str
    lane: Lane
    event_ids: Sequence[str] = ()
    occurred_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Doing:
    """Somebody is doing something in a transaction."""

    session: Session
    clock: Clock
    actor: Actor

    @property
    def today(self) -> date:
        return today_of(self.clock)

    def by_rule(self) -> "_Doing":
        """The machine goes on in the same transaction."""
        return _Doing(self.session, self.clock, SYSTEM_ACTOR)


def open_case(session: Session, clock: Clock, actor: Actor, new: NewCase) -> CaseRow:
    """Open a case in the caller's transaction: beside the verdict that it follows from.

    Raises:
        NotAllowed: the office or the unit, or the day has not come yet.
        NotFound: there is no such event.
        Conflict: an event belongs to a case already.
    """
    if actor.office not in MAY_OPEN or actor.unit not in (PROVINCE, new.unit) or not new.unit:
        raise NotAllowed(N_("This office does not open a case here."))
    occurred = occurred_at(session, new.event_ids)
    if len(occurred) != len(set(new.event_ids)):
        raise NotFound(N_("There is no such event to open a case on."))
    taken = select(CaseEventRow.event_id).where(CaseEventRow.event_id.in_(new.event_ids))
    if session.scalars(taken).first() is not None:
        raise Conflict(N_("An event belongs to one case only, and this one has a case."))
    days = [time.astimezone(LOCAL).date() for time in occurred.values() if time is not None]
    occurred_on = min(days) if days else new.occurred_on
    if occurred_on is not None and occurred_on > today_of(clock):
        raise NotAllowed(N_("The day of the act has not come yet."))
    now = clock.now()
    key = secrets.token_hex(16)
    row = CaseRow(
        id=key,
        state=CaseState.OPENED,
        version=0,
        unit=new.unit,
        lane=new.lane,
        occurred_on=occurred_on,
        fields={},
        opened_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        CaseEventRow(case_id=key, event_id=event, added_at=now) for event in new.event_ids
    )
    detail: dict[str, JsonValue] = {"events": sorted(new.event_ids), "lane": new.lane}
    _entry(_Doing(session, clock, actor), row, "open", source="", detail=detail)
    return row


def move_case(
    database: Database,
    clock: Clock,
    actor: Actor,
    case_id: str,
    move: Move,
    *,
    version: int,
    fields: dict[str, JsonValue] | None = None,
    once: Once | None = None,
) -> CaseState:
    """Do one move of the table; where the case is then.

    Args:
        database: where cases are kept.
        clock: when.
        actor: who.
        case_id: which case.
        move: what.
        version: of the case as the actor saw it.
        fields: what was typed in; days as "2026-11-27", amounts as whole VND.
        once: the caller's name for this order; the same one twice is carried out once.

    Raises:
        NotFound: there is no such case.
        Conflict: somebody has moved it since.
        NotAllowed: the table says no; the refusal is in the chain of custody.
    """
    typed = {name: plain(value) for name, value in (fields or {}).items()}
    with database.writing() as session:
        row = find_case(session, case_id, for_update=True)
        asked = Asked(version, once)
        if asked.is_done(session, row.version, OVERTAKEN):
            return row.state
        doing = _Doing(session, clock, actor)
        why_not = _objection(doing, row, move, typed)
        if why_not is None:
            _apply(doing, row, move, typed)
            asked.note(session, clock, case_id)
            return row.state
    return refuse(
        database,
        clock,
        actor,
        action="case.move",
        subject=case_id,
        why=why_not,
        detail={"move": move},
    )


def possible_moves(session: Session, clock: Clock, actor: Actor, case_id: str) -> list[Move]:
    """What this person could do now, were everything typed in that is needed."""
    row = find_case(session, case_id)
    facts = facts_of(session, row, today_of(clock))
    return [
        move
        for move in Move
        if (why := objection(move, facts, actor, {})) is None or why.startswith("Missing: ")
    ]


def case_deadlines(session: Session, case_id: str) -> list[Deadline]:
    """What must be done on this case by when."""
    return deadlines_of(clockwork_of(find_case(session, case_id)), work_calendar(session))


def expire_due(database: Database, clock: Clock) -> list[str]:
    """Note that limitation has passed, where it has; the ids of those cases."""
    with database.writing() as session:
        rows = session.scalars(
            select(CaseRow).where(CaseRow.state.in_(BEFORE_DECISION)).order_by(CaseRow.id)
        ).all()
        expired, doing = [], _Doing(session, clock, SYSTEM_ACTOR)
        for row in rows:
            if _objection(doing, row, Move.EXPIRE, {}) is None:
                _apply(doing, row, Move.EXPIRE, {})
                expired.append(row.id)
        return expired


def _objection(doing: _Doing, row: CaseRow, move: Move, typed: dict[str, JsonValue]) -> str | None:
    try:
        if move is Move.MAKE_RECORD and typed.get("act_id"):
            act = act_of(str(typed["act_id"]))
            if row.occurred_on is not None and not act.is_valid(row.occurred_on):
                return N_("This act was not in force on the day it is about.")
        for name in typed:
            if name.endswith("_on"):
                day_of(typed, name, doing.today)
    except (NotAllowed, NotFound) as error:
        return str(error)
    return objection(move, facts_of(doing.session, row, doing.today), doing.actor, typed)


def _apply(doing: _Doing, row: CaseRow, move: Move, typed: dict[str, JsonValue]) -> None:
    today, source = doing.today, row.state
    row.state = target_of(move, facts_of(doing.session, row, today))
    row.previous = source if move in PROPOSALS or move is Move.TRANSFER else None
    row.proposed_by = doing.actor.id if move in PROPOSALS else None
    for name in ("taken_on", "identified_on", "record_on"):
        if name in typed:
            setattr(row, name, day_of(typed, name, today))
    _take_effect(row, doing.actor, move, typed)
    row.fields = {**row.fields, move: typed}
    if row.state is CaseState.CLOSED:
        row.closed_at = doing.clock.now()
    _entry(doing, row, move, source=source, detail=typed)
    if move is Move.MAKE_RECORD:
        begin = Move.BEGIN_EXPLANATION
        if _objection(doing.by_rule(), row, begin, {}) is None:
            _apply(doing.by_rule(), row, begin, {})


def _take_effect(row: CaseRow, actor: Actor, move: Move, typed: dict[str, JsonValue]) -> None:
    """What a move changes besides the state."""
    match move:
        case Move.EXTEND:
            row.is_extended = True
        case Move.TRANSFER:
            row.target_unit = str(typed["target_unit"])
        case Move.ACCEPT:
            assert row.target_unit is not None
            row.unit, row.target_unit, row.was_transferred = row.target_unit, None, True
            row.taken_on, row.is_extended = None, False
        case Move.RETURN:
            row.target_unit = None
        case Move.MAKE_RECORD:
            row.act_id, row.recorded_by = str(typed["act_id"]), actor.id
        case _:
            pass


def _entry(
    doing: _Doing, row: CaseRow, move: str, *, source: str, detail: dict[str, JsonValue]
) -> None:
    row.version, row.updated_at = row.version + 1, doing.clock.now()
    note_due(row, work_calendar(doing.session))
    append_case_entry(
        doing.session,
        doing.clock,
        doing.actor,
        case_id=row.id,
        move=move,
        source=source,
        target=row.state,
        detail=detail,
    )
