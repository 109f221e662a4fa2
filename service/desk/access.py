"""The gate of every page and call: who asks, may he, and a row of the log.

A route has exactly one gate. `Look` lets in and logs; `Change` and `Call` also prove that the order
comes from a page of ours, and leave the log to the service that carries it out.
"""

import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Form, Header, Request
from fastapi.responses import Response

from litterwatch.detector.errors import DeskError, NotAllowed, NotSignedIn
from litterwatch.service.audit.service import done_to, has_done, record, record_all
from litterwatch.service.desk.addresses import SECOND_FACTOR
from litterwatch.service.desk.context import Desk, Visit, address_of, desk_of
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, is_allowed
from litterwatch.service.users.sessions import ANYBODY, Visitor

COOKIE: Final = "litterwatch"
"""Holds the key of a session."""

GLANCE: Final = timedelta(minutes=10)
"""Within it a file that is asked for again, piece by piece, is one look of one person."""

_LONGEST_SUBJECT: Final = 255


class Unfinished(DeskError):
    """Signed in, but something must be done first; `path` is where."""

    def __init__(self, path: str) -> None:
        super().__init__(N_("Finish signing in first."))
        self.path = path


class Gate:
    """Lets people through.

    Args:
        permission: what they need.
        is_use: a person asks; what a page asks for by itself keeps no session alive.
    """

    def __init__(self, permission: Permission, *, is_use: bool = True) -> None:
        self.permission = permission
        self.is_use = is_use

    def enter(self, request: Request) -> Visit:
        """Whoever may.

        Raises:
            NotAllowed: signed in, and this is not his to do.
            NotSignedIn: nobody, or the session has ended.
            Unfinished: the second factor or a new password comes first.
        """
        desk = desk_of(request)
        visitor = desk.sessions.find(request.cookies.get(COOKIE), is_use=self.is_use)
        if visitor is None:
            raise NotSignedIn(N_("Sign in first."))
        if not visitor.is_complete:
            raise Unfinished(SECOND_FACTOR)
        if not is_allowed(visitor.grants, self.permission):
            raise NotAllowed(N_("Your roles do not allow this."))
        self._require_finished(desk, visitor)
        return Visit(desk, visitor, address_of(request), _path(request))

    def _require_finished(self, desk: Desk, visitor: Visitor) -> None:
        if self.permission is Permission.OWN_ACCOUNT:
            return
        is_due = desk.settings.desk.second_factor == "required" and not visitor.has_second_factor
        if visitor.must_change_password or is_due:
            raise Unfinished("/account")


class Look(Gate):
    """For reading. Every look is a row of the log, written before anything is shown.

    Args:
        permission: what is needed.
        action: for the log.
        subject: for the log, with the names of path parameters in braces.
        is_file: pieces of the same file within `GLANCE` are one look.
        is_use: as for every gate.
    """

    def __init__(
        self,
        permission: Permission,
        action: str,
        subject: str,
        *,
        is_file: bool = False,
        is_use: bool = True,
    ) -> None:
        super().__init__(permission, is_use=is_use)
        self.action = action
        self._subject = subject
        self._is_file = is_file

    def __call__(self, request: Request) -> Visit:
        visit = self.enter(request)
        desk, user_id = visit.desk, visit.visitor.user_id
        subject = self._subject.format(**request.path_params)[:_LONGEST_SUBJECT]
        if self._is_file:
            since = desk.clock.now() - GLANCE
            if desk.glances.has(user_id, self.action, subject, since):
                return visit
            with desk.database.reading() as session:
                if has_done(session, user_id, self.action, subject, since):
                    return visit
        now = desk.clock.now()
        with desk.database.writing() as session:
            record(
                session,
                desk.clock,
                actor=user_id,
                action=self.action,
                subject=subject,
                detail={"address": visit.address, "query": str(request.url.query)[:500]},
            )
        if self._is_file:
            desk.glances.note(user_id, self.action, [subject], now)
        return visit


def note_looks(visit: Visit, action: str, subjects: Sequence[str]) -> None:
    """Write looks at many things that a page is about to show; one transaction for all.

    What was looked at within `GLANCE` is in the log already. Files that the page then asks for are
    of the same look.
    """
    desk, user_id, now = visit.desk, visit.visitor.user_id, visit.desk.clock.now()
    with desk.database.reading() as session:
        seen = done_to(session, user_id, action, subjects, now - GLANCE)
    fresh = [subject for subject in subjects if subject not in seen]
    if not fresh:
        return
    with desk.database.writing() as session:
        record_all(
            session,
            desk.clock,
            actor=user_id,
            action=action,
            subjects=fresh,
            detail={"address": visit.address, "query": ""},
        )
    desk.glances.note(user_id, action, fresh, now)


class Change(Gate):
    """For forms: the token of the session stands in the field `csrf`."""

    def __call__(self, request: Request, csrf: Annotated[str, Form()] = "") -> Visit:
        return require_token(self.enter(request), csrf)


class Call(Gate):
    """For programs: the token of the session stands in the header `X-CSRF-Token`."""

    def __call__(self, request: Request, x_csrf_token: Annotated[str, Header()] = "") -> Visit:
        return require_token(self.enter(request), x_csrf_token)


def require_token(visit: Visit, given: str) -> Visit:
    """Refuse an order that was not given on a page of ours.

    Raises:
        NotAllowed: the token is missing or another session's.
    """
    if not hmac.compare_digest(visit.visitor.csrf.encode(), given.encode()):
        raise NotAllowed(N_("This form is too old: load the page again."))
    return visit


def set_key(request: Request, answer: Response, key: str) -> None:
    """Give a browser the key of its session."""
    is_secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, key, httponly=True, samesite="lax", secure=is_secure)


def log_refusal(request: Request, error: Exception) -> None:
    """Note that somebody was refused."""
    desk = desk_of(request)
    visitor = desk.sessions.find(request.cookies.get(COOKIE))
    with desk.database.writing() as session:
        record(
            session,
            desk.clock,
            actor=visitor.user_id if visitor else ANYBODY,
            action="access.refused",
            subject=f"page:{request.url.path}"[:_LONGEST_SUBJECT],
            detail={
                "address": address_of(request),
                "method": request.method,
                "error": type(error).__name__,
            },
        )


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
