"""The page that tells how far labelling has got."""

from typing import Any

from fastapi.responses import HTMLResponse

from litterwatch.detector.errors import LitterwatchError
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.labels.figures import figures
from litterwatch.service.labels.permits import standing_permits
from litterwatch.service.labels.service import done_by
from litterwatch.service.users.service import names_of


def labels_page(
    visit: Visit, *, is_empty: bool = False, error: LitterwatchError | None = None
) -> HTMLResponse:
    """The page of the state, with what went wrong if anything did."""
    desk, person = visit.desk, visit.person
    desk.labels.follow()
    with desk.database.reading() as session:
        permits = standing_permits(session, person)
        values: dict[str, Any] = {
            "figures": figures(session, person),
            "permits": permits,
            "names": names_of(session, {permit.given_by for permit in permits}),
            "done": done_by(session, person),
        }
    return desk.pages.page(
        visit.visitor,
        "/labelling",
        "labelling.html",
        200 if error is None else status_of(error)[0],
        problem=None if error is None else text_of(error, visit.language),
        is_empty=is_empty,
        **values,
    )
