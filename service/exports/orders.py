"""Orders on exports at the desk: the services of evidence, for whom the commune allows it."""

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor
from litterwatch.service.cases.opening import case_of_event
from litterwatch.service.db import Database
from litterwatch.service.evidence.export import Wish, request_export
from litterwatch.service.exports.book import ASKED_AGAIN, Entry, seen_export
from litterwatch.service.once import Once
from litterwatch.service.reviews.conditions import Person, visible
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas, reaches

LONGEST_REASON, LONGEST_RECIPIENT = 2000, 300


def require_units(person: Person, permission: Permission, units: tuple[str | None, ...]) -> None:
    """Refuse somebody whose roles are for other communes than these.

    Raises:
        NotAllowed: they are.
    """
    if not any(reaches(person.grants, permission, unit) for unit in units):
        raise NotAllowed(N_("Your roles do not allow this for this event."))


def exportable_units(database: Database, person: Person, event_id: str) -> tuple[str | None, ...]:
    """Whose an event is, for somebody who may export its evidence.

    That is the commune where it happened, and the one that has its case: who was handed a case
    and has accepted it hands its evidence on, though it is not his own commune's event.

    Raises:
        NotAllowed: he may look, but not export.
        NotFound: there is none where he may look.
    """
    with database.reading() as session:
        case = case_of_event(session, event_id)
        has_case = case is not None and reaches(person.grants, Permission.SEE_CASE_FILES, case.unit)
        review = session.get(ReviewRow, event_id) if has_case else None
        unit = (review or visible(session, person, event_id)).unit
    units = (unit,) if case is None else (unit, case.unit)
    require_units(person, Permission.EXPORT_EVIDENCE, units)
    return units


def ask(
    database: Database, clock: Clock, actor: Actor, wish: Wish, *, once: Once | None = None
) -> str:
    """Ask for a package that the desk makes and keeps; the number of the export.

    The caller has seen to it that the actor may (`exportable_units`).

    Raises:
        Conflict: as `request_export`.
        InvalidInput: no reason, no recipient, or too long.
        NotAllowed, NotFound: as `request_export`.
    """
    if not wish.reason.strip() or not wish.recipient.strip():
        raise InvalidInput(N_("An export needs a reason and a recipient."))
    if len(wish.reason) > LONGEST_REASON or len(wish.recipient) > LONGEST_RECIPIENT:
        raise InvalidInput(N_("Reason or recipient are too long."))
    return request_export(database, clock, actor, wish, is_kept=True, once=once)


def decidable(database: Database, person: Person, export_id: str) -> Entry:
    """An export of which somebody may be asked for his word.

    Raises:
        Conflict: it was made on the command line, where nobody waits.
        NotAllowed: he may look, but not decide.
        NotFound: there is none where he may look.
    """
    entry = _entry_for(database, person, Permission.AGREE_EXPORTS, export_id)
    if entry.package is None:
        raise Conflict(N_("This export waits for nobody's word."))
    return entry


def wish_again(
    database: Database, person: Person, export_id: str
) -> tuple[Wish, tuple[str | None, ...]]:
    """What was asked for, to be asked for once more, and whose the event is.

    Raises:
        Conflict: it is still on its way, or can be fetched.
        NotAllowed: he may look, but not export.
        NotFound: there is none where he may look.
    """
    entry = _entry_for(database, person, Permission.EXPORT_EVIDENCE, export_id)
    if entry.stage not in ASKED_AGAIN:
        raise Conflict(N_("This export stands as it is: there is nothing to ask for again."))
    row = entry.row
    return Wish(row.event_id, row.reason, row.recipient, row.is_unblurred), entry.units


def _entry_for(database: Database, person: Person, permission: Permission, export_id: str) -> Entry:
    with database.reading() as session:
        entry = seen_export(session, areas(person.grants, Permission.SEE_EXPORTS), export_id)
    require_units(person, permission, entry.units)
    return entry
