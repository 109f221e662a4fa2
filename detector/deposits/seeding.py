"""Three independent proposals of a deposit: change at rest, waste at rest, a landing (1.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.view import Blob
from litterwatch.detector.deposits.hypothesis import Source
from litterwatch.detector.deposits.observing import round_the_same
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, covered_share, distance, iou

_STRAYS = 0.1
"""H a waste detection's centre may wander while the thing lies still."""

_SEEN_LATELY = 1.0
"""Seconds since its last detection within which a spot is taken to be there still."""

_MOSTLY = 0.7
"""Share of a region that must lie in a waste box to be its new part."""

_A_PART = 0.1
"""Least share of the waste box that such a region fills."""

_SURE = 0.4
"""Confidence of a bin that can make a deposit lawful."""

_TRUSTED = 5.0
"""Seconds the ground must have been seen for the reference to be believed against what rests."""

DIFFERS = 0.15
"""Share of a waste detection that must differ from the reference to be new."""

_CREDIBLE = 0.2
"""Smoothed confidence from which waste seen again and again may be a thing that was left."""

_HITS = 3
"""Waste detections that make a spot believable (f2: smoothed over >= 3 frames)."""


@dataclass(frozen=True, slots=True, eq=False)
class Seed:
    """A proposal.

    Attributes:
        source: what proposes it.
        box, mask: the place, analysis px (anchor coordinates).
        first_changed: when its place was first seen changed, s.
        last_clean: when it was surely clean, None if unknown.
        blob: the region, None for a waste detection.
    """

    source: Source
    box: Box
    mask: NDArray[np.bool_]
    first_changed: float
    last_clean: float | None
    blob: Blob | None = None


def from_change(blobs: Iterable[Blob], rest: float) -> list[Seed]:
    """Every region at rest for that many seconds against ground that was seen for longer."""
    return [
        Seed(Source.CHANGE, b.box, b.mask, b.first_changed, b.known_since, b)
        for b in blobs
        if b.rest >= rest and not _may_be_the_ground(b)
    ]


def _may_be_the_ground(blob: Blob) -> bool:
    """Whether what lies there has been seen for longer than what the reference holds.

    Where the reference was seen for a moment only, between people the detector missed, it may hold
    one of them, and the ground behind him looks new from then on.
    """
    return blob.known_for < min(blob.rest, _TRUSTED)


@dataclass(slots=True)
class WasteSpot:
    """A place where the detector keeps seeing waste (or a bin)."""

    box: Box
    first: float
    last: float
    still_since: float
    hits: int
    confidence: float


@dataclass(slots=True)
class WasteSpots:
    """Matches waste detections in place: what lies still needs no motion model (S3).

    Attributes:
        kept: s a spot is remembered without a detection.
        spots: those remembered.
    """

    parameters: DepositParameters = field(default_factory=DepositParameters)
    kept: float = 5.0
    spots: list[WasteSpot] = field(default_factory=list)

    def see(
        self, found: Sequence[tuple[Box, float]], media_time: float, person_height: float
    ) -> None:
        """Take the detections (box, confidence) of one inferred frame."""
        for box, confidence in sorted(found, key=lambda w: (-w[1], w[0])):
            if confidence < self.parameters.present_floor:
                continue
            spot = next((s for s in self.spots if round_the_same(s.box, box)), None)
            if spot is None:
                first = last = still_since = media_time
                self.spots.append(WasteSpot(box, first, last, still_since, 1, confidence))
            elif spot.last < media_time:
                self._continue(spot, box, confidence, media_time, person_height)
        self.spots = [s for s in self.spots if media_time - s.last <= self.kept]

    @staticmethod
    def _continue(
        spot: WasteSpot, box: Box, confidence: float, now: float, person_height: float
    ) -> None:
        if distance(spot.box.centre, box.centre) > _STRAYS * person_height:
            spot.still_since = now
        spot.box, spot.last = box, now
        spot.hits += 1
        spot.confidence += 0.3 * (confidence - spot.confidence)

    def standing_since(self, t_before: float) -> list[Box]:
        """Boxes of spots that are sure enough and were there before that time."""
        return [
            s.box
            for s in self.spots
            if s.hits >= _HITS and s.confidence >= _SURE and s.first < t_before
        ]

    def forget(self) -> None:
        """The view was lost."""
        self.spots.clear()

    def spots_at_rest(
        self, media_time: float, rest: float, people: Sequence[Box]
    ) -> list[WasteSpot]:
        """Spots believable and at rest for that long, lying on the ground and not in a hand."""
        return [
            s
            for s in self.spots
            if s.hits >= _HITS
            and s.confidence >= _CREDIBLE
            and media_time - s.last <= _SEEN_LATELY
            and s.last - s.still_since >= rest
            and not in_hand(s.box, people)
        ]


def in_hand(thing: Box, people: Sequence[Box]) -> bool:
    """Whether a person could be holding it: mostly over him and above his shins."""
    return any(
        covered_share(thing, person) >= 0.5 and thing.y2 < person.y2 - 0.2 * person.height
        for person in people
    )


def from_waste(spots: Iterable[WasteSpot], blobs: Sequence[Blob], rest: float) -> list[Seed]:
    """Waste at rest whose place was seen otherwise before (the caller tests that).

    Where change at rest fills a part of the box, that part is the new thing: a bag that falls
    beside old litter is often boxed together with it.
    """
    seeds = []
    for spot in spots:
        inside = [
            b
            for b in blobs
            if b.rest >= rest
            and covered_share(b.box, spot.box) >= _MOSTLY
            and b.area >= _A_PART * spot.box.area
        ]
        if inside:
            blob = max(inside, key=lambda b: (b.area, b.box))
            seeds.append(
                Seed(Source.WASTE, blob.box, blob.mask, blob.first_changed, blob.known_since, blob)
            )
            continue
        width, height = max(1, round(spot.box.width)), max(1, round(spot.box.height))
        mask = np.ones((height, width), bool)
        seeds.append(Seed(Source.WASTE, spot.box, mask, spot.still_since, None))
    return seeds


def unclaimed(seeds: Iterable[Seed], live: Sequence[Box], refused: Sequence[Box]) -> list[Seed]:
    """Seeds at places that nothing stands for yet.

    Args:
        seeds: the proposals of one frame.
        live: boxes of live hypotheses: what lies in or round one is a part of it.
        refused: boxes of refused ones that are still to be seen: only the same region is old news
            (a bag that comes to light where a refused person stood is not).
    """
    return [
        seed
        for seed in seeds
        if not any(
            iou(seed.box, box) >= 0.3
            or covered_share(seed.box, box) >= 0.6
            or covered_share(box, seed.box) >= 0.6
            or round_the_same(seed.box, box)
            for box in live
        )
        and not any(iou(seed.box, box) >= 0.5 for box in refused)
    ]
