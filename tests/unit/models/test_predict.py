import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from litterwatch.detector.errors import SourceUnavailable, SourceUnreadable
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Label
from litterwatch.models.predict import pictures_in, predict, read_picture
from litterwatch.models.scripted import ScriptedDetector

SEEN = Detections.of(
    [
        (Box(10.123, 20, 30, 60.5), 0.91234567, Label.WASTE),
        (Box(0, 0, 5, 5), 0.2, Label.PERSON),
    ]
)


def picture(path: Path, width: int = 64, height: int = 48) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
    return path


def test_one_object_per_picture_with_boxes_as_left_top_width_height(tmp_path: Path) -> None:
    path = picture(tmp_path / "bãi rác.png")
    (answer,) = predict([path], ScriptedDetector([SEEN]))
    assert json.loads(json.dumps(answer)) == {
        "path": str(path),
        "width": 64,
        "height": 48,
        "boxes": [[10.12, 20.0, 19.88, 28.0, "waste", 0.9123]],
    }


def test_the_threshold_can_be_chosen(tmp_path: Path) -> None:
    (answer,) = predict([picture(tmp_path / "a.jpg")], ScriptedDetector([SEEN]), confidence=0.1)
    assert [box[4] for box in answer["boxes"]] == ["waste", "person"]


def test_folders_are_replaced_by_their_pictures(tmp_path: Path) -> None:
    named = tmp_path / "unusual.name"
    inside = [picture(tmp_path / "f" / name) for name in ("b/c.PNG", "a.jpg")]
    (tmp_path / "f" / "notes.txt").write_text("no picture")
    assert pictures_in([named, tmp_path / "f"]) == [named, *sorted(inside)]


def test_rotation_of_a_phone_picture_is_applied(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.jpg", 64, 48)
    plain = path.read_bytes()
    orientation_6 = (
        b"\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01"
        b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
    )
    path.write_bytes(plain[:2] + orientation_6 + plain[2:])
    assert read_picture(path).shape == (64, 48, 3)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(SourceUnreadable, match=r"x\.png is not a picture"):
        list(predict([tmp_path / "x.png"], ScriptedDetector()))


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"gone\.jpg"):
        list(predict([tmp_path / "gone.jpg"], ScriptedDetector()))


def test_a_grey_16_bit_picture_is_read(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "g.png"), np.full((20, 30), 40_000, np.uint16))
    assert read_picture(tmp_path / "g.png").shape == (20, 30, 3)
