"""Where a thing's owner is, as far as the tracks tell, and whether he left it."""

from dataclasses import dataclass

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.history import Chain, TrackHistory, near_border
from litterwatch.detector.deposits.owner import away_distance, reach_distance
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, covered_share, distance
from litterwatch.detector.types import Label

_LOST_FOR = 3.0
"""Seconds after which an actor who was lost beside the thing, and is not seen there, has left."""

_SEEN_LATELY = 1.0
"""Seconds within which a look at an actor still tells where he is."""

ON_IT = 0.3
"""Share of the thing under an actor's last box from which he may be the thing."""

_STEP = 0.3
"""H; half a metre."""

_AT_ITS_EDGE = 0.1
"""H; how near to the upper edge of what hides his legs somebody's box ends."""

_BEYOND = 0.3
"""Seconds beyond the separation distance after which walking off is no jump of a box."""

_STRIDE_TAKES = 0.5
"""Seconds in which somebody who walks off makes `_STEP`."""

_STOOPS = 0.45
"""H; whoever is smaller in the picture than somebody who stoops there is far behind it."""

WALKS_UNSEEN = 5.0
"""Seconds within which an actor lost and one who comes to light may be the same."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the owner's group is, seen from the thing.

    Attributes:
        nearest: H to the nearest member in view; infinite when nobody is in view.
        away_for: s everybody has been beyond the separation distance or out of view; infinite
            once all of them walk off there.
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
    for chain in _keepers(case, history, now, size, parameters):
        apart, since, seen = _member(case, chain, history, parameters, now=now, size=size)
        nearest = min(nearest, apart)
        away_for = min(away_for, now - since if since is not None else 0.0)
        far = far and apart > parameters.leaving
        in_view = in_view or seen
    return Whereabouts(nearest, away_for, far, in_view)


def walked_off(
    case: Case,
    history: TrackHistory,
    now: float,
    size: tuple[int, int],
    parameters: DepositParameters,
) -> bool:
    """Whether, as the footage ends, the owner was leaving without the thing.

    He is out of view, or out of reach and a step away from where he was when it was let go. All of
    the group must have gone so: who came with the owner and stands there stays.
    """
    for chain in _keepers(case, history, now, size, parameters):
        if now - chain.last > _SEEN_LATELY:
            continue
        last = chain.last_box
        then = next((box for _, box in chain.between(case.released[0], now)), last)
        went = max(abs(last.foot[0] - then.foot[0]), abs(last.foot[1] - then.foot[1]))
        apart = (
            reach_distance(case.box, last, chain.label, case.person_height, parameters) > 0
            or away_distance(case.box, last, case.person_height) > parameters.separating
        )
        if not (apart and went > _STEP * case.person_height) or _stands_behind(case, then, last):
            return False
    return True


def _stands_behind(case: Case, then: Box, last: Box) -> bool:
    """Whether somebody's box ends at the thing only because it hides his legs now.

    His feet seem to have gone up by the length of his legs, and he has not gone aside.
    """
    thing, step = case.box, _STEP * case.person_height
    highest = thing.y1 - _AT_ITS_EDGE * case.person_height
    behind = thing.x1 < last.x2 and last.x1 < thing.x2
    hidden = behind and highest <= last.y2 < min(then.y2, thing.y2)
    return hidden and abs(last.centre[0] - then.centre[0]) <= step


def _keepers(
    case: Case,
    history: TrackHistory,
    now: float,
    size: tuple[int, int],
    parameters: DepositParameters,
) -> list[Chain]:
    """The owner's group, and whoever came to light beside the thing without having come there.

    Where somebody passes before the owner, the tracker may go on with him under the owner's id,
    and find the owner anew.
    """
    assert case.owner is not None
    keepers = [history.chain(member.tracklets[-1]) for member in case.owner.group]
    known = {i for chain in keepers for i in chain.ids}
    for tracklet in history.alive(now - _SEEN_LATELY, now):
        born = tracklet.boxes[0]
        if tracklet.label is not Label.PERSON or tracklet.id in known:
            continue
        if tracklet.first < case.t_on or near_border(born, size):
            continue
        if born.height < _STOOPS * case.person_height:
            continue
        if away_distance(case.box, born, case.person_height) <= parameters.attending:
            keepers.append(Chain((tracklet,)))
    return keepers


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
        if since is not None and now - since >= _BEYOND and _walks_off(case, looks, parameters):
            since = float("-inf")  # he will not turn within the rest of the time
        return apart, since, True
    left = near_border(chain.last_box, size) or apart > parameters.separating
    if left or _walks_off(case, looks, parameters):
        return float("inf"), since if since is not None else chain.last, False
    if now - chain.last > _LOST_FOR and not _may_be_there(case, chain, history, now, parameters):
        return float("inf"), chain.last, False
    return apart, None, False


def _walks_off(case: Case, looks: list[tuple[float, Box]], parameters: DepositParameters) -> bool:
    """Whether somebody was beyond attending and going away fast when he was last seen."""
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
    covers = covered_share(case.box, chain.last_box) >= ON_IT
    return covers and not came_to_light(chain, history, case.person_height)


def came_to_light(chain: Chain, history: TrackHistory, person_height: float) -> bool:
    """Whether somebody was first seen soon after, no farther than a walk from where he was lost."""
    for tracklet in history.tracklets:
        gap = tracklet.first - chain.last
        if tracklet.label is not chain.label or not 0 < gap <= WALKS_UNSEEN:
            continue
        stride = distance(tracklet.boxes[0].foot, chain.last_box.foot) / person_height
        seen = tracklet.last - tracklet.first >= 0.5  # looks at one who stands are thinned
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
