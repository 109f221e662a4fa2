"""The last reviewed events once more: both models watch their clips, people have said the truth.

A clip is watched as `litterwatch scan` watches footage, without the zones of its camera: what is
compared is what the models see, under the same conditions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.errors import SourceError
from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.labelling.comparison import EventSeen, Pair
from litterwatch.service.evaluation.scoring import Guess, Truth, match
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.reviews.state import RejectReason, ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.runtime.batch import Watch
from litterwatch.service.sites.service import SourceCameras

Told = Callable[[int, int], None]
"""Called with the number of clips watched and of all."""

SILENT_ABOUT = frozenset({RejectReason.POOR_QUALITY, RejectReason.OTHER})
"""Refusals that do not say that nothing was left there."""


@dataclass(frozen=True, slots=True)
class ReviewedClip:
    """The clip of an event that people have judged.

    Attributes:
        event_id: of the event.
        camera: as in labels and verdicts.
        day: of the event, ISO.
        file: the clip.
        is_deposit: whether people confirmed the event.
        truths: every confirmed deposit of the clip, times from its first picture; the event's own
            is the first where it was confirmed.
    """

    event_id: str
    camera: str
    day: str
    file: Path
    is_deposit: bool
    truths: tuple[Truth, ...]


def reviewed_clips(session: Session, root: Path, last: int) -> list[ReviewedClip]:
    """The clips of the events that were judged last, the newest first.

    Args:
        session: a reading one.
        root: the data folder.
        last: how many at most.
    """
    cameras = SourceCameras(session)
    rows = session.execute(
        select(ReviewRow, EventRow, FootageRow, EvidenceRow)
        .join(EventRow, EventRow.id == ReviewRow.event_id)
        .join(FootageRow, FootageRow.id == EventRow.footage_id)
        .join(EvidenceRow, EvidenceRow.event_id == EventRow.id)
        .where(
            ReviewRow.state.in_((ReviewState.CONFIRMED, ReviewState.REJECTED)),
            ReviewRow.is_withdrawn.is_(False),
            EvidenceRow.role == Role.CLIP,
        )
        .order_by(ReviewRow.changed_at.desc(), ReviewRow.event_id)
    )
    found: list[ReviewedClip] = []
    for review, event, footage, clip in rows:
        if len(found) == last:
            break
        is_deposit = review.state is ReviewState.CONFIRMED
        if (not is_deposit and review.reason in SILENT_ABOUT) or not (root / clip.path).is_file():
            continue
        found.append(
            ReviewedClip(
                event_id=event.id,
                camera=cameras.camera_of(footage.source),
                day=review.moment.date().isoformat(),
                file=root / clip.path,
                is_deposit=is_deposit,
                truths=_truths(session, event, clip),
            )
        )
    return found


def _truths(session: Session, event: EventRow, clip: EvidenceRow) -> tuple[Truth, ...]:
    """Confirmed deposits of the same footage that the clip shows."""
    start, end = clip.t_start or 0.0, clip.t_end or float("inf")
    rows = session.scalars(
        select(EventRow)
        .join(ReviewRow, ReviewRow.event_id == EventRow.id)
        .where(
            EventRow.footage_id == event.footage_id,
            ReviewRow.state == ReviewState.CONFIRMED,
            ReviewRow.is_withdrawn.is_(False),
            EventRow.t_release >= start,
            EventRow.t_release <= end,
        )
    )
    there = sorted(rows, key=lambda row: (row.id != event.id, row.t_release))
    return tuple(Truth(row.t_release - start, _box(row)) for row in there)


def _box(event: EventRow) -> Box:
    x, y, width, height = (float(str(value)) for value in event.box)
    return Box(x, y, x + width, y + height)


def replay(
    clips: Sequence[ReviewedClip],
    active: ObjectDetector,
    candidate: ObjectDetector,
    rate: float,
    told: Told,
) -> list[EventSeen]:
    """Let both watch every clip; one that cannot be read any more is left out.

    Args:
        clips: of reviewed events.
        active: the model in use.
        candidate: the other one.
        rate: pictures analysed a second.
        told: how far it is.

    Raises:
        ModelError: a detector failed.
    """
    found = []
    for number, clip in enumerate(clips, start=1):
        try:
            before, seconds = _watched(clip, active, rate)
            after, _ = _watched(clip, candidate, rate)
        except SourceError:
            told(number, len(clips))
            continue
        found.append(
            EventSeen(
                event_id=clip.event_id,
                camera=clip.camera,
                day=clip.day,
                is_deposit=clip.is_deposit,
                seconds=seconds,
                found=Pair(int(before[0]), int(after[0])),
                false=Pair(before[1], after[1]),
            )
        )
        told(number, len(clips))
    return found


def _watched(
    clip: ReviewedClip, detector: ObjectDetector, rate: float
) -> tuple[tuple[bool, int], float]:
    """((whether the event was found, events nobody confirmed), seconds watched)."""
    source = RecordedSource(clip.file, camera_id=clip.event_id, rate=rate)
    watched = Watch(source, CameraPipeline(), detector).run()
    guesses = [Guess(event.t_release, event.box) for event in watched.events]
    score = match(clip.truths, guesses)
    is_found = clip.is_deposit and any(truth == 0 for truth, _ in score.pairs)
    return (is_found, len(score.false)), watched.seconds
