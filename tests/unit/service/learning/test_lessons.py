"""From verdicts of the desk to weights and nuisance maps that the engine is given."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from litterwatch.detector.deposits.descriptor import LENGTH
from litterwatch.detector.deposits.score import BY_HAND, WEIGHTS
from litterwatch.detector.errors import CandidateRefused, ConfigError, TooFewVerdicts
from litterwatch.detector.types import Site
from litterwatch.labelling.judged import Verdict
from litterwatch.labelling.nuisance import read_nuisance
from litterwatch.labelling.records import Origin
from litterwatch.labelling.refit import refit
from litterwatch.labelling.weights_file import read_weights
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.clock import ManualClock
from litterwatch.service.labels.tables import LabelRow
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.judges import judges_of
from litterwatch.service.learning.lessons import (
    NUISANCE_LINK,
    WEIGHTS_LINK,
    learn_nuisance,
    learn_weights,
)
from litterwatch.service.learning.use import Lessons, lessons
from litterwatch.service.learning.verdicts import verdicts
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.state import RejectReason, ReviewState
from litterwatch.service.settings import load_settings
from litterwatch.service.sites.service import CameraDraft, SiteDraft, save_camera, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import EventRow, ReviewRow
from litterwatch.service.units import units
from litterwatch.service.wiring import ScanRequest, scan_plan

COUNT = 60


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ScriptedReviews]:
    desk = ScriptedReviews(tmp_path, [f"e{number}" for number in range(COUNT)])
    yield desk
    desk.close()


@pytest.fixture
def place(desk: ScriptedReviews) -> LearningFolder:
    settings = load_settings(None, {"data_folder": desk.root})
    return LearningFolder(settings, desk.database, desk.clock, "os:lan")


def judge(desk: ScriptedReviews, count: int = COUNT) -> None:
    """People go by what looks like waste, one an hour; the score trusts touch: it says nothing."""
    rng = np.random.default_rng(2)
    with desk.database.writing() as session:
        rows = session.scalars(select(ReviewRow).order_by(ReviewRow.event_id)).all()
        for number, row in enumerate(rows[:count]):
            is_waste = number % 2 == 0
            event = session.get_one(EventRow, row.event_id)
            waste, touch = (0.8 if is_waste else 0.3), float(rng.random())
            event.features = {**dict.fromkeys(WEIGHTS, 0.5), "waste": waste, "touch": touch}
            row.state = ReviewState.CONFIRMED if is_waste else ReviewState.REJECTED
            row.reason = None if is_waste else RejectReason.FALSE_ALARM
            row.moment = desk.clock.now() - timedelta(hours=number)


def all_verdicts(desk: ScriptedReviews, *, false_alarms_only: bool = False) -> list[Verdict]:
    with desk.database.reading() as session:
        return verdicts(session, false_alarms_only=false_alarms_only)


def test_only_final_verdicts_that_say_something_teach(desk: ScriptedReviews) -> None:
    assert all_verdicts(desk) == []
    judge(desk)
    with desk.database.writing() as session:
        rows = session.scalars(select(ReviewRow).order_by(ReviewRow.event_id)).all()
        rows[1].reason = RejectReason.POOR_QUALITY
        rows[3].reason = RejectReason.LAWFUL_COLLECTION
        rows[2].state = ReviewState.PROPOSED
        rows[4].is_withdrawn = True
        session.get_one(EventRow, rows[6].event_id).features = {"of": 1.0, "another version": 0.0}
    found = all_verdicts(desk)
    assert len(found) == COUNT - 4
    assert sum(each.is_deposit for each in found) == COUNT // 2 - 3
    places = all_verdicts(desk, false_alarms_only=True)
    assert sum(not each.is_deposit for each in places) == COUNT // 2 - 2
    (first,) = {each.foot for each in found}
    assert first == (15 / 64, 20 / 48)


def test_recordings_of_one_camera_are_one_camera(desk: ScriptedReviews) -> None:
    judge(desk)
    assert {each.camera for each in all_verdicts(desk)} == {"street.mp4"}
    with desk.database.writing() as session:
        code = next(iter(units())).code
        site = save_site(session, desk.clock, "lan", SiteDraft("Chợ", SiteKind.STREET, code))
        save_camera(session, desk.clock, "lan", site.id, CameraDraft("gate", "street"))
    assert {each.camera for each in all_verdicts(desk)} == {"street"}


def test_weights_are_learned_drawn_logged_and_used(
    desk: ScriptedReviews, place: LearningFolder
) -> None:
    judge(desk)
    file, found = learn_weights(place)
    assert found.is_better
    read = read_weights(file)
    assert read.weights.weights["waste"] > WEIGHTS["waste"]
    picture = file.with_suffix(".svg").read_text()
    assert "60 verdicts" in picture
    assert picture.count("<circle") == len(found.bins)
    assert (file.parent / WEIGHTS_LINK).resolve() == file
    with desk.database.reading() as session:
        (row,) = read_log(session, AuditFilter(action="weights.learned"), 5)
    assert row.detail["sha256"] == read.sha256
    used = load_settings(None, {"data_folder": desk.root, "learning": {"score_weights": file}})
    learned = lessons(used).of("street.mp4", desk.clock.now())
    assert learned.weights.weights == read.weights.weights
    assert learned.weights.bias == read.weights.bias + read.intercepts["street.mp4"]
    assert learned.sha256 == {"score_weights": read.sha256}


def test_too_few_verdicts_write_nothing(desk: ScriptedReviews, place: LearningFolder) -> None:
    judge(desk, 20)
    with pytest.raises(TooFewVerdicts, match="30 more verdicts"):
        learn_weights(place)
    assert not place.learned.exists()


def test_weights_that_are_no_better_write_nothing(
    desk: ScriptedReviews, place: LearningFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(desk)
    worse = "litterwatch.service.learning.lessons.refit"
    monkeypatch.setattr(worse, lambda given: replace(refit(given), loss=9.0))
    with pytest.raises(CandidateRefused, match="do not say better"):
        learn_weights(place)
    assert not place.learned.exists()


def test_a_nuisance_map_is_learned_fades_and_is_used(
    desk: ScriptedReviews, place: LearningFolder
) -> None:
    judge(desk)
    file, count = learn_nuisance(place)
    assert count == COUNT
    assert (file.parent / NUISANCE_LINK).resolve() == file
    used = load_settings(
        None, {"data_folder": desk.root, "learning": {"nuisance_map": file.parent / NUISANCE_LINK}}
    )
    now = desk.clock.now()
    learned = lessons(used).of("street.mp4", now)
    assert learned.weights == BY_HAND
    assert learned.sha256 == {"nuisance_map": read_nuisance(file).sha256}
    refused = [spot for spot in learned.nuisance.spots if spot.is_refused]
    assert len(refused) == COUNT // 2
    only = replace(learned.nuisance, spots=refused)
    assert only.bar((15, 20), (64, 48), 20.0) > 1.5
    later = lessons(used).of("street.mp4", now + timedelta(days=28)).nuisance
    assert max(spot.weight for spot in later.spots) == pytest.approx(0.25, abs=0.01)
    assert lessons(used).of("elsewhere.mp4", now).nuisance.spots == ()


def label(event_id: str, **more: object) -> LabelRow:
    """The label row of a verdict on an event."""
    given: dict[str, object] = {
        "origin": Origin.REJECTED, "source": "street.mp4", "media_time": 3.0,
        "box": [10, 10, 10, 10], "track": "", "model_name": "", "model_sha256": "0" * 64,
        "verdict_at": ManualClock().now(), "made_at": ManualClock().now(),
        "changed_at": ManualClock().now(),
    }  # fmt: skip
    return LabelRow(id=f"label-{event_id}", event_id=event_id, **given | more)


def test_the_map_learns_what_the_refused_things_looked_like(
    desk: ScriptedReviews, place: LearningFolder
) -> None:
    judge(desk)
    looks = np.eye(LENGTH, dtype=np.float32)[3]
    with desk.database.writing() as session:
        first, second = session.scalars(select(EventRow.id).order_by(EventRow.id).limit(2))
        session.add(label(first, looks=looks.tolist()))
        session.add(label(second))  # looked at by nobody yet: described from its still
    file, _ = learn_nuisance(place)
    spots = read_nuisance(file).map_of("street.mp4", desk.clock.now()).spots
    known = [spot.looks for spot in spots if spot.looks is not None]
    assert len(known) == 2
    assert sum(np.allclose(each, looks) for each in known) == 1
    assert all(np.linalg.norm(each) == pytest.approx(1, abs=0.05) for each in known)


def test_what_was_learned_is_part_of_what_events_depend_on(
    desk: ScriptedReviews, place: LearningFolder
) -> None:
    judge(desk)
    file, _ = learn_nuisance(place)
    request = ScanRequest([], place.settings)
    with_it = Lessons(nuisance=read_nuisance(file))
    eyes = ScriptedDetector()
    plans = [scan_plan(request, Site(), eyes, learned) for learned in (Lessons(), with_it)]
    assert plans[0].config_sha256 != plans[1].config_sha256


def test_pipelines_are_made_with_what_was_learned(
    desk: ScriptedReviews, place: LearningFolder
) -> None:
    judge(desk)
    file, _ = learn_nuisance(place)
    used = load_settings(None, {"data_folder": desk.root, "learning": {"nuisance_map": file}})
    with judges_of(used, ManualClock(desk.clock.now())) as judges:
        pipeline = judges.judge("street.mp4", Site())
        assert pipeline.engine.learned.sha256 == judges.lessons.digest()
        assert judges.judge("other", Site()).engine.learned.nuisance.spots == ()


@pytest.mark.parametrize("name", ["score_weights", "nuisance_map"])
def test_a_setting_that_names_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.json").write_text("{}")
    used = load_settings(None, {"learning": {name: tmp_path / "a.json"}})
    with pytest.raises(ConfigError, match=r"a\.json"):
        lessons(used)
