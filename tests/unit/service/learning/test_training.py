"""A training is not begun where no gate could accept what comes of it."""

from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.datasets import build
from litterwatch.labelling.gate import GateRules
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.scripted import BEGIN, drawn_picture
from litterwatch.service.learning.training import TrainingOrder, train_candidate
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.settings import load_settings


def test_what_no_gate_could_accept_is_not_trained(tmp_path: Path) -> None:
    desk = ScriptedReviews(tmp_path)
    settings = load_settings(None, {"data_folder": desk.root})
    place = LearningFolder(settings, desk.database, desk.clock, "os:lan")
    pictures = [drawn_picture(tmp_path / "drawn", number) for number in range(64)]
    build(place.datasets, pictures, BEGIN, is_freezing=True)
    config = tmp_path / "never-read.toml"
    order = TrainingOrder(None, config, GateRules(), last_events=0)
    with pytest.raises(ConfigError, match=r"could pass the gate: .* waste in them"):
        train_candidate(place, order, lambda *_: None)
    assert not place.candidates.exists()
    desk.close()
