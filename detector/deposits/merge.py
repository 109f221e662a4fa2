"""When two hypotheses are one thing, and two things one act (design 1.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, distance, intersection_area, iou


def same_thing(a: Box, b: Box, person_height: float, parameters: DepositParameters) -> bool:
    """Whether two boxes are round one thing. Symmetric.

    IoU, containment, or centres closer than 0.25 H or half the smaller one's side.
    """
    if iou(a, b) >= parameters.merge_iou:
        return True
    smaller = min(a.area, b.area)
    if smaller > 0 and intersection_area(a, b) / smaller >= parameters.merge_containment:
        return True
    near = max(parameters.merge_distance * person_height, 0.5 * sqrt(smaller))
    return distance(a.centre, b.centre) < near


@dataclass(frozen=True, slots=True)
class Release:
    """What decides whether two releases belong to one act.

    Attributes:
        key: the event it is known by.
        actor: ids of every tracklet of its actor; empty when nobody is known.
        t_release: s.
    """

    key: str
    actor: frozenset[int]
    t_release: float


def same_incident(a: Release, b: Release, parameters: DepositParameters) -> bool:
    """Whether one actor let go of both within the incident gap. Symmetric."""
    close = abs(a.t_release - b.t_release) <= parameters.incident_gap
    return close and bool(a.actor & b.actor)


def incidents(
    releases: Sequence[Release], parameters: DepositParameters
) -> tuple[tuple[Release, ...], ...]:
    """Releases grouped into incidents; each group and the groups in order of time.

    The result does not depend on the order of the input, and merging a merged list changes
    nothing: grouping is the transitive closure of a symmetric relation.
    """
    rest = sorted(releases, key=lambda r: (r.t_release, r.key))
    groups: list[tuple[Release, ...]] = []
    while rest:
        group, rest = [rest[0]], rest[1:]
        for member in group:  # grows while it is read
            joined = [r for r in rest if same_incident(member, r, parameters)]
            group.extend(joined)
            rest = [r for r in rest if r not in joined]
        groups.append(tuple(sorted(group, key=lambda r: (r.t_release, r.key))))
    return tuple(groups)
