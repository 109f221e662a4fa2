"""The cleaning of places, beside the cases that they belong to."""

import tempfile
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from litterwatch.detector.errors import InvalidInput, NotFound
from litterwatch.service.cases.cleaning import LARGEST_PHOTO, MAY_REPORT, move_place, report_place
from litterwatch.service.cases.forms import read_fields
from litterwatch.service.cases.reading import visible_case
from litterwatch.service.cases.site_track import SITE_TABLE, SiteMove
from litterwatch.service.cases.tables import SiteTrackRow
from litterwatch.service.desk.access import Change
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.uploading import (
    ChangeWithFiles,
    files_in,
    form_of,
    pieces_of,
    text_in,
)
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reports.sandbox import UploadLimits, clean_copy
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(include_in_schema=False)

_LIMITS: Final = UploadLimits(size=40 << 20, seconds=1, output=LARGEST_PHOTO)
Reporting = Annotated[Visit, Depends(Change(Permission.CLEAN_PLACES))]
Moving = Annotated[Visit, Depends(ChangeWithFiles(Permission.CLEAN_PLACES))]


@router.post("/cases/{case_id}/places")
def report(visit: Reporting, case_id: str, place: Annotated[str, Form(max_length=500)]) -> Response:
    """A place that must be cleaned, whatever becomes of the case."""
    desk = visit.desk
    if not place.strip():
        raise InvalidInput(N_("Write where the place is."))
    with desk.database.writing() as session:
        seen = areas(visit.visitor.grants, Permission.SEE_CASES)
        row = visible_case(session, seen, case_id)
        actor = acting(visit, MAY_REPORT, row.unit)
        report_place(session, desk.clock, actor, unit=row.unit, place=place, case_id=case_id)
    return RedirectResponse(f"/cases/{case_id}#places", 303)


@router.post("/places/{track_id}/moves")
def move(request: Request, visit: Moving, track_id: str) -> Response:
    """One move of the cleaning, with a photo where it needs one."""
    desk, form = visit.desk, form_of(request)
    row = _row(visit, track_id)
    wanted = _move(text_in(form, "move"))
    rule = SITE_TABLE[wanted]
    today = desk.clock.now().astimezone(LOCAL).date()
    texts = {name: text_in(form, name) for name in rule.needs}
    fields = read_fields(rule.needs, rule.needs, texts, today)
    photos = files_in(form, "photo")
    if rule.has_photo and not photos:
        raise InvalidInput(N_("This step needs a photo of the place."))
    version = text_in(form, "version")
    move_place(
        desk.database,
        desk.clock,
        acting(visit, rule.offices, row.unit),
        track_id,
        wanted,
        version=int(version) if version.isascii() and version.isdigit() else -1,
        fields=fields,
        photo=_clean(photos[0]) if photos else None,
    )
    return RedirectResponse(f"/cases/{row.case_id}#places", 303)


def _row(visit: Visit, track_id: str) -> SiteTrackRow:
    with visit.desk.database.reading() as session:
        row = session.get(SiteTrackRow, track_id)
        seen = areas(visit.visitor.grants, Permission.CLEAN_PLACES)
        if row is None or (seen is not None and row.unit not in seen):
            raise NotFound(N_("There is no such place."))
        return row


def _move(text: str) -> SiteMove:
    try:
        return SiteMove(text)
    except ValueError as error:
        raise InvalidInput(N_("The request does not say what it must.")) from error


def _clean(file: UploadFile) -> bytes:
    """The photo as a JPEG that says nothing about the telephone that took it."""
    with tempfile.TemporaryDirectory() as folder:
        upload, copy = Path(folder) / "upload", Path(folder) / "copy"
        size = 0
        with upload.open("wb") as out:
            for piece in pieces_of(file):
                size += len(piece)
                if size > _LIMITS.size:
                    raise InvalidInput(N_("The photo is too large."))
                out.write(piece)
        if clean_copy(upload, copy, _LIMITS).media_type != "image/jpeg":
            raise InvalidInput(N_("This step needs a photo of the place."))
        return copy.read_bytes()
