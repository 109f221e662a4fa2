"""What the address of the list of cases says."""

from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from litterwatch.service.cases.reading import CaseFilter, Due, Some
from litterwatch.service.cases.state import CaseState
from litterwatch.service.reviews.schemas import Blank


class CaseQuery(BaseModel):
    """The filters as they stand in the address; what is left out or empty does not filter."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: CaseState | Some = Some.OPEN
    unit: Annotated[Annotated[str, Field(max_length=16)] | None, Blank] = None
    due: Annotated[Due | None, Blank] = None

    def filter(self) -> CaseFilter:
        """For the list."""
        return CaseFilter(self.state, self.unit, self.due)

    def query(self, **changes: Any) -> str:
        """The address's query; only what differs from the default."""
        values = {**self.model_dump(mode="json"), **changes}
        usual = CaseQuery().model_dump(mode="json")
        return urlencode(
            {
                name: value
                for name, value in values.items()
                if value not in (None, "") and value != usual.get(name)
            }
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the state is filtered."""
        return self.unit is not None or self.due is not None
