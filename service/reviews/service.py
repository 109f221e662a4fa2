"""Orders of people, carried out under the rules of state.py, with their history.

One order is one transaction: the review, its steps and the rows of the log are all there or none.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import EventKind
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import JsonValue
from litterwatch.service.db import Database
from litterwatch.service.reviews.changes import announce
from litterwatch.service.reviews.conditions import (
    Order,
    Person,
    Work,
    clean_note,
    require,
    visible,
)
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState, Rule, steps_for
from litterwatch.service.reviews.tables import Happening, ReviewRow, StepRow
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Role

CLAIM: Final = timedelta(minutes=10)
"""How long a claim keeps others away; each order of its holder renews it."""

UNDO: Final = timedelta(minutes=10)
"""How long one's own last step can be taken back."""

Follower = Callable[[Session, ReviewRow], None]
"""Is told in the same transaction how a review stands after a step."""


class Reviews:
    """The reviews of a data folder.

    Args:
        database: its tables are there.
        clock: when.
        root: the data folder, to prove that evidence is whole.
        is_bound: whether something rests on an event, so that its verdict is not taken back.
        followers: are told of each step, in its transaction.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        root: Path,
        *,
        is_bound: Callable[[Session, str], bool] = lambda *_: False,
        followers: Sequence[Follower] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._root = root
        self._is_bound = is_bound
        self._followers = tuple(followers)

    def carry_out(self, person: Person, event_id: str, order: Order) -> ReviewRow:
        """Do it, or nothing.

        Raises:
            Conflict: the event stands otherwise by now, or is claimed by another.
            EvidenceIntegrityError: a proposal, and the evidence is not what was stored.
            InvalidInput: the order lacks something.
            NotAllowed: the person may not do this to this event.
            NotFound: no such event where this person may look.
        """
        with self._database.writing() as session:
            review = visible(session, person, event_id)
            if _is_done(session, person, event_id, order):
                return review
            _require_revision(review, order.revision)
            work = Work(session, self._clock, self._root, person, review, order)
            if order.action is Action.UNDO:
                self._undo(work)
                return review
            for rule in steps_for(review.state, order.action):
                role = require(work, rule)
                self._take(work, rule, role)
        return review

    def undo(self, person: Person, event_id: str, revision: int | None = None) -> ReviewRow:
        """Take back one's own last step; raises as `carry_out`, and where there is none."""
        return self.carry_out(person, event_id, Order(Action.UNDO, revision))

    def _undo(self, work: Work) -> None:
        last = last_step(work.session, work.review.event_id)
        if last.action in (Action.CREATE, Action.UNDO):
            raise Conflict(N_("There is nothing to take back."))
        if last.actor != work.person.user_id:
            raise NotAllowed(N_("Only who took a step can take it back."))
        if self._is_bound(work.session, work.review.event_id):
            raise Conflict(N_("A case rests on this event: its verdict stands."))
        if self._clock.now() - last.at > UNDO:
            raise Conflict(N_("This is too long ago to be taken back: reopen the event."))
        assert last.from_state is not None  # only CREATE has none
        before = _restored(last.before)
        if before["claimed_by"] == work.person.user_id:
            before["claimed_until"] = self._clock.now() + CLAIM
        self._write(work, last.from_state, last.role, before, undoes=last.number)

    def _take(self, work: Work, rule: Rule, role: Role) -> None:
        values: dict[str, Any] = {"claimed_by": None, "claimed_until": None}
        match rule.action:
            case Action.CLAIM:
                values = {
                    "claimed_by": work.person.user_id,
                    "claimed_until": self._clock.now() + CLAIM,
                }
            case Action.PROPOSE:
                values |= {"act": work.order.act, "reason": None}
            case Action.REJECT:
                values |= {"reason": work.order.reason}
            case Action.DUPLICATE:
                values |= {"parent_id": work.order.parent_id}
            case Action.SEND_BACK | Action.REOPEN | Action.RESUME:
                values |= {"reason": None}
        self._write(work, rule.target, role, values, action=rule.action)

    def _write(
        self,
        work: Work,
        target: ReviewState,
        role: Role | None,
        values: Mapping[str, Any],
        *,
        action: Action = Action.UNDO,
        undoes: int | None = None,
    ) -> None:
        review, order = work.review, work.order
        is_order = action is order.action
        detail: dict[str, JsonValue] = {}
        if is_order and order.act is not None and action is Action.PROPOSE:
            detail["act"] = order.act
        if is_order and order.parent_id is not None and action is Action.DUPLICATE:
            detail["parent"] = order.parent_id
        step = StepRow(
            event_id=review.event_id,
            number=_next_number(work.session, review.event_id),
            action=action,
            from_state=review.state,
            to_state=target,
            actor=work.person.user_id,
            role=role,
            unit=review.unit,
            at=self._clock.now(),
            reason=order.reason if is_order and action is Action.REJECT else None,
            note=clean_note(order.note) if is_order else "",
            detail=detail,
            before={name: _stored(getattr(review, name)) for name in _RESTORABLE},
            undoes=undoes,
            request_key=order.request_key if is_order else None,
        )
        for name, value in values.items():
            setattr(review, name, value)
        review.state, review.revision, review.changed_at = target, review.revision + 1, step.at
        step.audit_hash = self._logged(work.session, step)
        work.session.add(step)
        announce(work.session, self._clock, [(review, Happening.CHANGED)])
        work.session.flush()
        for follower in self._followers:
            follower(work.session, review)

    def _logged(self, session: Session, step: StepRow) -> str:
        return record(
            session,
            self._clock,
            actor=step.actor,
            action=f"review.{step.action}",
            subject=f"event:{step.event_id}",
            detail={
                "step": step.number,
                "from": step.from_state,
                "to": step.to_state,
                "role": step.role,
                "unit": step.unit,
                "reason": step.reason,
                "note": step.note,
                "undoes": step.undoes,
                **step.detail,
            },
        ).hash


_RESTORABLE: Final = ("claimed_by", "act", "reason", "parent_id")


_HISTORY: Final = (
    select(StepRow).where(StepRow.event_id == bindparam("event")).order_by(StepRow.number)
)


def history(session: Session, event_id: str) -> Sequence[StepRow]:
    """Everything that was done to an event, the oldest first."""
    return session.scalars(_HISTORY, {"event": event_id}).all()


def last_step(session: Session, event_id: str) -> StepRow:
    """The latest step."""
    rows = select(StepRow).where(StepRow.event_id == event_id).order_by(StepRow.number.desc())
    return session.scalars(rows.limit(1)).one()


def _next_number(session: Session, event_id: str) -> int:
    highest = select(func.max(StepRow.number)).where(StepRow.event_id == event_id)
    return (session.scalar(highest) or 0) + 1


def _is_done(session: Session, person: Person, event_id: str, order: Order) -> bool:
    """Whether this very order was carried out before.

    Raises:
        Conflict: its key was used for another one.
    """
    if order.request_key is None:
        return False
    earlier = session.scalars(
        select(StepRow).where(
            StepRow.actor == person.user_id, StepRow.request_key == order.request_key
        )
    ).first()
    if earlier is None:
        return False
    if (earlier.event_id, earlier.action) != (event_id, order.action):
        raise Conflict(N_("This request key was used for something else."))
    return True


def _require_revision(review: ReviewRow, revision: int | None) -> None:
    if revision is not None and revision != review.revision:
        raise Conflict(
            N_("This cannot be done to the event as it stands now: somebody may have been faster.")
        )


def _stored(value: Any) -> JsonValue:
    return None if value is None else str(value)


def _restored(before: Mapping[str, Any]) -> dict[str, Any]:
    """What a step replaced; a claim that is given back runs no longer than it did."""
    act, reason = before.get("act"), before.get("reason")
    return {
        "claimed_by": before.get("claimed_by"),
        "claimed_until": None,
        "act": None if act is None else EventKind(act),
        "reason": None if reason is None else RejectReason(reason),
        "parent_id": before.get("parent_id"),
    }
