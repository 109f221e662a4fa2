"""The same for programs: naming an address, and how its deliveries stand."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from litterwatch.service.desk.access import Call, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.described import problems
from litterwatch.service.users.roles import PROVINCE, Permission
from litterwatch.service.webhooks.service import Draft, add_webhook, counts, webhooks
from litterwatch.service.webhooks.tables import DeliveryState

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

Seen = Annotated[
    Visit, Depends(Look(Permission.MANAGE_WEBHOOKS, "webhooks.viewed", "webhooks:all"))
]
Managing = Annotated[Visit, Depends(Call(Permission.MANAGE_WEBHOOKS))]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewWebhook(_Wire):
    """An address; without a unit it is told of the whole province."""

    name: Annotated[str, Field(max_length=200)]
    address: Annotated[str, Field(max_length=600)]
    unit: Annotated[str, Field(max_length=16)] = PROVINCE


class MadeWebhook(_Wire):
    """Its id, and its secret, which is never told again."""

    id: str
    secret: str


class Webhook(_Wire):
    """An address with the number of its deliveries in each state."""

    id: str
    name: str
    address: str
    unit: str
    is_active: bool
    delivered: int
    waiting: int
    dead: int


@router.get("", responses=problems())
def list_webhooks(visit: Seen) -> list[Webhook]:
    """Every address."""
    with visit.desk.database.reading() as session:
        numbers = counts(session)
        return [
            Webhook(
                id=row.id,
                name=row.name,
                address=row.address,
                unit=row.unit,
                is_active=row.is_active,
                **{str(state): numbers.get(row.id, {}).get(state, 0) for state in DeliveryState},
            )
            for row in webhooks(session)
        ]


@router.post("", status_code=201, responses=problems(422))
def add(visit: Managing, body: NewWebhook) -> MadeWebhook:
    """A new address, told of what happens from now on."""
    desk = visit.desk
    draft = Draft(body.name, body.address, body.unit)
    with desk.database.writing() as session:
        row, secret = add_webhook(session, desk.clock, desk.vault, visit.visitor.user_id, draft)
    return MadeWebhook(id=row.id, secret=secret)
