"""The page of addresses that are told of events."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from litterwatch.detector.errors import InvalidInput, LitterwatchError
from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.texts import N_
from litterwatch.service.units import units
from litterwatch.service.users.roles import PROVINCE, Permission
from litterwatch.service.webhooks.courier import ATTEMPTS
from litterwatch.service.webhooks.service import (
    Draft,
    add_webhook,
    counts,
    deliveries_of,
    remove_webhook,
    switch_webhook,
    try_again,
    webhooks,
)
from litterwatch.service.webhooks.tables import DeliveryState

router = APIRouter(prefix="/webhooks", include_in_schema=False)

STATES = {
    DeliveryState.WAITING: N_("waits"),
    DeliveryState.DELIVERED: N_("delivered"),
    DeliveryState.DEAD: N_("given up"),
}
Text = Annotated[str, Form(max_length=600)]
Seen = Annotated[
    Visit, Depends(Look(Permission.MANAGE_WEBHOOKS, "webhooks.viewed", "webhooks:all"))
]
Managing = Annotated[Visit, Depends(Change(Permission.MANAGE_WEBHOOKS))]


@router.get("")
def webhooks_page(visit: Seen) -> HTMLResponse:
    """Every address with its latest deliveries."""
    return _page(visit)


@router.post("")
def add(visit: Managing, name: Text, address: Text, unit: Text = PROVINCE) -> HTMLResponse:
    """A new address; its secret is shown on this one page."""
    desk, draft = visit.desk, Draft(name, address, unit)
    try:
        with desk.database.writing() as session:
            row, secret = add_webhook(session, desk.clock, desk.vault, visit.visitor.user_id, draft)
    except InvalidInput as error:
        return _page(visit, error, draft)
    return _page(visit, made=(row.name, secret))


@router.post("/{webhook_id}/switch")
def switch(visit: Managing, webhook_id: str, is_active: Annotated[bool, Form()]) -> Response:
    """On or off."""
    desk, actor = visit.desk, visit.visitor.user_id
    with desk.database.writing() as session:
        switch_webhook(session, desk.clock, actor, webhook_id, is_active=is_active)
    return RedirectResponse("/webhooks", 303)


@router.post("/{webhook_id}/again")
def again(visit: Managing, webhook_id: str) -> Response:
    """Try what was given up once more."""
    desk = visit.desk
    with desk.database.writing() as session:
        try_again(session, desk.clock, visit.visitor.user_id, webhook_id)
    return RedirectResponse("/webhooks", 303)


@router.post("/{webhook_id}/remove")
def remove(visit: Managing, webhook_id: str) -> Response:
    """Tell it nothing any more."""
    desk = visit.desk
    with desk.database.writing() as session:
        remove_webhook(session, desk.clock, visit.visitor.user_id, webhook_id)
    return RedirectResponse("/webhooks", 303)


def _page(
    visit: Visit,
    error: LitterwatchError | None = None,
    draft: Draft | None = None,
    made: tuple[str, str] | None = None,
) -> HTMLResponse:
    with visit.desk.database.reading() as session:
        rows = webhooks(session)
        deliveries = {row.id: deliveries_of(session, row.id) for row in rows}
        numbers = counts(session)
    return visit.desk.pages.page(
        visit.visitor,
        "/webhooks",
        "webhooks.html",
        200 if error is None else status_of(error)[0],
        webhooks=rows,
        deliveries=deliveries,
        counts=numbers,
        draft=draft or Draft("", ""),
        made=made,
        states=STATES,
        attempts=ATTEMPTS,
        units=units(),
        problem=None if error is None else text_of(error, visit.language),
    )
