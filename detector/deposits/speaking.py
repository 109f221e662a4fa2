"""Gives a case's event to the outside, or to the event that speaks for the same act (S9, 1.7)."""

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.explaining import features_of
from litterwatch.detector.deposits.hypothesis import Cause, State
from litterwatch.detector.deposits.merge import Release, same_incident, same_thing
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.reporting import event_of
from litterwatch.detector.deposits.whereabouts import Whereabouts, whereabouts
from litterwatch.detector.types import Event, EventState


def say(
    docket: Docket,
    case: Case,
    state: EventState,
    look: Look,
    where: Whereabouts | None = None,
) -> list[Event]:
    """Give the event of a case in a new state."""
    if case.said is None:
        case.leader = _leader(docket, case)
        if state is EventState.PROVISIONAL:
            case.t_provisional = look.media_time
        if case.leader is not None:
            case.leader.followers += 1
    case.said = state
    if case.leader is None:
        heirs = _heirs(docket, case, look) if state is EventState.CANCELLED else []
        return [_event(docket, case, look, where), *heirs]
    if state is EventState.CANCELLED:
        case.leader.followers -= 1
    if state is EventState.CONFIRMED:
        return []
    return [_event(docket, case.leader, look, None)]


def _heirs(docket: Docket, case: Case, look: Look) -> list[Event]:
    """What else the act left, when the thing that spoke for all of it turned out to be none.

    What was confirmed speaks at once; the others speak when they have something to say.
    """
    others = [other for other in docket.cases if other.leader is case]
    standing = [other for other in others if other.said is EventState.CONFIRMED]
    for other in others:
        other.leader = standing[0] if standing and other is not standing[0] else None
        if not standing:
            other.said = None
    if not standing:
        return []
    standing[0].followers = len(standing) - 1
    return [_event(docket, standing[0], look, None)]


def _event(docket: Docket, case: Case, look: Look, where: Whereabouts | None) -> Event:
    assert docket.frame is not None
    assert case.said is not None
    now = look.media_time
    if where is None and case.owner is not None:
        where = whereabouts(case, docket.memory.history, now, look.size, docket.parameters)
    return event_of(
        case,
        case.said,
        features_of(case, docket.memory, where, docket.parameters),
        docket.frame,
        docket.memory,
        parameters=docket.parameters,
        beside_waste=_beside_waste(docket, case),
        now=now,
    )


def _beside_waste(docket: Docket, case: Case) -> bool:
    """Whether it lies beside a deposit that has been an event before."""
    reach = 0.5 * case.person_height
    return any(
        other.hypothesis.state is State.PERSISTING
        and same_thing(
            other.box.grown(reach, reach), case.box, case.person_height, docket.parameters
        )
        for other in docket.cases
        if other is not case
    )


def _leader(docket: Docket, case: Case) -> Case | None:
    """An earlier case of the same act whose event stands."""
    mine = _release(docket, case)
    for other in docket.cases:
        if other is case or other.leader is not None:
            continue
        if other.said in (EventState.PROVISIONAL, EventState.CONFIRMED) and same_incident(
            mine, _release(docket, other), docket.parameters
        ):
            return other
    return None


def _release(docket: Docket, case: Case) -> Release:
    history = docket.memory.history
    ids: frozenset[int] = frozenset()
    if case.owner is not None:
        ids = frozenset(history.chain(case.owner.chain.tracklets[-1]).ids)
    return Release(str(case.hypothesis.ordinal), ids, case.t_on)


def merge_cases(docket: Docket, look: Look) -> list[Event]:
    """Live hypotheses round one thing become one: the older stays, unless it is the vaguer."""
    events: list[Event] = []
    for young in sorted(docket.cases, key=lambda c: -c.hypothesis.ordinal):
        old = next((c for c in docket.cases if _is_older_self(docket, c, young)), None)
        if old is None:
            continue
        stays, goes = (young, old) if _is_vaguer(old, young) else (old, young)
        into = float(stays.hypothesis.ordinal)
        goes.hypothesis.move(Cause.SAME_AS, look.media_time, into=into)
        docket.tally["merged"] += 1
        if goes.said is EventState.PROVISIONAL:
            events += say(docket, goes, EventState.CANCELLED, look)
    return events


def _is_vaguer(old: Case, young: Case) -> bool:
    """Whether the older is a patch of floor, a reflection perhaps, and the younger a thing."""
    return old.hypothesis.is_open and old.is_vague and young.is_distinct


def _is_older_self(docket: Docket, old: Case, young: Case) -> bool:
    if old.hypothesis.ordinal >= young.hypothesis.ordinal:
        return False
    if old.hypothesis.is_closed or young.hypothesis.is_closed:
        return False
    return same_thing(old.box, young.box, old.person_height, docket.parameters)
