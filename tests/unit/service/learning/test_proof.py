"""The experiment on generated cameras: films that go on, a truth by construction, a page."""

import json
from pathlib import Path

import numpy as np
import pytest

from litterwatch.detector.deposits.descriptor import LENGTH
from litterwatch.detector.deposits.learned import UNLIKE
from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.curve import order
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.learning.proof import Rung, person_height, prove
from litterwatch.service.learning.proof_drawn import draw, with_features
from litterwatch.service.learning.proof_films import (
    Film,
    asked,
    films,
    verdicts,
    watched_before,
)
from litterwatch.service.learning.proof_page import ProofHeading, proof_drawing, proof_page
from litterwatch.service.synth import daily
from litterwatch.service.synth.daily import ACTS_A_DAY, CORNERS, camera_day
from litterwatch.service.synth.scenario_file import scenario_text

FEATURES = {
    "persistence": 1.0, "waste": 0.4, "touch": 1.0, "carried_before": 0.1, "carry_gone": 0.9,
    "separation": 1.0, "zone": 1.0, "release_cue": 0.5, "light": 0.0, "nuisance": 0.0,
    "overlap": 0.0, "authorised": 0.0,
}  # fmt: skip


def written(folder: Path, film: Film) -> None:
    """What a film might have shown: a dump anywhere, goods at the corner."""
    folder.mkdir(exist_ok=True)
    where = [round(0.3 + 0.04 * ((film.day * 7 + film.camera) % 10), 3), 0.8]
    alarms = [
        {"is_true": True, "score": 0.9, "features": FEATURES, "foot": where},
        {"is_true": False, "score": 0.9, "features": FEATURES, "foot": [0.85, 0.6]},
    ]
    said = {"film": film.name, "seconds": 60.0, "due": 1, "found": 1, "alarms": alarms}
    (folder / f"{film.name}.json").write_text(json.dumps(said))


def test_a_camera_keeps_its_street_and_its_corners_from_day_to_day() -> None:
    days = [camera_day(7001, day) for day in range(12)]
    assert len({day.street for day in days}) == len({day.camera for day in days}) == 1
    assert len({day.name for day in days}) == 12
    assert all(len(day.acts) == ACTS_A_DAY for day in days)
    assert any(act.alarm_expected for day in days for act in day.acts)
    put = [
        move.x
        for day in days
        for thing, act in zip(day.things, day.acts, strict=True)
        for move in thing.moves
        if not act.alarm_expected and move.how == "appear"
    ]
    assert len(put) >= 4
    spread = [min(abs(x - y) for y in put if y is not x) for x in put]
    assert sorted(spread)[len(spread) // 2] < 0.4  # m; the same corners again and again
    assert CORNERS == 2
    assert scenario_text(days[0]) == scenario_text(camera_day(7001, 0))
    assert camera_day(7002, 0).street != days[0].street


def test_only_whole_days_count_so_that_no_camera_is_favoured(tmp_path: Path) -> None:
    wanted = list(films(2, 3))
    assert [film.name for film in wanted[:2]] == ["camera000-day000", "camera001-day000"]
    with pytest.raises(ConfigError, match="no whole day"):
        watched_before(tmp_path, wanted)
    for film in wanted[:3]:
        written(tmp_path, film)
    assert [each["film"] for each in watched_before(tmp_path, wanted)] == [
        "camera000-day000",
        "camera001-day000",
    ]


def heading(*, is_drawn: bool = False) -> ProofHeading:
    return ProofHeading(
        "c", "0", "abc", "m", 80, 4, 1.3, 80, 80, 80, 80, is_drawn, 5, "learning.svg"
    )  # fmt: skip


def test_the_experiment_and_its_page(tmp_path: Path) -> None:
    wanted = list(films(4, 20))
    for film in wanted:
        written(tmp_path, film)
    seen = watched_before(tmp_path, wanted)
    given = [verdict for each in seen for verdict in verdicts(each)]
    as_asked = [verdict for each in seen for verdict in asked(each)]
    assert len(given) == 160
    assert given[0].features == FEATURES
    told: list[tuple[int, int]] = []
    proof = prove(given, as_asked, 5, lambda done, of: told.append((done, of)))
    assert proof.pool == (120, 120)
    assert proof.tested == ((20, 20), (80, 80))
    assert [m.n for m in proof.later] == [0, 25, 50, 100, 120]
    assert [m.n for m in proof.unseen] == [0, 25, 50, 100, 120]
    assert proof.later[0].left[0].mean == 1.0
    assert proof.later[-1].left[0].mean < 0.2  # the corner is known by then
    assert proof.later[-1].order.mean > 0.9
    assert proof.unseen[-1].left[0].mean == 1.0  # nothing but the place tells them apart
    assert proof.unseen[-1].refitted == 0  # and the weights know it
    won = {rung: measured.left[0].mean for rung, measured in proof.rungs}
    assert won[Rung.NOTHING] == won[Rung.WEIGHTS] == 1.0
    assert won[Rung.PLACE] < 0.2
    assert told[-1][0] == told[-1][1]
    page = proof_page(proof, heading())
    assert "**Synthetic.**" in page
    assert "commit abc" in page
    assert "| map by place alone |" in page
    assert "without the engine" not in page
    assert "and the model m." in page
    assert "Not measured: 200 and 500 verdicts" in page
    assert "Of the deposits 80 of 80 gave one" in page
    assert "(learning-drawn.md)" in page
    drawn = proof_page(proof, heading(is_drawn=True))
    assert "without the engine" in drawn
    assert "By construction the score says nothing here" in drawn
    assert "(learning.md)" in drawn
    assert proof_drawing(proof).startswith("<svg")


def test_looks_tell_goods_from_a_dump_at_the_same_corner(tmp_path: Path) -> None:
    goods, bag = np.zeros(LENGTH), np.zeros(LENGTH)
    goods[0] = bag[1] = 1.0
    days = []
    for film in films(4, 20):
        written(tmp_path, film)
        day = json.loads((tmp_path / f"{film.name}.json").read_text())
        for alarm in day["alarms"]:
            looks = (bag if alarm["is_true"] else goods).tolist()
            alarm.update(foot=[0.85, 0.6], looks=looks, looks_after=looks)
        days.append(day)
    given = [verdict for day in days for verdict in verdicts(day)]
    proof = prove(given, [each for day in days for each in asked(day)], 3, lambda *_: None)
    won = {rung: measured.left[0].mean for rung, measured in proof.rungs}
    assert won[Rung.PLACE] == 1.0
    assert won[Rung.LOOKS] == 0.0


def test_drawn_alarms_have_scores_that_say_nothing() -> None:
    alarms = [{"is_true": number % 2 == 0, "foot": [0.5, 0.5]} for number in range(400)]
    drawn = [{"film": "camera000-day000", "alarms": alarms}]
    (day,) = with_features(drawn)
    assert with_features(drawn) == [day]
    given = verdicts(day)
    assert all(verdict.score > 0.7 for verdict in given)
    scores = np.array([verdict.score for verdict in given])
    said = np.array([verdict.is_deposit for verdict in given])
    assert abs(order(scores, said) - 0.5) < 0.1
    assert given[0].features["waste"] != given[1].features["waste"]


def test_a_day_is_drawn_once_without_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "ACTS_A_DAY", 1)
    (film,), photo = films(1, 1), street_photo()
    (day,) = draw(tmp_path, [film], photo, lambda *_: None)
    assert draw(tmp_path, [film], photo, lambda *_: None) == [day]
    (alarm,) = day["alarms"]
    assert len(alarm["looks"]) == len(alarm["looks_after"]) == LENGTH
    assert 0 < alarm["foot"][0] < 1
    assert 0 < alarm["foot"][1] <= 1
    apart = np.linalg.norm(np.array(alarm["looks"]) - alarm["looks_after"])
    assert apart < UNLIKE  # the same thing, two moments


def test_people_are_taller_where_the_camera_is_nearer(tmp_path: Path) -> None:
    written(tmp_path, Film(0, 0))
    near, far = verdicts(json.loads((tmp_path / "camera000-day000.json").read_text()))
    assert person_height(near)[0] > person_height(far)[0] > 20
    assert person_height(near)[1] == (640, 360)
