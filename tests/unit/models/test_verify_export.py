import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.manifest import MANIFEST_NAME
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.models.verify_export import ExportCheck, verify_export, verify_export_files

FRAME: Image = np.zeros((90, 160, 3), np.uint8)
Rows = list[tuple[Box, float, Label]]
A, B = Box(10, 10, 30, 60), Box(80, 10, 100, 60)


def compared(
    reference: Callable[[int], Rows], export: Callable[[int], Rows], frames: int = 200
) -> ExportCheck:
    """The check where each network sees what the function of the frame's number says."""
    truth = ScriptedDetector([Detections.of(reference(i)) for i in range(frames)])
    other = ScriptedDetector([Detections.of(export(i)) for i in range(frames)])
    return verify_export(other, truth, [FRAME] * frames)


def person(confidence: float, box: Box = A) -> Rows:
    return [(box, confidence, Label.PERSON)]


def test_an_export_that_sees_the_same_is_accepted() -> None:
    check = compared(lambda _: person(0.9), lambda _: person(0.88))
    assert check.is_accepted
    assert check.frames == 200
    (row,) = check.rows()
    assert row["label"] == "person"
    assert row["found_by_both"] == 200
    assert row["recall_change_points"] == 0
    assert row["mean_iou"] == 1


@pytest.mark.parametrize(("lost", "is_accepted"), [(2, True), (3, False)])
def test_more_than_one_point_of_persons_is_too_much(lost: int, is_accepted: bool) -> None:
    check = compared(lambda _: person(0.9), lambda i: person(0.9) if i >= lost else [])
    assert check.is_accepted is is_accepted
    assert check.classes[Label.PERSON].recall_change == pytest.approx(-lost / 2)


@pytest.mark.parametrize(("lost", "is_accepted"), [(4, True), (5, False)])
def test_more_than_two_points_of_waste_are_too_much(lost: int, is_accepted: bool) -> None:
    waste: Rows = [(A, 0.9, Label.WASTE)]
    check = compared(lambda _: waste, lambda i: waste if i >= lost else [])
    assert check.is_accepted is is_accepted
    if not is_accepted:
        assert "waste recall changed by -2.5 points (n=200)" in check.refusals[0]


def test_things_that_sink_below_the_threshold_are_lost() -> None:
    check = compared(lambda _: person(0.9), lambda i: person(0.24 if i < 5 else 0.9))
    assert check.classes[Label.PERSON].recall_change == pytest.approx(-2.5)
    assert not check.is_accepted


def test_flips_at_the_threshold_in_both_directions_even_out() -> None:
    check = compared(
        lambda i: person(0.26 if i % 2 else 0.24), lambda i: person(0.24 if i % 2 else 0.26)
    )
    assert check.classes[Label.PERSON].recall_change == 0
    assert check.classes[Label.PERSON].by_both == 0


def test_boxes_only_the_export_sees_never_make_up_for_a_loss() -> None:
    check = compared(lambda _: person(0.9), lambda i: person(0.9, B if i < 10 else A))
    assert not check.is_accepted
    assert check.classes[Label.PERSON].only_by_export == 10


def test_another_label_on_the_same_box_is_a_loss() -> None:
    check = compared(lambda _: person(0.9), lambda _: [(A, 0.9, Label.WASTE)])
    assert check.classes[Label.PERSON].by_export == 0
    assert check.classes[Label.WASTE].only_by_export == 200


def test_each_box_is_matched_once() -> None:
    twice: Rows = [(A, 0.9, Label.PERSON), (A.grown(1, 1), 0.8, Label.PERSON)]
    check = compared(lambda _: twice, lambda _: person(0.9))
    assert check.classes[Label.PERSON].by_export == 200
    assert check.classes[Label.PERSON].by_reference == 400


def test_too_few_frames_prove_nothing() -> None:
    with pytest.raises(ConfigError, match="199 pictures are too few"):
        compared(lambda _: person(0.9), lambda _: person(0.9), frames=199)


def test_frames_without_anything_prove_nothing() -> None:
    check = compared(lambda _: [], lambda _: [])
    assert not check.is_accepted
    assert "nothing was compared" in check.refusals[0]


def test_networks_of_other_classes_are_not_compared(seeing_colours: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(seeing_colours, tmp_path / "other"))
    path = other / MANIFEST_NAME
    path.write_text(path.read_text().replace('"vehicle"', '"bin"'))
    with pytest.raises(ConfigError, match="do not have the same classes"):
        verify_export_files(seeing_colours, other, [])
