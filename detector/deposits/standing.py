"""What outlives a long pause: the clean references, and the things already told of.

After a pause nobody knows who did what, so nothing that is open is followed further. What lies
there and is known goes on being watched without a new alert; what came while nobody looked is
taken for the place as it is, so that nobody who stands there or passes is held to account for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import NOWHERE
from litterwatch.detector.deposits.engine import DepositEngine
from litterwatch.detector.deposits.hypothesis import SETTLED, Hypothesis, Source, State
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import EventState

_MOST = 200
"""Things that are remembered; the latest stay."""


@dataclass(frozen=True, slots=True, eq=False)
class StandingThing:
    """A thing whose event is out.

    Attributes:
        ordinal: its number.
        box: anchor coordinates, analysis px.
        mask: (h, w) bool, the thing inside the box.
        born, first_changed: media time, s.
        zone: id of its zone.
        person_height: px at its place.
        area: px^2.
        t_release, t_provisional, t_confirmed: as told, s; None where not told.
    """

    ordinal: int
    box: Box
    mask: NDArray[np.bool_]
    born: float
    first_changed: float
    zone: str
    person_height: float
    area: float
    t_release: tuple[float, float] | None = None
    t_provisional: float | None = None
    t_confirmed: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What outlives a long pause.

    Attributes:
        references: arrays of `ChangeModel.state`.
        things: those already told of.
        next_ordinal: number of the next case.
    """

    references: Mapping[str, NDArray[np.generic]]
    things: tuple[StandingThing, ...]
    next_ordinal: int


def standing_of(engine: DepositEngine) -> Standing:
    """What of an engine outlives a long pause."""
    docket = engine.docket
    settled = [case for case in docket.cases if case.hypothesis.standing in SETTLED]
    known = [c.hypothesis.ordinal for c in (*docket.cases, *(c for c, _ in docket.refused))]
    return Standing(
        docket.change.state(),
        tuple(_thing(case) for case in settled[-_MOST:]),
        max(known, default=0) + 1,
    )


def _thing(case: Case) -> StandingThing:
    hypothesis = case.hypothesis
    return StandingThing(
        ordinal=hypothesis.ordinal,
        box=case.box,
        mask=hypothesis.mask,
        born=hypothesis.born,
        first_changed=hypothesis.first_changed,
        zone=case.zone.id,
        person_height=case.person_height,
        area=case.area,
        t_release=case.t_released_at,
        t_provisional=case.t_provisional,
        t_confirmed=case.t_confirmed,
    )


def recall(engine: DepositEngine, standing: Standing, media_time: float) -> None:
    """Begin a fresh engine with what outlived the pause.

    Args:
        engine: has judged nothing yet.
        standing: of the same camera; of another size of picture it is of no use, and is left.
        media_time: of the first frame, s.

    Raises:
        ValueError: the arrays do not belong together; nothing was changed.
    """
    docket = engine.docket
    docket.change.restore(standing.references, media_time)
    docket.change.settle([(thing.box, thing.mask) for thing in standing.things])
    zones = {zone.id: zone for zone in docket.site.zones}
    for thing in standing.things:
        hypothesis = Hypothesis(
            thing.ordinal,
            Source.CHANGE,
            thing.box,
            thing.mask,
            thing.born,
            thing.first_changed,
            state=State.PERSISTING,
        )
        case = Case(
            hypothesis=hypothesis,
            zone=zones.get(thing.zone, NOWHERE),
            permitted_now=False,
            person_height=thing.person_height,
            area=thing.area,
            last_look=media_time,
            said=EventState.CONFIRMED,
            t_released_at=thing.t_release,
            t_provisional=thing.t_provisional,
            t_confirmed=thing.t_confirmed,
        )
        docket.cases.append(case)
    docket.ordinals = count(standing.next_ordinal)
