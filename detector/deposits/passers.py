"""What drives past and nobody recognises: large moving regions outside every actor, followed.

Detectors miss motorbikes: at night, behind rain, of a kind they have not learned. The change still
shows that something as large as a vehicle went straight through the picture faster than anybody
runs. What the detector calls waste and drives past is on wheels too: a laden cart, or a motorbike
it has not learned. Decisions 0039 and 0048 tell what they may explain.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from litterwatch.detector.change.view import ChangeView
from litterwatch.detector.deposits.history import Chain, Tracklet
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.release import alike, moving_regions, path_error
from litterwatch.detector.geometry import Box, Point, distance
from litterwatch.detector.types import Label

_SIZES = (0.25, 4.0)
"""H^2 of the box: a child's bicycle and a van."""

_CAR = 1.6
"""H^2 of the box from which it is called a vehicle; a motorbike with its rider has about 1."""

_FASTEST = 8.0
"""H/s (or of its own heights) that something may make between its first two looks."""

_ASTRAY = 0.5
"""H that it may be from where its last step leads."""

_LOOKS, _WAY = 4, 2.0
"""Looks, and H of way between first and last, from which it is followed well enough."""

_STRAIGHT = 0.2
"""H; residual of its path."""

_GAP = 0.4
"""Seconds without it after which a moving region is lost."""

MISSED = 0.8
"""The same of what the detector boxes: what it does not know well it misses at several looks."""

_MOST = 6
"""More large moving regions than this are weather, light or a crowd."""

_KEPT = 30.0
"""Seconds it, and its way, are remembered; longer than a thing is asked about (T_look)."""


@dataclass(slots=True)
class Passers:
    """Follows large moving regions that no actor's box covers, or boxes of waste.

    Their tracklets have negative ids, which no tracker gives. They are followed by their lower
    edge: a rider is in the box at one look and not at the next.

    Attributes:
        gap: s without it after which one is lost.
    """

    parameters: DepositParameters = field(default_factory=DepositParameters)
    gap: float = _GAP
    _followed: list[Tracklet] = field(default_factory=list)
    _count: int = 0

    def see(
        self, view: ChangeView, media_time: float, person_height: Callable[[float], float]
    ) -> None:
        """Take the change of one frame.

        Args:
            view: the change.
            media_time: s.
            person_height: px, with the feet at a row.
        """
        least = _SIZES[0] * self.parameters.least_person_px**2  # H need not be asked for crumbs
        regions = [box for box, _ in moving_regions(view) if box.area >= least]
        self.follow(regions, media_time, person_height)

    def follow(
        self, boxes: Iterable[Box], media_time: float, person_height: Callable[[float], float]
    ) -> None:
        """Take what may be large enough of one frame: regions, or what the detector boxed.

        Args:
            boxes: anchor coordinates.
            media_time: s.
            person_height: px, with the feet at a row.
        """
        large = [
            box for box in boxes if _SIZES[0] <= box.area / person_height(box.y2) ** 2 <= _SIZES[1]
        ]
        if len(large) <= _MOST:
            for box in large:
                self._follow(box, media_time, person_height(box.y2))
        self._followed = [t for t in self._followed if self._is_worth_it(t, media_time)]

    def _follow(self, box: Box, media_time: float, person_height: float) -> None:
        near = [
            (distance(_predicted(known, media_time), box.foot), index)
            for index, known in enumerate(self._followed)
            if 0 < media_time - known.last <= self.gap
            and alike(known.boxes[-1], box)
            and _within_reach(known, box, media_time, person_height)
        ]
        if near:
            known = self._followed[min(near)[1]]
            known.times.append(media_time)
            known.boxes.append(box)
            old = bisect_left(known.times, media_time - _KEPT)
            del known.times[:old], known.boxes[:old]
            return
        self._count += 1
        label = Label.VEHICLE if box.area > _CAR * person_height**2 else Label.TWO_WHEELER
        self._followed.append(Tracklet(-self._count, label, [media_time], [box]))

    def _is_worth_it(self, known: Tracklet, media_time: float) -> bool:
        ago = media_time - known.last
        return ago <= self.gap or (ago <= _KEPT and len(known.times) >= _LOOKS)

    def passed(self, window: tuple[float, float], person_height: float) -> list[Chain]:
        """Those that drove past within a window of time.

        Args:
            window: s.
            person_height: px where they passed.
        """
        t_from, t_to = window
        return [
            Chain((known,))
            for known in self._followed
            if known.last >= t_from
            and known.first <= t_to
            and drove_past(known, person_height, self.parameters)
        ]


def _predicted(known: Tracklet, media_time: float) -> Point:
    """Where its last step leads; where it was when it has made none."""
    (bx, by) = known.boxes[-1].foot
    if len(known.times) < 2:
        return bx, by
    (ax, ay) = known.boxes[-2].foot
    step = (media_time - known.times[-1]) / (known.times[-1] - known.times[-2])
    return bx + (bx - ax) * step, by + (by - ay) * step


def _within_reach(known: Tracklet, box: Box, media_time: float, person_height: float) -> bool:
    measure = max(person_height, box.height)
    apart = distance(_predicted(known, media_time), box.foot) / measure
    if len(known.times) < 2:
        return apart <= _FASTEST * (media_time - known.last)
    return apart <= _ASTRAY


def drove_past(known: Tracklet, person_height: float, parameters: DepositParameters) -> bool:
    """Whether it went straight on, far enough, and faster than anybody passes on foot.

    Measured by its own height where that is more than H: before anybody was seen H is a guess, and
    somebody who runs is not to be taken for a vehicle.
    """
    if len(known.times) < _LOOKS:
        return False
    measure = max(person_height, float(np.median([box.height for box in known.boxes])))
    points = [box.foot for box in known.boxes]
    way = distance(points[0], points[-1])
    return (
        way >= _WAY * measure
        and way >= parameters.passing * measure * (known.last - known.first)
        and path_error(np.array(known.times), points) <= _STRAIGHT * measure
    )
