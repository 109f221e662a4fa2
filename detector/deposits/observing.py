"""What one frame says about one hypothesis: seen or hidden, there or gone, who stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.pixels import Bytes
from litterwatch.detector.change.view import Blob, ChangeView, Code
from litterwatch.detector.deposits.merge import same_thing
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, covered_share, iou
from litterwatch.detector.types import Label, Track

_PLAIN = 0.9
"""Uncovered share from which nothing stands before a thing."""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything a frame shows, in anchor coordinates, gathered once for all hypotheses.

    Attributes:
        media_time: s.
        view: the change.
        actors: (track, box) of the actors seen in this very frame or predicted in it.
        waste: (box, confidence) of waste detections.
        bins: (box, confidence) of bins.
        inferred: whether the object detector looked at this frame.
        before: the codes of the frame before (same shape as `view.code`), None at a start.
        since_before: s between the two.
        infrared: whether the picture has no colour.
        parameters: when two boxes are round one thing.
        size: (width, height) of the analysis picture.
    """

    media_time: float
    view: ChangeView
    actors: tuple[tuple[Track, Box], ...]
    waste: tuple[tuple[Box, float], ...]
    bins: tuple[tuple[Box, float], ...]
    inferred: bool
    size: tuple[int, int]
    before: Bytes | None = None
    since_before: float = 0.0
    infrared: bool = False
    parameters: DepositParameters = field(default_factory=DepositParameters)

    def people(self) -> list[Box]:
        """Boxes of the persons."""
        return [box for track, box in self.actors if track.label is Label.PERSON]

    def blob_for(self, box: Box, person_height: float) -> Blob | None:
        """The region of this frame that a place is, by overlap, else nearest; None without."""
        same = [
            b for b in self.view.blobs if same_thing(box, b.box, person_height, self.parameters)
        ]
        return max(same, key=lambda b: (iou(box, b.box), b.area), default=None)

    def seen_now(self) -> list[tuple[Track, Box]]:
        """Actors whose box is of this very frame."""
        return [(track, box) for track, box in self.actors if track.last_seen >= self.media_time]


@dataclass(frozen=True, slots=True)
class Observation:
    """One hypothesis in one frame; shares 0..1.

    Attributes:
        uncovered: of its pixels, those that are neither covered by an actor nor moving.
        at_rest: of those, the ones that are new and at rest.
        person_cover: of its box under people.
        vehicle_cover: of its box under vehicles and two-wheelers.
        person_fits: whether a person's box is about the same as its own.
        waste: confidence of the waste detection that fits it, 0 without one.
        resembles: whether its place still looks as it did when a waste detection proposed it, or
            the light changed its kind.
        by_look: whether only its look tells, because the reference may hold it.
        flicker: of its uncovered pixels, those that came or went since the last frame, per s.
        blob: the region of this frame that is this hypothesis, None when none is.
    """

    uncovered: float
    at_rest: float
    person_cover: float
    vehicle_cover: float
    person_fits: bool
    waste: float
    resembles: bool
    flicker: float
    blob: Blob | None
    by_look: bool = False

    @property
    def visible(self) -> float:
        """`uncovered`, or 1 where a waste detection says that the thing is to be seen."""
        return 1.0 if self.waste > 0 else self.uncovered

    @property
    def changed(self) -> float:
        """`at_rest`, or 1 where a waste detection or its look says that the thing is there."""
        if self.waste > 0 or self.resembles:
            return 1.0
        if self.by_look:  # what stands before a part of it says nothing
            return 0.0 if self.uncovered >= _PLAIN else 1.0
        return self.at_rest

    @property
    def animate_cover(self) -> float:
        return max(self.person_cover, self.vehicle_cover)


def cells_of(
    view: ChangeView, box: Box, mask: NDArray[np.bool_]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """A hypothesis' pixels in the arrays of the change view: window and mask in it."""
    window = view.within(box)
    height, width = view.code[window].shape
    share = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return window, np.asarray(share >= min(0.5, float(share.max())))


def observe(
    box: Box,
    mask: NDArray[np.bool_],
    blob: Blob | None,
    look: Look,
    parameters: DepositParameters,
    *,
    resembles: bool = False,
    by_look: bool = False,
) -> Observation:
    """Look at one place in one frame."""
    window, cells = cells_of(look.view, box, mask)
    codes = look.view.code[window][cells]
    seen = codes[(codes != Code.COVERED) & (codes != Code.MOVING)]
    visible = len(seen) / max(len(codes), 1)
    changed = float((seen == Code.STATIC_NEW).mean()) if len(seen) else 0.0
    people = [covered_share(box, person) for person in look.people()]
    wheels = [
        covered_share(box, other) for track, other in look.actors if track.label != Label.PERSON
    ]
    waste = waste_at(box, look.waste, parameters)
    return Observation(
        uncovered=visible,
        at_rest=changed,
        person_cover=max(people, default=0.0),
        vehicle_cover=max(wheels, default=0.0),
        person_fits=any(fits(box, person) for person in look.people()),
        waste=waste,
        resembles=resembles,
        flicker=flicker_of(window, cells, look),
        blob=blob,
        by_look=by_look,
    )


def flicker_of(window: tuple[slice, slice], cells: NDArray[np.bool_], look: Look) -> float:
    """Share of the uncovered pixels that turned from ground to thing or back, per s."""
    if look.before is None or look.before.shape != look.view.code.shape or look.since_before <= 0:
        return 0.0
    then, now = look.before[window][cells], look.view.code[window][cells]
    free = (then != Code.COVERED) & (now != Code.COVERED)
    if not free.any():
        return 0.0
    turned = (then[free] == Code.BACKGROUND) != (now[free] == Code.BACKGROUND)
    return float(turned.mean()) / look.since_before


def fits(box: Box, actor: Box) -> bool:
    """Whether a region and an actor's box are round the same thing.

    Mostly the same box, or a region that fills at least a third of the actor's box from within
    (clothes like the ground leave gaps).
    """
    if iou(box, actor) >= 0.4:
        return True
    return covered_share(box, actor) >= 0.8 and box.area >= 0.35 * actor.area


def waste_at(box: Box, waste: Sequence[tuple[Box, float]], parameters: DepositParameters) -> float:
    """Confidence of the best waste detection round this very place."""
    fitting = [
        confidence
        for thing, confidence in waste
        if confidence >= parameters.present_floor and round_the_same(box, thing)
    ]
    return max(fitting, default=0.0)


def round_the_same(a: Box, b: Box) -> bool:
    """Whether a region and a detection are round one thing: overlap and centres inside."""
    if iou(a, b) >= 0.3:
        return True
    (ax, ay), (bx, by) = a.centre, b.centre
    inside = b.x1 <= ax <= b.x2 and b.y1 <= ay <= b.y2 and a.x1 <= bx <= a.x2 and a.y1 <= by <= a.y2
    return inside and 0.2 <= (a.area + 1) / (b.area + 1) <= 5.0
