"""Verified and permitted pictures, handed over as values: faces and plates covered.

What is covered is in covering.py. The original stays where it is.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError, NotFound
from litterwatch.detector.geometry import covered_share
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.detector.types import ACTOR_LABELS, Label
from litterwatch.labelling.records import HardNegative, LabelledBox, LabelledPicture, Origin
from litterwatch.labelling.verdicts import Sight, hard_negative
from litterwatch.models.predict import read_picture
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import sha256_of
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.stills import jpeg
from litterwatch.service.labels.boxes import labelled
from litterwatch.service.labels.covering import with_nobody_known
from litterwatch.service.labels.permits import permitted
from litterwatch.service.labels.pictures import COVERED, FOLDER, Picture, picture_of, write_derived
from litterwatch.service.labels.queue import box_of
from litterwatch.service.labels.tables import LabelRow, MarkingRow, MarkingState

COVERING: Final = 1
"""Counted up when other parts are hidden than before: copies are then made again."""

_BATCH: Final = 200


def labelled_pictures(
    session: Session, root: Path, detector: ObjectDetector, *, is_covered: bool = True
) -> Iterator[LabelledPicture]:
    """Every picture that was verified and may be used, ordered by id.

    A picture that is no longer there, or no longer the one that was marked, is left out.

    Args:
        session: a reading one.
        root: the data folder; covered copies go below `derived/`.
        detector: sees whom to cover.
        is_covered: false hands over the originals, for use inside the building only.

    Raises:
        EvidenceError: a copy cannot be written.
        ModelError: the detector failed.
    """
    after = ""
    rows = (
        select(LabelRow, MarkingRow)
        .join(MarkingRow, MarkingRow.label_id == LabelRow.id)
        .where(
            LabelRow.is_standing.is_(True),
            MarkingRow.state == MarkingState.VERIFIED,
            MarkingRow.is_repeat.is_(False),
        )
        .order_by(LabelRow.id)
    )
    while part := session.execute(rows.where(LabelRow.id > after).limit(_BATCH)).all():
        after = part[-1][0].id
        allowed = permitted(session, [row[0] for row in part])
        for label, marking in part:
            picture = _original(session, root, label, marking)
            if label.id in allowed and picture is not None:
                if is_covered:
                    picture = _copy(root, picture, marking, detector)
                yield _value(label, marking, picture)


def label_source(
    opened: Callable[[], ObjectDetector],
) -> Callable[[Session, Path], list[LabelledPicture]]:
    """The covered pictures of a data folder, for who builds data sets.

    Args:
        opened: loads the detector that sees whom to cover; it is closed after use.
    """

    def pictures(session: Session, root: Path) -> list[LabelledPicture]:
        detector = opened()
        try:
            return list(labelled_pictures(session, root, detector))
        finally:
            detector.close()

    return pictures


def note_handed_over(
    session: Session, clock: Clock, actor: str, pictures: Sequence[LabelledPicture]
) -> None:
    """A row of the log for pictures that were handed over.

    Args:
        session: a writing one.
        clock: when.
        actor: id of an account, or `system`.
        pictures: what was handed over.
    """
    hashes = sorted(picture.sha256 for picture in pictures)
    record(
        session,
        clock,
        actor=actor,
        action="labels.handed_over",
        subject="labels:verified",
        detail={"pictures": len(hashes), "sha256": sha256_of(hashes)},
    )


def _original(session: Session, root: Path, label: LabelRow, marking: MarkingRow) -> Picture | None:
    try:
        picture = picture_of(session, root, label)
    except (NotFound, EvidenceIntegrityError):
        return None
    return picture if picture.sha256 == marking.picture_sha256 else None


def _copy(root: Path, picture: Picture, marking: MarkingRow, detector: ObjectDetector) -> Picture:
    key = sha256_of([picture.sha256, detector.sha256, marking.boxes, COVERING])
    path = root / FOLDER / COVERED / f"{marking.label_id}-{key[:16]}.jpg"
    if not path.is_file():
        image = read_picture(picture.path)
        copy = with_nobody_known(image, labelled(marking.boxes), detector)
        write_derived(path, jpeg(copy))
    return Picture(path, sha256_of_file(path))


def _negative(label: LabelRow, boxes: Sequence[LabelledBox]) -> HardNegative | None:
    """What was taken for a deposit: where the reason does not say it, what was drawn there does."""
    place = box_of(label)
    if label.origin is not Origin.REJECTED or label.negative is None or place is None:
        return None if label.origin is not Origin.REJECTED else label.negative
    seen: dict[Label, float] = {}
    for each in boxes:
        if each.label in ACTOR_LABELS and each.is_sure:
            seen[each.label] = max(seen.get(each.label, 0.0), covered_share(place, each.box))
    told = hard_negative(str(label.reason), Sight(seen=seen))
    return label.negative if told is HardNegative.OTHER else told


def _value(label: LabelRow, marking: MarkingRow, picture: Picture) -> LabelledPicture:
    boxes: tuple[LabelledBox, ...] = labelled(marking.boxes)
    return LabelledPicture(
        file=picture.path,
        sha256=picture.sha256,
        size=(marking.width, marking.height),
        boxes=boxes,
        camera=label.source,
        taken_at=label.taken_at,
        model_sha256=label.model_sha256,
        origin=label.origin,
        negative=_negative(label, boxes),
        event_id=label.event_id,
        may_train=True,
    )
