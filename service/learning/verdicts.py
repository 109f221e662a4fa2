"""Verdicts of the desk as values to learn from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.deposits.descriptor import described
from litterwatch.detector.deposits.score import WEIGHTS
from litterwatch.detector.geometry import FloatArray
from litterwatch.labelling.judged import Verdict
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.labels.queue import box_of, image_of
from litterwatch.service.labels.tables import LabelRow
from litterwatch.service.reviews.state import RejectReason, ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.sites.service import SourceCameras

TEACHES: Final[Mapping[RejectReason, bool]] = MappingProxyType(
    {
        RejectReason.FALSE_ALARM: True,
        RejectReason.LAWFUL_COLLECTION: True,
        RejectReason.CLEAN_UP: True,
        RejectReason.OUTSIDE_ZONE: False,
        RejectReason.POOR_QUALITY: False,
        RejectReason.OTHER: False,
    }
)
"""Whether a refusal says something about the score: a place that is nobody's to watch, or a picture
in which nothing can be seen, does not."""


def verdicts(session: Session, *, false_alarms_only: bool = False) -> list[Verdict]:
    """What people have finally said of events, by time.

    Args:
        session: a reading one.
        false_alarms_only: of what was refused, only what the machine took for a deposit and was
            none: what lawful acts take place somewhere makes that place no worse.
    """
    known = SourceCameras(session)
    rows = session.execute(
        select(ReviewRow, EventRow, FootageRow)
        .join(EventRow, EventRow.id == ReviewRow.event_id)
        .join(FootageRow, FootageRow.id == EventRow.footage_id)
        .where(
            ReviewRow.state.in_((ReviewState.CONFIRMED, ReviewState.REJECTED)),
            ReviewRow.is_withdrawn.is_(False),
        )
        .order_by(ReviewRow.moment, ReviewRow.event_id)
    )
    found = []
    for review, event, footage in rows:
        if not _teaches(review, false_alarms_only=false_alarms_only):
            continue
        features = _features(event)
        if features is None or not footage.width or not footage.height:
            continue
        x, y, width, height = (float(str(value)) for value in event.box)
        found.append(
            Verdict(
                event_id=event.id,
                camera=known.camera_of(footage.source),
                at=review.moment,
                is_deposit=review.state is ReviewState.CONFIRMED,
                score=event.score,
                features=features,
                foot=((x + width / 2) / footage.width, (y + height) / footage.height),
            )
        )
    return found


def with_looks(session: Session, root: Path, given: Sequence[Verdict]) -> list[Verdict]:
    """The same verdicts with what the things looked like, where a picture of them is still there.

    Args:
        session: a reading one.
        root: the data folder.
        given: of events of this database.
    """
    wanted = {each.event_id for each in given}
    rows = session.scalars(
        select(LabelRow).where(LabelRow.event_id.is_not(None), LabelRow.missed_id.is_(None))
    )
    by_event = {row.event_id: row for row in rows if row.event_id in wanted}
    looks = {event: _looks(session, root, row) for event, row in by_event.items()}
    return [replace(each, looks=looks.get(each.event_id)) for each in given]


def _looks(session: Session, root: Path, row: LabelRow) -> FloatArray | None:
    """As the queue has measured them, else from the picture."""
    if row.looks is not None:
        return np.array(row.looks, np.float32)
    image = image_of(session, root, row)
    return None if image is None else described(image, box_of(row))


def _teaches(review: ReviewRow, *, false_alarms_only: bool) -> bool:
    if review.state is ReviewState.CONFIRMED:
        return True
    if false_alarms_only:
        return review.reason is RejectReason.FALSE_ALARM
    return review.reason is not None and TEACHES[review.reason]


def _features(event: EventRow) -> dict[str, float] | None:
    """The features of this version's score; None for an event of a version with others."""
    if not WEIGHTS.keys() <= event.features.keys():
        return None
    return {name: float(str(event.features[name])) for name in WEIGHTS}


def camera_among(cameras: Iterable[str], source: str) -> str:
    """Which of the known cameras a source belongs to: the longest beginning; else the source."""
    fitting = [camera for camera in cameras if source.startswith(camera)]
    return max(fitting, key=len, default=source)
