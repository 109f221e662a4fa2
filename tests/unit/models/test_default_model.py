"""The model that ships with the package."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from litterwatch.detector.errors import ModelMissing
from litterwatch.detector.geometry import Box, iou
from litterwatch.detector.types import Label
from litterwatch.models.predict import read_picture
from litterwatch.models.registry import (
    DEFAULT_MODEL,
    InstalledModel,
    list_models,
    load_detector,
    verify,
)
from litterwatch.models.release import LARGEST_BYTES


@pytest.fixture(scope="module")
def model() -> InstalledModel:
    try:
        return verify()
    except ModelMissing:
        pytest.skip("no default model is shipped yet: it was NOT tested")


def test_it_is_listed_and_whole(model: InstalledModel) -> None:
    assert DEFAULT_MODEL in [installed.manifest.name for installed in list_models()]
    assert model.manifest.classes == tuple(Label)
    assert {export.format for export in model.manifest.exports} == {"torch", "openvino"}


def test_it_is_small_and_holds_nothing_else(model: InstalledModel) -> None:
    files = {path.name: path.stat().st_size for path in model.folder.iterdir()}
    named = {name for export in model.manifest.exports for name in export.files}
    assert set(files) == named | {"manifest.json", model.manifest.card}
    assert sum(files.values()) <= LARGEST_BYTES


def test_it_has_a_card_and_says_where_it_comes_from(model: InstalledModel) -> None:
    assert (model.folder / model.manifest.card).read_text(encoding="utf-8").startswith("# ")
    assert model.manifest.training_data
    assert model.manifest.licence == "AGPL-3.0-only"
    assert model.manifest.scores


@pytest.mark.skipif(find_spec("ultralytics") is None, reason="its pictures are needed: NOT tested")
def test_it_sees_people_in_the_street(model: InstalledModel) -> None:
    spec = find_spec("ultralytics")
    assert spec is not None
    assert spec.origin is not None
    picture = read_picture(Path(spec.origin).parent / "assets" / "bus.jpg")
    detector = load_detector(device="cpu", threads=1)
    (found,) = detector.detect([picture])
    people = found.labelled(Label.PERSON).where(found.labelled(Label.PERSON).confidence >= 0.25)
    for person in (Box(47, 400, 240, 904), Box(222, 408, 345, 861)):  # seen by eye
        assert max((iou(person, box) for box in people.boxes()), default=0) >= 0.5
    assert detector.name == DEFAULT_MODEL
    assert detector.sha256 == model.manifest.of_format("openvino").sha256
