"""Every table of the service, in one place to import them from.

Foreign keys name tables of other features; they can be resolved once all are known.
"""

from litterwatch.service.audit.tables import AuditRow
from litterwatch.service.cameras.tables import CameraRow, CameraSecretRow
from litterwatch.service.cases.tables import (
    CaseEntryRow,
    CaseEventRow,
    CaseRow,
    HolidayRow,
    HolidayYearRow,
    IdentityRow,
    PaperRow,
    SiteEntryRow,
    SiteTrackRow,
)
from litterwatch.service.db import Base
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.custody_tables import (
    DeletionRow,
    ExportRow,
    HoldRow,
    PackageRow,
    RetentionRow,
    SignatureRow,
    SigningKeyRow,
)
from litterwatch.service.evidence.tables import CustodyRow, EvidenceRow, GarbageRow
from litterwatch.service.labels.tables import CandidateRow, LabelRow, MarkingRow, PermitRow
from litterwatch.service.once import RequestRow
from litterwatch.service.overview.tables import CameraDayRow
from litterwatch.service.reports.tables import ReportEventRow, ReportRow, UploadRow
from litterwatch.service.reviews.tables import ChangeRow, MissedRow, ReviewRow, StepRow
from litterwatch.service.sites.tables import CameraEntryRow, SiteRow, ZonesRow
from litterwatch.service.users.tables import (
    AttemptRow,
    FirstRunRow,
    GrantRow,
    SessionRow,
    SubjectRow,
    UserRow,
)
from litterwatch.service.webhooks.tables import DeliveryRow, WebhookRow

__all__ = [
    "AttemptRow",
    "AuditRow",
    "Base",
    "CameraDayRow",
    "CameraEntryRow",
    "CameraRow",
    "CameraSecretRow",
    "CandidateRow",
    "CaseEntryRow",
    "CaseEventRow",
    "CaseRow",
    "ChangeRow",
    "CustodyRow",
    "DeletionRow",
    "DeliveryRow",
    "EventRow",
    "EvidenceRow",
    "ExportRow",
    "FirstRunRow",
    "FootageRow",
    "GarbageRow",
    "GrantRow",
    "HoldRow",
    "HolidayRow",
    "HolidayYearRow",
    "IdentityRow",
    "LabelRow",
    "MarkingRow",
    "MissedRow",
    "PackageRow",
    "PaperRow",
    "PermitRow",
    "ReportEventRow",
    "ReportRow",
    "RequestRow",
    "RetentionRow",
    "ReviewRow",
    "SessionRow",
    "SignatureRow",
    "SigningKeyRow",
    "SiteEntryRow",
    "SiteRow",
    "SiteTrackRow",
    "StepRow",
    "SubjectRow",
    "UploadRow",
    "UserRow",
    "WebhookRow",
    "ZonesRow",
]
