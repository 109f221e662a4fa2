"""Precision, intervals, sizes and false alarms on sightings made by hand, and a whole page."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.errors import ConfigError, ModelMissing
from litterwatch.models.data.labels import BIN, CLASSES, OVERFLOW, PERSON, WASTE
from litterwatch.models.evaluate import evaluate
from litterwatch.models.evaluation.counts import (
    confusion,
    false_per_picture,
    heights_of_persons,
    mistakes,
    quiet_threshold,
    recall,
    recall_by_height,
    recall_inside_heaps,
    working_thresholds,
)
from litterwatch.models.evaluation.precision import (
    average_precision,
    bootstrapped,
    matched,
    matches,
)
from litterwatch.models.evaluation.sightings import Sighting, labelled_pictures


def sighting(truth: Sequence[tuple[float, ...]], seen: Sequence[tuple[float, ...]]) -> Sighting:
    return Sighting(
        Path("a.png"),
        np.array(truth, np.float32).reshape(-1, 5),
        np.array(seen, np.float32).reshape(-1, 6),
    )


BAG = (WASTE, 0.2, 0.2, 0.4, 0.4)
SEEN = (*BAG, 0.9)
ELSEWHERE = (WASTE, 0.6, 0.6, 0.8, 0.8, 0.5)


def weights(count: int) -> np.ndarray:
    return np.ones(count, np.intp)


def test_all_found_and_nothing_invented_is_one() -> None:
    found = matches([sighting([BAG], [SEEN])] * 3, WASTE)
    np.testing.assert_allclose(average_precision(found, weights(3)), 1.0)


def test_nothing_found_is_zero_and_nothing_labelled_is_unknown() -> None:
    assert average_precision(matches([sighting([BAG], [])], WASTE), weights(1))[0] == 0
    assert np.isnan(average_precision(matches([sighting([], [SEEN])], WASTE), weights(1))[0])


def test_one_of_two_found_behind_a_wrong_box() -> None:
    wrong_first = (WASTE, 0.6, 0.6, 0.8, 0.8, 0.95)
    found = matches([sighting([BAG], [wrong_first, SEEN]), sighting([BAG], [])], WASTE)
    # precision 1/2 up to recall 1/2: 51 of 101 recalls
    assert average_precision(found, weights(2))[0] == pytest.approx(0.5 * 51 / 101)


def test_two_boxes_on_one_thing_count_once() -> None:
    right = matched(np.array([SEEN, (*BAG, 0.8)], np.float32), np.array([BAG], np.float32))
    assert right[:, 0].tolist() == [True, False]


def test_a_picture_drawn_twice_counts_twice() -> None:
    all_pictures = [sighting([BAG], [SEEN]), sighting([BAG], [])]
    found = matches(all_pictures, WASTE)
    assert average_precision(found, np.array([2, 0]))[0] == pytest.approx(1)
    assert average_precision(found, np.array([0, 2]))[0] == 0


@given(st.integers(2, 40), st.floats(0, 1))
def test_an_interval_holds_its_value(count: int, part: float) -> None:
    hits = (np.arange(count) < part * count).astype(float)
    interval = bootstrapped(lambda w: float((w * hits).sum() / w.sum()), count, count)
    assert interval.low - 1e-9 <= interval.value <= interval.high + 1e-9
    assert interval.n == count


def test_recall_counts_at_the_threshold() -> None:
    pictures = [sighting([BAG], [SEEN]), sighting([BAG], [(*BAG, 0.2)])]
    assert recall(pictures, WASTE, 0.25).value == 0.5
    assert recall(pictures, WASTE, 0.1).value == 1.0
    assert recall(pictures, WASTE, 0.1).n == 2


def test_false_waste_is_counted_on_pictures_without_waste_only() -> None:
    clean = sighting([(BIN, 0, 0, 1, 1)], [ELSEWHERE])
    overfull = sighting([(OVERFLOW, 0, 0, 1, 1)], [ELSEWHERE])
    assert false_per_picture([clean, overfull, sighting([], [])], 0.25).value == 0.5
    assert false_per_picture([clean, overfull, sighting([], [])], 0.25).n == 2


def test_the_quiet_threshold_leaves_one_false_box_in_ten_pictures() -> None:
    pictures = [sighting([], [(WASTE, 0, 0, 1, 1, 0.05 * n)]) for n in range(1, 11)]
    threshold = quiet_threshold(pictures)
    assert threshold is not None
    assert false_per_picture(pictures, threshold).value == pytest.approx(0.1)
    assert quiet_threshold([sighting([BAG], [])]) is None
    assert quiet_threshold([sighting([], [])]) == 0.0


def test_working_thresholds_keep_people_and_quiet_waste() -> None:
    person, weak = (PERSON, 0.5, 0.1, 0.6, 0.5), 0.15
    pictures = [
        sighting([person, BAG], [(*person, 0.9), (*BAG, 0.8)]),
        sighting([person], [(*person, weak), (PERSON, 0.1, 0.1, 0.2, 0.2, 0.3)]),
        sighting([], [(*BAG, 0.4)]),
    ]
    coco = [sighting([person], [(*person, 0.9)])] * 2 + [sighting([], [])]
    thresholds = working_thresholds(pictures, coco, 0.25)
    assert thresholds["person"] == pytest.approx(weak)
    assert 0.4 < thresholds["waste"] < 0.41
    assert "bin" not in thresholds


def test_sizes_are_in_heights_of_the_person_standing_as_near() -> None:
    truth = [
        (WASTE, 0.1, 0.80, 0.2, 0.90),
        (PERSON, 0.3, 0.40, 0.4, 0.90),
        (PERSON, 0.5, 0.30, 0.5, 0.40),
    ]
    assert heights_of_persons(np.array(truth, np.float32))[0] == pytest.approx(0.2)
    assert np.isnan(heights_of_persons(np.array([BAG], np.float32))[0])
    by_height = recall_by_height([sighting(truth, [(*truth[0], 0.9)])], 0.25)
    assert by_height["0.1 to 0.3"].value == 1.0
    assert by_height["0.1 to 0.3"].n == 1
    assert by_height["over 0.6"].n == 0


def test_a_bag_in_a_heap_seen_as_one_box_counts_as_seen_inside() -> None:
    heap = (WASTE, 0.1, 0.1, 0.9, 0.9, 0.8)
    pictures = [sighting([BAG], [heap])]
    assert recall(pictures, WASTE, 0.25).value == 0
    assert recall_inside_heaps(pictures, 0.25).value == 1


def test_confusion_and_mistakes() -> None:
    mixed_up = (OVERFLOW, *BAG[1:], 0.9)
    table = confusion([sighting([BAG], [mixed_up, ELSEWHERE]), sighting([BAG], [])], 0.25)
    nothing = len(CLASSES)
    assert table[WASTE, OVERFLOW] == table[nothing, WASTE] == table[WASTE, nothing] == 1
    assert table.sum() == 3
    assert mistakes(sighting([BAG], [SEEN]), 0.25) == 0
    assert mistakes(sighting([BAG], [ELSEWHERE]), 0.25) == pytest.approx(1.5)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three pictures; the blue one is seen as waste where its label is, by `seeing_colours`."""
    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    names = []
    for name, colour, label in (("blue", (255, 0, 0), 3), ("red", (0, 0, 255), 0)):
        picture = np.full((384, 640, 3), colour, np.uint8)
        cv2.imwrite(str(folder / "images" / f"{name}.png"), picture)
        text = f"{label} 0.5 0.5 {100 / 640:.6f} {50 / 384:.6f}\n"
        (folder / "labels" / f"{name}.txt").write_text(text)
        names.append(f"./images/{name}.png\n")
    (folder / "val.txt").write_text("".join(names))
    classes = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
    yaml = folder / "val.yaml"
    yaml.write_text(f"path: {folder}\ntrain: val.txt\nval: val.txt\nnames:\n{classes}")
    return yaml


@pytest.mark.filterwarnings("ignore")  # matplotlib
def test_a_page_with_numbers_plots_and_pictures(
    data: Path, seeing_colours: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="needs litterwatch[train]")
    out = tmp_path / "page"
    report = evaluate(seeing_colours, data, out, coco=seeing_colours, backend="openvino")
    assert report.pictures == 2
    assert report.precision["ap50.waste"].value == pytest.approx(1)
    assert report.precision["ap50.person"].value == pytest.approx(1)
    assert report.at_the_working_threshold["retention.person"].value == 0  # type: ignore[union-attr]
    stored = json.loads((out / "evaluation.json").read_text())
    assert stored["precision"]["map50"]["n"] == 2
    page = (out / "index.html").read_text()
    assert "ap50.waste" in page
    assert (out / "curves.png").stat().st_size > 1000
    assert (out / "confusion.png").stat().st_size > 1000
    assert len(list((out / "worst").glob("*.png"))) == 2


def test_data_sets_of_other_classes_are_refused(data: Path) -> None:
    data.write_text(data.read_text().replace("waste", "rubbish"))
    with pytest.raises(ConfigError, match="the classes must be"):
        labelled_pictures(data)


def test_a_missing_data_set_and_one_that_is_none_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        labelled_pictures(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("- 1\n- 2\n")
    with pytest.raises(ConfigError):
        labelled_pictures(tmp_path / "bad.yaml")
