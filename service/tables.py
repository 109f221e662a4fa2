"""Every table of the service, in one place to import them from.

Foreign keys name tables of other features; they can be resolved once all are known.
"""

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
    RetentionRow,
    SignatureRow,
    SigningKeyRow,
)
from litterwatch.service.evidence.tables import CustodyRow, EvidenceRow, GarbageRow
from litterwatch.service.reports.tables import ReportRow, UploadRow

__all__ = [
    "Base",
    "CaseEntryRow",
    "CaseEventRow",
    "CaseRow",
    "CustodyRow",
    "DeletionRow",
    "EventRow",
    "EvidenceRow",
    "ExportRow",
    "FootageRow",
    "GarbageRow",
    "HoldRow",
    "HolidayRow",
    "HolidayYearRow",
    "IdentityRow",
    "PaperRow",
    "ReportRow",
    "RetentionRow",
    "SignatureRow",
    "SigningKeyRow",
    "SiteEntryRow",
    "SiteTrackRow",
    "UploadRow",
]
