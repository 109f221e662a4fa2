"""The wire shapes of reports. Who sent one is never on the wire; times are UTC."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from litterwatch.detector.errors import InvalidInput
from litterwatch.service.reports.schemas import Linking, ReportStep
from litterwatch.service.reports.service import NewReport
from litterwatch.service.reports.tables import Channel, ReportState
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit

Degrees = Annotated[float, Field(allow_inf_nan=False)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportSummary(_Wire):
    """A report in the inbox."""

    id: str
    state: ReportState
    revision: int
    channel: Channel
    unit: str
    place: str
    text: str
    occurred_at: datetime | None
    latitude: float | None
    longitude: float | None
    wants_reply: bool
    case_id: str | None
    received_at: datetime


class ReportPage(_Wire):
    """A page of the inbox, the newest first; `following` is the cursor of the next one."""

    items: list[ReportSummary]
    following: str | None


class ReportFile(_Wire):
    """The clean copy of a file that came with a report; it is fetched at `href`."""

    href: str
    media_type: str | None
    size: int | None
    original_sha256: str | None


class ReportDetail(ReportSummary):
    """Everything about one report but who sent it."""

    reason: str | None
    reply: str | None
    files: list[ReportFile]
    events: list[str] = Field(description="that somebody has linked with it")


class ReportTaken(_Wire):
    """A report that was taken in."""

    report: ReportSummary
    code: str | None = Field(
        description="for the sender, told once: null where the order is repeated"
    )


class NewReportBody(_Wire):
    """What somebody reports."""

    unit: Annotated[str, Field(max_length=16)]
    place: Annotated[str, Field(max_length=5000)]
    text: Annotated[str, Field(max_length=5000)]
    channel: Channel = Channel.API
    occurred_at: AwareDatetime | None = None
    latitude: Degrees | None = None
    longitude: Degrees | None = None
    contact: Annotated[str | None, Field(max_length=5000)] = Field(
        None, description="who sent it: encrypted, and never on the wire again"
    )
    wants_reply: bool = False

    def report(self) -> NewReport:
        """For the service.

        Raises:
            InvalidInput: an unknown unit, or half a position.
        """
        if known_unit(self.unit) is None:
            raise InvalidInput(N_("There is no such commune or ward."))
        position = None
        if self.latitude is not None and self.longitude is not None:
            position = (self.latitude, self.longitude)
        elif (self.latitude, self.longitude) != (None, None):
            raise InvalidInput(N_("A position has a latitude and a longitude."))
        return NewReport(
            channel=self.channel,
            unit=self.unit,
            place=self.place,
            text=self.text,
            occurred_at=self.occurred_at,
            position=position,
            contact=self.contact,
            wants_reply=self.wants_reply,
        )


class SettleBody(_Wire):
    """What is made of a report."""

    action: ReportStep
    reason: Annotated[str, Field(max_length=5000)] = ""


class LinkBody(_Wire):
    """Whether it speaks of an event."""

    action: Linking
    event_id: Annotated[str, Field(max_length=64)]


class AnswerBody(_Wire):
    """What the sender reads."""

    reply: Annotated[str, Field(max_length=5000)]
