"""From pixels at rest to regions: cleaned, closed, joined, measured."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from litterwatch.detector.change.light import novelty
from litterwatch.detector.change.pixels import Bytes, Mask, components, quantile, rounded
from litterwatch.detector.change.reference import CleanReference
from litterwatch.detector.change.rest import RestingChange
from litterwatch.detector.change.view import NEW, REVEALED, Blob, Code
from litterwatch.detector.geometry import Box, gap

# A pixel stays only with three of its eight neighbours; then gaps of 2 px are closed.
_NEIGHBOURS = 4
_CLOSE = np.ones((3, 3), np.uint8)
_JOIN = 0.5  # fragments nearer than this times the root of their smaller area are one thing
_MARGIN = 5  # px of the model picture round a region that tell new from revealed
_MOST = 16  # more regions than this is weather or a broken picture; the largest are kept


@dataclass(frozen=True, slots=True)
class Region:
    """A blob with its mask in the model picture, for those who want to heal it."""

    blob: Blob
    window: tuple[slice, slice]
    mask: Mask


def find_regions(
    reference: CleanReference,
    rest: RestingChange,
    picture: Bytes,
    media_time: float,
    *,
    scale: tuple[float, float],
    size: tuple[int, int],
) -> list[Region]:
    """Every region at rest, largest first.

    Args:
        reference: the clean reference.
        rest: the pixels at rest.
        picture: (h, w, 3) normalised model picture.
        media_time: s.
        scale: analysis pixels per model pixel (x, y).
        size: (width, height) of the analysis picture.
    """
    old = rest.old_enough()
    if not cv2.countNonZero(old.view(np.uint8)):
        return []
    crowd = cv2.boxFilter(old.view(np.uint8), cv2.CV_8U, (3, 3), normalize=False)
    kept = (old & (crowd >= _NEIGHBOURS)).view(np.uint8)
    solid = cv2.morphologyEx(kept, cv2.MORPH_CLOSE, _CLOSE)
    labels, stats, (left, top) = components(solid.astype(np.uint8, copy=False))
    areas = stats[:, cv2.CC_STAT_AREA].tolist()
    order = sorted(range(1, len(areas)), key=lambda i: -areas[i])[:_MOST]

    def outline(members: list[int], box: Box) -> tuple[tuple[slice, slice], Mask, float]:
        """Window, mask and edge ratio of some pieces."""
        window = slice(int(box.y1), int(box.y2)), slice(int(box.x1), int(box.x2))
        within = labels[
            window[0].start - top : window[0].stop - top,
            window[1].start - left : window[1].stop - left,
        ]
        mask = within == members[0]
        for member in members[1:]:
            mask |= within == member
        return window, mask, _edge_ratio(picture, reference, rest, window, mask)

    pieces = [_Piece(i, _box(stats[i]), areas[i]) for i in order]
    groups = _joined(pieces, cache(lambda piece: outline([piece.index], piece.box)[2]))
    least = rest.parameters.min_area / (scale[0] * scale[1])
    regions = []
    for members, box, area in groups:
        if area >= least:
            window, mask, edge = outline(members, box)
            part = _Part(window, mask, box.scaled(*scale).clipped(*size))
            blob = _measured(part, reference, rest, media_time, edge)
            regions.append(Region(blob, window, mask))
    return sorted(regions, key=lambda region: (-region.blob.area, region.blob.box))


def _box(row: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> Box:
    x, y, width, height = (int(v) for v in row[:4])
    return Box(x, y, x + width, y + height)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A connected piece of change: its number, box and pixels."""

    index: int
    box: Box
    area: int


def _joined(
    pieces: list[_Piece], edge_ratio: Callable[[_Piece], float]
) -> list[tuple[list[int], Box, int]]:
    """Put fragments of one thing together, largest first.

    Beside a new thing there often lies ground that comes to light: where somebody stood from the
    start and lets something fall. The two must not be measured as one, so pieces are joined only
    when neither is clearly new while the other is clearly revealed.
    """
    groups: list[tuple[list[_Piece], Box, int]] = []
    for piece in pieces:
        for k, (members, whole, total) in enumerate(groups):
            near = gap(whole, piece.box) < _JOIN * float(np.sqrt(min(piece.area, total)))
            if near and not _opposite(edge_ratio(piece), edge_ratio(members[0])):
                joined = [*members, piece], whole.joined(piece.box), total + piece.area
                groups[k] = joined
                break
        else:
            groups.append(([piece], piece.box, piece.area))
    return [([piece.index for piece in members], box, area) for members, box, area in groups]


def _opposite(a: float, b: float) -> bool:
    """Whether of two edge ratios one tells of a new thing and the other of revealed ground."""
    return min(a, b) <= REVEALED and max(a, b) >= NEW


def _edge_ratio(
    picture: Bytes,
    reference: CleanReference,
    rest: RestingChange,
    window: tuple[slice, slice],
    mask: Mask,
) -> float:
    """New against revealed, with some pixels of surroundings.

    What actors hide is replaced by what rests or, failing that, belongs there.
    """
    rows, columns = (
        slice(max(0, part.start - _MARGIN), min(limit, part.stop + _MARGIN))
        for part, limit in zip(window, picture.shape[:2], strict=True)
    )
    wide = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    y, x = window[0].start - rows.start, window[1].start - columns.start
    wide[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
    now, then = picture[rows, columns], rounded(reference.mean[rows, columns])
    hidden = rest.code[rows, columns] == Code.COVERED
    if hidden.any():
        resting = hidden & wide & (rest.credit[rows, columns] > 0)
        now = np.where(hidden[..., None], then, now)
        now[resting] = rounded(rest.value[rows, columns])[resting]
    return novelty(now, then, wide)


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a region lies: window and mask in the model picture, box in the analysis picture."""

    window: tuple[slice, slice]
    mask: Mask
    box: Box


def _measured(
    part: _Part,
    reference: CleanReference,
    rest: RestingChange,
    media_time: float,
    edge_ratio: float,
) -> Blob:
    window, mask = part.window, part.mask
    began = rest.changed_at[window][mask]
    first_changed = quantile(began[np.isfinite(began)], 0.2)
    full, box = _to_analysis(mask, part.box)
    return Blob(
        box=box,
        area=float(mask.mean()) * part.box.area,
        age=media_time - first_changed,
        rest=quantile(rest.credit[window][mask], 0.5),
        first_changed=first_changed,
        mask=full,
        visible=float((rest.code[window][mask] == Code.STATIC_NEW).mean()),
        flicker=float(rest.flicker[window][mask].mean()),
        known_for=quantile(reference.support[window][mask], 0.5),
        known_since=quantile(reference.since[window][mask], 0.8),
        edge_ratio=edge_ratio,
    )


def _to_analysis(mask: Mask, box: Box) -> tuple[Mask, Box]:
    """The mask in whole pixels of the analysis picture, and the box of those pixels."""
    x1, y1, x2, y2 = (round(v) for v in box)
    width, height = max(1, x2 - x1), max(1, y2 - y1)
    full = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return full > 0, Box(float(x1), float(y1), float(x1 + width), float(y1 + height))
