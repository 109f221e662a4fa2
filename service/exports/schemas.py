"""What the address of the book says."""

from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from litterwatch.service.exports.book import BookFilter, Stage
from litterwatch.service.reviews.schemas import Blank


class BookQuery(BaseModel):
    """The filters as they stand in the address; what is left out or empty does not filter."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: Annotated[Stage | None, Blank] = None
    event: Annotated[Annotated[str, Field(max_length=64)] | None, Blank] = None
    mine: bool = False

    def filter(self, user_id: str) -> BookFilter:
        """For the book, as somebody asks."""
        return BookFilter(self.stage, self.event, user_id if self.mine else None)

    def query(self, **changes: Any) -> str:
        """The address's query; only what differs from the default."""
        values = {**self.model_dump(mode="json"), **changes}
        return urlencode(
            {
                name: "true" if value is True else value
                for name, value in values.items()
                if value not in (None, "", False)
            }
        )
