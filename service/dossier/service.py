"""Prints a dossier for somebody who may have it, and notes in both chains that it was printed."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.service.actor import PROVINCE, Actor
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.facts import events_of_case, find_case
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.cases.particulars import MAY_KNOW
from litterwatch.service.dossier.content import Particulars, Parts
from litterwatch.service.dossier.page import print_dossier
from litterwatch.service.dossier.reading import Press, read_dossier
from litterwatch.service.evidence.custody_tables import ExportRow, ExportState
from litterwatch.service.evidence.looks import note, refuse
from litterwatch.service.texts import N_

__all__ = ["Press", "make_dossier"]


def make_dossier(
    press: Press,
    actor: Actor,
    case_id: str,
    particulars: Particulars,
    *,
    unblurred: bool = False,
    parts: Parts = Parts.ALL,
) -> bytes:
    """The dossier of a case, PDF, every page marked as a draft.

    Args:
        press: what it is printed with.
        actor: who.
        case_id: which case.
        particulars: typed in by the officer; blanks stay blank.
        unblurred: whether stills are printed as they were stored; a second person must have agreed
            to an unblurred export of each event before.
        parts: the whole dossier, or the result record alone.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the office, the unit, or nobody agreed; the refusal is in the chain.
        EvidenceIntegrityError: a still is not as it was stored.
        EvidenceError, ModelError: a picture cannot be read or blurred.
    """
    with press.database.reading() as session:
        row = find_case(session, case_id)
        events = events_of_case(session, case_id)
        agreed = all(_was_agreed(session, event) for event in events)
    why_not = None
    if actor.office not in MAY_KNOW or actor.unit not in (PROVINCE, row.unit):
        why_not = N_("This office prints no dossier of this case.")
    elif unblurred and not agreed:
        why_not = N_("A second person must agree to an unblurred export of each event first.")
    if why_not is not None:
        action = "dossier.print"
        refuse(press.database, press.clock, actor, action=action, subject=case_id, why=why_not)
    with press.database.writing() as session:
        detail: dict[str, JsonValue] = {
            "case": case_id,
            "is_unblurred": unblurred,
            "parts": parts,
        }
        for event in events:
            note(
                session,
                press.clock,
                actor,
                action="dossier.printed",
                subject=event,
                detail=detail,
            )
        note_twice(
            session,
            press.clock,
            actor,
            action="dossier.printed",
            kind="case",
            subject=case_id,
            detail=detail,
        )
    with press.database.reading() as session:
        read = read_dossier(press, session, case_id, particulars, unblurred=unblurred)
        return print_dossier(replace(read, parts=parts))


def _was_agreed(session: Session, event_id: str) -> bool:
    agreed = select(ExportRow.id).where(
        ExportRow.event_id == event_id,
        ExportRow.is_unblurred,
        ExportRow.state.in_([ExportState.APPROVED, ExportState.DONE]),
    )
    return session.scalar(agreed.limit(1)) is not None
