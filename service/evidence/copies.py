"""Which files of an event get a blurred copy, and what each copy says of itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from litterwatch.detector.geometry import Box
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.service.evidence.archive import Part
from litterwatch.service.evidence.blur import blur_clip, blur_still
from litterwatch.service.evidence.package import DERIVED, Derived
from litterwatch.service.evidence.tables import EvidenceRow, Role

_STILLS: Final = (Role.STILL_BEFORE, Role.STILL_ACT, Role.STILL_AFTER)


def blurred_copies(
    root: Path,
    rows: Mapping[Role, EvidenceRow],
    actor: Box | None,
    detector: ObjectDetector,
    folder: Path,
) -> list[Derived]:
    """Copies of the clip and the stills; the crop of the actor has none, nothing would be left.

    Args:
        root: the data folder.
        rows: the event's files, by role.
        actor: where he stood at the act, px of the full picture.
        detector: sees whom to cover.
        folder: for the copy of the clip; it must live until the package is written.

    Raises:
        EvidenceError, SourceError, ModelError: a copy cannot be made.
    """
    method = f"người và phương tiện được làm mờ, mô hình / blurred by {detector.name}"
    method += f" {detector.sha256[:12]}"
    made = []
    for role in (Role.CLIP, *_STILLS):
        row = rows.get(role)
        if row is None:
            continue
        original = root / row.path
        name = f"{DERIVED}{original.stem}-blurred"
        if role is Role.CLIP:
            copy = folder / "clip.mp4"
            blur_clip(original, copy, detector)
            part, kind = Part.of_file(f"{name}.mp4", copy), "video/mp4"
        else:
            also = [actor] if role is Role.STILL_ACT and actor is not None else []
            content = blur_still(original, detector, also)
            part, kind = Part.of_bytes(f"{name}.jpg", content), "image/jpeg"
        made.append(Derived(part, role, kind, original.name, row.sha256, method))
    return made


def actor_box(manifest: bytes) -> Box | None:
    """Where the event's actor stood at the act, px of the full picture; None if nobody knows."""
    found = json.loads(manifest)["event"]["actor_box"]
    if found is None:
        return None
    left, top, width, height = (float(value) for value in found)
    return Box(left, top, left + width, top + height)
