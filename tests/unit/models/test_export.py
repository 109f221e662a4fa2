from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest

from litterwatch.detector.errors import ConfigError, ModelError, ModelMissing
from litterwatch.models import export
from litterwatch.models.export import LEAST_CALIBRATION, export_model, shift_scores_back
from litterwatch.models.manifest import Format


@pytest.mark.parametrize(
    ("wanted", "int8", "pictures", "message"),
    [
        ("torch", False, 0, "choose openvino, onnx or engine"),
        ("onnx", True, LEAST_CALIBRATION, "openvino only"),
        ("openvino", True, LEAST_CALIBRATION - 1, "at least 32 pictures"),
    ],
)
def test_options_that_contradict_each_other_are_refused_before_any_work(
    tmp_path: Path, wanted: Format, int8: bool, pictures: int, message: str
) -> None:
    calibration = [tmp_path / "a.jpg"] * pictures
    with pytest.raises(ConfigError, match=message):
        export_model(None, wanted, tmp_path / "out", int8=int8, calibration=calibration)
    assert not (tmp_path / "out").exists()


def test_an_engine_is_not_made_without_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "has_cuda", lambda: False)
    with pytest.raises(ModelError, match="no usable NVIDIA GPU here"):
        export_model(None, "engine", tmp_path / "out")


def test_a_model_without_torch_weights_cannot_be_exported(
    seeing_colours: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelMissing, match="not as torch"):
        export_model(seeing_colours, "onnx", tmp_path / "out")


@pytest.mark.skipif(find_spec("ultralytics") is None, reason="needs ultralytics: NOT tested")
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ModelError, match=r"broken\.pt"):
        export_model(tmp_path / "broken.pt", "onnx", tmp_path / "out")


def scores_of(doubt: list[float]) -> Any:
    """A network whose scores of three classes are the sigmoid of its input less `doubt`."""
    ops = openvino.opset13
    given = ops.parameter([1, 3, 4, 8], np.float32)
    logits = ops.reshape(given, np.array([1, 3, 32]), special_zero=False)
    doubted = ops.subtract(logits, np.array(doubt, np.float32).reshape(1, 3, 1))
    boxes = ops.constant(np.zeros((1, 4, 32), np.float32))
    seen = ops.concat([boxes, ops.sigmoid(doubted)], axis=1)
    return openvino.Model([seen], [given])


def test_an_8_bit_network_is_made_as_sure_as_the_exact_one() -> None:
    exact, small = scores_of([0.0, 0.0, 0.0]), scores_of([0.5, -0.3, 1.0])
    rng = np.random.default_rng(3)
    pictures = [rng.normal(0, 2, (1, 3, 4, 8)).astype(np.float32) for _ in range(3)]
    for picture in pictures:
        picture[:, 2] = -9.0  # of which the pictures hold nothing
    shifts = shift_scores_back(small, exact, iter(pictures))
    np.testing.assert_allclose(shifts, [0.5, -0.3, 0.0], atol=1e-5)
    core, picture = openvino.Core(), pictures[0]
    before, after = (core.compile_model(n, "CPU")(picture)[0] for n in (exact, small))
    np.testing.assert_allclose(after[0, 4:6], before[0, 4:6], atol=1e-5)


def test_where_nothing_is_to_shift_the_network_stays_as_it_is() -> None:
    exact, small = scores_of([0.0] * 3), scores_of([0.0] * 3)
    operations = len(small.get_ordered_ops())
    assert not shift_scores_back(small, exact, [np.zeros((1, 3, 4, 8), np.float32)]).any()
    assert len(small.get_ordered_ops()) == operations
