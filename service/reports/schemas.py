"""What the address of the inbox says."""

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from litterwatch.service.reports.inbox import ReportFilter
from litterwatch.service.reports.tables import ReportState
from litterwatch.service.reviews.schemas import Anything, Blank


class ReportQuery(BaseModel):
    """The filters as they stand in the address; what is left out or empty does not filter."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: ReportState | Anything = ReportState.RECEIVED
    unit: Annotated[Annotated[str, Field(max_length=16)] | None, Blank] = None

    def filter(self) -> ReportFilter:
        """For the inbox."""
        state = self.state if isinstance(self.state, ReportState) else None
        return ReportFilter(state, self.unit)

    def query(self, **changes: Any) -> str:
        """The address's query; only what differs from the default."""
        values = {**self.model_dump(mode="json"), **changes}
        usual = ReportQuery().model_dump(mode="json")
        return urlencode(
            {
                name: value
                for name, value in values.items()
                if value not in (None, "") and value != usual.get(name)
            }
        )


class ReportStep(StrEnum):
    """What is made of a report."""

    ACCEPT = "accept"
    DISMISS = "dismiss"
    FORWARD = "forward"


class Linking(StrEnum):
    """Whether a report speaks of an event."""

    LINK = "link"
    UNLINK = "unlink"
