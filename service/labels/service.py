"""Marking: who is given which picture, what he draws is kept at once, what he verifies counts.

One order is one transaction. A marking belongs to who was given the picture; others mark it without
seeing what he drew.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.labelling.records import LabelledBox
from litterwatch.service.audit.service import has_done, record
from litterwatch.service.canonical import JsonValue, sha256_of
from litterwatch.service.db import Database
from litterwatch.service.labels.boxes import checked, proposed, stored
from litterwatch.service.labels.candidates import Draw, prune_candidates
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.following import follow, follow_candidates
from litterwatch.service.labels.forgetting import forget_copies
from litterwatch.service.labels.pictures import picture_of
from litterwatch.service.labels.queue import (
    AHEAD,
    MEASURED,
    fill,
    image_of,
    measure,
    next_label,
    note_measured,
    repeat_for,
    visible_labels,
)
from litterwatch.service.labels.tables import LabelRow, LabelState, MarkingRow, MarkingState
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.settings import LabelSettings
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission

DRAFTED: Final = "marking.drafted"
_DRAFTS: Final = timedelta(minutes=10)  # within it the changes of a draft are one row of the log


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody has drawn, whole.

    Attributes:
        revision: of the marking as he saw it.
        boxes: everything he wants in it, px of the full picture as displayed.
        is_verified: he stands by it; false keeps it as a draft.
        request_key: his name for this change; the same one again changes nothing.
    """

    revision: int
    boxes: Sequence[LabelledBox]
    is_verified: bool = False
    request_key: str | None = None


class Labels:
    """The labels of a data folder.

    Args:
        database: its tables are there.
        clock: when.
        root: the data folder.
        eyes: propose boxes.
        settings: how much of what was passed over is kept.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        root: Path,
        eyes: Eyes,
        settings: LabelSettings | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._root = root
        self._eyes = eyes
        self._draw = Draw(settings or LabelSettings(), root, clock)

    def follow(self) -> int:
        """Bring labels up to date with verdicts, reports and candidates; how many changed."""
        with self._database.writing() as session:
            prune_candidates(session, self._draw)
            forget_copies(session, self._root)
            return follow(session, self._clock)

    def resume(self, person: Person) -> MarkingRow | None:
        """The latest picture that somebody has begun with and not finished, else a new one."""
        with self._database.reading() as session:
            rows = _own(person).where(MarkingRow.state == MarkingState.DRAFT)
            latest = session.scalars(rows.order_by(MarkingRow.number.desc()).limit(1)).first()
        return latest or self.take(person)

    def take(self, person: Person) -> MarkingRow | None:
        """Give somebody a picture, with the boxes that the machine proposes; None without any.

        Raises:
            ModelError: the detector cannot be loaded, or failed.
        """
        sha256 = self._eyes.sha256  # loaded before the database is held
        with self._database.writing() as session:
            prune_candidates(session, self._draw)
            follow_candidates(session, self._clock)
        for source in (self._repeat, self._first, self._chosen):
            if source == self._chosen:
                self.look_ahead(MEASURED)
            with self._database.writing() as session:
                marking = self._given(session, person, source, sha256)
            if marking is not None:
                return marking
        return None

    def look_ahead(self, pictures: int = AHEAD) -> None:
        """Look at pictures that wait, so that there is something to choose from.

        Raises:
            ModelError: the detector cannot be loaded, or failed.
        """
        with self._database.reading() as session:
            found = measure(session, self._root, self._eyes, pictures)
        if found:
            with self._database.writing() as session:
                note_measured(session, found)

    def save(self, person: Person, marking_id: str, change: Change) -> MarkingRow:
        """Keep what somebody has drawn.

        Raises:
            Conflict: it was changed elsewhere meanwhile.
            InvalidInput: a box that cannot be.
            NotFound: no such marking of his.
        """
        with self._database.writing() as session:
            row = own_marking(session, person, marking_id)
            if change.request_key is not None and change.request_key == row.request_key:
                return row
            if change.revision != row.revision:
                raise Conflict(
                    N_("This picture was changed elsewhere, in another tab perhaps: load it again.")
                )
            boxes = checked(change.boxes, (row.width, row.height))
            was_verified = row.state is MarkingState.VERIFIED
            row.boxes, row.revision = stored(boxes), row.revision + 1
            row.request_key, row.changed_at = change.request_key, self._clock.now()
            if change.is_verified:
                self._verify(session, row)
            else:
                self._draft(session, row, is_reopened=was_verified)
        return row

    def _given(
        self, session: Session, person: Person, source: "_Source", sha256: str
    ) -> MarkingRow | None:
        while True:
            label, is_repeat = source(session, person)
            if label is None:
                return None
            image = image_of(session, self._root, label)
            if image is not None:
                break
            label.state = LabelState.GONE
            session.flush()
        size = image.shape[1], image.shape[0]
        (found,) = self._eyes.detect([image])
        boxes = stored(proposed(found, size))
        now = self._clock.now()
        row = MarkingRow(
            id=secrets.token_hex(8),
            label_id=label.id,
            labeller=person.user_id,
            number=taken_by(session, person) + 1,
            is_repeat=is_repeat,
            state=MarkingState.DRAFT,
            revision=1,
            boxes=boxes,
            drafted=boxes,
            drafted_by=sha256,
            width=size[0],
            height=size[1],
            picture_sha256=picture_of(session, self._root, label).sha256,
            started_at=now,
            changed_at=now,
        )
        if not is_repeat:
            label.state, label.changed_at = LabelState.BEGUN, now
        session.add(row)
        self._log(session, row, "marking.taken", {"label": label.id, "boxes": len(boxes)})
        session.flush()
        return row

    def _repeat(self, session: Session, person: Person) -> tuple[LabelRow | None, bool]:
        return repeat_for(session, person), True

    def _first(self, session: Session, person: Person) -> tuple[LabelRow | None, bool]:
        return next_label(session, person, self._clock.now()), False

    def _chosen(self, session: Session, person: Person) -> tuple[LabelRow | None, bool]:
        fill(session, person)
        return self._first(session, person)

    def _verify(self, session: Session, row: MarkingRow) -> None:
        label = session.get_one(LabelRow, row.label_id)
        others = select(MarkingRow.id).where(
            MarkingRow.label_id == row.label_id,
            MarkingRow.id != row.id,
            MarkingRow.state == MarkingState.VERIFIED,
            MarkingRow.is_repeat.is_(False),
        )
        # Who was slower with an abandoned picture has repeated it.
        row.is_repeat = row.is_repeat or session.scalar(others.limit(1)) is not None
        row.state, row.verified_at = MarkingState.VERIFIED, self._clock.now()
        if not row.is_repeat:
            label.state, label.changed_at = LabelState.VERIFIED, self._clock.now()
        detail: dict[str, JsonValue] = {
            "revision": row.revision,
            "boxes": len(row.boxes),
            "sha256": sha256_of(row.boxes),
        }
        self._log(session, row, "marking.verified", detail)

    def _draft(self, session: Session, row: MarkingRow, *, is_reopened: bool) -> None:
        row.state, row.verified_at = MarkingState.DRAFT, None
        if is_reopened and not row.is_repeat:
            label = session.get_one(LabelRow, row.label_id)
            label.state, label.changed_at = LabelState.BEGUN, self._clock.now()
        action = "marking.reopened" if is_reopened else DRAFTED
        since = self._clock.now() - _DRAFTS
        subject = f"marking:{row.id}"
        if is_reopened or not has_done(session, row.labeller, DRAFTED, subject, since):
            self._log(session, row, action, {"revision": row.revision})

    def _log(
        self, session: Session, row: MarkingRow, action: str, detail: dict[str, JsonValue]
    ) -> None:
        record(
            session,
            self._clock,
            actor=row.labeller,
            action=action,
            subject=f"marking:{row.id}",
            detail=detail,
        )


_Source = Callable[[Session, Person], tuple[LabelRow | None, bool]]


def own_marking(session: Session, person: Person, marking_id: str) -> MarkingRow:
    """A marking of somebody, where he may still look.

    Raises:
        NotFound: there is none, or it is another's: the answer does not tell which.
    """
    row = session.scalars(_own(person).where(MarkingRow.id == marking_id)).first()
    if row is None:
        raise NotFound(N_("There is no such picture among those you were given."))
    return row


def neighbours(session: Session, person: Person, row: MarkingRow) -> tuple[str | None, str | None]:
    """Ids of one's own markings before and behind this one, in the order they were begun."""
    own = session.scalars(
        _own(person).order_by(MarkingRow.number).with_only_columns(MarkingRow.id)
    ).all()
    at = own.index(row.id)
    return own[at - 1] if at else None, own[at + 1] if at + 1 < len(own) else None


def taken_by(session: Session, person: Person) -> int:
    """How many pictures somebody was given."""
    highest = select(func.max(MarkingRow.number)).where(MarkingRow.labeller == person.user_id)
    return session.scalar(highest) or 0


def done_by(session: Session, person: Person) -> int:
    """How many pictures somebody has verified."""
    rows = select(func.count()).select_from(MarkingRow)
    return (
        session.scalar(
            rows.where(
                MarkingRow.labeller == person.user_id, MarkingRow.state == MarkingState.VERIFIED
            )
        )
        or 0
    )


def _own(person: Person) -> Select[MarkingRow]:
    return (
        select(MarkingRow)
        .join(LabelRow, LabelRow.id == MarkingRow.label_id)
        .where(
            MarkingRow.labeller == person.user_id,
            *visible_labels(person, Permission.MARK_PICTURES),
        )
    )
