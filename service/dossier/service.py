"""Reads what a dossier needs, prints it, and notes in the chain of custody that it was printed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError, NotAllowed
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.service.actor import PROVINCE, Actor
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.facts import events_of_case, find_case, missing_papers
from litterwatch.service.cases.history import case_history
from litterwatch.service.cases.particulars import MAY_KNOW
from litterwatch.service.cases.tables import CaseRow, PaperRow
from litterwatch.service.db import Database
from litterwatch.service.dossier.content import (
    Dossier,
    EventPrinted,
    FilePrinted,
    LogPrinted,
    PaperPrinted,
    Particulars,
    PicturePrinted,
)
from litterwatch.service.dossier.page import print_dossier
from litterwatch.service.dossier.words import CLOCKS, DONE, KINDS, MISSING, STATES, STILLS
from litterwatch.service.evidence.blur import blur_still
from litterwatch.service.evidence.copies import actor_box
from litterwatch.service.evidence.custody_tables import ExportRow, ExportState
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.looks import note, refuse
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import CustodyRow, EvidenceRow, Role
from litterwatch.service.local_time import LOCAL


@dataclass(frozen=True, slots=True)
class Press:
    """What dossiers are printed with.

    Attributes:
        root: the data folder.
        database: where rows are kept.
        clock: when.
        detector: sees whom to blur.
    """

    root: Path
    database: Database
    clock: Clock
    detector: ObjectDetector


def make_dossier(
    press: Press, actor: Actor, case_id: str, particulars: Particulars, *, unblurred: bool = False
) -> bytes:
    """The dossier of a case, PDF, every page marked as a draft.

    Args:
        press: what it is printed with.
        actor: who.
        case_id: which case.
        particulars: typed in by the officer; blanks stay blank.
        unblurred: whether stills are printed as they were stored; a second person must have agreed
            to an unblurred export of each event before.

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
        why_not = "This office prints no dossier of this case."
    elif unblurred and not agreed:
        why_not = "A second person must agree to an unblurred export of each event first."
    if why_not is not None:
        action = "dossier.print"
        refuse(press.database, press.clock, actor, action=action, subject=case_id, why=why_not)
    with press.database.writing() as session:
        for subject in (case_id, *events):
            note(
                session,
                press.clock,
                actor,
                action="dossier.printed",
                subject=subject,
                detail={"case": case_id, "is_unblurred": unblurred},
            )
    with press.database.reading() as session:
        return print_dossier(_read(press, session, case_id, particulars, unblurred=unblurred))


def _read(
    press: Press, session: Session, case_id: str, particulars: Particulars, *, unblurred: bool
) -> Dossier:
    row = find_case(session, case_id)
    events = events_of_case(session, case_id)
    kept = files_of(session, events)
    head = session.scalars(select(CustodyRow).order_by(CustodyRow.seq.desc()).limit(1)).one()
    subjects = (case_id, *events)
    custody = session.scalars(
        select(CustodyRow).where(CustodyRow.subject.in_(subjects)).order_by(CustodyRow.seq)
    )
    return Dossier(
        case_id=case_id,
        state=STATES[row.state],
        printed_at=_local(press.clock.now()),
        particulars=particulars,
        events=[_event(press, kept[event], unblurred=unblurred) for event in events],
        papers=_index(session, row),
        missing=[MISSING[each] for each in missing_papers(session, row)],
        history=[
            LogPrinted(
                each.number,
                _local(each.at),
                each.actor,
                DONE.get(each.move, each.move),
                _told(each.detail),
                each.hash,
            )
            for each in case_history(session, case_id)
        ],
        custody=[
            LogPrinted(
                each.seq,
                _local(each.at),
                each.actor,
                DONE.get(each.action.removeprefix("case."), each.action),
                _told(each.detail),
                each.hash,
            )
            for each in custody
        ],
        head=(head.seq, head.hash),
    )


def _event(press: Press, rows: dict[Role, EvidenceRow], *, unblurred: bool) -> EventPrinted:
    if Role.MANIFEST not in rows:
        raise NotAllowed("The evidence of an event of this case is gone: nothing to print.")
    manifest = _checked(press.root, rows[Role.MANIFEST])
    told = json.loads(manifest)
    released = told["clock"].get("released_at")
    pictures = [
        PicturePrinted(
            STILLS[role],
            rows[role].t_start,
            _still(press, rows[role], manifest, unblurred=unblurred),
        )
        for role in (Role.STILL_BEFORE, Role.STILL_ACT, Role.STILL_AFTER)
        if role in rows
    ]
    return EventPrinted(
        id=told["event_id"],
        occurred_at=None if released is None else _local(datetime.fromisoformat(released)),
        clock=CLOCKS[released is not None],
        kind=KINDS[told["event"]["kind"]],
        source=told["source"]["name"],
        release=told["event"]["t_release"],
        model=f"{told['model']['name']} {told['model']['sha256'][:12]}",
        software=f"{told['software']['name']} {told['software']['version']}",
        files=[
            FilePrinted(row.path.rpartition("/")[2], row.size, row.sha256)
            for _, row in sorted(rows.items())
        ],
        pictures=pictures,
        are_blurred=not unblurred,
    )


def _still(press: Press, row: EvidenceRow, manifest: bytes, *, unblurred: bool) -> bytes:
    content = _checked(press.root, row)
    if unblurred:
        return content
    actor = actor_box(manifest) if row.role is Role.STILL_ACT else None
    return blur_still(press.root / row.path, press.detector, [actor] if actor else [])


def _checked(root: Path, row: EvidenceRow) -> bytes:
    if sha256_of_file(root / row.path) != row.sha256:
        raise EvidenceIntegrityError(f"{row.path} is not as it was stored: see evidence check.")
    content = (root / row.path).read_bytes()
    assert sha256(content).hexdigest() == row.sha256
    return content


def _index(session: Session, row: CaseRow) -> Sequence[PaperPrinted]:
    papers, sheet = [], 1
    rows = select(PaperRow).where(PaperRow.case_id == row.id).order_by(PaperRow.number)
    for paper in session.scalars(rows):
        papers.append(PaperPrinted(paper.number, paper.title, sheet, sheet + paper.sheets - 1))
        sheet += paper.sheets
    return papers


def _was_agreed(session: Session, event_id: str) -> bool:
    agreed = select(ExportRow.id).where(
        ExportRow.event_id == event_id,
        ExportRow.is_unblurred,
        ExportRow.state.in_([ExportState.APPROVED, ExportState.DONE]),
    )
    return session.scalar(agreed.limit(1)) is not None


def _told(detail: Mapping[str, JsonValue]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True)


def _local(time: datetime) -> str:
    return time.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S")
