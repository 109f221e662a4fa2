"""The picture of a label: a still of its event, a picture cut from a clip, or a candidate's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.camera_adapters.clips import RecordedFootage
from litterwatch.detector.errors import EvidenceError, EvidenceUnavailable, NotFound
from litterwatch.service.evidence.derived import FOLDER as DERIVED
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.sealed import require_size
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.stills import jpeg
from litterwatch.service.evidence.tables import Role
from litterwatch.service.labels.tables import CandidateRow, LabelRow
from litterwatch.service.texts import N_

SHOWN: Final = (Role.STILL_AFTER, Role.STILL_ACT)
"""Which still is marked: the thing lies there alone, else as it was let go."""

FOLDER: Final = f"{DERIVED}/labels"
"""Pictures cut from clips; they can be cut again as long as the clip is there."""

COVERED: Final = "covered"
"""Below it: copies in which nobody can be known."""

GONE: Final = N_("This picture is no longer there.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with a picture, as it was stored."""

    path: Path
    sha256: str


def picture_of(session: Session, root: Path, label: LabelRow) -> Picture:
    """The picture of a label.

    Raises:
        NotFound: it was deleted when its time was over, or cannot be cut from its clip.
        EvidenceIntegrityError: it is not what was stored.
    """
    if label.candidate_id is not None:
        return _of_candidate(session, root, label.candidate_id)
    assert label.event_id is not None
    files = files_of(session, [label.event_id])[label.event_id]
    if label.missed_id is not None:
        clip = files.get(Role.CLIP)
        if clip is None or clip.t_start is None:
            raise NotFound(GONE)
        moment = label.media_time - clip.t_start
        return _cut(require_size(root, clip), moment, root / FOLDER / f"{label.id}.jpg")
    row = next((files[role] for role in SHOWN if role in files), None)
    if row is None:
        raise NotFound(GONE)
    return Picture(require_size(root, row), row.sha256)


def _of_candidate(session: Session, root: Path, candidate_id: str) -> Picture:
    row = session.get_one(CandidateRow, candidate_id)
    path = root / row.path
    if row.removed_at is not None or not path.is_file():
        raise NotFound(GONE)
    return Picture(path, row.sha256)


def _cut(clip: Path, moment: float, into: Path) -> Picture:
    if not into.is_file():
        try:
            write_derived(into, jpeg(RecordedFootage(clip).still(max(0.0, moment))))
        except EvidenceUnavailable as error:
            raise NotFound(GONE) from error
    return Picture(into, sha256_of_file(into))


def write_derived(into: Path, content: bytes) -> None:
    """Write a working copy, whole or not at all.

    Raises:
        EvidenceError: it cannot be written.
    """
    part = into.with_name(f"{into.name}.part")
    try:
        into.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        part.write_bytes(content)
        part.chmod(0o640)  # personal data, as the original
        part.replace(into)
    except OSError as error:
        raise EvidenceError(
            f"A working copy cannot be written ({error.strerror}): check the data folder."
        ) from error
    finally:
        part.unlink(missing_ok=True)
