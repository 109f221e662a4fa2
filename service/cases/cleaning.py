"""The cleaning of places: reported, ordered, cleaned, watched, closed, or dirty again."""

import secrets
from datetime import date
from hashlib import sha256

from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor, Office
from litterwatch.service.canonical import JsonValue, plain
from litterwatch.service.cases.facts import day_of, find_case, today_of
from litterwatch.service.cases.history import append_site_entry
from litterwatch.service.cases.site_offers import watched_until
from litterwatch.service.cases.site_track import (
    SITE_TABLE,
    SiteFacts,
    SiteMove,
    SiteState,
    site_objection,
)
from litterwatch.service.cases.tables import SiteTrackRow
from litterwatch.service.db import Database
from litterwatch.service.evidence.looks import refuse
from litterwatch.service.texts import N_

MAY_REPORT = frozenset(
    {Office.SCREENER, Office.REVIEWER, Office.CASE_OFFICER, Office.INSPECTOR, Office.CLERK}
)
LARGEST_PHOTO = 8 << 20
"""Bytes; a photo is a JPEG that was checked and stripped before."""


def report_place(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    unit: str,
    place: str,
    case_id: str | None = None,
) -> str:
    """Note a place that must be cleaned; the id of its track.

    Raises:
        NotAllowed: the office, or no place or unit.
        NotFound: there is no such case.
    """
    if actor.office not in MAY_REPORT or not place.strip() or not unit:
        raise NotAllowed(
            N_("A place has a unit and a description, and an office that may report it.")
        )
    if case_id is not None:
        find_case(session, case_id)
    now = clock.now()
    row = SiteTrackRow(
        id=secrets.token_hex(16),
        case_id=case_id,
        unit=unit,
        place=place.strip(),
        state=SiteState.REPORTED,
        version=1,
        reported_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    append_site_entry(
        session,
        clock,
        actor,
        track_id=row.id,
        move="report",
        source="",
        target=row.state,
        detail={"place": row.place},
        photo=None,
    )
    return row.id


def move_place(
    database: Database,
    clock: Clock,
    actor: Actor,
    track_id: str,
    move: SiteMove,
    *,
    version: int,
    fields: dict[str, JsonValue] | None = None,
    photo: bytes | None = None,
) -> SiteState:
    """Do one move of the table; where the cleaning is then.

    Args:
        database: where places are kept.
        clock: when.
        actor: who.
        track_id: which place.
        move: what.
        version: as the actor saw it.
        fields: what was typed in.
        photo: JPEG, checked and stripped before (service/reports).

    Raises:
        NotFound: there is no such place.
        Conflict: somebody has moved it since.
        NotAllowed: the table says no; the refusal is in the chain of custody.
    """
    typed = {name: plain(value) for name, value in (fields or {}).items()}
    with database.writing() as session:
        row = session.get(SiteTrackRow, track_id, with_for_update=True)
        if row is None:
            raise NotFound(N_("There is no such place."))
        if row.version != version:
            raise Conflict(N_("Somebody has moved this place since you opened it: look again."))
        why_not = _objection(row, actor, move, typed, today=today_of(clock), photo=photo)
        if why_not is None:
            return _apply(session, clock, actor, row, move=move, typed=typed, photo=photo)
    return refuse(
        database,
        clock,
        actor,
        action="site.move",
        subject=track_id,
        why=why_not,
        detail={"move": move},
    )


def _objection(
    row: SiteTrackRow,
    actor: Actor,
    move: SiteMove,
    typed: dict[str, JsonValue],
    *,
    today: date,
    photo: bytes | None,
) -> str | None:
    until = watched_until(row)
    is_photo = photo is not None and photo[:3] == b"\xff\xd8\xff"
    facts = SiteFacts(row.state, row.unit, is_photo, until, today)
    if photo is not None and len(photo) > LARGEST_PHOTO:
        return N_("The photo is too large.")
    try:
        if typed.get("cleaned_on"):
            day_of(typed, "cleaned_on", today)
    except NotAllowed as error:
        return str(error)
    return site_objection(move, facts, actor, typed)


def _apply(
    session: Session,
    clock: Clock,
    actor: Actor,
    row: SiteTrackRow,
    *,
    move: SiteMove,
    typed: dict[str, JsonValue],
    photo: bytes | None,
) -> SiteState:
    source, row.state = row.state, SITE_TABLE[move].target
    if move is SiteMove.CLEAN:
        row.cleaned_on = day_of(typed, "cleaned_on", today_of(clock))
    elif move is SiteMove.RELAPSE:
        row.cleaned_on = None
    detail = dict(typed)
    if photo is not None:
        detail["photo"] = sha256(photo).hexdigest()
    row.version, row.updated_at = row.version + 1, clock.now()
    append_site_entry(
        session,
        clock,
        actor,
        track_id=row.id,
        move=move,
        source=source,
        target=row.state,
        detail=detail,
        photo=photo,
    )
    return row.state
