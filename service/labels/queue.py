"""Which picture somebody is given next; the choice itself is in `labelling/selection.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from litterwatch.detector.deposits.descriptor import described
from litterwatch.detector.errors import EvidenceIntegrityError, NotFound
from litterwatch.detector.geometry import Box, FloatArray, covered_share
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.labelling.records import Origin
from litterwatch.labelling.selection import Waiting, choose, doubt_of, is_drawn
from litterwatch.models.predict import read_picture
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.pictures import picture_of
from litterwatch.service.labels.tables import LabelRow, LabelState, MarkingRow
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.users.roles import Permission, areas

BATCH: Final = 20
"""Pictures chosen at a time: what somebody marks in a quarter of an hour."""

MEASURED: Final = 24
"""Pictures looked at before the first batch is chosen: some seconds at most."""

AHEAD: Final = 6
"""Pictures looked at behind the scenes for each that is given: later batches choose from more."""

REPEATS: Final = 0.1
"""Share of pictures that somebody else has marked before; nobody is told which."""

ABANDONED: Final = timedelta(days=1)
"""After which a picture that somebody began with may be taken by others."""

_KNOWN: Final = 2000  # looks of labelled pictures that new ones are compared with
_WASTE: Final = frozenset({Label.WASTE, Label.OVERFLOW})
_SAID: Final = {Origin.CONFIRMED: True, Origin.DUPLICATE: True, Origin.MISSED: True}
_SAID_NOT: Final = {Origin.REJECTED: False}


def next_label(session: Session, person: Person, now: datetime) -> LabelRow | None:
    """The first picture of the queue that this person may see and nobody is at."""
    own = select(MarkingRow.label_id).where(MarkingRow.labeller == person.user_id)
    is_left = (LabelRow.state == LabelState.BEGUN) & (LabelRow.changed_at < now - ABANDONED)
    rows = _standing(person).where(
        LabelRow.batch.is_not(None),
        or_(LabelRow.state == LabelState.WAITING, is_left),
        LabelRow.id.not_in(own),
    )
    # On PostgreSQL two people may ask at the same moment; SQLite lets one in at a time.
    first = rows.order_by(LabelRow.batch, LabelRow.place).limit(1)
    return session.scalars(first.with_for_update(skip_locked=True)).first()


def repeat_for(session: Session, person: Person) -> LabelRow | None:
    """A picture that another has marked, where the lot says that it is time for one."""
    mine = select(func.count()).where(MarkingRow.labeller == person.user_id)
    number = session.scalar(mine.select_from(MarkingRow)) or 0
    if not is_drawn(f"{person.user_id}:{number}", REPEATS):
        return None
    marking = aliased(MarkingRow)
    once = select(marking.label_id).group_by(marking.label_id).having(func.count() == 1)
    own = select(MarkingRow.label_id).where(MarkingRow.labeller == person.user_id)
    rows = _standing(person).where(
        LabelRow.state == LabelState.VERIFIED, LabelRow.id.in_(once), LabelRow.id.not_in(own)
    )
    return session.scalars(rows.order_by(LabelRow.id).limit(1)).first()


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen in a picture; both None where it is no longer there."""

    label_id: str
    looks: list[float] | None = None
    doubt: float | None = None


def measure(session: Session, root: Path, eyes: Eyes, limit: int) -> list[Measured]:
    """Look at pictures that nobody has looked at yet; changes nothing."""
    waiting = select(LabelRow).where(
        LabelRow.is_standing.is_(True),
        LabelRow.state == LabelState.WAITING,
        LabelRow.looks.is_(None),
    )
    rows = session.scalars(waiting.order_by(LabelRow.id).limit(limit)).all()
    return [_measured(session, root, eyes, row) for row in rows]


def note_measured(session: Session, found: Sequence[Measured]) -> None:
    """Keep what was seen."""
    for each in found:
        row = session.get_one(LabelRow, each.label_id)
        if each.looks is None:
            row.state = LabelState.GONE
        else:
            row.looks, row.doubt = list(each.looks), each.doubt


def fill(session: Session, person: Person) -> int:
    """Choose the next batch from what this person may see and was looked at; how many."""
    rows = session.scalars(
        _standing(person).where(
            LabelRow.state == LabelState.WAITING,
            LabelRow.looks.is_not(None),
            LabelRow.batch.is_(None),
        )
    ).all()
    number = (session.scalar(select(func.max(LabelRow.batch))) or 0) + 1
    waiting = [_waiting(row) for row in rows]
    chosen = choose(waiting, BATCH, seed=number, known=_known(session))
    by_id = {row.id: row for row in rows}
    for place, key in enumerate(chosen):
        by_id[key].batch, by_id[key].place = number, place
    session.flush()
    return len(chosen)


def image_of(session: Session, root: Path, row: LabelRow) -> Image | None:
    """The picture; None where it is no longer there or not what was stored."""
    try:
        return read_picture(picture_of(session, root, row).path)
    except (NotFound, EvidenceIntegrityError):
        return None


def box_of(row: LabelRow) -> Box | None:
    """What the machine took for a deposit, px."""
    if row.box is None:
        return None
    x, y, width, height = (float(str(value)) for value in row.box)
    return Box(x, y, x + width, y + height)


def visible_labels(person: Person, permission: Permission) -> list[ColumnElement[bool]]:
    """Conditions: labels where somebody may do this."""
    units = areas(person.grants, permission)
    return [] if units is None else [LabelRow.unit.in_(units)]


def _measured(session: Session, root: Path, eyes: Eyes, row: LabelRow) -> Measured:
    image = image_of(session, root, row)
    if image is None:
        return Measured(row.id)
    (found,) = eyes.detect([image])
    looks = [round(float(value), 4) for value in described(image, box_of(row))]
    doubt = doubt_of(_waste_in(found, box_of(row)), is_waste=_said(row.origin))
    return Measured(row.id, looks, round(doubt, 4))


def _standing(person: Person) -> Select[Any]:
    seen = visible_labels(person, Permission.MARK_PICTURES)
    return select(LabelRow).where(LabelRow.is_standing.is_(True), *seen)


def _waiting(row: LabelRow) -> Waiting:
    assert row.looks is not None
    return Waiting(
        id=row.id,
        camera=row.source,
        origin=row.origin,
        doubt=row.doubt or 0.0,
        looks=_array(row.looks),
        hour=None if row.taken_at is None else row.taken_at.astimezone(LOCAL).hour,
    )


def _known(session: Session) -> FloatArray:
    rows = select(LabelRow.looks).where(LabelRow.batch.is_not(None), LabelRow.looks.is_not(None))
    looks = session.scalars(rows.order_by(LabelRow.batch.desc(), LabelRow.place).limit(_KNOWN))
    found = [_array(each) for each in looks if each is not None]
    return np.stack(found) if found else np.zeros((0, 0), np.float32)


def _array(values: Sequence[Any]) -> FloatArray:
    return np.array(values, np.float32)


def _said(origin: Origin) -> bool | None:
    """What people have said: waste lies there, or none; None where nobody has said anything."""
    return _SAID.get(origin, _SAID_NOT.get(origin))


def _waste_in(found: Detections, box: Box | None) -> float:
    """How sure the machine is that waste lies in a box, or anywhere without one, 0 to 1."""
    sure = [
        float(confidence)
        for seen, confidence, label in zip(
            found.boxes(), found.confidence, found.label, strict=True
        )
        if label in _WASTE and (box is None or covered_share(seen, box.grown(8, 8)) >= 0.3)
    ]
    return max(sure, default=0.0)
