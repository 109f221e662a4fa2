"""Evidence as a case shows it: whoever has the case sees it, also after a hand-over.

Every look is in the log before the first byte, as for the page of an event.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, JSONResponse, Response

from litterwatch.detector.errors import NotFound
from litterwatch.service.cases.facts import events_of_case
from litterwatch.service.cases.reading import visible_case
from litterwatch.service.cases.tables import SiteEntryRow, SiteTrackRow
from litterwatch.service.desk.access import GLANCE, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.events.service import event_with_footage
from litterwatch.service.evidence.derived import CopyState
from litterwatch.service.evidence.sealed import require_size
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.reviews.view import STILLS
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(include_in_schema=False)

EVENT = "/cases/{case_id}/events/{event_id}"


def _look(action: str, subject: str) -> Any:
    return Depends(Look(Permission.SEE_CASE_FILES, action, subject, is_file=True))


OpenedFile = Annotated[Visit, _look("file.opened", "file:{event_id}/{role}")]
OpenedPreview = Annotated[Visit, _look("preview.opened", "event:{event_id}")]
OpenedClip = Annotated[Visit, _look("clip.opened", "event:{event_id}")]
OpenedPhoto = Annotated[
    Visit,
    Depends(Look(Permission.SEE_CASES, "photo.opened", "place:{track_id}/{number}", is_file=True)),
]


@router.get(EVENT + "/files/{role}")
def original(visit: OpenedFile, case_id: str, event_id: str, role: Role) -> Response:
    """A file as it was stored."""
    row, _ = _row(visit, case_id, event_id, role)
    path = require_size(visit.desk.root, row)
    return FileResponse(path, headers={"ETag": f'"{row.sha256}"'}, media_type=row.media_type)


@router.get(EVENT + "/previews/{role}")
def preview(visit: OpenedPreview, case_id: str, event_id: str, role: Role) -> Response:
    """A small picture of a still."""
    if role not in STILLS:
        raise NotFound(N_("There is no such file."))
    row, _ = _row(visit, case_id, event_id, role)
    kept = f"private, max-age={int(GLANCE.total_seconds())}"
    return FileResponse(
        visit.desk.derived.preview(row),
        headers={"ETag": f'"preview-{row.sha256}"', "Cache-Control": kept},
        media_type="image/jpeg",
    )


@router.get(EVENT + "/clip")
def clip(visit: OpenedClip, case_id: str, event_id: str) -> Response:
    """What a browser can play: the original, or a working copy of it."""
    row, codec = _row(visit, case_id, event_id, Role.CLIP)
    _, path = visit.desk.derived.playable(row, codec)
    if path is None:
        raise NotFound(N_("The copy for viewing is not ready yet."))
    return FileResponse(path, headers={"ETag": f'"play-{row.sha256}"'}, media_type="video/mp4")


@router.get(EVENT + "/clip-state")
def clip_state(visit: OpenedClip, case_id: str, event_id: str) -> Response:
    """Whether there is something to play."""
    row, codec = _row(visit, case_id, event_id, Role.CLIP)
    state, _ = visit.desk.derived.playable(row, codec)
    return JSONResponse({"state": CopyState(state)})


@router.get("/places/{track_id}/photos/{number}")
def photo(visit: OpenedPhoto, track_id: str, number: int) -> Response:
    """A photo that came with a step of the cleaning."""
    with visit.desk.database.reading() as session:
        track = session.get(SiteTrackRow, track_id)
        entry = session.get(SiteEntryRow, (track_id, number))
        seen = areas(visit.visitor.grants, Permission.SEE_CASES)
        is_seen = track is not None and (seen is None or track.unit in seen)
        content = entry.photo if entry is not None and is_seen else None
    if content is None:
        raise NotFound(N_("There is no such file."))
    return Response(content, media_type="image/jpeg")


def _row(visit: Visit, case_id: str, event_id: str, role: Role) -> tuple[EvidenceRow, str | None]:
    with visit.desk.database.reading() as session:
        visible_case(session, areas(visit.visitor.grants, Permission.SEE_CASE_FILES), case_id)
        if event_id not in events_of_case(session, case_id):
            raise NotFound(N_("There is no such event."))
        row = files_of(session, [event_id])[event_id].get(role)
        if row is None:
            raise NotFound(N_("There is no such file."))
        _, footage = event_with_footage(session, event_id)
        return row, footage.codec
