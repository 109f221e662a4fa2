"""What only helps for a while is removed after a while: news of the queue, keys of orders.

Neither is evidence, and neither is the only place where something stands: each step of an event is
in its history and in the log, each order that was carried out in what it made. Nothing that anybody
still waits for is removed: not the newest news, whose number goes on, and none that an address
(webhooks) has not been told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.chain import SYSTEM
from litterwatch.service.db import Base, Database
from litterwatch.service.once import RequestRow
from litterwatch.service.reviews.tables import ChangeRow
from litterwatch.service.webhooks.tables import WebhookRow

KEPT: Final = timedelta(days=30)
"""How long news can be followed up, and how long the same key is the same order."""

_BATCH: Final = 1000  # rows of one transaction: writers wait no longer for it


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows were removed."""

    changes: int = 0
    requests: int = 0


class Pruning:
    """Removes what is older than `KEPT`.

    Args:
        database: with news and orders.
        clock: when.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def run(self) -> Pruned:
        """Remove what is old, a transaction for some at a time, each with its row in the log.

        Raises:
            StoreError: the database refused; what was removed before is in the log.
        """
        whole = Pruned()
        while (part := self._some()) != Pruned():
            whole = Pruned(whole.changes + part.changes, whole.requests + part.requests)
        return whole

    def _some(self) -> Pruned:
        before = self._clock.now() - KEPT
        with self._database.reading() as session:
            if _old_changes(session, before) is None and _old_requests(session, before) is None:
                return Pruned()
        with self._database.writing() as session:
            seq, at = _old_changes(session, before), _old_requests(session, before)
            removed = Pruned(
                0 if seq is None else _removed(session, ChangeRow, ChangeRow.seq <= seq),
                0 if at is None else _removed(session, RequestRow, RequestRow.at <= at),
            )
            if removed != Pruned():
                record(
                    session,
                    self._clock,
                    actor=SYSTEM,
                    action="news.pruned",
                    subject="queue:events",
                    detail={"changes": removed.changes, "requests": removed.requests},
                )
        return removed


def _old_changes(session: Session, before: datetime) -> int | None:
    """Number up to which some news are old; None where nothing may be removed.

    From the first on, without a gap, and none that somebody may need.
    """
    told = session.scalar(select(func.min(WebhookRow.seen_seq)).where(WebhookRow.is_active))
    bound = (session.scalar(select(func.max(ChangeRow.seq))) or 0) - 1
    if told is not None:
        bound = min(bound, told)
    rows = select(ChangeRow.seq, ChangeRow.at).where(ChangeRow.seq <= bound)
    last = None
    for seq, at in session.execute(rows.order_by(ChangeRow.seq).limit(_BATCH)):
        if at >= before:
            break
        last = seq
    return last


def _old_requests(session: Session, before: datetime) -> datetime | None:
    """Time up to which some orders are old; None where there is none."""
    rows = select(RequestRow.at).where(RequestRow.at < before).order_by(RequestRow.at)
    found = session.scalars(rows.limit(_BATCH)).all()
    return found[-1] if found else None


def _removed(session: Session, table: type[Base], condition: ColumnElement[bool]) -> int:
    rows = session.execute(delete(table).where(condition))
    return cast(CursorResult[Any], rows).rowcount
