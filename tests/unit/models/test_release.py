from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from litterwatch.detector.errors import ModelError, ModelMissing
from litterwatch.detector.types import Label
from litterwatch.models.predict import read_picture
from litterwatch.models.registry import load_detector, show, verify
from litterwatch.models.release import Description, _chosen, install_default
from litterwatch.models.verify_export import Agreement, ExportCheck

GOOD = ExportCheck(200, {Label.PERSON: Agreement(10, 10, 10, 10)}, ())
BOTH = {"fp16", "int8"}
BAD = ExportCheck(200, {Label.PERSON: Agreement(10, 10, 5, 5)}, ("person recall changed",))


@pytest.mark.parametrize(
    ("fp16", "int8", "times", "expected"),
    [
        (GOOD, GOOD, (30.0, 20.0), "int8"),  # faster and as good
        (GOOD, GOOD, (21.0, 20.0), "fp16"),  # not worth the loss
        (GOOD, BAD, (30.0, 20.0), "fp16"),  # faster and worse
        (BAD, GOOD, (20.0, 20.0), "int8"),  # the only one that is as good
    ],
)
def test_the_faster_export_that_is_accepted_is_chosen(
    fp16: ExportCheck, int8: ExportCheck, times: tuple[float, float], expected: str
) -> None:
    milliseconds = dict(zip(("fp16", "int8"), times, strict=True))
    assert _chosen({"fp16": fp16, "int8": int8}, milliseconds, BOTH) == expected


def test_what_is_too_large_is_not_chosen_however_quick() -> None:
    assert _chosen({"fp16": GOOD, "int8": GOOD}, {"fp16": 10, "int8": 20}, {"int8"}) == "int8"
    with pytest.raises(ModelError, match="no export is as good"):
        _chosen({"fp16": GOOD, "int8": BAD}, {"fp16": 10, "int8": 20}, {"int8"})


def test_nothing_is_released_when_every_export_loses() -> None:
    with pytest.raises(ModelError, match="no export is as good"):
        _chosen({"fp16": BAD, "int8": BAD}, {"fp16": 30, "int8": 20}, BOTH)


def crops(folder: Path, count: int) -> list[Path]:
    """Windows of the sample picture that lies in the ultralytics package."""
    spec = find_spec("ultralytics")
    assert spec is not None
    assert spec.origin is not None
    bus = read_picture(Path(spec.origin).parent / "assets" / "bus.jpg")
    folder.mkdir()
    corners = np.random.default_rng(0).integers(0, (200, 300), (count, 2))
    paths = [folder / f"{number:03}.png" for number in range(count)]
    for path, (x, y) in zip(paths, corners, strict=True):
        assert cv2.imwrite(str(path), bus[y : y + 700, x : x + 600])
    return paths


@pytest.mark.slow
@pytest.mark.skipif(find_spec("nncf") is None, reason="needs litterwatch[train]: NOT tested")
def test_the_default_model_can_be_made_again_from_its_checkpoint(tmp_path: Path) -> None:
    try:
        shipped = show()
    except ModelMissing:
        pytest.skip("no default model is shipped: its making was NOT tested")
    checkpoint = shipped.folder / shipped.manifest.of_format("torch").main
    (tmp_path / "weights" / "again").mkdir(parents=True)
    (tmp_path / "weights" / "again" / "left over").write_text("of an earlier model")
    release = install_default(
        checkpoint,
        description=Description("made in a test", "# Card\n", {"mAP50": 0.5}),
        calibration=crops(tmp_path / "calibration", 32),
        frames=crops(tmp_path / "frames", 200),
        input_size=320,
        name="again",
        weights=tmp_path / "weights",
    )
    model = verify(tmp_path / "weights" / "again")
    assert {path.name for path in model.folder.iterdir()} == {
        "manifest.json",
        "card.md",
        *(name for export in model.manifest.exports for name in export.files),
    }
    assert model.manifest.scores["mAP50"] == 0.5
    assert model.manifest.of_format("openvino").precision == release.precision
    assert release.checks[release.precision].is_accepted
    detector = load_detector(model.folder, device="cpu", threads=1)
    (found,) = detector.detect([read_picture(tmp_path / "frames" / "000.png")])
    assert Label.PERSON in set(found.label)
