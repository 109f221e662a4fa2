"""Labelled pictures that a test can make in a moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.files import file_sha256
from litterwatch.labelling.records import LabelledBox, LabelledPicture

BEGIN = datetime(2026, 5, 1, 3, tzinfo=UTC)
MakePicture = Callable[..., LabelledPicture]


@pytest.fixture
def make_picture(tmp_path: Path) -> MakePicture:
    """Makes a picture of noise; the same number gives the same bytes."""

    def make(
        number: int = 0,
        *,
        camera: str = "gate",
        day: int | None = 0,
        boxes: tuple[LabelledBox, ...] = (LabelledBox(Box(8.25, 4.5, 40, 30), Label.WASTE),),
        may_train: bool = True,
    ) -> LabelledPicture:
        folder = tmp_path / "originals"
        folder.mkdir(exist_ok=True)
        file = folder / f"{number}.png"
        noise = np.random.default_rng(number).integers(0, 256, (48, 64, 3)).astype(np.uint8)
        cv2.imwrite(str(file), noise)
        return LabelledPicture(
            file=file,
            sha256=file_sha256(file),
            size=(64, 48),
            boxes=boxes,
            camera=camera,
            taken_at=None if day is None else BEGIN + timedelta(days=day),
            may_train=may_train,
        )

    return make


@pytest.fixture
def pictures(make_picture: MakePicture) -> list[LabelledPicture]:
    """Three cameras on four days, two pictures each."""
    return [
        make_picture(8 * camera + 2 * day + number, camera=f"camera{camera}", day=day)
        for camera in range(3)
        for day in range(4)
        for number in range(2)
    ]
