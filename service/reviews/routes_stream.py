"""The live queue over server-sent events."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from litterwatch.detector.errors import NotAllowed, NotSignedIn
from litterwatch.service.desk.access import COOKIE, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.feed import Follower
from litterwatch.service.reviews.schemas import FilterQuery
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas, is_allowed

router = APIRouter(include_in_schema=False)

LONGEST: Final = 3600
# A page follows by itself: it keeps nobody signed in, and coming back is no other look.
Following = Annotated[
    Visit,
    Depends(
        Look(Permission.SEE_EVENTS, "queue.followed", "queue:stream", is_file=True, is_use=False)
    ),
]


class StreamQuery(FilterQuery):
    """The filters of the queue, as in its address, and what a stream asks for beside."""

    after: Annotated[int | None, Field(ge=0, le=1 << 53)] = None
    wait: Annotated[int, Field(ge=0, le=LONGEST)] = 600


@router.get("/api/v1/events/stream")
async def stream(
    request: Request,
    visit: Following,
    asked: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[str, Header()] = "",
) -> StreamingResponse:
    """New and changed events of one's communes, as they come.

    `Last-Event-ID`, or `after` where there is none, is the number of the last news one has; `wait`
    is how long the stream stays open, s: 0 gives what there is. The filters of the queue's address
    leave nothing out: `is_wanted` says of each event whether they show it, in whatever state.
    """
    after = asked.after
    if last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 16:
        after = int(last_event_id)
    desk, key = visit.desk, request.cookies.get(COOKIE)

    def still_may() -> frozenset[str] | None:
        visitor = desk.sessions.find(key, is_use=False)
        if visitor is None:
            raise NotSignedIn(N_("The session has ended: sign in again."))
        if not is_allowed(visitor.grants, Permission.SEE_EVENTS):
            raise NotAllowed(N_("Your roles do not allow this."))
        return areas(visitor.grants, Permission.SEE_EVENTS)

    def matching(event_ids: Sequence[str]) -> frozenset[str]:
        with desk.database.reading() as session:
            wanted = queue.without_state(desk.kept.wanted(session, visit.person, asked))
            return queue.matching(session, visit.person, wanted, event_ids)

    units = areas(visit.person.grants, Permission.SEE_EVENTS)
    follower = Follower(
        visit.visitor.user_id, units, still_may, matching if asked.is_narrowed else None
    )
    desk.feed.require_place(follower.user_id)
    return StreamingResponse(
        desk.feed.stream(follower, after, asked.wait),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )
