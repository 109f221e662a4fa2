"""One frame as the engine sees it, drawn over the picture in the coordinates it judges in."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.health import Health
from litterwatch.detector.change.view import ChangeView, Code
from litterwatch.detector.deposits.hypothesis import State
from litterwatch.detector.deposits.inspecting import Insight
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image, Label

Colour = tuple[int, int, int]
"""Blue, green, red."""

_TINTS: Final[dict[Code, Colour]] = {
    Code.STATIC_NEW: (40, 60, 235),
    Code.MOVING: (0, 190, 240),
}
_UNKNOWN: Final[Colour] = (120, 60, 120)
_ACTORS: Final[dict[Label, Colour]] = {
    Label.PERSON: (90, 220, 90),
    Label.TWO_WHEELER: (230, 200, 60),
    Label.VEHICLE: (235, 140, 60),
}
_WASTE: Final[Colour] = (60, 200, 240)
_CASES: Final[dict[State, Colour]] = {
    State.SEED: (220, 220, 220),
    State.CANDIDATE: (200, 190, 120),
    State.ATTENDED: (80, 200, 250),
    State.RELEASED: (60, 130, 250),
    State.UNATTENDED: (40, 80, 240),
    State.CONFIRMED: (30, 30, 255),
    State.PERSISTING: (30, 30, 255),
    State.OCCLUDED: (180, 130, 130),
    State.REJECTED: (140, 140, 140),
}
_STRIP: Final = 44
"""Rows of the strip below the picture, px."""
_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX


def drawn(image: Image, look: Look, cases: Sequence[Insight], health: Health) -> Image:
    """The picture with everything in it, and a strip of words below.

    Args:
        image: (h, w, 3) uint8 BGR, analysis picture in anchor coordinates.
        look: what the engine saw in it.
        cases: what it thinks of each case.
        health: of the picture.

    Returns:
        (h + 44, w, 3), both sides even, as H.264 needs them.
    """
    canvas = image.copy()
    _tint(canvas, look.view)
    for blob in look.view.blobs:
        _outline(canvas, blob.box, _TINTS[Code.STATIC_NEW], 1)
    for box, confidence in look.waste:
        _outline(canvas, box, _WASTE, 1)
        _label(canvas, box, f"waste {confidence:.2f}", _WASTE)
    for track, box in look.actors:
        colour = _ACTORS[track.label]
        _outline(canvas, box, colour, 1 if track.last_seen < look.media_time else 2)
        _label(canvas, box, f"{track.label} {track.id}", colour)
    for case in cases:
        colour = _CASES.get(case.state, (255, 255, 255))
        _outline(canvas, case.box, colour, 2)
        _label(canvas, case.box, _case_words(case), colour, below=True)
    return _even(np.vstack([canvas, _strip(canvas.shape[1], look, cases, health)]))


def _tint(canvas: Image, view: ChangeView) -> None:
    size = (canvas.shape[1], canvas.shape[0])
    masks = [(view.code == code, colour) for code, colour in _TINTS.items()]
    for mask, colour in [*masks, (view.unknown, _UNKNOWN)]:
        large = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        canvas[large] = (0.55 * canvas[large] + 0.45 * np.array(colour)).astype(np.uint8)


def _case_words(case: Insight) -> str:
    words = f"#{case.ordinal} {case.state}"
    if case.reason:
        return f"{words}: {case.reason}"
    return f"{words} {case.score:.2f}"


def _strip(width: int, look: Look, cases: Sequence[Insight], health: Health) -> Image:
    strip = np.full((_STRIP, width, 3), 30, np.uint8)
    view = look.view
    flags = [
        name
        for name, holds in (
            ("FROZEN", health.frozen),
            ("BLANK", health.blank),
            ("MOVED", health.moved),
            ("LIGHT STEP", health.light_step),
            ("INHIBITED", view.inhibited),
        )
        if holds
    ]
    first = f"{look.media_time:7.2f} s  {health.mode}  {' '.join(flags) or 'well'}"
    looked = "looked" if look.inferred else "gate: no look"
    second = (
        f"changed {view.changed_share:.0%}  unknown {view.unknown_share:.0%}"
        f"  {looked}  cases {len(cases)}  since {view.restarted_at:.1f} s ({view.restart_reason})"
    )
    colour = (90, 160, 255) if flags else (220, 220, 220)
    cv2.putText(strip, first, (6, 16), _FONT, 0.45, colour, 1, cv2.LINE_AA)
    cv2.putText(strip, second, (6, 35), _FONT, 0.42, (200, 200, 200), 1, cv2.LINE_AA)
    return strip


def _outline(canvas: Image, box: Box, colour: Colour, thick: int) -> None:
    x1, y1, x2, y2 = (round(v) for v in box)
    cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, thick)


def _label(canvas: Image, box: Box, words: str, colour: Colour, *, below: bool = False) -> None:
    """Words on a dark ground, above or below a box and within the picture."""
    (wide, tall), _ = cv2.getTextSize(words, _FONT, 0.4, 1)
    x = min(max(round(box.x1), 0), max(canvas.shape[1] - wide - 4, 0))
    y = round(box.y2) + tall + 5 if below else round(box.y1) - 4
    y = min(max(y, tall + 2), canvas.shape[0] - 3)
    cv2.rectangle(canvas, (x, y - tall - 2), (x + wide + 3, y + 3), (20, 20, 20), -1)
    cv2.putText(canvas, words, (x + 2, y), _FONT, 0.4, colour, 1, cv2.LINE_AA)


def _even(image: NDArray[np.uint8]) -> Image:
    height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    return np.ascontiguousarray(image[:height, :width])
