"""The live queue over server-sent events."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from litterwatch.detector.errors import NotAllowed, NotSignedIn
from litterwatch.service.desk.access import COOKIE, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.reviews.feed import Follower
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
Number = Annotated[int | None, Query(ge=0, le=1 << 53)]


@router.get("/api/v1/events/stream")
async def stream(
    request: Request,
    visit: Following,
    after: Number = None,
    wait: Annotated[int, Query(ge=0, le=LONGEST)] = 600,
    last_event_id: Annotated[str, Header()] = "",
) -> StreamingResponse:
    """New and changed events of one's communes, as they come.

    `Last-Event-ID`, or `after` where there is none, is the number of the last news one has; `wait`
    is how long the stream stays open, s: 0 gives what there is.
    """
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

    follower = Follower(
        visit.visitor.user_id, areas(visit.person.grants, Permission.SEE_EVENTS), still_may
    )
    desk.feed.require_place(follower.user_id)
    return StreamingResponse(
        desk.feed.stream(follower, after, wait),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )
