"""What the engine remembers of the last minutes, fed once per frame and asked backwards."""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from litterwatch.detector.change.picture import Picture
from litterwatch.detector.change.stabiliser import Motion
from litterwatch.detector.deposits.carry import CarryEvidence
from litterwatch.detector.deposits.history import TrackHistory
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.passers import MISSED, Passers
from litterwatch.detector.deposits.release import Flights
from litterwatch.detector.deposits.seeding import WasteSpots
from litterwatch.detector.deposits.sighting import Thumbnails
from litterwatch.detector.geometry import Box, covered_share
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import Image, Label

_TALLEST_OVER = 20.0
"""Seconds of people seen that stand in for the height model before it has a sample."""

_COVERED_OVER = 3.0
"""Seconds before a thing came in which somebody must have stood before its place."""

_A_PART = 0.2
"""Share of a place from which somebody's box hides a part of it."""


@dataclass(slots=True)
class Memory:
    """Actors, carrying, flights, passers, waste spots, pictures and sway of one camera.

    Attributes:
        passers: what drives past unrecognised, as the change shows it.
        laden: what drives past and is called waste.
    """

    parameters: DepositParameters
    height: PersonHeight
    history: TrackHistory = field(init=False)
    carry: CarryEvidence = field(init=False)
    flights: Flights = field(default_factory=Flights)
    passers: Passers = field(init=False)
    laden: Passers = field(init=False)
    spots: WasteSpots = field(init=False)
    bins: WasteSpots = field(init=False)
    thumbnails: Thumbnails = field(default_factory=Thumbnails)
    _motions: deque[tuple[float, Motion]] = field(default_factory=deque)
    _size: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        self.history = TrackHistory(self.parameters)
        self.carry = CarryEvidence(self.parameters)
        self.passers = Passers(self.parameters)
        self.laden = Passers(self.parameters, gap=MISSED)
        self.spots = WasteSpots(self.parameters)
        self.bins = WasteSpots(self.parameters, kept=60.0)

    def see(self, look: Look, picture: Image | Picture, motion: Motion) -> None:
        """Take one frame; `picture` lies in anchor coordinates."""
        now = look.media_time
        self._size = look.size
        self._motions.append((now, motion))
        while now - self._motions[0][0] > self.parameters.remember:
            self._motions.popleft()
        self.thumbnails.see(picture, now)
        middle = self.person_height(0.6 * look.size[1])
        seen = look.seen_now()
        self.flights.see(look.view, [(t.id, box) for t, box in seen], now, middle)
        self.passers.see(look.view, now, self.person_height)
        if not look.inferred:
            return
        self.height.update([track for track, _ in seen], look.size)
        tracks, boxes = [t for t, _ in seen], [box for _, box in seen]
        self.history.see(tracks, boxes, now)
        heights = [self.person_height(box.y2) for box in boxes]
        self.carry.see(tracks, boxes, look.view, now, waste=look.waste, person_height=heights)
        self.laden.follow([box for box, _ in look.waste], now, self.person_height)
        self.spots.see(look.waste, now, middle)
        self.bins.see(look.bins, now, middle)

    def person_height(self, y: float) -> float:
        """Yardstick, px, with the feet at row y; people seen lately until the model has samples."""
        if self.height.measured:
            return self.height.at(y)
        people = [
            box.height
            for tracklet in self.history.tracklets
            if tracklet.label is Label.PERSON
            for _, box in tracklet.between(tracklet.last - _TALLEST_OVER, tracklet.last)
        ]
        return float(np.percentile(people, 90)) if people else 0.2 * self._size[1]

    def was_covered(self, box: Box, before: float) -> bool:
        """Whether actors' boxes hid a place in the seconds before: no reference knows it then."""
        looks = [
            at
            for tracklet in self.history.alive(before - _COVERED_OVER, before)
            for _, at in tracklet.between(before - _COVERED_OVER, before)
        ]
        covering = sum(covered_share(box, at) >= 0.5 for at in looks)
        return covering >= 3

    def was_behind_somebody(self, box: Box, before: float) -> bool:
        """Whether the box of somebody on foot hid a part of a place in the seconds before."""
        return any(
            covered_share(box, at) >= _A_PART
            for tracklet in self.history.alive(before - _COVERED_OVER, before)
            if tracklet.label is Label.PERSON
            for _, at in tracklet.between(before - _COVERED_OVER, before)
        )

    def motion_at(self, media_time: float) -> Motion | None:
        """How the picture lay then: between two looks, in between; outside, as at the nearest."""
        after = bisect_left(self._motions, media_time, key=lambda kept: kept[0])
        if after == len(self._motions):
            return self._motions[-1][1] if self._motions else None
        t_later, later = self._motions[after]
        if after == 0 or t_later == media_time or later.restarted:
            return later
        t_before, before = self._motions[after - 1]
        return before.towards(later, (media_time - t_before) / (t_later - t_before))

    def lose_view(self) -> None:
        """The camera looks elsewhere: places remembered mean nothing any more."""
        self.thumbnails.forget()
        self.spots.forget()
        self.bins.forget()
        self.flights = Flights()
        self.history = TrackHistory(self.parameters)
        self.carry = CarryEvidence(self.parameters)
        self.passers = Passers(self.parameters)
        self.laden = Passers(self.parameters, gap=MISSED)
