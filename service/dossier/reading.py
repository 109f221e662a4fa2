"""Reads what a dossier says: the case, its events, its papers, both chains, the place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError, NotAllowed
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.service.actor import SYSTEM_ACTOR
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.facts import events_of_case, find_case, missing_papers
from litterwatch.service.cases.history import case_history
from litterwatch.service.cases.tables import CaseRow, PaperRow
from litterwatch.service.db import Database
from litterwatch.service.desk.labels_exports import WHY_NOT
from litterwatch.service.desk.languages import VIETNAMESE, translated
from litterwatch.service.dossier.content import (
    Dossier,
    EventPrinted,
    FilePrinted,
    LogPrinted,
    PaperPrinted,
    Particulars,
    PicturePrinted,
    ReportPrinted,
)
from litterwatch.service.dossier.proposal import camera_of_case, site_of
from litterwatch.service.dossier.sketch import Sketch, sketch_of
from litterwatch.service.dossier.words import (
    CLOCKS,
    DETAILS,
    DONE,
    KINDS,
    MACHINE,
    MISSING,
    STATES,
    STILLS,
    WORDS,
)
from litterwatch.service.evidence.blur import blur_still
from litterwatch.service.evidence.copies import actor_box
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.masking import told_masked
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import CustodyRow, EvidenceRow, Role
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reports.tables import ReportRow, UploadRow, UploadState
from litterwatch.service.texts import N_
from litterwatch.service.users.service import names_of

_WHY_NOT: Final[Mapping[str, str]] = {str(code): text for code, text in WHY_NOT.items()}
_OF_THE_ACTOR = ("office", "unit")


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


def read_dossier(
    press: Press, session: Session, case_id: str, particulars: Particulars, *, unblurred: bool
) -> Dossier:
    """All that is printed, as it stands now. Raises as `make_dossier`."""
    row = find_case(session, case_id)
    events = events_of_case(session, case_id)
    kept = files_of(session, events)
    head = session.scalars(select(CustodyRow).order_by(CustodyRow.seq.desc()).limit(1)).one()
    subjects = (case_id, *events)
    custody = session.scalars(
        select(CustodyRow).where(CustodyRow.subject.in_(subjects)).order_by(CustodyRow.seq)
    ).all()
    history = case_history(session, case_id)
    names = names_of(session, {row.actor for row in custody} | {row.actor for row in history})
    names[SYSTEM_ACTOR.id] = MACHINE
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
                _who(names.get(each.actor, each.actor), {"office": each.office}),
                DONE.get(each.move, each.move),
                _told(each.detail),
                each.hash,
            )
            for each in history
        ],
        custody=[
            LogPrinted(
                each.seq,
                _local(each.at),
                _who(names.get(each.actor, each.actor), each.detail),
                DONE.get(each.action.removeprefix("case."), each.action),
                _told(each.detail),
                each.hash,
            )
            for each in custody
        ],
        head=(head.seq, head.hash),
        sketch=_sketch(session, case_id),
        reports=_reports(session, case_id),
    )


def _sketch(session: Session, case_id: str) -> Sketch | None:
    """Where the camera stands, else where a citizen saw it."""
    entry = camera_of_case(session, case_id)
    place = None if entry is None else site_of(session, entry)
    if place is not None and place.latitude is not None and place.longitude is not None:
        return sketch_of(place.name, place.latitude, place.longitude)
    for report in _report_rows(session, case_id):
        if report.latitude is not None and report.longitude is not None:
            return sketch_of(report.place, report.latitude, report.longitude)
    return None


def _report_rows(session: Session, case_id: str) -> Sequence[ReportRow]:
    rows = select(ReportRow).where(ReportRow.case_id == case_id)
    return session.scalars(rows.order_by(ReportRow.received_at, ReportRow.id)).all()


def _reports(session: Session, case_id: str) -> list[ReportPrinted]:
    found = []
    for report in _report_rows(session, case_id):
        uploads = select(UploadRow).where(
            UploadRow.report_id == report.id, UploadRow.state == UploadState.STORED
        )
        files = [
            FilePrinted(row.original_path, row.original_size or 0, row.original_sha256 or "")
            for row in session.scalars(uploads.order_by(UploadRow.received_at, UploadRow.id))
        ]
        found.append(ReportPrinted(_local(report.received_at), report.place, report.text, files))
    return found


def _event(press: Press, rows: dict[Role, EvidenceRow], *, unblurred: bool) -> EventPrinted:
    if Role.MANIFEST not in rows:
        raise NotAllowed(N_("The evidence of an event of this case is gone: nothing to print."))
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
        is_masked=told_masked(manifest),
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


def _who(name: str, detail: Mapping[str, JsonValue]) -> str:
    """The name, and the office somebody acted in where the row says it."""
    office = detail.get("office")
    is_person = isinstance(office, str) and office in WORDS and name != MACHINE
    return f"{name} ({WORDS[str(office)]})" if is_person else name


def _told(detail: Mapping[str, JsonValue]) -> str:
    """Every value but who acted, with a word for what it is where there is one."""
    return "; ".join(
        f"{DETAILS.get(key, key)}: {_coded(key, detail[key])}"
        for key in sorted(detail)
        if key not in _OF_THE_ACTOR and detail[key] not in (None, [], {})
    )


def _coded(key: str, value: JsonValue) -> str:
    """What the program wrote in words of its own is said in Vietnamese; what people typed stays."""
    text = str(value)
    if key in ("move", "refused"):
        return DONE.get(text.removeprefix("case."), text)
    if key == "why":
        return translated(VIETNAMESE, _WHY_NOT.get(text, text))
    return _value(value)


def _value(value: JsonValue) -> str:
    """Files are told by the beginning of their hash: the list of files has all of it."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, Mapping):
        return ", ".join(
            f"{DETAILS.get(key, key.rpartition('/')[2])} {_value(value[key])[:16]}" for key in value
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(each) for each in value)
    return WORDS.get(str(value), str(value))


def _local(time: datetime) -> str:
    return time.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S")
