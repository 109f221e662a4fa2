"""The record of a candidate: a step is done or not, and the same order finds the same candidate."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from litterwatch.detector.errors import CandidateRefused, ConfigError
from litterwatch.labelling.datasets import build
from litterwatch.labelling.job import (
    JOB,
    Candidate,
    Step,
    candidate_for,
    read_candidate,
    require_made,
)
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
