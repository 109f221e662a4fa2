"""Whether an actor carries something: evidence c(t) in [0, 1] per tracklet (design S5).

Two sources: waste detections that overlap the lower three quarters of the actor's box, and change
that hangs on the actor beside his box. The first is strong where the model knows the thing, the
second sees any thing and is therefore worth half.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp

import numpy as np

from litterwatch.detector.change.view import ChangeView, Code
from litterwatch.detector.deposits.history import Chain
from litterwatch.detector.deposits.parameters import Ablation, DepositParameters
from litterwatch.detector.geometry import Box, covered_share, gap
from litterwatch.detector.types import Track

_SETTLE = 1.0
"""Time constant of the smoothing, s."""

_HANGS = (0.01, 0.6)
"""Area of something that hangs on a person, H^2."""

_BESIDE = 0.25
"""Distance from the box, H, within which change counts as hanging on the person."""

_ANY_THING = 0.5
"""What change beside the box is worth: it may be a shadow or a swinging arm."""


@dataclass(slots=True)
class CarryEvidence:
    """Smoothed c(t) of every tracklet of the last minutes."""

    parameters: DepositParameters = field(default_factory=DepositParameters)
    _times: dict[int, list[float]] = field(default_factory=dict)
    _values: dict[int, list[float]] = field(default_factory=dict)

    def see(
        self,
        tracks: Sequence[Track],
        boxes: Sequence[Box],
        view: ChangeView,
        media_time: float,
        *,
        waste: Sequence[tuple[Box, float]],
        person_height: Sequence[float],
    ) -> None:
        """Take one inferred frame.

        Args:
            tracks: the tracker's snapshots; those not seen in this frame are left out.
            boxes: their boxes, anchor coordinates.
            view: the change of this frame.
            media_time: s.
            waste: (box, confidence) of the waste detections, anchor coordinates.
            person_height: px at each track's feet.
        """
        for track, box, height in zip(tracks, boxes, person_height, strict=True):
            if track.last_seen < media_time:
                continue
            others = [other for other in boxes if other is not box]
            now = max(held(box, waste, self.parameters), hanging(box, view, height, others))
            times = self._times.setdefault(track.id, [])
            values = self._values.setdefault(track.id, [])
            if times:
                keep = exp(-(media_time - times[-1]) / _SETTLE)
                now = keep * values[-1] + (1 - keep) * now
            times.append(media_time)
            values.append(now)
        self._prune(media_time)

    def _prune(self, media_time: float) -> None:
        oldest = media_time - self.parameters.remember
        gone = [i for i, times in self._times.items() if times[-1] < oldest]
        for track_id in gone:
            del self._times[track_id], self._values[track_id]
        for track_id, times in self._times.items():
            if len(times) > 64 and times[len(times) // 2] < oldest:
                half = len(times) // 2
                del times[:half], self._values[track_id][:half]

    def mean(self, chain: Chain, t_from: float, t_to: float) -> float | None:
        """Mean c of an actor in an interval, None when he was not seen in it."""
        if Ablation.CARRY in self.parameters.without:
            return None
        found: list[float] = []
        for track_id in chain.ids:
            times = self._times.get(track_id, [])
            low, high = bisect_left(times, t_from), bisect_right(times, t_to)
            found += self._values.get(track_id, [])[low:high]
        return float(np.mean(found)) if found else None


def held(box: Box, waste: Sequence[tuple[Box, float]], parameters: DepositParameters) -> float:
    """Confidence of the best waste detection that an actor holds: half of it over him."""
    lower = Box(box.x1, box.y1 + 0.25 * box.height, box.x2, box.y2)
    lower = lower.grown(0.1 * box.width, 0.0)
    return max(
        (
            confidence
            for thing, confidence in waste
            if confidence >= parameters.present_floor
            and thing.area < 0.6 * box.area
            and covered_share(thing, lower) >= 0.5
        ),
        default=0.0,
    )


def hanging(box: Box, view: ChangeView, person_height: float, others: Sequence[Box] = ()) -> float:
    """Evidence of change beside an actor's box, from the shoulders down.

    A side on which somebody else stands says nothing: the arm that moves there may be his.
    """
    margin = _BESIDE * person_height
    top = box.y1 + 0.2 * box.height
    both = (Box(box.x1 - margin, top, box.x1, box.y2), Box(box.x2, top, box.x2 + margin, box.y2))
    sides = [side for side in both if not any(gap(side, other) <= margin for other in others)]
    pixel = view.scale[0] * view.scale[1]
    area = sum(
        float(np.count_nonzero(view.code[view.within(side)] == Code.MOVING)) for side in sides
    )
    share = area * pixel / person_height**2
    return _ANY_THING if _HANGS[0] <= share <= _HANGS[1] else 0.0
