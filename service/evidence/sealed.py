"""Whether the evidence of one event is what was stored, byte for byte."""

from pathlib import Path

from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError, EvidenceUnavailable
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.texts import N_


def require_sealed(session: Session, root: Path, event_id: str) -> None:
    """Read every file of an event and compare it with its row.

    Raises:
        EvidenceIntegrityError: a file is gone or was changed.
        EvidenceUnavailable: there is no clip.
    """
    files = files_of(session, [event_id])[event_id]
    if Role.CLIP not in files:
        raise EvidenceUnavailable(N_("This event has no clip."))
    for row in files.values():
        if _digest(root / row.path) != row.sha256:
            raise EvidenceIntegrityError(
                N_("The evidence of this event is not what was stored: tell the administrator.")
            )


def require_size(root: Path, row: EvidenceRow) -> Path:
    """The path of a file that is there with its size: enough to show it.

    Raises:
        EvidenceIntegrityError: it is not.
    """
    path = root / row.path
    try:
        size = path.stat().st_size
    except OSError:
        size = -1
    if size != row.size:
        raise EvidenceIntegrityError(
            N_("The evidence of this event is not what was stored: tell the administrator.")
        )
    return path


def _digest(path: Path) -> str | None:
    try:
        return sha256_of_file(path)
    except OSError:
        return None
