"""The state of the labels, and the page where boxes are drawn."""

import json
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from litterwatch.detector.types import Label
from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.labels.pictures import picture_of
from litterwatch.service.labels.service import done_by, neighbours, own_marking
from litterwatch.service.labels.tables import LabelRow
from litterwatch.service.labels.view import labels_page
from litterwatch.service.users.roles import Permission

router = APIRouter(prefix="/labelling", include_in_schema=False)

SeenState = Annotated[Visit, Depends(Look(Permission.SEE_LABELS, "labels.viewed", "labels:all"))]
SeenMarking = Annotated[
    Visit, Depends(Look(Permission.MARK_PICTURES, "marking.viewed", "marking:{marking_id}"))
]
OpenedPicture = Annotated[
    Visit,
    Depends(Look(Permission.MARK_PICTURES, "marking.opened", "marking:{marking_id}", is_file=True)),
]
Marking = Annotated[Visit, Depends(Change(Permission.MARK_PICTURES))]


@router.get("")
def state_page(visit: SeenState, *, empty: bool = False) -> HTMLResponse:
    """What waits, what is verified, how far people agree, what is missing."""
    return labels_page(visit, is_empty=empty)


@router.post("/next")
def take_next(
    visit: Marking, later: BackgroundTasks, behind: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """The next picture: behind one's own, else the one begun last, else a new one."""
    desk, person = visit.desk, visit.person
    following = None
    if behind:
        with desk.database.reading() as session:
            row = own_marking(session, person, behind)
            following = neighbours(session, person, row)[1]
    if following is None:
        marking = desk.labels.take(person) if behind else desk.labels.resume(person)
        following = None if marking is None else marking.id
        later.add_task(desk.labels.look_ahead)
    place = "?empty=true" if following is None else f"/pictures/{following}"
    return RedirectResponse(f"/labelling{place}", 303)


@router.get("/pictures/{marking_id}")
def marking_page(visit: SeenMarking, marking_id: str) -> HTMLResponse:
    """One picture and its boxes."""
    desk, person = visit.desk, visit.person
    with desk.database.reading() as session:
        row = own_marking(session, person, marking_id)
        label = session.get_one(LabelRow, row.label_id)
        previous, following = neighbours(session, person, row)
        done = done_by(session, person)
    return desk.pages.page(
        visit.visitor,
        f"/labelling/pictures/{marking_id}",
        "marking.html",
        marking=row,
        label=label,
        boxes=json.dumps(row.boxes),
        things=list(Label),
        previous=previous,
        following=following,
        done=done,
    )


@router.get("/pictures/{marking_id}/picture")
def picture(visit: OpenedPicture, marking_id: str) -> Response:
    """The picture as it was stored."""
    desk = visit.desk
    with desk.database.reading() as session:
        row = own_marking(session, visit.person, marking_id)
        found = picture_of(session, desk.root, session.get_one(LabelRow, row.label_id))
    return FileResponse(found.path, headers={"ETag": f'"{found.sha256}"'}, media_type="image/jpeg")
