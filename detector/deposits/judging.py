"""One step of one hypothesis: from what was seen to the cause that moves it (design 1.3)."""

from collections.abc import Iterable
from enum import IntEnum

from litterwatch.detector.change.view import Blob
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.history import Chain, TrackHistory, near_border
from litterwatch.detector.deposits.hypothesis import SETTLED, Cause, State
from litterwatch.detector.deposits.observing import fits
from litterwatch.detector.deposits.owner import reach_distance
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.rejection import REVEALED
from litterwatch.detector.deposits.whereabouts import (
    ON_IT,
    WALKS_UNSEEN,
    Whereabouts,
    came_to_light,
)
from litterwatch.detector.geometry import Box, covered_share, gap, iou
from litterwatch.detector.types import Label, ZoneKind

_BODY = (0.6, 1.3)
"""H; how long somebody who lies there looks in the picture, foreshortened or stretched out."""

_END = 0.4
"""Share of a thing's length that is an end of it."""

_LOST_BEFORE = 3.0
"""Seconds before a thing is seen in which what is the thing was lost by the detector."""

_LOOKS_AT_SOMEBODY = 2
"""Looks from which there was somebody at all: one box may be the legs of somebody else."""

_STANDS_AS = 0.7
"""IoU of two boxes of a vehicle that has not moved in between."""

_PART_OF = 0.7
"""Share of a region in a waste box from which it is a part of what is boxed."""

_END_TO_END = 0.1
"""H between two boxes that may be round the parts of one thing."""


class Lost(IntEnum):
    """Whether somebody who was lost beside a thing is the thing."""

    NOBODY = 0
    MAY_BE_IT = 1
    MAY_RISE = 2
    IS_IT = 3


def touched_lately(
    box: Box,
    tracklets: Iterable[Chain],
    interval: tuple[float, float],
    person_height: float,
    parameters: DepositParameters,
) -> tuple[int, ...]:
    """Ids of the actors who came within reach of a place in an interval."""
    ids: set[int] = set()
    for chain in tracklets:
        for _, at in chain.between(*interval):
            if reach_distance(box, at, chain.label, person_height, parameters) <= 0.2:
                ids.update(chain.ids)
                break
    return tuple(sorted(ids))


def person_unaccounted(
    case: Case,
    history: TrackHistory,
    now: float,
    size: tuple[int, int],
    parameters: DepositParameters,
) -> Lost:
    """Whether somebody ended where the thing began and was never seen to leave.

    A man who falls is lost by the detector and lies where his track ended; whoever dropped a bag
    is seen walking off. So: a person's track without continuation, not at the picture's edge, that
    ended about when the thing appeared. On top of it, or within a stride of a region as long as
    half a person, he is the thing, unless he stoops behind it and comes to light within seconds;
    merely within reach of it, he may be.
    """
    long_side = max(case.box.width, case.box.height)
    large = long_side >= 0.5 * case.person_height and case.size >= 0.06
    lost = Lost.NOBODY
    for tracklet in history.tracklets:
        last = tracklet.boxes[-1]
        early = case.t_on - (3.0 if large else 1.0)
        if tracklet.label is not Label.PERSON or not early <= tracklet.last <= case.t_on + 1.0:
            continue
        if len(tracklet.times) < _LOOKS_AT_SOMEBODY:
            continue
        apart = reach_distance(case.box, last, Label.PERSON, case.person_height, parameters)
        if apart > (1.0 if large else 0.0) or near_border(last, size):
            continue
        chain = history.chain(tracklet)
        if chain.tracklets[-1] is not tracklet or came_to_light(chain, history, case.person_height):
            continue
        if large or covered_share(case.box, last) >= ON_IT:
            return Lost.IS_IT if now - tracklet.last > WALKS_UNSEEN else Lost.MAY_RISE
        lost = Lost.MAY_BE_IT
    return lost


def vehicle_ended(case: Case, history: TrackHistory, size: tuple[int, int]) -> bool:
    """Whether a vehicle ended where the thing began, as large as it, and was never seen to leave.

    A motorbike that was parked is lost by the detector more easily than one that drives: it is the
    thing then. What stood there already while the place was clean is not; nor what drove on.
    """
    for tracklet in history.tracklets:
        last = tracklet.boxes[-1]
        if tracklet.label is Label.PERSON or tracklet.last < case.t_on - _LOST_BEFORE:
            continue
        if not fits(case.box, last) or near_border(last, size):
            continue
        stood = tracklet.at(case.t_clear)
        if stood is not None and iou(stood, last) >= _STANDS_AS:
            continue
        chain = history.chain(tracklet)
        if chain.tracklets[-1] is tracklet and not came_to_light(
            chain, history, case.person_height
        ):
            return True
    return False


def long_as_a_body(case: Case, waste: Iterable[Box], came_with: Iterable[Box] = ()) -> bool:
    """Whether a thing, with what is boxed as one with it, is as long as half a person lying.

    The region may be only the part of him that differs from the ground, or that no vehicle's box
    hides: a waste box that is round all of it, or one that begins where it ends (legs are one, the
    trunk is the next), tells how far the thing reaches, unless no person were as long as that.

    Args:
        case: the thing.
        waste: boxes of waste detections, anchor coordinates.
        came_with: those whose place looked otherwise before the thing came.
    """
    height = case.person_height
    reaches = [box for box in waste if covered_share(case.box, box) >= _PART_OF]
    reaches += [case.box.joined(box) for box in came_with if is_beside(case, box)]
    lengths = [_long_side(box) for box in reaches]
    known = [length for length in lengths if length <= _BODY[1] * height]
    return max([_long_side(case.box), *known]) >= _BODY[0] * height


def is_beside(case: Case, box: Box) -> bool:
    """Whether a box begins where the thing ends, so that both may be round parts of one."""
    return gap(case.box, box) <= _END_TO_END * case.person_height


def _long_side(box: Box) -> float:
    return max(box.width, box.height)


def ends_of(box: Box) -> tuple[Box, Box]:
    """Both ends of a long thing: less than half of it each."""
    if box.width >= box.height:
        part = _END * box.width
        left = Box(box.x1, box.y1, box.x1 + part, box.y2)
        return left, Box(box.x2 - part, box.y1, box.x2, box.y2)
    part = _END * box.height
    upper = Box(box.x1, box.y1, box.x2, box.y1 + part)
    return upper, Box(box.x1, box.y2 - part, box.x2, box.y2)


def confirm_after(case: Case, parameters: DepositParameters) -> float:
    """Seconds the thing must lie left alone before the machine is sure."""
    if case.cue is not None and case.cue.kind == "throw":
        return parameters.throw_confirm
    return parameters.confirm.get(case.zone.kind, parameters.confirm[ZoneKind.NO_DUMP])


def cause_of_owner(
    case: Case, where: Whereabouts, now: float, parameters: DepositParameters
) -> Cause | None:
    """What the owner's whereabouts make of the state; None when they change nothing."""
    state = case.hypothesis.state
    away = where.away_for >= parameters.separated_for
    # Who threw it may stand near it; only his hands on it count then.
    near = where.nearest <= (parameters.touch if case.thrown else parameters.attending)
    stayed = where.in_view and now - case.hypothesis.since >= parameters.stay
    answers = {
        State.CANDIDATE: (
            (case.thrown, Cause.LANDED),
            (away, Cause.OWNER_AWAY),
            (True, Cause.OWNER_NEAR),
        ),
        State.ATTENDED: ((away, Cause.OWNER_AWAY), (stayed, Cause.OWNER_STAYED)),
        State.RELEASED: ((near, Cause.OWNER_NEAR), (where.far, Cause.OWNER_FAR)),
        State.UNATTENDED: ((near, Cause.OWNER_NEAR),),
    }
    return next((cause for holds, cause in answers.get(state, ()) if holds), None)


def cause_of_sight(case: Case, now: float, parameters: DepositParameters) -> Cause | None:
    """What being hidden, seen again or gone makes of the state; None when nothing."""
    state = case.hypothesis.state
    if state is State.OCCLUDED:
        if case.hidden_since is None:
            return Cause.SEEN_AGAIN
        if now - case.hypothesis.since >= parameters.occluded:
            return Cause.LOST
        return None
    if case.hidden_since is not None:
        return None if state in SETTLED else Cause.HIDDEN
    if state in SETTLED:
        is_cleared = case.gone_for(now) >= parameters.collected_for
        is_bare = uncovered_ground(case, parameters) is not None
        return Cause.REMOVED if is_cleared or is_bare else None
    return Cause.VANISHED if case.gone_for(now) >= parameters.gone_for else None


def uncovered_ground(case: Case, parameters: DepositParameters) -> Blob | None:
    """The region in a thing's place that is the ground behind it, after it was taken away.

    Where judging began in the middle of the act the clean reference holds a part of the thing: once
    that is lifted, the ground behind the part stays a change for ever. Such a region came after the
    thing was sure, is at rest, has less of a contour than the reference there, and nothing in it is
    called waste.
    """
    seen = case.observation
    blob = seen.blob if seen is not None else None
    if seen is None or blob is None or seen.waste > 0:
        return None
    sure_at = case.t_confirmed if case.t_confirmed is not None else case.hypothesis.born
    return blob if blob.first_changed > sure_at and is_revealed(blob, parameters) else None


def is_revealed(blob: Blob, parameters: DepositParameters) -> bool:
    """Whether a region at rest has less of a contour than the reference: the ground behind it."""
    return blob.rest >= parameters.birth and blob.edge_ratio < REVEALED
