"""Whose picture is looked at next, and how often each camera is looked at.

One place for each camera: a newer picture takes the place of one that still waits, so nothing ever
queues. Cameras take turns, the one that has waited longest first. When the machine cannot keep up,
the rates of all cameras are lowered evenly, and raised again when there is room.
"""

from dataclasses import dataclass, field
from typing import Final

from litterwatch.camera_adapters.recorded import RateGate
from litterwatch.detector.types import Frame

WINDOW: Final = 5.0
"""Seconds over which the load is judged."""

LEAST_RATE: Final = 1.0
"""Pictures a second below which no camera is pushed: an act would be missed."""

_LOWERED, _RAISED = 0.8, 1.15  # in one window, at most
_ROOMY: Final = 0.85  # busy share of a window below which rates are raised again
_FORGIVEN: Final = 0.03
"""Share of a window's pictures that may be displaced without any consequence.

A hiccup of a fifth of a second displaces as many; it costs a picture of each camera at most.
Lowering rates for it would cost a fifth of all pictures for a minute.
"""
_USUAL_INTERVAL: Final = 0.04


@dataclass(slots=True)
class Place:
    """One camera's place.

    Attributes:
        rate: pictures a second that are wanted.
        frame: waits to be looked at.
        served: when it was last its turn; a count, not a time.
        thinned: pictures left out because rates are lowered.
        displaced: pictures a newer one took the place of.
    """

    rate: float
    frame: Frame | None = None
    served: int = 0
    thinned: int = 0
    displaced: int = 0
    gate: RateGate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = RateGate(self.rate, _USUAL_INTERVAL)


class Turns:
    """The cameras of one process.

    Attributes:
        share: of the wanted rates that is given now, 0..1.
        busy: share of the last window in which something was looked at, 0..1.
    """

    def __init__(self) -> None:
        self.share = 1.0
        self.busy = 0.0
        self._places: dict[str, Place] = {}
        self._count = 0
        self._window_began: float | None = None
        self._worked = 0.0
        self._offered = 0
        self._displaced = 0

    @property
    def places(self) -> dict[str, Place]:
        """By camera; for those who report."""
        return self._places

    def add(self, camera_id: str, rate: float) -> None:
        """A camera to look at, `rate` pictures a second; its turn comes first."""
        self._places[camera_id] = Place(rate)
        self._tune()

    def remove(self, camera_id: str) -> None:
        """Nothing more of this camera."""
        self._places.pop(camera_id, None)

    def offer(self, frame: Frame) -> None:
        """A picture has come; whether it is looked at is decided here."""
        place = self._places.get(frame.camera_id)
        if place is None:
            return
        if self.share < 1.0 and not place.gate.is_due(frame.media_time):
            place.thinned += 1
            return
        self._offered += 1
        if place.frame is not None:
            place.displaced += 1
            self._displaced += 1
        place.frame = frame

    def take(self, most: int) -> list[Frame]:
        """The next pictures, of as many cameras; those that waited longest first."""
        waiting = [place for place in self._places.values() if place.frame is not None]
        frames = []
        for place in sorted(waiting, key=lambda place: place.served)[:most]:
            assert place.frame is not None
            frames.append(place.frame)
            self._count += 1
            place.frame, place.served = None, self._count
        return frames

    @property
    def is_waiting(self) -> bool:
        """Whether any picture waits."""
        return any(place.frame is not None for place in self._places.values())

    def worked(self, seconds: float) -> None:
        """That long something was looked at."""
        self._worked += seconds

    def judge_load(self, now: float) -> bool:
        """Lower or raise the rates at the end of a window; whether they changed."""
        if self._window_began is None:
            self._window_began = now
        passed = now - self._window_began
        if passed < WINDOW:
            return False
        self.busy = min(1.0, self._worked / passed)
        lost = self._displaced / max(self._offered, 1)
        self._window_began, self._worked = now, 0.0
        self._offered = self._displaced = 0
        before = self.share
        if lost > _FORGIVEN:
            # By what was too much: that much less is asked of the machine in the next window.
            self.share = max(self._least_share(), self.share * max(_LOWERED, 1.0 - lost))
        elif self.busy < _ROOMY:
            self.share = min(1.0, self.share * _RAISED)
        if self.share != before:
            self._tune()
        return self.share != before

    def _least_share(self) -> float:
        fastest = max((place.rate for place in self._places.values()), default=LEAST_RATE)
        return min(1.0, LEAST_RATE / fastest)

    def _tune(self) -> None:
        for place in self._places.values():
            place.gate = RateGate(place.rate * self.share, _USUAL_INTERVAL)
