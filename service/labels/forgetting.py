"""Working copies go with what they were made of: evidence that is deleted, a word withdrawn."""

from pathlib import Path

from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError, NotFound
from litterwatch.service.labels.permits import permitted
from litterwatch.service.labels.pictures import COVERED, FOLDER, picture_of
from litterwatch.service.labels.tables import LabelRow


def forget_copies(session: Session, root: Path) -> int:
    """Delete copies whose picture is gone or may no longer be used; how many that were."""
    folder, forgotten = root / FOLDER, 0
    for path in sorted(folder.rglob("*.jpg")) if folder.is_dir() else ():
        label = session.get(LabelRow, path.stem.partition("-")[0])
        is_covered = path.parent.name == COVERED
        if label is None or not _is_there(session, root, label, is_covered=is_covered):
            path.unlink(missing_ok=True)
            forgotten += 1
    return forgotten


def _is_there(session: Session, root: Path, label: LabelRow, *, is_covered: bool) -> bool:
    if is_covered and (not label.is_standing or not permitted(session, [label])):
        return False
    try:
        picture_of(session, root, label)
    except (NotFound, EvidenceIntegrityError):
        return False
    return True
