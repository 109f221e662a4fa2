"""The wire shapes of exports. Times are UTC."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from litterwatch.service.evidence.custody_tables import WhyNot
from litterwatch.service.exports.book import Stage
from litterwatch.service.exports.orders import LONGEST_REASON, LONGEST_RECIPIENT


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WishBody(_Wire):
    """What is to leave the building, why, and for whom."""

    event_id: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(max_length=LONGEST_REASON)]
    recipient: Annotated[str, Field(max_length=LONGEST_RECIPIENT)]
    is_unblurred: bool = Field(
        default=False, description="with the originals: a second person must agree"
    )


class DecisionBody(_Wire):
    """The second person's word."""

    agree: bool


class ExportShown(_Wire):
    """A line of the book of exports."""

    id: str
    event_id: str
    unit: str | None = Field(description="code of the commune or ward of the event")
    stage: Stage
    revision: int
    is_unblurred: bool
    reason: str
    recipient: str
    requested_by: str
    requested_office: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    finished_at: datetime | None
    package_sha256: str | None
    package_size: int | None = Field(description="bytes")
    fetched_at: datetime | None = Field(description="last")
    why: WhyNot | None = Field(description="why it was not made")
    detail: str | None = Field(description="the same in a sentence, in the account's language")
    href: str | None = Field(
        description="where this account fetches the package; null where there is none for it"
    )


class ExportPage(_Wire):
    """A page of the book; `following` is the cursor of the next one."""

    items: list[ExportShown]
    following: str | None
