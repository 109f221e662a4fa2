"""What the actors did: tracklets of the last minutes, stitched into chains.

Trackers break; so nothing here trusts an id further than one unbroken tracklet. A chain joins
tracklets that one actor can have made (design 1.9: gap, predicted position, size). Coordinates are
those of the anchor view; times are media seconds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, Point, distance, iou
from litterwatch.detector.types import Label, Track

_THIN_AFTER = 1.0
"""A standing actor is written down once a second, a moving one at every look."""

_STOOD = 0.9
"""IoU above which an actor has not moved."""

_SPEED_OVER = 0.6
"""Seconds of a tracklet's end that give its speed."""

_CAME_LATELY, _WALKED = 2.0, 0.5
"""Seconds within which, and H that, somebody walked to have come with who appears beside him."""

_BRISK = 0.3
"""Heights per second from which somebody walks: about 0.5 m/s."""


@dataclass(slots=True)
class Tracklet:
    """One unbroken stretch of one actor, with the boxes at the times he was seen."""

    id: int
    label: Label
    times: list[float]
    boxes: list[Box]

    @property
    def first(self) -> float:
        return self.times[0]

    @property
    def last(self) -> float:
        return self.times[-1]

    def at(self, media_time: float) -> Box | None:
        """The box nearest in time; None where the tracklet was not alive (0.5 s of grace)."""
        if not self.first - 0.5 <= media_time <= self.last + 0.5:
            return None
        after = min(bisect_left(self.times, media_time), len(self.times) - 1)
        before = max(after - 1, 0)
        later = abs(self.times[after] - media_time) <= abs(self.times[before] - media_time)
        return self.boxes[after if later else before]

    def between(self, t_from: float, t_to: float) -> list[tuple[float, Box]]:
        """(time, box) of every look within the closed interval."""
        low, high = bisect_left(self.times, t_from), bisect_right(self.times, t_to)
        return list(zip(self.times[low:high], self.boxes[low:high], strict=True))

    def see(self, media_time: float, box: Box) -> None:
        """Take one look; looks at an actor who stands are thinned out."""
        if (
            len(self.times) >= 2
            and media_time - self.times[-2] < _THIN_AFTER
            and iou(self.boxes[-2], box) > _STOOD
            and iou(self.boxes[-1], box) > _STOOD
        ):
            self.times[-1], self.boxes[-1] = media_time, box
            return
        self.times.append(media_time)
        self.boxes.append(box)

    def speed(self, *, at_end: bool) -> tuple[float, float]:
        """px/s over the last (or first) 0.6 s."""
        looks = (
            self.between(self.last - _SPEED_OVER, self.last)
            if at_end
            else self.between(self.first, self.first + _SPEED_OVER)
        )
        (t1, a), (t2, b) = looks[0], looks[-1]
        if t2 <= t1:
            return 0.0, 0.0
        (ax, ay), (bx, by) = a.centre, b.centre
        return (bx - ax) / (t2 - t1), (by - ay) / (t2 - t1)


@dataclass(frozen=True, slots=True)
class Chain:
    """Tracklets of one actor in order of time; the last may still be alive."""

    tracklets: tuple[Tracklet, ...]

    @property
    def label(self) -> Label:
        return self.tracklets[0].label

    @property
    def first(self) -> float:
        return self.tracklets[0].first

    @property
    def last(self) -> float:
        return self.tracklets[-1].last

    @property
    def last_box(self) -> Box:
        return self.tracklets[-1].boxes[-1]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(tracklet.id for tracklet in self.tracklets)

    def between(self, t_from: float, t_to: float) -> list[tuple[float, Box]]:
        """(time, box) of every look within the closed interval."""
        return [look for part in self.tracklets for look in part.between(t_from, t_to)]

    def at(self, media_time: float) -> Box | None:
        """The box nearest in time, None where he was out of sight."""
        for part in self.tracklets:
            box = part.at(media_time)
            if box is not None:
                return box
        return None


@dataclass(slots=True)
class TrackHistory:
    """A bounded memory of actors, fed once per inferred frame."""

    parameters: DepositParameters = field(default_factory=DepositParameters)
    _tracklets: dict[int, Tracklet] = field(default_factory=dict)
    _pruned: float = 0.0

    def see(self, tracks: Iterable[Track], boxes: Iterable[Box], media_time: float) -> None:
        """Write down the actors seen in this very frame.

        Args:
            tracks: snapshots of the tracker.
            boxes: their boxes in anchor coordinates, in the same order.
            media_time: of the frame, s; older snapshots are the tracker's guesses and are left out.
        """
        for track, box in zip(tracks, boxes, strict=True):
            if track.last_seen < media_time:
                continue
            known = self._tracklets.get(track.id)
            if known is None:
                self._tracklets[track.id] = Tracklet(track.id, track.label, [media_time], [box])
            else:
                known.see(media_time, box)
        if media_time - self._pruned > 10.0:
            self._prune(media_time)

    def _prune(self, media_time: float) -> None:
        oldest = media_time - self.parameters.remember
        self._tracklets = {i: t for i, t in self._tracklets.items() if t.last >= oldest}
        for tracklet in self._tracklets.values():
            keep = bisect_left(tracklet.times, oldest)
            del tracklet.times[:keep], tracklet.boxes[:keep]
        self._pruned = media_time

    @property
    def tracklets(self) -> list[Tracklet]:
        """Everybody remembered."""
        return list(self._tracklets.values())

    def looks_of(self, track_id: int) -> list[tuple[float, Box]]:
        """(time, box) of every remembered look at one tracklet."""
        tracklet = self._tracklets.get(track_id)
        return [] if tracklet is None else tracklet.between(tracklet.first, tracklet.last)

    def alive(self, t_from: float, t_to: float) -> list[Tracklet]:
        """Those seen at some time within the interval."""
        return [t for t in self._tracklets.values() if t.last >= t_from and t.first <= t_to]

    def chain(self, tracklet: Tracklet) -> Chain:
        """The actor a tracklet belongs to, followed both ways through breaks."""
        parts = [tracklet]
        while (earlier := self._neighbour(parts[0], later=False)) is not None:
            parts.insert(0, earlier)
        while (after := self._neighbour(parts[-1], later=True)) is not None:
            parts.append(after)
        return Chain(tuple(parts))

    def _neighbour(self, tracklet: Tracklet, *, later: bool) -> Tracklet | None:
        """The tracklet that continues (precedes) this one best and is not continued better."""
        best = self._best(tracklet, later=later)
        if best is None or self._best(best, later=not later) is not tracklet:
            return None
        return best

    def _best(self, tracklet: Tracklet, *, later: bool) -> Tracklet | None:
        found: tuple[float, Tracklet] | None = None
        for other in self._tracklets.values():
            if other is tracklet or other.label is not tracklet.label:
                continue
            pair = (tracklet, other) if later else (other, tracklet)
            cost = stitch_cost(*pair, self.parameters)
            if cost is not None and (found is None or cost < found[0]):
                found = (cost, other)
        return None if found is None else found[1]


def stitch_cost(earlier: Tracklet, after: Tracklet, parameters: DepositParameters) -> float | None:
    """How badly two tracklets fit one actor, 0..1; None when they cannot be one.

    The end of the first and the start of the second are carried to the middle of the gap at their
    own speeds; they must meet within `stitch_distance` of the actor's height.
    """
    gap = after.first - earlier.last
    if not -0.35 <= gap <= parameters.stitch_gap or after.last <= earlier.last:
        return None
    a, b = earlier.boxes[-1], after.boxes[0]
    low, high = parameters.stitch_size
    if not low <= b.height / max(a.height, 1e-3) <= high:
        return None
    half = max(gap, 0.0) / 2
    va, vb = earlier.speed(at_end=True), after.speed(at_end=False)
    if gap > 0 and _pass_each_other(va, vb, max(a.height, b.height, 1e-3)):
        return None
    meet_a = (a.centre[0] + va[0] * half, a.centre[1] + va[1] * half)
    meet_b = (b.centre[0] - vb[0] * half, b.centre[1] - vb[1] * half)
    still = distance(a.centre, b.centre)
    error = min(distance(meet_a, meet_b), still) / max(a.height, b.height, 1e-3)
    if error > parameters.stitch_distance:
        return None
    return error / parameters.stitch_distance * 0.5 + max(gap, 0.0) / parameters.stitch_gap * 0.5


def _pass_each_other(a: Point, b: Point, height: float) -> bool:
    """Whether one walked off briskly and the other came briskly the other way: two people.

    Who turns back stops first: at a turn one of the two speeds is small.
    """
    speeds = float(np.hypot(*a)) / height, float(np.hypot(*b)) / height
    return min(speeds) > _BRISK and a[0] * b[0] + a[1] * b[1] < 0


def near_border(box: Box, size: tuple[int, int], margin: float = 0.02) -> bool:
    """Whether a box touches the edge of a picture of that (width, height): he may have left."""
    width, height = size
    dx, dy = margin * width, margin * height
    return box.x1 <= dx or box.y1 <= dy or box.x2 >= width - dx or box.y2 >= height - dy


def group_of(
    owner: Chain, chains: Sequence[Chain], parameters: DepositParameters, *, size: tuple[int, int]
) -> tuple[Chain, ...]:
    """The owner and the people who were with him (rule 11).

    Within 1 H of him for 3 s in all; or walking where he came to light in the midst of the
    picture, of (width, height) `size`: two who come as one are one box until they part.
    """
    group = [owner]
    for other in chains:
        if other.label is not Label.PERSON or set(other.ids) & set(owner.ids):
            continue
        together = _together(owner, other, parameters) >= parameters.group_together
        if together or _came_out_of(owner, other, parameters, size):
            group.append(other)
    return tuple(group)


def _came_out_of(
    owner: Chain, other: Chain, parameters: DepositParameters, size: tuple[int, int]
) -> bool:
    """Whether the owner was first seen beside somebody who was just walking there, with him."""
    born, beside = owner.tracklets[0].boxes[0], other.at(owner.first)
    before = other.between(owner.first - _CAME_LATELY, owner.first)
    if near_border(born, size) or beside is None or not before:
        return False
    came = distance(before[0][1].foot, beside.foot) >= _WALKED * beside.height
    return came and _side_by_side(born, beside, parameters)


def _side_by_side(a: Box, b: Box, parameters: DepositParameters) -> bool:
    """Whether two people of like size in the picture, so at like depth, are within 1 H."""
    low, high = parameters.stitch_size
    like = low <= b.height / max(a.height, 1e-3) <= high
    return like and distance(a.foot, b.foot) <= parameters.group_near * a.height


def _together(a: Chain, b: Chain, parameters: DepositParameters) -> float:
    """Seconds two actors of like size in the picture, so at like depth, were side by side."""
    total, previous = 0.0, None
    for media_time, box in a.between(max(a.first, b.first), min(a.last, b.last)):
        other = b.at(media_time)
        close = other is not None and _side_by_side(box, other, parameters)
        if close and previous is not None:
            total += min(media_time - previous, 1.0)
        previous = media_time if close else None
    return total
