from collections.abc import Callable

import numpy as np
import pytest

from litterwatch.detector.errors import ModelError
from litterwatch.detector.geometry import FloatArray
from litterwatch.detector.types import Image, Label
from litterwatch.models.yolo import YoloDetector


class CountingNetwork:
    """Gives one waste box in the middle of each picture and remembers what it was given."""

    def __init__(self, classes: int = 2) -> None:
        self.batches: list[tuple[int, ...]] = []
        self.classes = classes
        self.closed = 0

    def run(self, batch: Image) -> FloatArray:
        self.batches.append(batch.shape)
        raw = np.zeros((len(batch), 4 + self.classes, 3), np.float32)
        raw[:, :4, 0] = batch.shape[2] / 2, batch.shape[1] / 2, 20, 10
        raw[:, 4, 0] = batch.mean(axis=(1, 2, 3)) / 255
        return raw

    def close(self) -> None:
        self.closed += 1


def detector_over(network: CountingNetwork) -> YoloDetector:
    classes = [Label.WASTE, Label.PERSON]
    return YoloDetector(network, name="n", sha256="0" * 64, classes=classes, input_size=640)


def grey(width: int, height: int, value: int = 200) -> Image:
    picture: Image = np.full((height, width, 3), value, np.uint8)
    return picture


def test_no_picture_no_work() -> None:
    network = CountingNetwork()
    assert detector_over(network).detect([]) == []
    assert network.batches == []


def test_pictures_of_one_aspect_go_together_and_come_back_in_order() -> None:
    network = CountingNetwork()
    sizes = [(640, 360), (640, 480), (1280, 720), (360, 640)]
    found = detector_over(network).detect([grey(*size) for size in sizes])
    assert sorted(network.batches) == [(1, 480, 640, 3), (1, 640, 384, 3), (2, 384, 640, 3)]
    centres = [box.centre for one in found for box in one.boxes()]
    expected = [centre for width, height in sizes for centre in (width / 2, height / 2)]
    assert np.allclose(np.ravel(centres), expected)


@pytest.mark.parametrize("shape", [(360, 640), (360, 640, 1)])
def test_grey_pictures_are_taken(shape: tuple[int, ...]) -> None:
    picture: Image = np.full(shape, 180, np.uint8)
    (found,) = detector_over(CountingNetwork()).detect([picture])
    assert len(found) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: np.zeros((10, 10, 3), np.float32),  # not bytes
        lambda: np.zeros((10, 10, 4), np.uint8),  # alpha
        lambda: np.zeros((0, 10, 3), np.uint8),  # empty
        lambda: np.zeros((1, 10, 10, 3), np.uint8),  # a batch
    ],
)
def test_what_is_no_picture_is_refused(wrong: Callable[[], Image]) -> None:
    with pytest.raises(ValueError, match="a picture must"):
        detector_over(CountingNetwork()).detect([wrong()])


def test_an_output_of_other_classes_than_promised_is_refused() -> None:
    with pytest.raises(ModelError, match="manifest promises"):
        detector_over(CountingNetwork(classes=5)).detect([grey(640, 360)])


def test_closing_closes_the_network() -> None:
    network = CountingNetwork()
    detector_over(network).close()
    assert network.closed == 1
