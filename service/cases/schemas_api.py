"""The wire shapes of cases. Times are UTC, days local; amounts are whole VND."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from litterwatch.service.cases.deadlines import Urgency
from litterwatch.service.cases.law import LimitKind
from litterwatch.service.cases.state import CaseState, Lane, Move


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaseSummary(_Wire):
    """A case in the list."""

    id: str
    state: CaseState
    revision: int
    unit: str = Field(description="code of the commune or ward that has it")
    target_unit: str | None = Field(description="to whom it is being handed over")
    lane: Lane
    occurred_on: date | None = Field(description="day of the act; null where nobody knows it")
    due_on: date | None = Field(description="nearest deadline")
    warn_on: date | None
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class CasePage(_Wire):
    """A page of the list, what is due first at the top; `following` is the next cursor."""

    items: list[CaseSummary]
    following: str | None


class DeadlineShown(_Wire):
    """Something that must be done in time."""

    kind: LimitKind
    due: date
    urgency: Urgency
    basis: str
    is_certain: bool = Field(description="whether all days off up to then are known")


class MoveOffered(_Wire):
    """A move that this account may make now, with the fields it takes."""

    move: Move
    needs: list[str]
    may_also: list[str]


class Entry(_Wire):
    """One line of the history."""

    number: int
    at: datetime
    actor: str
    office: str
    move: str
    source: str
    target: str
    detail: dict[str, Any]
    hash: str


class HoldShown(_Wire):
    """What is not deleted for this case's sake, whatever the rules of retention say."""

    event_id: str
    reason: str
    placed_by: str
    placed_at: datetime


class CaseDetail(CaseSummary):
    """Everything about one case but who is involved: that is read on its page, with a note."""

    act_id: str | None
    is_complex: bool
    is_organisation: bool
    may_be_minor: bool
    events: list[str]
    deadlines: list[DeadlineShown]
    missing: list[str] = Field(description="what the dossier still lacks")
    holds: list[HoldShown]
    moves: list[MoveOffered]
    history: list[Entry]


class NewCaseBody(_Wire):
    """On which confirmed event."""

    event_id: Annotated[str, Field(max_length=64)]
    unit: Annotated[str | None, Field(max_length=16)] = Field(
        None, description="needed where the register of cameras does not say whose the event is"
    )
    occurred_on: date | None = Field(
        None, description="day of the act, where the recording does not say it"
    )


class MoveBody(_Wire):
    """What is done, and what is typed in with it."""

    move: Move
    fields: dict[str, Annotated[str, Field(max_length=2000)] | int] = Field(
        default_factory=dict, description="by name; days as 2026-11-27, amounts as whole VND"
    )


class HoldBody(_Wire):
    """Why evidence is held, or released; it is kept for ever."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]
