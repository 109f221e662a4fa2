"""Every table of the service, in one place to import them from.

Foreign keys name tables of other features; they can be resolved once all are known.
"""

from litterwatch.service.audit.tables import AuditRow
from litterwatch.service.cameras.tables import CameraRow, CameraSecretRow, CameraSiteRow
from litterwatch.service.db import Base
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.tables import CustodyRow, EvidenceRow, GarbageRow
from litterwatch.service.reviews.tables import MissedRow, ReviewRow, StepRow
from litterwatch.service.sites.tables import CameraEntryRow, SiteRow, ZonesRow
from litterwatch.service.users.tables import (
    AttemptRow,
    FirstRunRow,
    GrantRow,
    SessionRow,
    UserRow,
)

__all__ = [
    "AttemptRow",
    "AuditRow",
    "Base",
    "CameraEntryRow",
    "CameraRow",
    "CameraSecretRow",
    "CameraSiteRow",
    "CustodyRow",
    "EventRow",
    "EvidenceRow",
    "FirstRunRow",
    "FootageRow",
    "GarbageRow",
    "GrantRow",
    "MissedRow",
    "ReviewRow",
    "SessionRow",
    "SiteRow",
    "StepRow",
    "UserRow",
    "ZonesRow",
]
