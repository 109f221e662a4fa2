"""The log as inspectors and auditors read it."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from litterwatch.service.audit.service import AuditFilter, read_log, record, verify_log
from litterwatch.service.chain import SYSTEM
from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.labels import LOGGED
from litterwatch.service.evidence.tables import Role
from litterwatch.service.users.roles import Permission
from litterwatch.service.users.service import accounts, names_of

router = APIRouter(prefix="/log", include_in_schema=False)

_PAGE: Final = 100
Seen = Annotated[Visit, Depends(Look(Permission.SEE_LOG, "log.viewed", "log:all"))]
Checking = Annotated[Visit, Depends(Change(Permission.SEE_LOG))]


@router.get("")
def log_page(
    visit: Seen,
    actor: str = "",
    action: str = "",
    subject: str = "",
    before: Annotated[str, Query(pattern=r"^\d{0,15}$")] = "",
) -> HTMLResponse:
    """The newest first, a page at a time."""
    subject = subject.strip()
    wanted = AuditFilter(
        actor.strip() or None,
        action.strip() or None,
        subject or None,
        _parts(subject),
        int(before) if before else None,
    )
    return _log(visit, wanted)


@router.post("/check")
def check_log(visit: Checking) -> HTMLResponse:
    """Walk the whole chain."""
    desk = visit.desk
    with desk.database.reading() as session:
        head, faults = verify_log(session)
    with desk.database.writing() as session:
        record(
            session,
            desk.clock,
            actor=visit.visitor.user_id,
            action="log.checked",
            subject="log:all",
            detail={"head": head, "faults": len(faults)},
        )
    return _log(visit, AuditFilter(), checked=(head, faults))


def _parts(subject: str) -> tuple[str, ...]:
    """Files of an event: looks at them are looks at the event."""
    kind, _, event_id = subject.partition(":")
    return tuple(f"file:{event_id}/{role}" for role in Role) if kind == "event" else ()


def _log(
    visit: Visit, wanted: AuditFilter, checked: tuple[str, list[str]] | None = None
) -> HTMLResponse:
    with visit.desk.database.reading() as session:
        rows = read_log(session, wanted, _PAGE)
        names = names_of(session, {row.actor for row in rows})
        people = [(user.id, user.name) for user in accounts(session)]
    return visit.desk.pages.page(
        visit.visitor,
        "/log",
        "log.html",
        rows=rows,
        names=names,
        people=people,
        wanted=wanted,
        actions=sorted(LOGGED),
        older=rows[-1].seq if len(rows) == _PAGE else None,
        checked=checked,
        machine=SYSTEM,
    )
