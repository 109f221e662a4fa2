"""What the detector calls a person and is the thing that lies there: no actor, and no cover."""

from collections.abc import Iterable

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.observing import fits
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label, Track

_SMALLER = 0.45
"""H; nobody who stands, sits or crouches is smaller, nor shorter who lies."""

_UNSURE = 0.5
"""Confidence from which even something so small is believed to be a person."""


def is_the_thing(track: Track, box: Box, cases: Iterable[Case], person_height: float) -> bool:
    """Whether an unsure, far too small person came to light just where a thing lay already.

    Args:
        track: as followed.
        box: where it is in the anchor view, px.
        cases: what is known to lie there.
        person_height: px with the feet where the box ends, as measured and not guessed.
    """
    if track.label is not Label.PERSON or track.confidence >= _UNSURE:
        return False
    if max(box.width, box.height) >= _SMALLER * person_height:
        return False
    return any(
        case.hypothesis.born < track.first_seen and fits(case.box, box)
        for case in cases
        if not case.hypothesis.is_closed
    )
