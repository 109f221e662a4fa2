"""Marking for programs, and for the page where boxes are drawn: each change is one call."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path

from litterwatch.detector.errors import NotFound
from litterwatch.service.desk.access import Call, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.described import PREFIX, problems
from litterwatch.service.labels.figures import figures
from litterwatch.service.labels.schemas import (
    LabelsState,
    Marking,
    MarkingBody,
    marking_shape,
    state_shape,
)
from litterwatch.service.labels.service import Change, own_marking
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission

router = APIRouter(prefix=f"{PREFIX}/labels", tags=["labels"])

MarkingId = Annotated[str, Path(max_length=64)]
SeenState = Annotated[Visit, Depends(Look(Permission.SEE_LABELS, "labels.viewed", "labels:all"))]
SeenMarking = Annotated[
    Visit, Depends(Look(Permission.MARK_PICTURES, "marking.viewed", "marking:{marking_id}"))
]
Drawing = Annotated[Visit, Depends(Call(Permission.MARK_PICTURES))]


@router.get("", responses=problems())
def read_state(visit: SeenState) -> LabelsState:
    """How far labelling has got."""
    visit.desk.labels.follow()
    with visit.desk.database.reading() as session:
        return state_shape(figures(session, visit.person))


@router.post("/next", responses=problems(404))
def take_next(visit: Drawing) -> Marking:
    """A picture to mark, with the boxes that the machine proposes; 404 where nothing waits."""
    marking = visit.desk.labels.take(visit.person)
    if marking is None:
        raise NotFound(N_("No picture waits to be marked."))
    return marking_shape(marking)


@router.get("/{marking_id}", responses=problems(404))
def read_marking(visit: SeenMarking, marking_id: MarkingId) -> Marking:
    """One's own work on a picture."""
    with visit.desk.database.reading() as session:
        return marking_shape(own_marking(session, visit.person, marking_id))


@router.post("/{marking_id}/boxes", responses=problems(404, 409, 422))
def draw(
    visit: Drawing,
    marking_id: MarkingId,
    body: MarkingBody,
    idempotency_key: Annotated[str, Header(max_length=64)] = "",
) -> Marking:
    """Keep these boxes. An old `revision` changes nothing (409); the same `Idempotency-Key` as last
    time is carried out once.
    """  # noqa: D205 - shown whole in the description of the API
    boxes = [each.value() for each in body.boxes]
    change = Change(body.revision, boxes, body.verified, idempotency_key or None)
    return marking_shape(visit.desk.labels.save(visit.person, marking_id, change))
