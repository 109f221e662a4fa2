"""Which certificate of a camera is believed, kept sealed beside its login.

Sealed, because whoever could change it could stand between a camera and the watch. Its row among
the secrets has an id that follows from the camera's: there is one of each camera, or none.
"""

import uuid
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.camera_adapters.certificates import Trust
from litterwatch.detector.protocols import Clock
from litterwatch.service.cameras.tables import CameraSecretRow
from litterwatch.service.cameras.vault import Vault

_SPACE: Final = uuid.UUID("6f0c7a52-3a53-4d0e-8f0e-2a3c1b9d4e71")


def is_trust_set(session: Session, camera_id: str) -> bool:
    """Whether somebody has said which certificate of a camera is believed; needs no key."""
    return session.get(CameraSecretRow, _id(camera_id)) is not None


def trust_of_camera(session: Session, vault: Vault, camera_id: str) -> Trust | None:
    """Which certificate of a camera is believed; None where nobody has said.

    Raises:
        ConfigError: the key does not fit.
    """
    row = session.get(CameraSecretRow, _id(camera_id))
    return None if row is None else vault.unseal_trust(row.id, row.sealed)


def set_trust(session: Session, clock: Clock, vault: Vault, camera_id: str, trust: Trust) -> None:
    """From now on this certificate is believed, and what was before is forgotten."""
    forget_trust(session, camera_id)
    row_id = _id(camera_id)
    sealed = vault.seal_trust(row_id, trust)
    session.add(CameraSecretRow(id=row_id, sealed=sealed, created_at=clock.now()))
    session.flush()


def forget_trust(session: Session, camera_id: str) -> None:
    """Nobody has said any more which certificate is believed."""
    row = session.get(CameraSecretRow, _id(camera_id))
    if row is not None:
        session.delete(row)
        session.flush()


def _id(camera_id: str) -> str:
    return uuid.uuid5(_SPACE, camera_id).hex
