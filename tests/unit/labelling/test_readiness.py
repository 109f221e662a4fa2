"""What no gate could accept is not trained: everything that is missing is named before."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.datasets import Dataset, build
from litterwatch.labelling.gate import GateRules
from litterwatch.labelling.readiness import lacking, require_judgeable
from litterwatch.labelling.records import LabelledBox, LabelledPicture
from litterwatch.labelling.splits import Split

WASTE = LabelledBox(Box(8, 4, 40, 30), Label.WASTE)
PERSON = LabelledBox(Box(0, 0, 16, 48), Label.PERSON)
UNSURE = LabelledBox(Box(20, 0, 36, 48), Label.PERSON, is_sure=False)
RULES = GateRules(least_things=5, least_people=5, least_frames=60)


@pytest.fixture
def dataset(tmp_path: Path, make_picture: Callable[..., LabelledPicture]) -> Dataset:
    """200 pictures of five cameras; in every second lies waste, beside somebody."""
    pictures = [
        make_picture(n, camera=f"camera{n % 5}", day=n // 10, boxes=(WASTE, PERSON)[: 2 * (n % 2)])
        for n in range(200)
    ]
    return build(tmp_path / "datasets", pictures, datetime(2026, 6, 1, tzinfo=UTC))


def test_two_hundred_pictures_are_enough_for_an_export(dataset: Dataset) -> None:
    frozen = dataset.pictures(Split.TEST)
    usual = GateRules(least_things=5, least_people=5)
    assert lacking(dataset, frozen, usual) == []
    require_judgeable(dataset, frozen, usual)


def test_everything_that_is_missing_is_named_at_once(
    dataset: Dataset, make_picture: Callable[..., LabelledPicture]
) -> None:
    frozen = [make_picture(500, boxes=(WASTE, PERSON, UNSURE))]
    with pytest.raises(ConfigError) as refused:
        require_judgeable(dataset, frozen, GateRules(least_frames=1000))
    said = str(refused.value)
    for words in (
        dataset.name,
        "other pictures to compare the export on (1000 needed)",
        "1 people in frozen test pictures (50 needed)",
        "1 pieces of waste in them (50 needed)",
        "0 frozen test pictures without waste (1 needed)",
        "--gate",
    ):
        assert words in said
    assert "calibrate" not in said


def test_without_a_frozen_set_nothing_is_judged(dataset: Dataset) -> None:
    assert len(lacking(dataset, [], RULES)) == 3


def test_a_small_set_cannot_calibrate(tmp_path: Path, pictures: list[LabelledPicture]) -> None:
    small = build(tmp_path / "small", pictures, datetime(2026, 6, 1, tzinfo=UTC))
    found = lacking(small, small.pictures(Split.TEST), GateRules(least_frames=1))
    assert found[0].endswith("pictures to calibrate the 8-bit export on (32 needed)")
