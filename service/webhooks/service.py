"""Addresses as the administrator keeps them. Every change is a row of the log."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from litterwatch.detector.errors import InvalidInput, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.reviews.changes import latest_seq
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit
from litterwatch.service.users.roles import PROVINCE
from litterwatch.service.vault import Vault
from litterwatch.service.webhooks.tables import DeliveryRow, DeliveryState, WebhookRow

_LONGEST: Final = 500
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said about an address; `unit` is empty for the whole province."""

    name: str
    address: str
    unit: str = PROVINCE


def add_webhook(
    session: Session, clock: Clock, vault: Vault, actor: str, draft: Draft
) -> tuple[WebhookRow, str]:
    """A new address, told of what happens from now on; its secret, which is never shown again.

    Raises:
        InvalidInput: no name, no address that can be used, or an unknown unit.
    """
    if not draft.name.strip():
        raise InvalidInput(N_("Write what the address is for."))
    address = clean_address(draft.address)
    if draft.unit != PROVINCE and known_unit(draft.unit) is None:
        raise InvalidInput(N_("There is no such commune or ward."))
    secret = secrets.token_hex(32)
    row = WebhookRow(
        id=secrets.token_hex(8),
        name=draft.name.strip(),
        address=address,
        unit=draft.unit,
        secret=vault.seal(secret),
        seen_seq=latest_seq(session),
        made_by=actor,
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    record(
        session,
        clock,
        actor=actor,
        action="webhook.added",
        subject=f"webhook:{row.id}",
        detail={"name": row.name, "address": address, "unit": row.unit},
    )
    return row, secret


def switch_webhook(
    session: Session, clock: Clock, actor: str, webhook_id: str, *, is_active: bool
) -> None:
    """On or off; what happens while it is off is told to nobody.

    Raises:
        NotFound: there is no such address.
    """
    row = webhook(session, webhook_id)
    if is_active and not row.is_active:
        row.seen_seq = latest_seq(session)
    row.is_active = is_active
    action = "webhook.switched_on" if is_active else "webhook.switched_off"
    record(session, clock, actor=actor, action=action, subject=f"webhook:{webhook_id}")


def remove_webhook(session: Session, clock: Clock, actor: str, webhook_id: str) -> None:
    """Tell it nothing any more, not even what waits; its secret is destroyed.

    Raises:
        NotFound: there is no such address.
    """
    row = webhook(session, webhook_id)
    row.is_active, row.removed_at, row.secret = False, clock.now(), ""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.webhook_id == webhook_id, DeliveryRow.state == DeliveryState.WAITING)
        .values(
            state=DeliveryState.DEAD, why=N_("The address was removed."), finished_at=clock.now()
        )
    )
    record(session, clock, actor=actor, action="webhook.removed", subject=f"webhook:{webhook_id}")


def try_again(session: Session, clock: Clock, actor: str, webhook_id: str) -> int:
    """Let what was given up be tried again from the beginning; how many deliveries that are.

    Raises:
        NotFound: there is no such address.
    """
    webhook(session, webhook_id)
    rows = session.scalars(
        select(DeliveryRow).where(
            DeliveryRow.webhook_id == webhook_id, DeliveryRow.state == DeliveryState.DEAD
        )
    ).all()
    for row in rows:
        row.state, row.attempts, row.next_at = DeliveryState.WAITING, 0, clock.now()
        row.finished_at = None
    record(
        session,
        clock,
        actor=actor,
        action="webhook.tried_again",
        subject=f"webhook:{webhook_id}",
        detail={"deliveries": len(rows)},
    )
    return len(rows)


def webhook(session: Session, webhook_id: str) -> WebhookRow:
    """One address.

    Raises:
        NotFound: there is none, or it was removed.
    """
    row = session.get(WebhookRow, webhook_id)
    if row is None or row.removed_at is not None:
        raise NotFound(N_("There is no such address."))
    return row


def webhooks(session: Session) -> Sequence[WebhookRow]:
    """All that are there, by name."""
    rows = select(WebhookRow).where(WebhookRow.removed_at.is_(None))
    return session.scalars(rows.order_by(WebhookRow.name, WebhookRow.id)).all()


def deliveries_of(session: Session, webhook_id: str) -> Sequence[DeliveryRow]:
    """The latest deliveries to an address, the newest first."""
    rows = select(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id)
    return session.scalars(
        rows.order_by(DeliveryRow.made_at.desc(), DeliveryRow.seq.desc()).limit(_SHOWN)
    ).all()


def counts(session: Session) -> dict[str, dict[DeliveryState, int]]:
    """How many deliveries are in each state, by address."""
    rows = session.execute(
        select(DeliveryRow.webhook_id, DeliveryRow.state, func.count())
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
        .where(WebhookRow.removed_at.is_(None))
        .group_by(DeliveryRow.webhook_id, DeliveryRow.state)
    )
    found: dict[str, dict[DeliveryState, int]] = {}
    for webhook_id, state, number in rows:
        found.setdefault(webhook_id, {})[state] = number
    return found


def clean_address(address: str) -> str:
    """An address that can be told something.

    Raises:
        InvalidInput: another kind of address, or one with a name, a password or a fragment.
    """
    cleaned = address.strip()
    try:
        parts = urlsplit(cleaned)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no number of a port, half an IPv6 address
        is_good = False
    if not is_good or len(cleaned) > _LONGEST or not cleaned.isprintable() or " " in cleaned:
        raise InvalidInput(N_("Write an address such as https://hotline.example/events."))
    if parts.username or parts.password or parts.fragment:
        raise InvalidInput(N_("The address must not hold a name, a password or a fragment."))
    return cleaned
