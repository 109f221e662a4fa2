from importlib.util import find_spec
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError, ModelError, ModelMissing
from litterwatch.models import export
from litterwatch.models.export import LEAST_CALIBRATION, export_model
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
