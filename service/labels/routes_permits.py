"""Permissions for training, given and withdrawn."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from litterwatch.detector.errors import LitterwatchError, NotAllowed
from litterwatch.service.desk.access import Change, log_refusal
from litterwatch.service.desk.context import Visit
from litterwatch.service.labels.permits import Request as Asked
from litterwatch.service.labels.permits import give, withdraw
from litterwatch.service.labels.view import labels_page
from litterwatch.service.users.roles import Permission

router = APIRouter(prefix="/labelling/permits", include_in_schema=False)

Permitting = Annotated[Visit, Depends(Change(Permission.PERMIT_TRAINING))]


@router.post("")
def permit(
    request: Request,
    visit: Permitting,
    reason: Annotated[str, Form(max_length=3000)] = "",
    event_id: Annotated[str, Form(max_length=64)] = "",
    source: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Pictures of an event or of a recording may be used for training."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            asked = Asked(reason, event_id or None, source or None)
            give(session, desk.clock, visit.person, asked)
    except LitterwatchError as error:
        if isinstance(error, NotAllowed):
            log_refusal(request, error)
        return labels_page(visit, error=error)
    return RedirectResponse("/labelling#permits", 303)


@router.post("/{permit_id}/withdraw")
def forbid(visit: Permitting, permit_id: str) -> Response:
    """They may no longer."""
    desk = visit.desk
    with desk.database.writing() as session:
        withdraw(session, desk.clock, visit.person, permit_id)
    return RedirectResponse("/labelling#permits", 303)
