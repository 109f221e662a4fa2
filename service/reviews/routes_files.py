"""Evidence files, piece by piece if asked; every look is in the log before the first byte."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, JSONResponse, Response

from litterwatch.detector.errors import NotFound
from litterwatch.service.desk.access import GLANCE, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.events.service import event_with_footage
from litterwatch.service.evidence.derived import CopyState
from litterwatch.service.evidence.sealed import require_size
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.reviews.conditions import PREVIEWED, seen_file
from litterwatch.service.reviews.view import STILLS
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission

router = APIRouter(prefix="/events/{event_id}", include_in_schema=False)


def _look(action: str, subject: str) -> Any:
    return Depends(Look(Permission.SEE_EVENTS, action, subject, is_file=True))


OpenedFile = Annotated[Visit, _look("file.opened", "file:{event_id}/{role}")]
OpenedPreview = Annotated[Visit, _look(PREVIEWED, "event:{event_id}")]
OpenedClip = Annotated[Visit, _look("clip.opened", "event:{event_id}")]


@router.get("/files/{role}")
def original(visit: OpenedFile, event_id: str, role: Role) -> Response:
    """A file as it was stored."""
    row = _row(visit, event_id, role)
    return _file(require_size(visit.desk.root, row), row.media_type, row.sha256)


@router.get("/previews/{role}")
def preview(visit: OpenedPreview, event_id: str, role: Role) -> Response:
    """A small picture of a still."""
    if role not in STILLS:
        raise NotFound(N_("There is no such file."))
    row = _row(visit, event_id, role)
    # Small, and asked for by the dozen: read here, not piece by piece in other threads.
    return Response(
        visit.desk.derived.preview(row).read_bytes(),
        media_type="image/jpeg",
        headers={
            "ETag": f'"preview-{row.sha256}"',
            # As long as the log takes pieces for one look, the browser may keep it.
            "Cache-Control": f"private, max-age={int(GLANCE.total_seconds())}",
        },
    )


@router.get("/clip")
def clip(visit: OpenedClip, event_id: str) -> Response:
    """What a browser can play: the original, or a working copy of it."""
    row, codec = _clip(visit, event_id)
    _, path = visit.desk.derived.playable(row, codec)
    if path is None:
        raise NotFound(N_("The copy for viewing is not ready yet."))
    return _file(path, "video/mp4", f"play-{row.sha256}")


@router.get("/clip-state")
def clip_state(visit: OpenedClip, event_id: str) -> Response:
    """Whether there is something to play."""
    row, codec = _clip(visit, event_id)
    state, _ = visit.desk.derived.playable(row, codec)
    return JSONResponse({"state": CopyState(state)})


def _row(visit: Visit, event_id: str, role: Role) -> EvidenceRow:
    with visit.desk.database.reading() as session:
        return seen_file(session, visit.person, event_id, role)


def _clip(visit: Visit, event_id: str) -> tuple[EvidenceRow, str | None]:
    """The clip and the codec of its footage."""
    with visit.desk.database.reading() as session:
        row = seen_file(session, visit.person, event_id, Role.CLIP)
        _, footage = event_with_footage(session, event_id)
        return row, footage.codec


def _file(path: Path, media_type: str, tag: str) -> FileResponse:
    return FileResponse(path, headers={"ETag": f'"{tag}"'}, media_type=media_type)
