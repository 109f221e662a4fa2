"""What only helps for a while is removed after a while: news, keys of orders, messages told.

None is evidence, and none is the only place where something stands: each step of an event is in its
history and in the log, each order that was carried out in what it made. Nothing that anybody still
waits for is removed: not the newest news, whose number goes on, none that an address (webhooks) has
not been told, and no message that is still to be sent.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
from litterwatch.service.webhooks.tables import DeliveryRow, DeliveryState, WebhookRow

KEPT: Final = timedelta(days=30)
"""How long news can be followed up, the same key is the same order, and an address's deliveries can
be looked at and, where they were given up, tried again."""

_BATCH: Final = 1000  # rows of one transaction: writers wait no longer for it
_IS_OVER: Final = DeliveryRow.state.in_([DeliveryState.DELIVERED, DeliveryState.DEAD])


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows were removed."""

    changes: int = 0
    requests: int = 0
    deliveries: int = 0

    def __add__(self, other: "Pruned") -> "Pruned":
        return Pruned(
            self.changes + other.changes,
            self.requests + other.requests,
            self.deliveries + other.deliveries,
        )


class Pruning:
    """Removes what is older than `KEPT`.

    Args:
        database: with news, orders and messages.
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
            whole += part
        return whole

    def _some(self) -> Pruned:
        before = self._clock.now() - KEPT
        with self._database.reading() as session:
            if not any(_removable(session, before)):
                return Pruned()
        with self._database.writing() as session:
            removed = _remove(session, before)
            if removed != Pruned():
                record(
                    session,
                    self._clock,
                    actor=SYSTEM,
                    action="news.pruned",
                    subject="queue:events",
                    detail=asdict(removed),
                )
        return removed


def _removable(session: Session, before: datetime) -> tuple[int, datetime | None, Sequence[str]]:
    """Number of the last news, time of the last order, messages that may be removed now."""
    return (
        _old_changes(session, before) or 0,
        _old_requests(session, before),
        _old_deliveries(session, before),
    )


def _remove(session: Session, before: datetime) -> Pruned:
    seq, at, deliveries = _removable(session, before)
    return Pruned(
        _removed(session, ChangeRow, ChangeRow.seq <= seq) if seq else 0,
        0 if at is None else _removed(session, RequestRow, RequestRow.at <= at),
        # Asked again: somebody may let it be tried once more between the two statements.
        _removed(session, DeliveryRow, DeliveryRow.id.in_(deliveries) & _IS_OVER)
        if deliveries
        else 0,
    )


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


def _old_deliveries(session: Session, before: datetime) -> Sequence[str]:
    """Some messages that were taken or given up, and were last touched before a time; ids."""
    rows = select(DeliveryRow.id).where(
        _IS_OVER,
        DeliveryRow.next_at < before,
        func.coalesce(DeliveryRow.finished_at, DeliveryRow.next_at) < before,
    )
    return session.scalars(rows.order_by(DeliveryRow.next_at).limit(_BATCH)).all()


def _removed(session: Session, table: type[Base], condition: ColumnElement[bool]) -> int:
    rows = session.execute(delete(table).where(condition))
    return cast(CursorResult[Any], rows).rowcount
