"""The person height model: guessed, measured, hinted."""

import numpy as np
import pytest

from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import Detections, Label, Track

SIZE = (640, 360)


def person(x: float, feet: float, height: float, aspect: float = 0.4) -> Box:
    return Box(x, feet - height, x + aspect * height, feet)


def crowd(n: int, seed: int = 1, wrong: float = 0.0) -> list[Box]:
    """People on a plane: height = 0.4 * (feet - 60), with noise and some that are not upright."""
    rng = np.random.default_rng(seed)
    boxes = []
    for _ in range(n):
        feet = float(rng.uniform(120, 340))
        height = 0.4 * (feet - 60) * float(rng.normal(1, 0.06))
        if rng.random() < wrong:
            height *= 0.6
        boxes.append(person(float(rng.uniform(20, 560)), feet, height))
    return boxes


def seen(boxes: list[Box], confidence: float = 0.8) -> Detections:
    return Detections.of([(box, confidence, Label.PERSON) for box in boxes])


def test_before_anybody_was_seen_it_guesses_and_says_so() -> None:
    model = PersonHeight()
    with pytest.raises(ValueError, match="not seen a picture"):
        model.at(100)
    model.update(Detections.empty(), SIZE)
    assert model.at(200) == pytest.approx(72)
    assert not model.calibrated


def test_the_first_people_replace_the_guess() -> None:
    model = PersonHeight()
    model.update(seen([person(100, 300, 110)]), SIZE)
    assert model.at(200) == pytest.approx(110)
    assert not model.calibrated


@pytest.mark.parametrize("wrong", [0.0, 0.2])
def test_a_street_calibrates_itself(wrong: float) -> None:
    model = PersonHeight()
    for box in crowd(250, wrong=wrong):
        model.update(seen([box]), SIZE)
    assert model.calibrated
    assert model.samples >= 200
    for y in (140, 220, 320):
        assert model.at(y) == pytest.approx(0.4 * (y - 60), rel=0.12)


def test_those_who_sit_far_away_make_no_giants_of_those_near_by() -> None:
    model = PersonHeight()
    for n in range(30):
        near, far = person(200, 330, 290, 0.3), person(60 + n, 200, 60)
        model.update(seen([near, far]), SIZE)
    assert model.at(340) - model.at(240) <= 100  # no camera hangs lower than eye level


def test_never_smaller_than_a_few_pixels() -> None:
    model = PersonHeight()
    model.update(seen(crowd(250)), SIZE)
    assert model.at(0) == 8.0


def test_tracks_serve_as_well() -> None:
    tracks = [
        Track(1, Label.PERSON, person(100, 300, 90), 0.8, 0, 0),
        Track(2, Label.VEHICLE, person(300, 300, 200), 0.8, 0, 0),
        Track(3, Label.PERSON, person(300, 300, 200), 0.2, 0, 0),
    ]
    model = PersonHeight()
    model.update(tracks, SIZE)
    assert model.samples == 1
    assert model.at(300) == pytest.approx(90)


@pytest.mark.parametrize(
    "box",
    [
        person(100, 359.5, 100),  # cut by the lower edge
        person(0, 300, 100),  # cut by the left edge
        person(100, 300, 100, aspect=0.9),  # sits or rides
        person(100, 300, 100, aspect=0.1),  # half hidden
        person(100, 300, 6),  # too small to tell
    ],
)
def test_who_does_not_stand_whole_is_not_counted(box: Box) -> None:
    model = PersonHeight()
    model.update(seen([box]), SIZE)
    assert model.samples == 0


def test_doubtful_detections_are_not_counted() -> None:
    model = PersonHeight()
    model.update(seen([person(100, 300, 100)], confidence=0.3), SIZE)
    assert model.samples == 0


def test_hints_win() -> None:
    model = PersonHeight([(0.5, 0.2), (1.0, 0.5)])
    model.update(seen(crowd(250)), SIZE)
    assert model.calibrated
    assert model.at(180) == pytest.approx(72)
    assert model.at(360) == pytest.approx(180)
    assert model.at(270) == pytest.approx(126)


def test_one_hint_is_a_level_line() -> None:
    model = PersonHeight([(0.8, 0.25)])
    model.update(Detections.empty(), SIZE)
    assert model.at(50) == model.at(350) == pytest.approx(90)


def test_another_picture_height_starts_anew() -> None:
    model = PersonHeight()
    model.update(seen(crowd(250)), SIZE)
    model.update(Detections.empty(), (1280, 720))
    assert (model.samples, model.calibrated) == (0, False)
    assert model.at(300) == pytest.approx(144)


def traffic(n: int, seed: int = 2) -> list[Box]:
    """Cars and a few lorries on a road whose people would be 0.3 * (feet - 40) px tall."""
    rng = np.random.default_rng(seed)
    boxes = []
    for _ in range(n):
        feet = float(rng.uniform(90, 340))
        broad = 0.3 * (feet - 40) * (1.15 if rng.random() < 0.8 else 1.8)
        x = float(rng.uniform(10, 400))
        boxes.append(Box(x, feet - broad, x + 1.3 * broad, feet))
    return [box for box in boxes if box.x2 < SIZE[0] - 3]


def vehicles(boxes: list[Box]) -> Detections:
    return Detections.of([(box, 0.8, Label.VEHICLE) for box in boxes])


def test_where_nobody_walks_vehicles_are_the_yardstick() -> None:
    model = PersonHeight()
    for box in traffic(150):
        model.update(vehicles([box]), SIZE)
    assert model.measured
    assert not model.calibrated
    for y in (100, 200, 320):
        assert model.at(y) == pytest.approx(0.3 * (y - 40), rel=0.25)


def test_people_are_believed_rather_than_vehicles_but_not_one_of_them() -> None:
    model = PersonHeight()
    for box in traffic(60):
        model.update(vehicles([box]), SIZE)
    by_vehicles = model.at(300)
    model.update(seen([person(300, 300, 200)]), SIZE)  # a sign taken for somebody
    assert model.at(300) == by_vehicles
    for box in crowd(40):
        model.update(seen([box]), SIZE)
    assert model.at(300) == pytest.approx(0.4 * (300 - 60), rel=0.15)


def test_a_few_vehicles_and_those_cut_off_tell_nothing() -> None:
    model = PersonHeight()
    model.update(vehicles(traffic(4)), SIZE)
    model.update(vehicles([Box(500, 100, 640, 200)] * 30), SIZE)
    assert not model.measured
    assert model.at(200) == pytest.approx(72)
