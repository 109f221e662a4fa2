"""What the two branches of a network are made of (models/branches.py); loads no torch."""

from collections.abc import Mapping

TRUNK = 4
"""Layers that both branches share: the first of the backbone, up to stride 8 (0 to 3 of YOLO11).

What is trained on streets leaves them as COCO made them; from layer 4 on waste needs its own
(docs/decisions/0042).
"""

BODY = 23
"""Layers of a YOLO11 network before its head."""

SHARE = 0.75
"""Size of the maps that the waste branch reads, as a share of the trunk's."""

STRIDE = 128
"""Both sides of a picture are multiples of it, px.

Three quarters of its maps can then be halved twice and doubled again.
"""

LEVELS = 3
"""Maps one branch looks at: of stride 8, 16 and 32, those of waste `SHARE` as fine."""

PEOPLE_ROWS: Mapping[str, tuple[str, str, str]] = {
    "person": ("person", "person", "person"),
    "two_wheeler": ("bicycle", "motorcycle", "motorcycle"),
    "vehicle": ("car", "bus", "truck"),
}
"""What is read of the people's branch: of three classes of COCO the best counts as one of ours."""

WASTE_ROWS = ("waste", "bin", "overflow")
"""What is read of the waste branch."""
