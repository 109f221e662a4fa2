"""Who stayed: people and two-wheelers seen for longer than a passer-by needs."""

from collections.abc import Iterable
from typing import Final

from litterwatch.detector.types import Frame, Label, PassedOver, Track

DWELL: Final = 5.0
"""Seconds in view from which somebody dwells; a walker crosses a street's picture in about that."""

CODE: Final = "dwell"

_WHO: Final = frozenset({Label.PERSON, Label.TWO_WHEELER})  # a vehicle that stands is parked


class Dwells:
    """Names each actor once, when he has been seen for `DWELL` seconds."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def look(self, tracks: Iterable[Track], frame: Frame) -> list[PassedOver]:
        """Those who have just become dwellers, with their box in this picture."""
        now, present, found = frame.media_time, set(), []
        for track in tracks:
            present.add(track.id)
            stays = track.label in _WHO and now - track.first_seen >= DWELL
            if stays and track.last_seen == now and track.id not in self._told:
                self._told.add(track.id)
                width, height = frame.source_size
                box = frame.to_source(track.box).clipped(width, height)
                found.append(PassedOver(CODE, now, box, label=track.label))
        self._told &= present
        return found
