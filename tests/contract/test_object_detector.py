"""One contract for every object detector: OpenVINO, ONNX Runtime, torch and the shipped fake.

The networks are the default model in all three formats; LITTERWATCH_TEST_WEIGHTS names another
checkpoint to run the contract with.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from litterwatch.detector.errors import ModelError, ModelMissing
from litterwatch.detector.geometry import Box, iou_matrix
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.export import export_model
from litterwatch.models.manifest import export_of, write_manifest
from litterwatch.models.postprocess import CONFIDENCE_FLOOR
from litterwatch.models.predict import read_picture
from litterwatch.models.registry import load_detector, show
from litterwatch.models.scripted import ScriptedDetector

Real = Literal["openvino", "onnx", "torch"]
"""Backends; the formats they read have the same names."""

BACKENDS: tuple[Real, ...] = ("openvino", "onnx", "torch")
ALL = (*BACKENDS, "scripted")
NEEDED = ("onnx", "onnxruntime", "openvino", "torch", "ultralytics")

SURE = 0.15
"""Boxes that one backend sees at least this sure must be seen by every other, if weaker."""


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one and the same network as checkpoint, OpenVINO and ONNX, all float32."""
    for package in NEEDED:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: backends were NOT compared")
    folder = tmp_path_factory.mktemp("formats")
    try:
        model = show(os.environ.get("LITTERWATCH_TEST_WEIGHTS"))
    except ModelMissing:
        pytest.skip("no default model is shipped: backends were NOT compared")
    checkpoint = model.folder / model.manifest.of_format("torch").main
    export_model(checkpoint, "openvino", folder, is_half=False)
    made = export_model(checkpoint, "onnx", folder)
    (folder / checkpoint.name).write_bytes(checkpoint.read_bytes())
    exports = (*made.manifest.exports, export_of(folder, "torch", "fp32", [checkpoint.name]))
    write_manifest(folder, replace(made.manifest, exports=exports))
    return folder


@pytest.fixture(scope="module")
def detectors(formats: Path) -> Iterator[dict[str, ObjectDetector]]:
    """Every implementation, computing exactly."""
    loaded: dict[str, ObjectDetector] = {
        backend: load_detector(formats, backend=backend, device="cpu", threads=1, precision="f32")
        for backend in BACKENDS
    }
    loaded["scripted"] = ScriptedDetector(what_is_drawn)
    yield loaded
    for detector in loaded.values():
        detector.close()


@pytest.fixture(params=ALL)
def detector(
    request: pytest.FixtureRequest, detectors: dict[str, ObjectDetector]
) -> ObjectDetector:
    return detectors[request.param]


class Answers:
    """What each implementation sees in `pictures`, computed once."""

    def __init__(self, detectors: dict[str, ObjectDetector]) -> None:
        self.detectors = detectors
        self.given = pictures()
        self.known: dict[str, list[Detections]] = {}

    def of(self, name: str) -> list[Detections]:
        if name not in self.known:
            self.known[name] = self.detectors[name].detect(self.given)
        return self.known[name]


@pytest.fixture(scope="module")
def answers(detectors: dict[str, ObjectDetector]) -> Answers:
    return Answers(detectors)


def what_is_drawn(image: Image) -> Detections:
    """The fake's answer depends on nothing but the picture, as a real network's."""
    edge = float(image.mean())
    return Detections.of([(Box(-5, 3, edge, 2000), 0.5 + edge / 1000, Label.PERSON)])


def sample(name: str) -> Image:
    """A picture that lies in the installed ultralytics package."""
    spec = find_spec("ultralytics")
    if spec is None or spec.origin is None:
        pytest.skip("ultralytics is not installed: its sample pictures were NOT judged")
    return read_picture(Path(spec.origin).parent / "assets" / name)


def drawn(width: int, height: int) -> Image:
    """A street of two tones with a dark upright shape on it."""
    picture: Image = np.full((height, width, 3), (150, 140, 135), np.uint8)
    picture[height // 2 :] = (95, 100, 105)
    cv2.ellipse(
        picture,
        (width // 3, height // 2),
        (max(1, width // 20), max(1, height // 4)),
        0,
        0,
        360,
        (30, 25, 20),
        -1,
    )
    return picture


def pictures() -> list[Image]:
    """Real and drawn, large, small, upright, odd, grey."""
    bus, men = sample("bus.jpg"), sample("zidane.jpg")
    grey = cv2.cvtColor(cv2.cvtColor(bus, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return [
        bus,
        men,
        np.ascontiguousarray(men[::2, ::2]),
        np.ascontiguousarray(bus[::5, ::5]),
        grey.astype(np.uint8),
        bus[400:905, 31:338],  # a view into a larger picture
        drawn(640, 360),
        drawn(333, 77),
        drawn(1, 1),
    ]


def same(a: Detections, b: Detections) -> bool:
    return (
        np.array_equal(a.xyxy, b.xyxy)
        and np.array_equal(a.confidence, b.confidence)
        and list(a.label) == list(b.label)
    )


def test_no_picture_gives_nothing(detector: ObjectDetector) -> None:
    assert detector.detect([]) == []


@pytest.mark.parametrize("name", ALL)
def test_every_picture_has_its_answer_inside_its_border(answers: Answers, name: str) -> None:
    assert len(answers.of(name)) == len(answers.given)
    for image, found in zip(answers.given, answers.of(name), strict=True):
        height, width = image.shape[:2]
        assert (found.xyxy >= 0).all()
        assert (found.xyxy[:, [0, 2]] <= width).all()
        assert (found.xyxy[:, [1, 3]] <= height).all()
        assert (found.xyxy[:, 2:] > found.xyxy[:, :2]).all()


@pytest.mark.parametrize("name", ALL)
def test_columns_have_their_types(answers: Answers, name: str) -> None:
    for found in answers.of(name):
        assert found.xyxy.dtype == np.float32
        assert found.confidence.dtype == np.float32
        assert all(isinstance(label, Label) for label in found.label)
        assert (found.confidence >= CONFIDENCE_FLOOR).all()
        assert (found.confidence <= 1).all()


def test_the_same_picture_gives_the_same_boxes(detector: ObjectDetector) -> None:
    (first,), (second,) = (detector.detect([sample("bus.jpg")]) for _ in range(2))
    assert len(first) > 0
    assert same(first, second)


def test_a_batch_gives_what_its_pictures_give_alone(detector: ObjectDetector) -> None:
    small = np.ascontiguousarray(sample("bus.jpg")[::3, ::3])
    given = [small, drawn(640, 360), drawn(320, 180), small]
    for together, image in zip(detector.detect(given), given, strict=True):
        (alone,) = detector.detect([image])
        assert list(together.label) == list(alone.label)
        assert np.allclose(together.xyxy, alone.xyxy, atol=0.1)
        assert np.allclose(together.confidence, alone.confidence, atol=1e-3)


def test_pictures_are_not_changed(detector: ObjectDetector) -> None:
    image = sample("zidane.jpg")
    before = image.copy()
    detector.detect([image])
    assert np.array_equal(image, before)


def test_it_says_which_weights_judge(detector: ObjectDetector) -> None:
    assert detector.name
    assert len(bytes.fromhex(detector.sha256)) == 32


def assert_closes(detector: ObjectDetector) -> None:
    detector.close()
    detector.close()
    with pytest.raises(ModelError, match="closed"):
        detector.detect([drawn(64, 64)])


@pytest.mark.parametrize("backend", BACKENDS)
def test_closing_twice_is_harmless_and_final(backend: Real, formats: Path) -> None:
    assert_closes(load_detector(formats, backend=backend, device="cpu"))


def test_closing_the_fake_twice_is_harmless_and_final() -> None:
    assert_closes(ScriptedDetector())


@pytest.mark.parametrize("backend", BACKENDS)
def test_broken_weights_are_a_model_error(backend: Real, tmp_path: Path, formats: Path) -> None:
    """Also when the manifest vouches for them."""
    manifest = show(formats).manifest
    export = manifest.of_format(backend)
    for name in export.files:
        (tmp_path / name).write_bytes(b"broken")
    spoilt = export_of(tmp_path, backend, "fp32", list(export.files))
    write_manifest(tmp_path, replace(manifest, exports=(spoilt,)))
    with pytest.raises(ModelError, match=spoilt.main):
        load_detector(tmp_path, backend=backend, device="cpu")


@pytest.mark.parametrize("other", ["openvino", "onnx"])
def test_backends_agree_with_torch(other: str, answers: Answers) -> None:
    """Same boxes to half a pixel of the input and same confidence to 0.01, whatever the picture."""
    compared = 0
    pairs = zip(answers.given, answers.of("torch"), answers.of(other), strict=True)
    for image, a, b in pairs:
        tolerance = 0.5 * max(1.0, max(image.shape[:2]) / 640)
        for one, two in ((a, b), (b, a)):
            for row in np.flatnonzero(one.confidence >= SURE):
                fit = iou_matrix(one.xyxy[row : row + 1], two.xyxy)[0]
                fit[[label != one.label[row] for label in two.label]] = -1
                match = int(fit.argmax())
                assert np.abs(one.xyxy[row] - two.xyxy[match]).max() <= tolerance
                assert abs(one.confidence[row] - two.confidence[match]) <= 0.01
                compared += 1
    assert compared >= 10
