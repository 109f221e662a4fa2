"""A small tracker of actors in the manner of ByteTrack, in seconds instead of frames.

Boxes of high confidence are matched first, then what is left of the tracks with boxes of low
confidence, so that a half-hidden person is kept. Why it is our own: docs/decisions/0010.

Constants are those of event-detection (S3): floor for association 0.10, new tracks from 0.30,
buffer 3 s, "IoU or centre distance < 0.35 person heights".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box, FloatArray, intersection_area, iou, iou_matrix
from litterwatch.detector.types import ACTOR_LABELS, Detections, Label, Track


@dataclass(frozen=True, slots=True)
class TrackerParameters:
    """What the tracker assumes.

    Attributes:
        high: confidence of the first round of matching.
        low: weakest confidence that may continue a track.
        new: weakest confidence that may begin one.
        sure: a single box this confident is an actor at once; below, a second hit is needed.
        buffer: an actor unseen for longer is gone, s.
        trial: an unconfirmed actor unseen for longer is forgotten, s.
        min_iou: boxes overlapping at least so much may be one actor.
        reach: or whose centres are closer than this, heights of the box.
        settle: time constant of the smoothed velocity, s.
    """

    high: float = 0.40
    low: float = 0.10
    new: float = 0.30
    sure: float = 0.50
    buffer: float = 3.0
    trial: float = 0.6
    min_iou: float = 0.2
    reach: float = 0.35
    settle: float = 0.4


# Speed nobody knows yet, box heights per second: a walker does 1.4 m/s = 0.9 H/s, a motorbike in
# town 8 to 13 m/s = 5 to 8 H/s (its box with rider is about one H high, a car's somewhat less).
_UNKNOWN_SPEED = {Label.PERSON: 1.5, Label.TWO_WHEELER: 8.0, Label.VEHICLE: 8.0}
# Once the velocity is known only its change remains unknown.
_CHANGE_OF_SPEED = {Label.PERSON: 0.8, Label.TWO_WHEELER: 2.0, Label.VEHICLE: 2.0}
_SAME_PLACE = 0.7  # IoU with the box where it stopped: detectors breathe by some 10 % a side
_SCENERY_AFTER = 2.0  # s that a vehicle must have been seen standing before it is scenery
_SEEN_LATELY = 0.7  # s that a box goes on covering the picture after its last detection
_PAIRS_WORSE_THAN_THIS_ARE_NONE = 2.0
# Who walked on unseen for so long, s, has got on: a box where he was lost is somebody else's, who
# came the other way. Seen most where people leave and enter the picture.
_GONE_ON_AFTER = 0.7
_WALKING = 0.3  # speed from which that is said, box heights per second
_GOT_ON = 0.25  # least share of the way he would have made
# A new box within (or round) that of somebody seen in the same frame, feet or head in the same row,
# is he once more, by a part of him or with what he carries: most at the rim of the picture. Two who
# cross have both been known for longer.
_SAME_BODY = 0.8  # share of the smaller box inside the larger
_SAME_ROW = 0.15  # heights of the taller box
_PART_OF_BODY = 0.5  # the same share where both together are the box that was expected
_MISSING = 0.1  # by which the IoU with it must grow: else nothing of him is missing
_SETTLED_AFTER = 1.5  # s
_STEADY_GAP = 0.5  # s unseen after which somebody must be known anew
# Whose feet are suddenly much higher while his head is no higher than he is tall has his legs
# hidden: by what he carries or puts down, by a car or a counter. He stands where he stood.
_LEGS = 0.15  # of his height by which the lower edge leaps up
_ALIKE = 0.1  # of his height by which two looks at his feet, or his height, may differ
_BREATH = 0.05  # of his height by which the upper edge of a detector's boxes wanders
_RISES = 0.8  # of his height a second: who stooped stands upright in half a second
_SHRINKS_IN = 10.0  # s in which what is known of his height loses two thirds of its weight
_FEET_KEPT = 3.0  # s for which feet that were not seen are taken to follow
_ONE_LOOK = 1.0  # s between two looks beyond which nothing is said about feet


@dataclass(slots=True)
class _Actor:
    """The live state of one actor; `id` is 0 until it is confirmed."""

    id: int
    label: Label
    box: Box
    velocity: tuple[float, float]
    confidence: float
    hits: int
    first_seen: float
    last_seen: float
    home: Box
    still_since: float
    steady_since: float
    feet_seen: float | None = None
    """When two looks last agreed on where his feet are, s; None when they never did."""
    stature: float = 0.0
    """How tall he was lately at such looks, px."""
    expected: tuple[Box, ...] = ()
    """Where he was, and where he was going to be, before his last look; empty before the second."""

    def predicted(self, media_time: float) -> Box:
        """Where the box should be: constant velocity, coasting for one second at most."""
        dt = min(media_time - self.last_seen, 1.0)
        dx, dy = self.velocity[0] * dt, self.velocity[1] * dt
        return Box(self.box.x1 + dx, self.box.y1 + dy, self.box.x2 + dx, self.box.y2 + dy)

    def reach(self, media_time: float, parameters: TrackerParameters) -> float:
        """How far from the prediction its centre may be, px."""
        speeds = _UNKNOWN_SPEED if self.hits < 2 else _CHANGE_OF_SPEED
        dt = min(media_time - self.last_seen, 1.0)
        return (parameters.reach + speeds[self.label] * dt) * self.box.height

    def has_got_on(self, box: Box, media_time: float) -> bool:
        """Whether a box lies so far on his way as a walker unseen for that long must have come."""
        unseen = media_time - self.last_seen
        speed = float(np.hypot(*self.velocity))
        if unseen < _GONE_ON_AFTER or speed < _WALKING * self.box.height:
            return True
        (x1, y1), (x2, y2) = self.box.centre, box.centre
        way = ((x2 - x1) * self.velocity[0] + (y2 - y1) * self.velocity[1]) / speed
        return way >= _GOT_ON * speed * min(unseen, 1.0)

    def see(self, box: Box, confidence: float, media_time: float, settle: float) -> None:
        """Take a matched box; velocity is smoothed by real time, not by the number of frames."""
        dt = media_time - self.last_seen
        self.expected = self.box, self.predicted(media_time)
        if self.label is Label.PERSON:
            box = self._with_feet(box, media_time)
        (x1, y1), (x2, y2) = self.box.centre, box.centre
        seen = ((x2 - x1) / dt, (y2 - y1) / dt)
        keep = float(np.exp(-dt / settle)) if self.hits > 1 else 0.0
        self.velocity = (
            keep * self.velocity[0] + (1 - keep) * seen[0],
            keep * self.velocity[1] + (1 - keep) * seen[1],
        )
        self.box, self.confidence = box, confidence
        if dt > _STEADY_GAP:
            self.steady_since = media_time
        self.hits += 1
        self.last_seen = media_time
        if iou(self.home, box) < _SAME_PLACE:
            self.home, self.still_since = box, media_time

    def _with_feet(self, box: Box, media_time: float) -> Box:
        """A person's box down to where his feet must be, if only his legs are hidden."""
        expected, height = self.predicted(media_time), self.box.height
        dt = media_time - self.last_seen
        leapt = min(self.box.y2, expected.y2) - box.y2 > _LEGS * height
        lately = self.feet_seen is not None and media_time - self.feet_seen <= _FEET_KEPT
        if leapt and lately and dt <= _ONE_LOOK and self._may_be_his_trunk(box, expected, dt):
            return Box(box.x1, box.y1, box.x2, self.box.y2)
        agree = abs(expected.y2 - box.y2) <= _ALIKE * height
        self.feet_seen = media_time if agree else None
        if agree:
            known = self.stature * float(np.exp((self.last_seen - media_time) / _SHRINKS_IN))
            self.stature = max(box.height, known)
        return box

    def _may_be_his_trunk(self, box: Box, expected: Box, dt: float) -> bool:
        """Whether it is above his feet, no higher than he is tall, nor than he rises in dt s."""
        wide = min(box.x2, expected.x2) - max(box.x1, expected.x1)
        above = wide >= _PART_OF_BODY * min(box.width, expected.width)
        rises = self.box.y1 - box.y1 <= (_BREATH + _RISES * dt) * self.stature
        return above and rises and self.box.y2 - box.y1 <= (1 + _ALIKE) * self.stature

    def snapshot(self) -> Track:
        """What the others may know."""
        return Track(
            self.id,
            self.label,
            self.box,
            self.confidence,
            self.first_seen,
            self.last_seen,
            self.still_since,
        )


def covering_boxes(tracks: Sequence[Track], media_time: float) -> list[Box]:
    """The boxes behind which the picture says nothing: what `ChangeModel.update` takes as actors.

    Left out are actors not seen lately, and vehicles that stood there from the first moment: they
    are part of the scene, and the ground in their boxes must be watched. A vehicle that came and
    stopped goes on covering.
    """
    boxes = []
    for track in tracks:
        never_moved = track.still_since == track.first_seen
        scenery = (
            track.label is not Label.PERSON
            and never_moved
            and track.last_seen - track.first_seen >= _SCENERY_AFTER
        )
        if media_time - track.last_seen <= _SEEN_LATELY and not scenery:
            boxes.append(track.box)
    return boxes


def same_body(a: Box, b: Box) -> bool:
    """Whether two boxes of one frame are round one body: one within the other, feet or head alike.

    Whoever stands before another has his feet lower; whoever stands behind and is seen has not his
    head in the other's box.
    """
    within = intersection_area(a, b) >= _SAME_BODY * min(a.area, b.area)
    least = min(abs(a.y2 - b.y2), abs(a.y1 - b.y1))
    return within and least <= _SAME_ROW * max(a.height, b.height)


def _is_of(actor: _Actor, box: Box) -> bool:
    """Whether a box of the same frame is round somebody known, or round the rest of him.

    Trunk and legs may be boxed apart, or he and he with his load: both boxes overlap, and together
    they are the one that was expected.
    """
    if same_body(actor.box, box):
        return True
    shared = intersection_area(actor.box, box)
    if shared < _PART_OF_BODY * min(actor.box.area, box.area):
        return False
    both = actor.box.joined(box)
    return any(
        iou(both, place) >= max(_SAME_PLACE, iou(actor.box, place) + _MISSING)
        for place in actor.expected
    )


class ActorTracker:
    """Follows the people, two-wheelers and vehicles of one camera; satisfies `Tracker`.

    Ids start at 1, belong to this instance and are never used again.
    """

    def __init__(self, parameters: TrackerParameters | None = None) -> None:
        self._parameters = parameters or TrackerParameters()
        self._actors: list[_Actor] = []
        self._ids = count(1)
        self._last_time = -np.inf

    def update(self, detections: Detections, media_time: float) -> tuple[Track, ...]:
        """Match the boxes of one frame; `media_time` (s) must increase from call to call.

        Returns:
            Every confirmed actor seen within the buffer, by id. One seen in this very frame has
            `last_seen == media_time`.

        Raises:
            ValueError: time did not increase; nothing was changed.
        """
        if media_time <= self._last_time:
            raise ValueError(f"media time {media_time} does not follow {self._last_time}")
        self._last_time = media_time
        self._forget(media_time)
        for label in sorted(ACTOR_LABELS):
            self._match_label(detections.labelled(label), label, media_time)
        self._confirm(media_time)
        return tuple(actor.snapshot() for actor in self._actors if actor.id)

    def _forget(self, media_time: float) -> None:
        limits = (self._parameters.trial, self._parameters.buffer)
        self._actors = [
            actor
            for actor in self._actors
            if media_time - actor.last_seen <= limits[bool(actor.id)]
        ]

    def _match_label(self, detections: Detections, label: Label, media_time: float) -> None:
        parameters = self._parameters
        high = detections.where(detections.confidence >= parameters.high)
        low = detections.where(
            (detections.confidence >= parameters.low) & (detections.confidence < parameters.high)
        )
        actors = [actor for actor in self._actors if actor.label is label]
        actors, strong = self._match(actors, high, media_time)
        # The low round keeps what is known; a trial of one weak box is not an actor yet, but a
        # second box at its place, however weak, is what confirms it.
        _, weak = self._match(actors, low, media_time)
        for rest in (strong, weak):
            self._begin(rest, label, media_time)
        self._drop_doubles(label, media_time)

    def _match(
        self, actors: list[_Actor], detections: Detections, media_time: float
    ) -> tuple[list[_Actor], Detections]:
        """Give boxes to actors, cheapest pair first; returns the actors and boxes left over."""
        cost = self._costs(actors, detections, media_time)
        boxes = detections.boxes()
        free_actors, free_boxes = set(range(len(actors))), set(range(len(boxes)))
        for flat in np.argsort(cost, axis=None, kind="stable"):
            row, column = divmod(int(flat), len(boxes))
            if cost[row, column] >= _PAIRS_WORSE_THAN_THIS_ARE_NONE:
                break
            if row in free_actors and column in free_boxes:
                free_actors.discard(row)
                free_boxes.discard(column)
                confidence = float(detections.confidence[column])
                actors[row].see(boxes[column], confidence, media_time, self._parameters.settle)
        left = np.zeros(len(boxes), bool)
        left[sorted(free_boxes)] = True
        return [actors[i] for i in sorted(free_actors)], detections.where(left)

    def _costs(self, actors: list[_Actor], detections: Detections, media_time: float) -> FloatArray:
        """(actors, boxes): 0 same box .. 2 just allowed; 2 and more means never."""
        if not actors or not len(detections):
            return np.zeros((len(actors), len(detections)), np.float32)
        predicted = np.array([actor.predicted(media_time) for actor in actors], np.float32)
        reach = np.array([actor.reach(media_time, self._parameters) for actor in actors])
        overlap = iou_matrix(predicted, detections.xyxy)
        centres = (predicted[:, :2] + predicted[:, 2:]) / 2
        others = (detections.xyxy[:, :2] + detections.xyxy[:, 2:]) / 2
        apart = np.linalg.norm(centres[:, None] - others[None], axis=2) / reach[:, None]
        cost = (1 - overlap) + np.minimum(apart, 0.99)
        allowed = (overlap >= self._parameters.min_iou) | (apart < 1)
        allowed &= self._alike_in_size(predicted, detections.xyxy)
        boxes = detections.boxes()
        allowed &= [[actor.has_got_on(box, media_time) for box in boxes] for actor in actors]
        return np.where(allowed, cost, _PAIRS_WORSE_THAN_THIS_ARE_NONE).astype(np.float32)

    @staticmethod
    def _alike_in_size(a: FloatArray, b: FloatArray) -> NDArray[np.bool_]:
        """(n, m): heights within a factor of 2.5; a half-hidden person is still the same."""
        heights = np.maximum(a[:, 3] - a[:, 1], 1e-3)[:, None]
        ratio = np.maximum(b[:, 3] - b[:, 1], 1e-3)[None] / heights
        alike: NDArray[np.bool_] = (ratio < 2.5) & (ratio > 0.4)
        return alike

    def _begin(self, detections: Detections, label: Label, media_time: float) -> None:
        for box, confidence in zip(detections.boxes(), detections.confidence, strict=True):
            if confidence >= self._parameters.new:
                self._actors.append(
                    _Actor(
                        0,
                        label,
                        box,
                        (0.0, 0.0),
                        float(confidence),
                        1,
                        media_time,
                        media_time,
                        box,
                        media_time,
                        media_time,
                    )
                )

    def _may_be_known(self, new: _Actor) -> bool:
        """Whether one look is round somebody who was not found at that look, by another box."""
        return any(
            known.id
            and known.label is new.label
            and known.last_seen < new.last_seen
            and new.last_seen - known.last_seen <= _ONE_LOOK
            and (iou(known.box, new.box) >= self._parameters.min_iou or _is_of(known, new.box))
            for known in self._actors
        )

    def _drop_doubles(self, label: Label, media_time: float) -> None:
        """Forget who, soon after he came to light, is boxed within or round somebody steadier."""
        known: list[_Actor] = []
        doubles: set[int] = set()
        alike = [a for a in self._actors if a.label is label and a.last_seen == media_time]
        for actor in sorted(alike, key=lambda a: (a.steady_since, -a.confidence)):
            fresh = media_time - actor.steady_since < _SETTLED_AFTER
            twin = next((a for a in known if _is_of(a, actor.box)), None) if fresh else None
            if twin is None:
                known.append(actor)
                continue
            doubles.add(id(actor))
            if actor.box.height > twin.box.height:
                twin.box = actor.box  # the whole body, not the part of him that was known
        self._actors = [actor for actor in self._actors if id(actor) not in doubles]

    def _confirm(self, media_time: float) -> None:
        for actor in self._actors:
            sure = actor.confidence >= self._parameters.sure and actor.last_seen == media_time
            if actor.id or (actor.hits < 2 and not (sure and not self._may_be_known(actor))):
                continue
            actor.id = next(self._ids)
        self._actors.sort(key=lambda actor: actor.id)
