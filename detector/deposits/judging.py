"""One step of one hypothesis: from what was seen to the cause that moves it (design 1.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.history import Chain, TrackHistory, near_border
from litterwatch.detector.deposits.hypothesis import SETTLED, Cause, State
from litterwatch.detector.deposits.owner import (
    Owner,
    away_distance,
    reach_distance,
)
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, covered_share, distance
from litterwatch.detector.types import Label, ZoneKind

_LOST_FOR = 3.0
"""Seconds after which an actor who was lost beside the thing, and is not seen there, has left."""

_SEEN_LATELY = 1.0
"""Seconds within which a look at an actor still tells where he is."""


_ON_IT = 0.3
"""Share of the thing under an actor's last box from which he may be the thing."""

_FLIES = 0.5
"""Seconds between hand and ground."""

_BODY = (0.6, 1.3)
"""H; how long somebody who lies there looks in the picture, foreshortened or stretched out."""

_PART_OF = 0.7
"""Share of a region in a waste box from which it is a part of what is boxed."""

_STEP = 0.3
"""H; half a metre."""

_STRIDE_TAKES = 0.5
"""Seconds in which somebody who walks off makes `_STEP`."""

_WALKS_UNSEEN = 5.0
"""Seconds within which an actor lost and one who comes to light may be the same."""


class Lost(IntEnum):
    """Whether somebody who was lost beside a thing is the thing."""

    NOBODY = 0
    MAY_BE_IT = 1
    IS_IT = 2


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the owner's group is, seen from the thing.

    Attributes:
        nearest: H to the nearest member in view; infinite when nobody is in view.
        away_for: s everybody has been beyond the separation distance or out of view.
        far: whether everybody is beyond the leaving distance or out of view.
        in_view: whether any member is in view.
    """

    nearest: float
    away_for: float
    far: bool
    in_view: bool


def whereabouts(
    case: Case,
    history: TrackHistory,
    now: float,
    size: tuple[int, int],
    parameters: DepositParameters,
) -> Whereabouts:
    """Where the owner and those who came with him are now."""
    assert case.owner is not None
    nearest, away_for, far, in_view = float("inf"), float("inf"), True, False
    for member in case.owner.group:
        chain = history.chain(member.tracklets[-1])
        apart, since, seen = _member(case, chain, history, parameters, now=now, size=size)
        nearest = min(nearest, apart)
        away_for = min(away_for, now - since if since is not None else 0.0)
        far = far and apart > parameters.leaving
        in_view = in_view or seen
    return Whereabouts(nearest, away_for, far, in_view)


def _member(
    case: Case,
    chain: Chain,
    history: TrackHistory,
    parameters: DepositParameters,
    *,
    now: float,
    size: tuple[int, int],
) -> tuple[float, float | None, bool]:
    """(distance H, away since, in view) of one actor; infinite distance out of view."""
    looks = chain.between(case.t_on - 1.0, now)
    since: float | None = None
    for media_time, box in looks:
        if away_distance(case.box, box, case.person_height) > parameters.separating:
            since = media_time if since is None else since
        else:
            since = None
    apart = away_distance(case.box, chain.last_box, case.person_height)
    if now - chain.last <= _SEEN_LATELY:
        return apart, since, True
    left = near_border(chain.last_box, size) or apart > parameters.separating
    if left or _was_walking_off(case, looks, parameters):
        return float("inf"), since if since is not None else chain.last, False
    if now - chain.last > _LOST_FOR and not _may_be_there(case, chain, history, now, parameters):
        return float("inf"), chain.last, False
    return apart, None, False


def _was_walking_off(
    case: Case, looks: list[tuple[float, Box]], parameters: DepositParameters
) -> bool:
    """Whether somebody was beyond attending and going away fast when he was lost."""
    if not looks:
        return False
    last, box = looks[-1]
    before = next((b for at, b in reversed(looks) if last - at >= _STRIDE_TAKES), box)
    then = away_distance(case.box, before, case.person_height)
    apart = away_distance(case.box, box, case.person_height)
    return apart > parameters.attending and apart - then >= _STEP


def _may_be_there(
    case: Case, chain: Chain, history: TrackHistory, now: float, parameters: DepositParameters
) -> bool:
    """Whether an actor lost beside the thing may stand, or be, there still.

    Somebody is seen there (he, under a new id); or his last box covers the thing, nobody came to
    light near by since who could be he, and no waste detection says that it is a thing.
    """
    if _somebody_near(case, history, now, parameters):
        return True
    if case.waste_hits >= 3:
        return False
    covers = covered_share(case.box, chain.last_box) >= _ON_IT
    return covers and not _came_to_light(chain, history, case.person_height)


def _came_to_light(chain: Chain, history: TrackHistory, person_height: float) -> bool:
    """Whether somebody was first seen soon after, no farther than a walk from where he was lost."""
    for tracklet in history.tracklets:
        gap = tracklet.first - chain.last
        if tracklet.label is not chain.label or not 0 < gap <= _WALKS_UNSEEN:
            continue
        stride = distance(tracklet.boxes[0].foot, chain.last_box.foot) / person_height
        seen = len(tracklet.times) >= 3 and tracklet.last - tracklet.first >= 0.5
        if seen and stride <= 1.0 + gap:
            return True
    return False


def _somebody_near(
    case: Case, history: TrackHistory, now: float, parameters: DepositParameters
) -> bool:
    """Whether any person stands by the thing: a lost owner may be he under a new id."""
    return any(
        tracklet.label is Label.PERSON
        and away_distance(case.box, tracklet.boxes[-1], case.person_height) <= parameters.attending
        for tracklet in history.alive(now - _SEEN_LATELY, now)
    )


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
    case: Case, history: TrackHistory, size: tuple[int, int], parameters: DepositParameters
) -> Lost:
    """Whether somebody ended where the thing began and was never seen to leave.

    A man who falls is lost by the detector and lies where his track ended; whoever dropped a bag
    is seen walking off. So: a person's track without continuation, not at the picture's edge, that
    ended about when the thing appeared. On top of it, or within a stride of a region as long as
    half a person, he is the thing; merely within reach of it, he may be.
    """
    long_side = max(case.box.width, case.box.height)
    large = long_side >= 0.5 * case.person_height and case.size >= 0.06
    lost = Lost.NOBODY
    for tracklet in history.tracklets:
        last = tracklet.boxes[-1]
        early = case.t_on - (3.0 if large else 1.0)
        if tracklet.label is not Label.PERSON or not early <= tracklet.last <= case.t_on + 1.0:
            continue
        apart = reach_distance(case.box, last, Label.PERSON, case.person_height, parameters)
        if apart > (1.0 if large else 0.0) or near_border(last, size):
            continue
        chain = history.chain(tracklet)
        if chain.tracklets[-1] is not tracklet or _came_to_light(
            chain, history, case.person_height
        ):
            continue
        if large or covered_share(case.box, last) >= _ON_IT:
            return Lost.IS_IT
        lost = Lost.MAY_BE_IT
    return lost


def long_as_a_body(case: Case, waste: Iterable[Box]) -> bool:
    """Whether a thing, with what is boxed as one with it, is as long as half a person lying.

    The region may be only the part of him that differs from the ground: a waste box that is round
    all of it, and no larger than a person, tells how far the thing reaches.

    Args:
        case: the thing.
        waste: boxes of waste detections, anchor coordinates.
    """
    height = case.person_height
    reaches = [case.box]
    for box in waste:
        whole = covered_share(case.box, box) >= _PART_OF
        if whole and max(box.width, box.height) <= _BODY[1] * height:
            reaches.append(box)
    return any(max(b.width, b.height) >= _BODY[0] * height for b in reaches)


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
    limit = parameters.collected_for if state in SETTLED else parameters.gone_for
    if case.gone_for(now) >= limit:
        return Cause.REMOVED if state in SETTLED else Cause.VANISHED
    return None


def walked_off(
    case: Case, owner: Owner, history: TrackHistory, now: float, parameters: DepositParameters
) -> bool:
    """Whether, as the footage ends, the owner was leaving without the thing.

    He is out of view, or out of reach and a step away from where he stood before the thing
    came to rest, and the thing has not followed him. All of the group must have gone so.
    """
    for member in owner.group:
        chain = history.chain(member.tracklets[-1])
        if now - chain.last > _SEEN_LATELY:
            continue
        looks = chain.between(min(case.t_clear, case.t_on) - _FLIES, now)
        last = chain.last_box
        then = looks[0][1] if looks else last
        went = max(abs(last.foot[0] - then.foot[0]), abs(last.foot[1] - then.foot[1]))
        apart = (
            reach_distance(case.box, last, chain.label, case.person_height, parameters) > 0
            or away_distance(case.box, last, case.person_height) > parameters.separating
        )
        if not (apart and went > _STEP * case.person_height):
            return False
    return True
