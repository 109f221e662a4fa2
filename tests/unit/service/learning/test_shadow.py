"""The shadow run: it only records, and no fault of it touches the watch."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from litterwatch.detector.deposits.learned import Learned
from litterwatch.detector.errors import ConfigError, ModelError
from litterwatch.detector.types import Detections, Event, EventState, Frame, Image, Site
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.events.scripted import scripted_event
from litterwatch.service.learning.shadow import (
    ShadowCount,
    ShadowedPipeline,
    ShadowRecord,
    shadow_counts,
    shadow_sentence,
)


def frame(number: int) -> Frame:
    image = np.full((90, 160, 3), 100, np.uint8)
    return Frame("gate", number, number / 2, None, image, (160, 90))


def at(machine_id: str, t_release: float, state: EventState = EventState.CONFIRMED) -> Event:
    return replace(scripted_event(machine_id, state), t_release=t_release)


class FailingDetector(ScriptedDetector):
    """Fails from the third picture on."""

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        if len(self.seen) >= 2:
            raise ModelError("the candidate broke")
        return super().detect(images)


def watched(candidate: ScriptedDetector, folder: Path, pictures: int) -> ShadowedPipeline:
    record = ShadowRecord(folder, "gate", candidate.sha256)
    pipeline = ShadowedPipeline(Site(), Learned(), candidate, record)
    for number in range(pictures):
        picture = frame(number)
        pipeline.wants_detection(picture)
        looked = Detections.empty() if number % 2 == 0 else None
        assert pipeline.advance(picture, looked) == []
    assert pipeline.finish() == []
    return pipeline


def test_it_looks_where_the_model_in_use_looks_and_notes_how_long(tmp_path: Path) -> None:
    candidate = ScriptedDetector()
    watched(candidate, tmp_path, 150)
    assert len(candidate.seen) == 75
    (count,) = shadow_counts(tmp_path)
    assert count.camera == "gate"
    assert count.hours == pytest.approx(149 / 2 / 3600)
    assert (count.both, count.only_active, count.only_candidate) == (0, 0, 0)


def test_a_fault_of_the_candidate_ends_the_shadow_and_not_the_watch(tmp_path: Path) -> None:
    candidate = FailingDetector()
    pipeline = watched(candidate, tmp_path, 20)
    assert pipeline.analysed == 20
    assert len(candidate.seen) == 2


def test_a_disk_that_refuses_ends_the_shadow_and_not_the_watch(tmp_path: Path) -> None:
    (tmp_path / "shadow").write_text("in the way")
    assert watched(ScriptedDetector(), tmp_path, 150).analysed == 150


def test_what_both_found_is_told_from_what_one_found(tmp_path: Path) -> None:
    record = ShadowRecord(tmp_path, "gate", "c" * 64)
    record.watched(0.0)
    record.note("active", [at("a1", 30.0, EventState.PROVISIONAL), at("a2", 200.0)])
    record.note("active", [at("a1", 30.0)])  # the same event in a later state
    record.note("candidate", [at("c1", 31.0), at("c2", 400.0), at("c3", 500.0)])
    record.note("candidate", [at("c3", 500.0, EventState.CANCELLED)])
    record.watched(1800.0)
    record.close()
    assert shadow_counts(tmp_path) == [ShadowCount("gate", 0.5, 1, 1, 1)]
    said = shadow_sentence(shadow_counts(tmp_path))
    assert "In 0.50 h of 1 cameras both gave 1 events" in said
    assert "the candidate alone 1 (2.00 an hour" in said
    assert shadow_sentence([]) == "No shadow run yet."


def test_many_events_are_matched_as_well(tmp_path: Path) -> None:
    record = ShadowRecord(tmp_path, "gate", "c" * 64)
    record.note("active", [at(f"a{n}", 60.0 * n) for n in range(40)])
    record.note("candidate", [at(f"c{n}", 60.0 * n + 1) for n in range(0, 40, 2)])
    (count,) = shadow_counts(tmp_path)
    assert (count.both, count.only_active, count.only_candidate) == (20, 20, 0)


def test_a_record_that_cannot_be_understood_is_named(tmp_path: Path) -> None:
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "a.jsonl").write_text(json.dumps({"camera": "gate"}) + "\n")
    with pytest.raises(ConfigError, match=r"a\.jsonl"):
        shadow_counts(tmp_path)
