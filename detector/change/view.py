"""What the change stage says about one frame, and what it assumes.

Arrays have the size of the *model picture*, which is smaller than the analysis picture by
`ChangeView.scale`; boxes and blob masks are in pixels of the analysis picture. Ask `within` which
part of the arrays a box covers.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import ceil, floor

import numpy as np

from litterwatch.detector.change.pixels import Bytes, Mask
from litterwatch.detector.geometry import Box, FloatArray

NEW, REVEALED = 1.5, 1.1
"""Edge ratios from which a region is clearly new, and up to which it is perhaps revealed: the two
are never one thing."""


class Code(IntEnum):
    """What a pixel is in this frame."""

    BACKGROUND = 0
    """Like the clean reference, or nothing is known about it yet (see `ChangeView.unknown`)."""
    COVERED = 1
    """Inside the box of an actor: says nothing about what lies behind."""
    MOVING = 2
    """Unlike the reference and unlike what was there a moment ago."""
    STATIC_NEW = 3
    """Unlike the reference and at rest."""


@dataclass(frozen=True, slots=True)
class ChangeParameters:
    """What the change model assumes; defaults from event-detection 1.2 S4 and 1.4.

    Attributes:
        long_side: of the model picture, px; docs/decisions/0011 has what is lost below 640.
        least_step: smallest difference that is a change, grey levels.
        sigmas: or this many times the pixel's own noise, whichever is more.
        actor_margin: actor boxes are widened by this share of their size.
        known_after: a pixel seen free of actors for this long can show change, s.
        tau_reference: the reference follows slow light with this time constant, s.
        tau_rest: the value at rest follows with this time constant, s.
        patience: most seconds of rest that are credited, and so can be lost again.
        forget: how many times faster rest is lost than won when the background is seen.
        animate: rest shorter than this is void when an actor covers the pixel again, s.
        blob_age: youngest rest that makes a blob, s.
        min_area: smallest blob, px^2 of the analysis picture.
        freeze_share: more change than this is light or camera, not things.
        freeze: seeds are inhibited for so long afterwards, s.
        relearn: a freeze that lasts longer than this is the new scene, s.
        young: a reference seen for less than this may be of something that only passed, s.
        new_edge: standing out this much more than in the reference is new, this much less is
            background revealed.
    """

    long_side: int = 320
    least_step: float = 12.0
    sigmas: float = 4.0
    actor_margin: float = 0.05
    known_after: float = 0.15
    tau_reference: float = 60.0
    tau_rest: float = 1.5
    patience: float = 10.0
    forget: float = 3.0
    animate: float = 3.0
    blob_age: float = 0.4
    min_area: float = 16.0
    freeze_share: float = 0.35
    freeze: float = 10.0
    relearn: float = 15.0
    young: float = 5.0
    new_edge: float = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Blob:
    """A connected region that differs from the reference and is at rest.

    Attributes:
        box: px of the analysis picture.
        area: px^2 of the analysis picture that really changed (not the box).
        age: seconds since the change began, 80th percentile over the region; time spent hidden
            behind an actor counts.
        rest: seconds the region was seen at rest, median, capped at `ChangeParameters.patience`.
        first_changed: media time when it began, 20th percentile over the region, s.
        mask: (h, w) bool, the region inside `box` (whole pixels of the analysis picture).
        visible: share of the region seen at rest in this very frame, the rest is hidden, 0..1.
        flicker: share of its pixels that lose their rest per second, over the last 5 s.
        known_for: how long the reference had been seen there, median, s: little trust when small.
        known_since: media time when the place was first seen free of actors, 80th percentile, s.
        edge_ratio: how much it stands out (contour, and colours against the surroundings) in the
            picture over the reference (`light.novelty`): above 1.2 something new, below 1/1.2 the
            background revealed (something was taken away), between them undecided.
    """

    box: Box
    area: float
    age: float
    rest: float
    first_changed: float
    mask: Mask
    visible: float
    flicker: float
    known_for: float
    known_since: float
    edge_ratio: float


@dataclass(frozen=True, slots=True, eq=False)
class ChangeView:
    """The judgement of one frame.

    Attributes:
        media_time: of the frame, s.
        scale: (x, y) pixels of the analysis picture per pixel of the arrays below.
        code: (h, w) uint8 of `Code`.
        age: (h, w) float32, seconds since the change began; 0 where nothing is at rest.
        unknown: (h, w) bool, never seen free of actors long enough: no change can be told there,
            so waste must be found by the object detector instead.
        blobs: regions at rest, largest first.
        changed_share: share of the known, uncovered picture that differs from the reference.
        unknown_share: share of the picture that is unknown.
        inhibited: light step, camera moved or blank picture: nothing may be seeded.
        warm: the reference is known in most of the picture and not inhibited.
        restarted_at: media time of the last start from nothing (first frame, cut, camera moved,
            another size), s.
        restart_reason: "start", "size", "mode", "moved" or "scene", for the last such start.
    """

    media_time: float
    scale: tuple[float, float]
    code: Bytes
    age: FloatArray
    unknown: Mask
    blobs: tuple[Blob, ...]
    changed_share: float
    unknown_share: float
    inhibited: bool
    warm: bool
    restarted_at: float
    restart_reason: str

    def within(self, box: Box) -> tuple[slice, slice]:
        """The part of the arrays under a box of the analysis picture; at least one pixel."""
        return window_of(box, self.scale, self.code.shape)

    def share(self, box: Box, *codes: Code) -> float:
        """Share of a box whose pixels have one of these codes, 0..1."""
        part = self.code[self.within(box)]
        return sum(np.count_nonzero(part == code) for code in codes) / part.size

    def unknown_within(self, box: Box) -> float:
        """Share of a box that is unknown, 0..1."""
        part = self.unknown[self.within(box)]
        return np.count_nonzero(part) / part.size


def window_of(box: Box, scale: tuple[float, float], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of an array (h, w, ...) under a box of a picture `scale` as large."""
    height, width = shape[:2]
    x1 = min(max(floor(box.x1 / scale[0]), 0), width - 1)
    y1 = min(max(floor(box.y1 / scale[1]), 0), height - 1)
    x2 = min(max(ceil(box.x2 / scale[0]), x1 + 1), width)
    y2 = min(max(ceil(box.y2 / scale[1]), y1 + 1), height)
    return slice(y1, y2), slice(x1, x2)
