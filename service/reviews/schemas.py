"""What the address of the queue says."""

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from litterwatch.detector.types import EventKind
from litterwatch.service.reviews.queue import Filter, Order
from litterwatch.service.reviews.state import ReviewState


class View(StrEnum):
    """How events are laid out."""

    GRID = "grid"
    TIMELINE = "timeline"


class Anything(StrEnum):
    """No filter by state."""

    ALL = "all"


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


def _as_written_here(value: Any) -> Any:
    """A day as people write it, dd/mm/yyyy; programs write yyyy-mm-dd."""
    if isinstance(value, str) and value.count("/") == 2:
        day, month, year = value.strip().split("/")
        return f"{year}-{month:0>2}-{day:0>2}"
    return _empty_is_none(value)


Blank = BeforeValidator(_empty_is_none)
Day = BeforeValidator(_as_written_here)


class FilterQuery(BaseModel):
    """The filters as they stand in the address; what is left out or empty does not filter."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: ReviewState | Anything = ReviewState.NEW
    kind: Annotated[EventKind | None, Blank] = None
    source: Annotated[Annotated[str, Field(max_length=500)] | None, Blank] = None
    site: Annotated[Annotated[str, Field(max_length=64)] | None, Blank] = None
    unit: Annotated[Annotated[str, Field(max_length=16)] | None, Blank] = None
    least: Annotated[Annotated[int, Field(ge=0, le=100)] | None, Blank] = None
    day: Annotated[date | None, Day] = None
    mine: bool = False
    order: Order = Order.CERTAIN
    view: View = View.GRID

    def filter(self, sources: tuple[str, ...] | None = None) -> Filter:
        """For the queue (`Kept.wanted`); `sources` are those of the site that is asked for."""
        return Filter(
            state=self.state if isinstance(self.state, ReviewState) else None,
            kind=self.kind,
            source=self.source,
            sources=sources,
            unit=self.unit,
            least=None if self.least is None else self.least / 100,
            day=self.day,
            mine=self.mine,
            # A line of time has only one order.
            order=Order.NEWEST if self.view is View.TIMELINE else self.order,
        )

    def query(self, **changes: Any) -> str:
        """The address's query; only what differs from the default."""
        return _query(self, tuple(changes.items()))

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the state is filtered."""
        asked = (self.kind, self.source, self.site, self.unit, self.least, self.day)
        return self.mine or any(value is not None for value in asked)


@lru_cache(1024)
def _query(asked: FilterQuery, changes: tuple[tuple[str, Any], ...]) -> str:
    """Asked for by every link of a page, mostly the same ones."""
    values = {**asked.model_dump(mode="json"), **dict(changes)}
    changed = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in values.items()
        if value not in (None, "") and value != _USUAL.get(name)
    }
    return urlencode(changed)


_USUAL: Final = FilterQuery().model_dump(mode="json")
