"""What officers note about a case besides its moves: people, papers, circumstances, holds."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.asked import ANYHOW, Asked
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.facts import (
    OVERTAKEN,
    events_of_case,
    find_case,
    note_due,
    today_of,
    work_calendar,
)
from litterwatch.service.cases.history import append_case_entry
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.cases.state import CaseState
from litterwatch.service.cases.tables import (
    CaseRow,
    IdentityRow,
    PaperKind,
    PaperRow,
)
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody_tables import HeldKind, HoldRow
from litterwatch.service.evidence.holds import holds_on, place_hold, release_hold
from litterwatch.service.evidence.looks import refuse
from litterwatch.service.evidence.service import files_of
from litterwatch.service.texts import N_
from litterwatch.service.vault import Vault

MAY_KNOW = frozenset({Office.CASE_OFFICER, Office.AUTHORITY, Office.INSPECTOR})
"""Who may read who is involved: not those who only look at pictures."""

MAY_WRITE = frozenset({Office.CASE_OFFICER})
"""Who notes people, papers and circumstances."""


def type_identity(
    session: Session, clock: Clock, actor: Actor, vault: Vault, *, case_id: str, text: str
) -> None:
    """Note who is involved, as an officer found out; nothing is looked up. Earlier words stay.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the office, another unit's case, a closed one, or nothing typed in.
    """
    row = _open_case(session, actor, case_id)
    if not text.strip():
        raise NotAllowed(N_("An identity is typed in by an officer: it is empty."))
    number = _count(session, IdentityRow, case_id) + 1
    sealed = vault.seal(text.strip())
    session.add(
        IdentityRow(
            case_id=case_id,
            number=number,
            sealed=sealed,
            typed_by=actor.id,
            typed_at=clock.now(),
        )
    )
    _note(session, clock, actor, row, move="type_identity", detail={"number": number})


def read_identity(
    database: Database, clock: Clock, actor: Actor, vault: Vault, case_id: str
) -> str | None:
    """Who is involved, the latest word; every look is in the chain of custody.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the office or the unit; the refusal is in the chain.
        EvidenceIntegrityError: it was changed, or its key is gone.
    """
    with database.reading() as session:
        row = find_case(session, case_id)
    if actor.office not in MAY_KNOW or actor.unit not in (PROVINCE, row.unit):
        why = N_("This office does not read who is involved.")
        refuse(database, clock, actor, action="identity.read", subject=case_id, why=why)
    with database.writing() as session:
        found = session.scalars(
            select(IdentityRow)
            .where(IdentityRow.case_id == case_id)
            .order_by(IdentityRow.number.desc())
            .limit(1)
        ).first()
        note_twice(
            session,
            clock,
            actor,
            action="identity.read",
            kind="case",
            subject=case_id,
            detail={},
        )
        return None if found is None else vault.open(found.sealed)


def add_paper(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    case_id: str,
    kind: PaperKind,
    title: str,
    sheets: int,
) -> int:
    """Put a paper into the dossier's index; its number.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the office, another unit's case, a closed one, no title, no sheet.
    """
    row = _open_case(session, actor, case_id)
    if not title.strip() or sheets < 1:
        raise NotAllowed(N_("A paper has a title and a sheet or more."))
    number = _count(session, PaperRow, case_id) + 1
    session.add(
        PaperRow(
            case_id=case_id,
            number=number,
            kind=kind,
            title=title.strip(),
            sheets=sheets,
            added_by=actor.id,
            added_at=clock.now(),
        )
    )
    detail: dict[str, JsonValue] = {"number": number, "kind": kind, "title": title.strip()}
    _note(session, clock, actor, row, move="add_paper", detail=detail)
    return number


def set_circumstances(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    case_id: str,
    reason: str,
    is_complex: bool | None = None,
    is_organisation: bool | None = None,
    may_be_minor: bool | None = None,
    occurred_on: date | None = None,
) -> None:
    """Note circumstances that change limits, bands and what may be shown; None leaves one alone.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the office, another unit's case, a closed one, no reason, or a day to come.
    """
    row = _open_case(session, actor, case_id)
    if occurred_on is not None and occurred_on > today_of(clock):
        raise NotAllowed(N_("The day of the act has not come yet."))
    if not reason.strip():
        raise NotAllowed(N_("Circumstances need a reason."))
    changes: dict[str, bool] = {
        name: value
        for name, value in (
            ("is_complex", is_complex),
            ("is_organisation", is_organisation),
            ("may_be_minor", may_be_minor),
        )
        if value is not None
    }
    for name, value in changes.items():
        setattr(row, name, value)
    told: dict[str, JsonValue] = {**changes, "reason": reason.strip()}
    if occurred_on is not None and occurred_on != row.occurred_on:
        row.occurred_on, told["occurred_on"] = occurred_on, occurred_on.isoformat()
    _note(
        session,
        clock,
        actor,
        row,
        move="set_circumstances",
        detail=told,
    )


def hold_case(  # noqa: PLR0917 - an order of its own kind, and how it is given
    session: Session,
    clock: Clock,
    actor: Actor,
    case_id: str,
    reason: str,
    asked: Asked = ANYHOW,
) -> None:
    """Put the evidence of every event of a case under hold, whether it is open or closed.

    Where it was held before, events that came to the case since are held as well.

    Raises:
        NotFound: there is no such case, or no evidence left.
        NotAllowed: the office, another unit's case, or no reason.
        Conflict: all of it is under hold already, or as `asked` has it.
    """
    row = _case_to_hold(session, actor, case_id)
    if asked.is_done(session, row.version, OVERTAKEN):
        return
    if not reason.strip():
        raise NotAllowed(N_("A hold needs a reason."))
    events = events_of_case(session, case_id)
    stored = [event for event, files in files_of(session, events).items() if files]
    if not stored:
        raise NotFound(N_("There is no evidence of this case any more."))
    held = {hold.event_id for hold in case_holds(session, case_id)}
    fresh = [event for event in stored if event not in held]
    if not fresh:
        raise Conflict(N_("This case is under hold already."))
    for event in fresh:
        place_hold(
            session,
            clock,
            actor,
            event_id=event,
            reason=reason,
            kind=HeldKind.CASE,
            subject=case_id,
        )
    detail: dict[str, JsonValue] = {"events": list(fresh), "reason": reason.strip()}
    _note(session, clock, actor, row, move="hold_evidence", detail=detail)
    asked.note(session, clock, case_id)


def release_case(  # noqa: PLR0917 - as above
    session: Session,
    clock: Clock,
    actor: Actor,
    case_id: str,
    reason: str,
    asked: Asked = ANYHOW,
) -> None:
    """End the hold on a case; other holds on the same events stand.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the office, another unit's case, no reason, or who placed the hold.
        Conflict: the case is not under hold, or as `asked` has it.
    """
    row = _case_to_hold(session, actor, case_id)
    if asked.is_done(session, row.version, OVERTAKEN):
        return
    of_case = case_holds(session, case_id)
    if not of_case:
        raise Conflict(N_("This case is not under hold."))
    if not reason.strip():
        raise NotAllowed(N_("Releasing a hold needs a reason."))
    if any(hold.placed_by == actor.id for hold in of_case):
        raise NotAllowed(N_("You have placed this hold yourself: a second person releases it."))
    for hold in of_case:
        release_hold(session, clock, actor, hold.id, reason)
    events: list[JsonValue] = [hold.event_id for hold in of_case]
    detail: dict[str, JsonValue] = {"events": events, "reason": reason.strip()}
    _note(session, clock, actor, row, move="release_evidence", detail=detail)
    asked.note(session, clock, case_id)


def case_holds(session: Session, case_id: str) -> list[HoldRow]:
    """The holds that stand on the events of a case for its sake, the oldest first."""
    held = holds_on(session, events_of_case(session, case_id))
    return [hold for hold in held if hold.subject == case_id]


def _case_to_hold(session: Session, actor: Actor, case_id: str) -> CaseRow:
    row = session.get(CaseRow, case_id, with_for_update=True)
    if row is None:
        raise NotFound(N_("There is no such case."))
    if actor.unit not in (PROVINCE, row.unit, row.target_unit):
        raise NotAllowed(N_("This is a case of another unit."))
    return row


def _open_case(session: Session, actor: Actor, case_id: str) -> CaseRow:
    row = session.get(CaseRow, case_id, with_for_update=True)
    if row is None:
        raise NotFound(N_("There is no such case."))
    if actor.office not in MAY_WRITE or actor.unit not in (PROVINCE, row.unit):
        raise NotAllowed(N_("Only a case officer of this unit notes this."))
    if row.state is CaseState.CLOSED:
        raise Conflict(N_("A closed case is not written in any more."))
    return row


def _count(session: Session, table: type[IdentityRow] | type[PaperRow], case_id: str) -> int:
    rows = select(func.count()).select_from(table).where(table.case_id == case_id)
    return session.scalar(rows) or 0


def _note(
    session: Session,
    clock: Clock,
    actor: Actor,
    row: CaseRow,
    *,
    move: str,
    detail: dict[str, JsonValue],
) -> None:
    row.version, row.updated_at = row.version + 1, clock.now()
    note_due(row, work_calendar(session))
    append_case_entry(
        session,
        clock,
        actor,
        case_id=row.id,
        move=move,
        source=row.state,
        target=row.state,
        detail=detail,
    )
