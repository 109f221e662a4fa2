import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from litterwatch.detector.errors import ConfigError, ModelError, ModelIntegrityError, ModelMissing
from litterwatch.detector.types import Label
from litterwatch.models import registry
from litterwatch.models.manifest import MANIFEST_NAME, export_of, labels_of, read_manifest
from litterwatch.models.registry import list_models, load_detector, show, verify


@pytest.fixture
def folder(seeing_colours: Path, tmp_path: Path) -> Path:
    """A copy of the small model that a test may spoil."""
    return Path(shutil.copytree(seeing_colours, tmp_path / "model"))


def change(folder: Path, **values: Any) -> None:
    """Rewrite some fields of the manifest."""
    path = folder / MANIFEST_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize("given", ["", MANIFEST_NAME, "colours.xml"])
def test_a_model_is_found_by_folder_manifest_or_file(folder: Path, given: str) -> None:
    model = show(folder / given)
    assert model.folder == folder
    assert model.manifest.name == "colours"


def test_the_detector_carries_its_name_and_hash(folder: Path) -> None:
    detector = load_detector(str(folder), device="cpu", threads=1)
    assert detector.name == "colours"
    assert detector.sha256 == read_manifest(folder).exports[0].sha256
    assert len(detector.sha256) == 64
    assert detector.input_size == 640


@pytest.mark.parametrize("spoilt", ["colours.xml", "colours.bin"])
def test_a_changed_file_is_refused(folder: Path, spoilt: str) -> None:
    with (folder / spoilt).open("ab") as stream:
        stream.write(b"\n")
    with pytest.raises(ModelIntegrityError, match=f"{spoilt} is not the file"):
        load_detector(folder, device="cpu")
    with pytest.raises(ModelIntegrityError, match=spoilt):
        verify(folder)


@pytest.mark.parametrize("missing", ["colours.xml", "colours.bin"])
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ModelMissing, match=missing):
        verify(folder)


def test_an_unknown_name_says_what_there_is(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(registry, "WEIGHTS", folder.parent)
    with pytest.raises(ModelMissing, match=r"no model 'stret'.*\(colours\)"):
        show("stret")


def test_installed_models_are_found_by_name(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(registry, "WEIGHTS", folder.parent)
    assert [model.manifest.name for model in list_models()] == ["colours"]
    assert show("model").manifest.name == "colours"
    assert verify("model").folder == folder


def test_a_file_without_a_manifest_is_refused(folder: Path) -> None:
    (folder / MANIFEST_NAME).unlink()
    with pytest.raises(ModelMissing, match="not named by a manifest"):
        load_detector(folder / "colours.xml")
    with pytest.raises(ModelMissing, match=MANIFEST_NAME):
        load_detector(folder)


def test_a_file_the_manifest_does_not_name_is_refused(folder: Path) -> None:
    shutil.copy(folder / "colours.xml", folder / "other.xml")
    with pytest.raises(ModelMissing, match=r"other\.xml"):
        load_detector(folder / "other.xml")


@pytest.mark.parametrize(
    "values",
    [
        {"manifest": 99},
        {"classes": ["person", "dragon"]},
        {"exports": [{"format": "openvino", "precision": "fp32", "files": {}}]},
        {"exports": [{"format": "tape", "precision": "fp32", "files": {"a": "b"}}]},
        {"exports": [{"format": "onnx", "precision": "fp32", "files": {"../../a.onnx": "b"}}]},
        {"exports": 3},
        {"input_size": "wide"},
    ],
)
def test_a_manifest_that_cannot_be_understood_is_refused(
    folder: Path, values: dict[str, Any]
) -> None:
    change(folder, **values)
    with pytest.raises(ModelIntegrityError, match="damaged"):
        load_detector(folder)


def test_a_manifest_that_is_not_json_is_refused(folder: Path) -> None:
    (folder / MANIFEST_NAME).write_text("{")
    with pytest.raises(ModelIntegrityError, match="damaged"):
        show(folder)


def test_a_format_the_model_lacks_is_named_with_the_cure(folder: Path) -> None:
    with pytest.raises(ModelMissing, match="litterwatch models export colours --format onnx"):
        load_detector(folder, backend="onnx", device="cpu")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match=r"broken\.pt"):
        load_detector(tmp_path / "broken.pt")


def test_broken_weights_that_match_their_manifest_are_a_model_error(folder: Path) -> None:
    for name in ("colours.xml", "colours.bin"):
        (folder / name).write_bytes(b"broken")
    manifest = read_manifest(folder)
    files = dict(export_of(folder, "openvino", "fp32", list(manifest.exports[0].files)).files)
    change(folder, exports=[{"format": "openvino", "precision": "fp32", "files": files}])
    with pytest.raises(ModelError, match="not a network"):
        load_detector(folder, device="cpu")


def test_a_backend_that_has_no_gpu_code_is_not_sent_to_the_gpu(folder: Path) -> None:
    with pytest.raises(ConfigError, match="choose torch or tensorrt"):
        load_detector(folder, backend="openvino", device="cuda")


def test_a_model_without_an_export_for_the_gpu_is_refused_there(folder: Path) -> None:
    with pytest.raises(ModelMissing, match="not as torch"):
        load_detector(folder, device="cuda")


def test_a_gpu_is_not_looked_for_when_the_model_could_not_use_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_ask() -> bool:
        raise AssertionError

    monkeypatch.setattr(registry, "has_cuda", must_not_ask)
    assert load_detector(folder, threads=1).name == "colours"


def test_names_of_ours_and_of_coco_have_labels() -> None:
    names = ["person", "bicycle", "truck", "suitcase", "overflow", "zebra"]
    assert labels_of(names) == (
        Label.PERSON,
        Label.TWO_WHEELER,
        Label.VEHICLE,
        Label.WASTE,
        Label.OVERFLOW,
        None,
    )


def test_an_export_of_two_files_has_one_hash_for_both(folder: Path) -> None:
    export = read_manifest(folder).exports[0]
    swapped = dict(export.files) | {"colours.bin": "0" * 64}
    assert export.sha256 != type(export)("openvino", "fp32", swapped).sha256
    assert export.main == "colours.xml"
