"""Who left it there: the actor of a deposit, found by looking backwards (design 1.9)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import numpy as np

from litterwatch.detector.deposits.history import Chain, TrackHistory, group_of, near_border
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, distance, gap, intersection_area
from litterwatch.detector.types import Label

_FADES = 3.0
"""Seconds before the first sight of the thing in which contact loses two thirds of its weight."""

_LOAD = 0.6
"""Largest thing a vehicle leaves, as a share of its own box."""

_BULK = 4.0
"""Largest thing people leave, in boxes of one person: a mattress or sofa is about two."""

_SEEN_TO_THROW = 10.0
"""Weight of a contact by a throw: more than that of standing beside the place for its time."""

_DEEP = 3.0
"""What a height of rows beyond half a height counts as a distance."""

_UNSEEN = 0.6
"""Seconds between two looks within which somebody is taken to have gone straight on."""

_MOST_STEPS = 12
"""Places that are asked between two looks at the most."""

_WENT_ON = 1.0
"""H from the thing at which somebody who drove past was last seen: he is not the thing."""

_STANDS = 0.3
"""H/s below which a vehicle stands."""

_AT_THE_EDGE = 0.02
"""Share of the picture within which a box reaches its edge."""

_MOST_OF_IT = 0.5
"""Share of the picture from which a vehicle's box tells of no place in it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How one actor met the place of a deposit within the window.

    Attributes:
        chain: the actor.
        seconds: how long he was within reach.
        nearest: smallest distance of his reach to the place, H.
        first, last: when he was within reach, s.
        closest: when he was nearest, s.
        slowest: his smallest speed within reach, H/s.
        stood: s within reach in which he stood.
        weight: rank among the explanations.
    """

    chain: Chain
    seconds: float
    nearest: float
    first: float
    last: float
    closest: float
    slowest: float
    stood: float
    weight: float

    @property
    def touch(self) -> float:
        """Feature f3: 1 for direct contact, 0.5 near by, 0 otherwise."""
        return 1.0 if self.nearest <= 0 else 0.5


@dataclass(frozen=True, slots=True)
class Throw:
    """When something was first seen in the air, and beside whom.

    Attributes:
        track_id: of the actor it left.
        media_time: s.
    """

    track_id: int
    media_time: float


@dataclass(frozen=True, slots=True)
class Owner:
    """The explanation of a deposit.

    Attributes:
        contact: of the actor that explains it best.
        rivals: other actors who explain it about as well; then the owner is ambiguous.
        group: the actor and those who arrived with him.
        vehicle: the vehicle or two-wheeler he came out of or rides, if any.
        recognised: whether the detector saw him; else only the change showed that he passed.
    """

    contact: Contact
    rivals: tuple[Contact, ...]
    group: tuple[Chain, ...]
    vehicle: Chain | None
    recognised: bool = True

    @property
    def chain(self) -> Chain:
        return self.contact.chain

    @property
    def ambiguous(self) -> bool:
        return bool(self.rivals)

    @property
    def first_seen(self) -> float:
        """When he or his vehicle came into view, s."""
        if self.vehicle is None:
            return self.chain.first
        return min(self.chain.first, self.vehicle.first)


def reach_of(box: Box, label: Label, person_height: float, parameters: DepositParameters) -> Box:
    """Where hands and feet (or the tail gate) of an actor get to.

    A person: the lower 70 % of the box grown by 0.15 H, as high as an arm's length hangs; a
    vehicle: the box grown by 0.5 H; a two-wheeler lies between.
    """
    if label is Label.PERSON:
        grown = parameters.touch * person_height
        return Box(box.x1, box.y1 + 0.3 * box.height, box.x2, box.y2).grown(grown, grown)
    grown = parameters.touch_vehicle * person_height
    if label is Label.TWO_WHEELER:
        grown *= 0.6
    return box.grown(grown, grown)


def reach_distance(
    place: Box, box: Box, label: Label, person_height: float, parameters: DepositParameters
) -> float:
    """From an actor's reach to a place, H; 0 on contact.

    Two things can overlap in the picture and stand metres apart in depth; so the rows of their
    feet count as well, with half a person height of tolerance for what lies before or behind.
    Beyond it counts more than once: the metre that an arm reaches is at most 0.6 H of rows, from
    a camera that looks straight down. Whose box ends within the thing shows no feet: it hides them.
    """
    reach = reach_of(box, label, person_height, parameters)
    apart = gap(place, reach) / person_height
    if label is not Label.PERSON or _hides_the_feet(place, box):
        return apart
    rows = abs(place.y2 - box.y2) / person_height
    return max(apart, _DEEP * max(0.0, rows - 0.5))


def _hides_the_feet(place: Box, box: Box) -> bool:
    """Whether the legs of a person may end behind what lies there, which hides half of him at most.

    Somebody who carries a mattress and stoops over it is seen down to the knees all the while.
    """
    hidden = place.y2 - box.y2
    shared = min(place.x2, box.x2) - max(place.x1, box.x1)
    return place.y1 <= box.y2 and 0.0 < hidden <= box.height and shared >= box.width / 2


def away_distance(place: Box, box: Box, person_height: float) -> float:
    """How far an actor stands from a thing on the ground, H: from its edge to his feet's axis."""
    x, y = box.foot
    dx = max(place.x1 - x, x - place.x2, 0.0)
    dy = max(place.y2 - y, y - place.y2, 0.0)
    if place.y1 < y < place.y2:
        dy = 0.0
    return float(np.hypot(dx, dy)) / person_height


def contact_of(
    chain: Chain,
    place: Box,
    window: tuple[float, float],
    person_height: float,
    parameters: DepositParameters,
    *,
    size: tuple[int, int],
) -> Contact | None:
    """How an actor met a place within a window of time; None when he never came near.

    Contact counts the more the closer it was to the first sight of the thing. Looks at which nobody
    can say where a vehicle stands (`is_boundless`) are no looks.
    """
    t_on = window[1] - 1.0
    on_foot = chain.label is Label.PERSON
    seen = chain.between(*window)
    looks = _way([look for look in seen if on_foot or not is_boundless(look[1], size)])
    seconds, weighted, best = 0.0, 0.0, (np.inf, 0.0)
    met: list[float] = []
    slowest, stood = np.inf, 0.0
    for index, (media_time, box) in enumerate(looks):
        apart = reach_distance(place, box, chain.label, person_height, parameters)
        best = min(best, (apart, media_time))
        if apart > parameters.touch_near:
            continue
        met.append(media_time)
        if index:
            speed = _speed(looks[index - 1], looks[index], _own_measure(chain, box, person_height))
            slowest = min(slowest, speed)
            stood += min(media_time - looks[index - 1][0], 1.0) if speed < _STANDS else 0.0
        step = media_time - looks[index - 1][0] if index else 0.1
        seconds += min(step, 1.0)
        fresh = float(np.exp(-max(0.0, t_on - media_time) / _FADES))
        overlap = intersection_area(
            place, reach_of(box, chain.label, person_height, parameters)
        ) / max(place.area, 1.0)
        weighted += fresh * min(step, 1.0) * (1 - apart / parameters.touch_near) * (0.5 + overlap)
    if not met:
        return None
    closest = best[1]
    return Contact(
        chain,
        seconds,
        nearest=float(best[0]),
        first=met[0],
        last=met[-1],
        closest=closest,
        slowest=float(slowest),
        stood=stood,
        weight=weighted,
    )


def is_boundless(box: Box, size: tuple[int, int]) -> bool:
    """Whether a box is round most of a picture (width, height), or goes from edge to edge of it.

    It shows neither where a vehicle ends nor where its wheels stand, if it is one at all and not
    the road: it would be within reach of whatever appears there.
    """
    width, height = size
    dx, dy = _AT_THE_EDGE * width, _AT_THE_EDGE * height
    across = box.x1 <= dx and box.x2 >= width - dx
    along = box.y1 <= dy and box.y2 >= height - dy
    return across or along or box.area >= _MOST_OF_IT * width * height


def _way(looks: Sequence[tuple[float, Box]]) -> list[tuple[float, Box]]:
    """The looks, and where he was between two of them that are farther apart than his own size.

    A motorbike in town makes three metres between two of four looks a second: it passed what lies
    there as well.
    """
    way = list(looks[:1])
    for (t, a), (t_next, b) in pairwise(looks):
        stride = distance(a.foot, b.foot) / max(1.0, min(a.width, a.height) / 2)
        steps = min(max(1, ceil(stride)), _MOST_STEPS) if t_next - t <= _UNSEEN else 1
        way += [
            (t + (t_next - t) * k / steps, a.towards(b, k / steps)) for k in range(1, steps + 1)
        ]
    return way


def _own_measure(chain: Chain, box: Box, person_height: float) -> float:
    """What an actor's speed is measured by, px: H, but never more than a vehicle's own breadth.

    Far away, or coming straight towards the camera, it hardly moves in the picture.
    """
    return (
        min(person_height, box.width, box.height) if chain.label is Label.VEHICLE else person_height
    )


def _speed(a: tuple[float, Box], b: tuple[float, Box], measure: float) -> float:
    """Measures (H) a second between two looks, by the more quiet of the two lower corners."""
    dt = max(b[0] - a[0], 1e-3)
    left = np.hypot(b[1].x1 - a[1].x1, b[1].y2 - a[1].y2)
    right = np.hypot(b[1].x2 - a[1].x2, b[1].y2 - a[1].y2)
    return float(min(left, right)) / measure / dt


def _contact_of_thrower(chain: Chain, throw: Throw) -> Contact:
    """What was seen to fly from somebody was in his hands, however far from him it lies."""
    at = throw.media_time
    return Contact(chain, 0.0, 0.0, at, at, at, slowest=0.0, stood=0.0, weight=_SEEN_TO_THROW)


def explains(
    contact: Contact, place: Box, parameters: DepositParameters, *, sudden: bool = False
) -> bool:
    """Whether a contact can be a release at all.

    A vehicle must have stood there; who only passed at speed can but have thrown something, and
    that is seen, or the thing came while he passed, or it is not believed: on a road somebody
    passes everything. Nobody leaves a thing that dwarfs him, whatever the yardstick says: that is
    a vehicle the detector missed.
    """
    vehicle = contact.chain.label is Label.VEHICLE
    actor = contact.chain.at(contact.closest)
    most = _LOAD if vehicle else _BULK
    if actor is not None and place.area > most * actor.area:
        return False
    if sudden and contact.nearest <= 0:
        return True
    if vehicle:
        return contact.stood >= parameters.vehicle_stop
    return contact.slowest <= parameters.passing


def find_owner(
    history: TrackHistory,
    place: Box,
    window: tuple[float, float],
    person_height: float,
    parameters: DepositParameters,
    *,
    size: tuple[int, int],
    favour: Callable[[Chain], float] = lambda _: 1.0,
    throw: Throw | None = None,
    sudden: bool = False,
) -> Owner | None:
    """The actor who explains a deposit best, with declared ambiguity.

    Args:
        history: everybody seen lately.
        place: the deposit's box.
        window: from the last time the place was seen clean to the first time the thing was seen.
        person_height: px at the place.
        parameters: reach and margins.
        size: (width, height) of the picture: who vanished at its edge has left.
        throw: when something that was seen to fly there left somebody.
        sudden: whether a distinct thing came within moments, so that who passed then left it.
        favour: what a contact of this actor is worth by other signs, such as carrying.
    """
    chains = _chains(history, window)
    contacts = []
    for chain in chains:
        if throw is not None and throw.track_id in chain.ids:
            contacts.append(_contact_of_thrower(chain, throw))
            continue
        contact = contact_of(chain, place, window, person_height, parameters, size=size)
        if contact is not None and explains(contact, place, parameters, sudden=sudden):
            weight = favour(chain) * _left(contact, place, window[1], person_height, size)
            contacts.append(replace(contact, weight=contact.weight * weight))
    people = [c for c in contacts if c.chain.label is Label.PERSON]
    wheels = [c for c in contacts if c.chain.label is not Label.PERSON]
    wheels = [c for c in wheels if _moved(c.chain, person_height)]
    if not people and not wheels:
        return None
    best, rivals = _ranked(people or wheels, parameters)
    people_chains = [c for c in chains if c.label is Label.PERSON]
    group = group_of(best.chain, people_chains, parameters, size=size)
    vehicle = _vehicle_of(best.chain, chains, person_height, size)
    return Owner(best, rivals, group, vehicle)


def passer_of(
    passers: Sequence[Chain],
    place: Box,
    window: tuple[float, float],
    person_height: float,
    parameters: DepositParameters,
    *,
    size: tuple[int, int],
) -> Owner | None:
    """Who drove past unrecognised just when the thing came, and went on without it.

    Args:
        passers: who drove past about then.
        place: the deposit's box.
        window: from the last time the place was seen clean to the first time the thing was seen.
        person_height: px at the place.
        parameters: reach and margins.
        size: (width, height) of the picture.
    """
    went_on = [c for c in passers if gap(place, c.last_box) >= _WENT_ON * person_height]
    met = (contact_of(c, place, window, person_height, parameters, size=size) for c in went_on)
    contacts = [
        contact
        for contact in met
        if contact is not None
        and contact.nearest <= 0
        and explains(contact, place, parameters, sudden=True)
    ]
    if not contacts:
        return None
    best, rivals = _ranked(contacts, parameters)
    return Owner(best, rivals, (best.chain,), best.chain, recognised=False)


def _ranked(
    contacts: Sequence[Contact], parameters: DepositParameters
) -> tuple[Contact, tuple[Contact, ...]]:
    """The best of some contacts, and those that explain it about as well."""
    best, *others = sorted(contacts, key=lambda c: (-c.weight, c.chain.ids))
    return best, tuple(c for c in others if c.weight >= parameters.ambiguous * best.weight)


def _chains(history: TrackHistory, window: tuple[float, float]) -> list[Chain]:
    """One chain per actor alive in the window."""
    chains: dict[tuple[int, ...], Chain] = {}
    for tracklet in history.alive(*window):
        chain = history.chain(tracklet)
        chains.setdefault(chain.ids, chain)
    return list(chains.values())


def _left(
    contact: Contact, place: Box, t_on: float, person_height: float, size: tuple[int, int]
) -> float:
    """0.5 for an actor who is still there, up to 1.5 for one who left (1.9)."""
    chain = contact.chain
    distant = away_distance(place, chain.last_box, person_height)
    gone = chain.last < t_on or near_border(chain.last_box, size)
    return 0.5 + (1.0 if gone else min(1.0, distant / 1.5))


def _moved(chain: Chain, person_height: float) -> bool:
    """Whether a vehicle moved at all: one parked all the time brought nothing."""
    first, last = chain.tracklets[0].boxes[0], chain.last_box
    far = max(
        abs(first.x1 - last.x1),
        abs(first.x2 - last.x2),
        abs(first.y1 - last.y1),
        abs(first.y2 - last.y2),
    )
    return far > 0.5 * person_height


def _vehicle_of(
    owner: Chain, chains: Sequence[Chain], person_height: float, size: tuple[int, int]
) -> Chain | None:
    """The vehicle he came out of, or the two-wheeler he rides: first seen within 0.3 H of it."""
    if owner.label is not Label.PERSON:
        return owner
    born = owner.tracklets[0].boxes[0]
    for chain in sorted(chains, key=lambda c: c.ids):
        if chain.label is Label.PERSON:
            continue
        box = chain.at(owner.first)
        if (
            box is not None
            and not is_boundless(box, size)
            and gap(born, box) <= 0.3 * person_height
            and _moved(chain, person_height)
        ):
            return chain
    return None
