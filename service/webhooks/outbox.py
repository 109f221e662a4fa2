"""News into the outbox, in one transaction with the note that they are in it.

Messages hold ids, kinds, states, times and a link: no picture, no place's name, no person.
"""

import json
import secrets
from datetime import UTC
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.db import Database
from litterwatch.service.reviews.changes import changes_after, latest_seq
from litterwatch.service.reviews.tables import ChangeRow
from litterwatch.service.webhooks.tables import DeliveryRow, DeliveryState, WebhookRow

_PAGE: Final = 500


def fill_outbox(database: Database, clock: Clock, base: str) -> int:
    """Put what is new into the outbox of every address; how many messages that are.

    Args:
        database: with the news.
        clock: when.
        base: how addresses of the desk begin, for links.

    Raises:
        StoreError: the database refused; nothing of the page is in any outbox.
    """
    with database.reading() as session:
        active = select(WebhookRow.id).where(
            WebhookRow.is_active.is_(True), WebhookRow.seen_seq < latest_seq(session)
        )
        behind = session.scalars(active.order_by(WebhookRow.id)).all()
    filled = 0
    for webhook_id in behind:
        with database.writing() as session:
            filled += _fill(session, clock, webhook_id, base)
    return filled


def _fill(session: Session, clock: Clock, webhook_id: str, base: str) -> int:
    row = session.get_one(WebhookRow, webhook_id, with_for_update=True)
    filled = 0
    while row.is_active and (page := changes_after(session, row.seen_seq, _PAGE)):
        for change in page:
            if row.unit not in ("", change.unit):
                continue
            key = secrets.token_hex(16)
            session.add(
                DeliveryRow(
                    id=key,
                    webhook_id=webhook_id,
                    seq=change.seq,
                    body=body_of(key, change, base),
                    state=DeliveryState.WAITING,
                    next_at=clock.now(),
                    made_at=clock.now(),
                )
            )
            filled += 1
        row.seen_seq = page[-1].seq
        session.flush()
    return filled


def body_of(delivery_id: str, change: ChangeRow, base: str) -> str:
    """What an address is told."""
    return json.dumps(
        {
            "delivery": delivery_id,
            "what": change.what,
            "event": change.event_id,
            "kind": change.kind,
            "state": change.state,
            "revision": change.revision,
            "unit": change.unit,
            "moment": change.moment.astimezone(UTC).isoformat(),
            "at": change.at.astimezone(UTC).isoformat(),
            "link": f"{base}/events/{change.event_id}",
        },
        sort_keys=True,
    )
