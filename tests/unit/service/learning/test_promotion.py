"""Candidates at the command line: what is promoted, what is refused, and the way back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from litterwatch.detector.errors import CandidateRefused, ConfigError
from litterwatch.detector.types import Label, Site
from litterwatch.labelling.job import Candidate, Step
from litterwatch.models.manifest import Manifest, export_of, write_manifest
from litterwatch.models.openvino import import_openvino
from litterwatch.models.shelf import Shelf
from litterwatch.service.cli import main
from litterwatch.service.clock import ManualClock
from litterwatch.service.learning.folders import models_folder
from litterwatch.service.learning.judges import judges_of, shadow_of
from litterwatch.service.learning.shadow import ShadowedPipeline
from litterwatch.service.learning.use import chosen_model
from litterwatch.service.settings import load_settings

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["labelling", *words, "--data", str(tmp_path)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one box, with its manifest."""
    ov = import_openvino()
    ops = ov.opset13
    picture = ops.parameter([-1, 3, -1, -1], ov.Type.f32, name="images")
    means = ops.unsqueeze(
        ops.reduce_mean(picture, ops.constant([2, 3]), keep_dims=False), ops.constant([2])
    )
    box = ops.constant([[[320.0], [192.0], [100.0], [50.0]]], ov.Type.f32)
    folder = tmp_path_factory.mktemp("network")
    model = ov.Model([ops.concat([box, means], axis=1)], [picture], "network")
    ov.save_model(model, folder / "network.xml")
    files = export_of(folder, "openvino", "fp32", ["network.xml", "network.bin"])
    classes = (Label.PERSON, Label.VEHICLE, Label.WASTE)
    write_manifest(folder, Manifest("network", "1", "none", 640, classes, (files,)))
    return folder


def candidate(root: Path, network: Path, name: str, *, is_accepted: bool | None = True) -> Path:
    """A candidate as a training leaves it; None: not judged yet."""
    made = Candidate(root / "labelling" / "candidates" / name, {"dataset": "v0001"})
    shutil.copytree(network, made.model)
    made.finish(Step.EXPORTED, {"sha256": "0" * 64})
    if is_accepted is not None:
        refusals = [] if is_accepted else ["fewer people"]
        made.finish(Step.JUDGED, {"is_accepted": is_accepted, "refusals": refusals})
    return made.folder


def test_promotion_asks_for_the_gate_and_the_shadow(
    tmp_path: Path, run: Run, network: Path
) -> None:
    candidate(tmp_path, network, "bad", is_accepted=False)
    candidate(tmp_path, network, "open", is_accepted=None)
    good = candidate(tmp_path, network, "good")
    assert "fewer people" in run("promote", "bad")[1]
    assert "No gate has judged open" in run("promote", "open")[1]
    assert "--without-shadow" in run("promote", "good")[1]
    assert run("promote", "nobody")[0] == 2
    settings = load_settings(None, {"data_folder": tmp_path})
    assert chosen_model(settings) is None
    (good / "shadow").mkdir()
    line = {"camera": "gate", "model": "c", "who": "both", "seconds": 7200.0}
    (good / "shadow" / "a.jsonl").write_text(json.dumps(line) + "\n")
    assert "2.00 h" in run("shadow", "good")[1]
    code, said = run("promote", "good")
    assert code == 0, said
    assert chosen_model(settings) == models_folder(tmp_path) / "good"
    stronger = load_settings(None, {"data_folder": tmp_path, "analysis": {"model": "street"}})
    assert chosen_model(stronger) == "street"


def test_the_way_back(tmp_path: Path, run: Run, network: Path) -> None:
    for name in ("one", "two"):
        candidate(tmp_path, network, name)
        assert run("promote", name, "--without-shadow")[0] == 0
    code, said = run("candidates")
    assert code == 0
    assert said.splitlines()[0] == "default: two, before it one, shipped"
    assert run("rollback") == (0, "The default model is one.\n")
    assert run("rollback") == (0, "The default model is the model that ships.\n")
    code, said = run("rollback")
    assert code == 2
    assert "first there was" in said
    assert Shelf(models_folder(tmp_path)).default() is None


def test_a_candidate_judges_in_the_shadow_where_the_settings_say_so(
    tmp_path: Path, network: Path
) -> None:
    folder = candidate(tmp_path, network, "good")
    tree = load_settings(None, {"data_folder": tmp_path, "learning": {"shadow": folder}})
    with judges_of(tree, ManualClock()) as judges:
        assert isinstance(judges.judge("gate", Site()), ShadowedPipeline)
    plain = load_settings(None, {"data_folder": tmp_path})
    with judges_of(plain, ManualClock()) as judges:
        assert not isinstance(judges.judge("gate", Site()), ShadowedPipeline)
    unfinished = Candidate(tmp_path / "labelling" / "candidates" / "begun", {"dataset": "v0001"})
    unfinished.finish(Step.TRAINED, {})
    for shadow, error in ((unfinished.folder, CandidateRefused), (tmp_path / "no", ConfigError)):
        wrong = load_settings(None, {"data_folder": tmp_path, "learning": {"shadow": shadow}})
        with pytest.raises(error):
            shadow_of(wrong)


def test_lessons_that_cannot_be_learned_yet_say_what_is_missing(run: Run) -> None:
    code, said = run("weights")
    assert code == 3
    assert "50 more verdicts" in said
    code, said = run("nuisance")
    assert code == 0
    assert "from 0 verdicts" in said
