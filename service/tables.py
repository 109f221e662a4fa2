"""Every table of the service, in one place to import them from.

Foreign keys name tables of other features; they can be resolved once all are known.
"""

from litterwatch.service.cameras.tables import CameraRow, CameraSecretRow, CameraSiteRow
from litterwatch.service.db import Base
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.tables import CustodyRow, EvidenceRow, GarbageRow

__all__ = [
    "Base",
    "CameraRow",
    "CameraSecretRow",
    "CameraSiteRow",
    "CustodyRow",
    "EventRow",
    "EvidenceRow",
    "FootageRow",
    "GarbageRow",
]
