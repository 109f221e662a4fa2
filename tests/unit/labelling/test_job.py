"""The record of a candidate: a step is done or not, and the same order finds the same candidate."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from litterwatch.detector.errors import CandidateRefused, ConfigError
from litterwatch.labelling.datasets import build
from litterwatch.labelling.gate import GateResult
from litterwatch.labelling.job import (
    COST,
    JOB,
    Candidate,
    Meter,
    Step,
    candidate_for,
    read_candidate,
    require_made,
)
from litterwatch.labelling.page import candidate_page
from litterwatch.labelling.records import LabelledPicture
from litterwatch.models.registry import show


def test_the_same_order_finds_the_candidate_it_began(
    tmp_path: Path, pictures: list[LabelledPicture]
) -> None:
    dataset = build(tmp_path / "datasets", pictures, datetime(2026, 6, 1, tzinfo=UTC))
    config = tmp_path / "a.toml"
    config.write_text("epochs = 1")
    begun = candidate_for(tmp_path / "candidates", dataset, show(), config)
    assert begun.name.startswith(dataset.name)
    assert begun.done == {}
    begun.finish(Step.PREPARED, {"pictures": 24})
    again = candidate_for(tmp_path / "candidates", dataset, show(), config)
    assert again == begun
    config.write_text("epochs = 2")
    other = candidate_for(tmp_path / "candidates", dataset, show(), config)
    assert other.name != begun.name


def test_what_is_not_finished_is_not_used(tmp_path: Path) -> None:
    begun = Candidate(tmp_path / "one", {"dataset": "v0001"})
    begun.finish(Step.TRAINED, {})
    with pytest.raises(CandidateRefused, match="not finished"):
        require_made(read_candidate(begun.folder))
    begun.finish(Step.EXPORTED, {})
    require_made(read_candidate(begun.folder))
    assert begun.model == tmp_path / "one" / "model" / "one"


@pytest.mark.parametrize("text", ["", "{}", '{"format": "litterwatch-candidate/1", "about": {}}'])
def test_what_is_no_candidate_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / JOB).write_text(text)
    with pytest.raises(ConfigError, match="is no candidate"):
        read_candidate(tmp_path)
    with pytest.raises(ConfigError, match="is no candidate"):
        read_candidate(tmp_path / "gone")


def test_a_meter_counts_every_core_and_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter(os.times_result((1.0, 2.0, 0.5, 0.0, 100.0)))
    monkeypatch.setattr(os, "times", lambda: os.times_result((3.0, 2.5, 1.0, 0.5, 130.0)))
    assert meter.read() == {COST: {"wall_seconds": 30.0, "processor_seconds": 3.5}}


def test_a_step_is_done_once_and_its_cost_is_noted(tmp_path: Path) -> None:
    begun = Candidate(tmp_path / "one", {"dataset": "v0001"})
    begun.do(Step.TRAINED, lambda: {"weights_sha256": "first"})
    begun.do(Step.TRAINED, lambda: {"weights_sha256": "second"})
    done = read_candidate(begun.folder).done[Step.TRAINED]
    assert done["weights_sha256"] == "first"
    assert done[COST].keys() == {"wall_seconds", "processor_seconds"}


def test_the_page_says_what_every_step_took(tmp_path: Path) -> None:
    about = dict.fromkeys(("dataset", "dataset_sha256", "active_sha256", "config_sha256"), "0")
    begun = Candidate(tmp_path / "one", about)
    assert "What it took" not in candidate_page(begun, GateResult(()), {})
    begun.finish(Step.PREPARED, {COST: {"wall_seconds": 30.0, "processor_seconds": 12.0}})
    begun.finish(Step.TRAINED, {COST: {"wall_seconds": 600.0, "processor_seconds": 1188.0}})
    page = candidate_page(begun, GateResult(()), {})
    row = '<td>all</td><td class="number">10.5</td><td class="number">20.0</td>'
    assert row in page
