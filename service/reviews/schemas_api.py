"""The wire shapes of the API. Times are UTC; seconds are media time of the recording."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from litterwatch.detector.types import EventKind
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.users.roles import Role as Office


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EventSummary(_Wire):
    """An event in the queue."""

    id: str
    state: ReviewState
    revision: int
    kind: EventKind
    score: float = Field(description="0 to 1: a suggestion of the machine, no proof")
    source: str
    moment: datetime = Field(description="of the act; of the scan where is_dated is false")
    is_dated: bool
    unit: str | None = Field(description="code of the commune or ward; null where nobody said")


class EventPage(_Wire):
    """A page of the queue; `following` is the cursor of the next one."""

    items: list[EventSummary]
    following: str | None


class Step(_Wire):
    """One step of an event's life; `role` is null for the machine."""

    number: int
    action: Action
    from_state: ReviewState | None
    to_state: ReviewState
    actor: str
    role: Office | None
    at: datetime
    reason: RejectReason | None
    note: str
    undoes: int | None


class EvidenceFile(_Wire):
    """A file; it is fetched at `href`."""

    role: str
    href: str
    media_type: str
    size: int
    sha256: str


class EventDetail(EventSummary):
    """Everything about one event."""

    act: EventKind | None
    reason: RejectReason | None
    parent_id: str | None
    release_seconds: float
    box: list[Any] = Field(description="[x, y, width, height] of the thing, px")
    zone: str
    zones_version: int | None = Field(
        description="of the camera's zones in the register; null for recordings"
    )
    clock_error: float | None = Field(
        description="seconds the live camera's own clock was ahead (negative: behind), as last"
        " measured before the event; null where it was not"
    )
    clock_uncertainty: float | None
    clock_measured_at: datetime | None
    features: dict[str, Any]
    reasons: list[Any] = Field(description="why the machine suspects it: code, media_time, detail")
    files: list[EvidenceFile]
    is_masked: bool | None = Field(
        description="whether privacy masks were laid on the clip's pictures before they were"
        " stored, and it is no bitstream of the camera; null where the manifest is not what was"
        " stored"
    )
    steps: list[Step]


class OrderBody(_Wire):
    """What is to be done."""

    action: Action
    reason: RejectReason | None = None
    note: Annotated[str, Field(max_length=2000)] = ""
    act: EventKind | None = None
    parent_id: Annotated[str | None, Field(max_length=64)] = None


class Me(_Wire):
    """Who is signed in, and the token that every order needs in `X-CSRF-Token`."""

    id: str
    name: str
    language: str
    roles: list[str] = Field(description="role@unit; without unit the whole province")
    csrf: str
