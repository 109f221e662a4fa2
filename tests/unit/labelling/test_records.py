from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.records import HardNegative, LabelledBox, LabelledPicture, Origin

BAG = LabelledBox(Box(10, 20, 30, 50), Label.WASTE)
PICTURE = LabelledPicture(
    Path("a.jpg"), "0" * 64, (640, 360), (BAG,), "gate", datetime(2026, 5, 1, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": (0, 360)}, "size"),
        ({"taken_at": datetime(2026, 5, 1)}, "aware"),  # noqa: DTZ001 - what is refused
        ({"negative": HardNegative.SHADOW}, "rejected"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(PICTURE, **change)


def test_only_what_is_certain_and_permitted_is_trained_on() -> None:
    permitted = replace(PICTURE, may_train=True)
    assert permitted.trainable
    assert not PICTURE.trainable
    assert not replace(permitted, boxes=(replace(BAG, is_sure=False),)).trainable
    rejected = replace(permitted, origin=Origin.REJECTED, negative=HardNegative.SHADOW, boxes=())
    assert rejected.trainable
