"""Settings, the warm start, blending and one real training of a tiny network."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litterwatch.detector.errors import ConfigError, ModelError, ModelMissing
from litterwatch.models.torch_cure import cure

pytest.importorskip("torch", reason="needs litterwatch[train]")
pytest.importorskip("ultralytics", reason="needs litterwatch[train]")
cure()

import torch  # noqa: E402
from torch import nn  # noqa: E402

from litterwatch.models.blend import blend, calibrate, write_checkpoint  # noqa: E402
from litterwatch.models.data.labels import CLASSES  # noqa: E402
from litterwatch.models.train import is_finished, read_training, train  # noqa: E402
from litterwatch.models.warm_start import unfold_batch_norm, with_classes  # noqa: E402
from litterwatch.models.whole_checkpoints import is_begun  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and ultralytics warn of themselves
NAMES = dict(enumerate(CLASSES))
SETTINGS = """
seed = 1
imgsz = 64
epochs = {epochs}
batch = 4
lr0 = 0.001
lrf = 0.5
mosaic = 1.0
close_mosaic = 0
cache = false
threads = 1
"""


def coco_network() -> Any:
    """A small network with the head of COCO and batch norms folded to identity."""
    from ultralytics.nn.tasks import DetectionModel  # noqa: PLC0415 - after the cure

    torch.manual_seed(1)
    network = DetectionModel("yolo11n.yaml", nc=80, verbose=False)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.weight.data.uniform_(0.5, 1.5)
            layer.bias.data.uniform_(-0.5, 0.5)
    return network.eval()


@pytest.fixture(scope="module")
def coco() -> Any:
    return coco_network()


@pytest.fixture
def coco_file(coco: Any, tmp_path: Path) -> Path:
    file = tmp_path / "coco.pt"
    content = {"epoch": -1, "train_args": {"imgsz": 64, "task": "detect"}, "date": "2026-01-01"}
    write_checkpoint(content, copy.deepcopy(coco), file)
    return file


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 3, 96, 96, generator=torch.Generator().manual_seed(2))


def test_a_warm_start_sees_people_exactly_as_coco_does(coco: Any) -> None:
    ours: Any = with_classes(coco, NAMES)
    with torch.no_grad():
        theirs, same = coco(pictures(2))[0], ours.eval()(pictures(2))[0]
    assert same.shape[1] == 4 + len(CLASSES)
    torch.testing.assert_close(same[:, :5], theirs[:, :5])
    assert ours.nc == ours.model[-1].nc == ours.yaml["nc"] == len(CLASSES)
    assert coco.model[-1].nc == 80


def test_new_classes_start_cautious(coco: Any) -> None:
    ours: Any = with_classes(coco, NAMES)
    for branch in ours.model[-1].cv3:
        assert bool((torch.sigmoid(branch[-1].bias[3:]) <= 0.0051).all())


def test_unfolding_changes_nothing_that_the_network_says(coco: Any) -> None:
    ours: Any = with_classes(coco, NAMES).eval()
    with torch.no_grad():
        before = ours(pictures(2))[0]
        changed = unfold_batch_norm(ours, [pictures(4)])
        after = ours(pictures(2))[0]
    assert changed > 50
    torch.testing.assert_close(after, before, atol=2e-2, rtol=1e-3)
    assert unfold_batch_norm(ours, [pictures(4)]) == 0


def test_after_unfolding_a_layer_gives_the_same_in_training() -> None:
    torch.manual_seed(3)
    layer = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)).eval()
    batch = pictures(8)
    with torch.no_grad():
        expected = layer(batch)
        unfold_batch_norm(layer, [batch])
        layer.train()
        torch.testing.assert_close(layer(batch), expected, atol=1e-3, rtol=1e-3)


def test_a_mistake_in_the_settings_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(SETTINGS.format(epochs=1) + "learning_rate = 3\n")
    with pytest.raises(ConfigError, match="learning_rate"):
        read_training(file)


@pytest.mark.parametrize("name", ["street", "default", "branch", "finetune"])
def test_settings_that_ship_can_be_read(name: str) -> None:
    import litterwatch.models  # noqa: PLC0415

    folder = Path(litterwatch.models.__file__).parent / "configs"
    assert read_training(folder / f"{name}.toml").imgsz in (416, 512, 640)


def test_a_blend_is_the_mean_of_the_weights(coco: Any, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        network: Any = with_classes(coco, NAMES)
        torch.manual_seed(seed)
        network.model[0].conv.weight.data.normal_()
        write_checkpoint({"train_args": {}}, network, tmp_path / f"{name}.pt")
    blend(tmp_path / "a.pt", tmp_path / "b.pt", 0.25, tmp_path / "c.pt")
    a, b, c = (
        torch.load(tmp_path / f"{n}.pt", weights_only=False)["model"].model[0].conv.weight.float()
        for n in "abc"
    )
    torch.testing.assert_close(c, 0.75 * a + 0.25 * b, atol=2e-3, rtol=2e-3)


def test_only_networks_of_the_same_classes_are_blended(coco_file: Path, tmp_path: Path) -> None:
    network = with_classes(coco_network(), NAMES)
    write_checkpoint({"train_args": {}}, network, tmp_path / "ours.pt")
    with pytest.raises(ModelError, match="different classes"):
        blend(coco_file, tmp_path / "ours.pt", 0.5, tmp_path / "c.pt")
    with pytest.raises(ModelMissing):
        blend(tmp_path / "none.pt", tmp_path / "ours.pt", 0.5, tmp_path / "c.pt")
    with pytest.raises(ConfigError, match="share"):
        blend(coco_file, tmp_path / "ours.pt", 1.5, tmp_path / "c.pt")
    (tmp_path / "text.pt").write_text("no checkpoint")


def test_calibrating_moves_a_threshold_and_leaves_other_classes(coco: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.pt"
    write_checkpoint({"train_args": {}}, with_classes(coco, NAMES), file)
    calibrate(file, {"waste": 0.1}, 0.25, tmp_path / "b.pt")
    a, b = (
        torch.load(tmp_path / f"{n}.pt", weights_only=False)["model"].model[-1].cv3[0][-1].bias
        for n in "ab"
    )
    shift = (b.float() - a.float()).detach().numpy()
    expected = np.zeros(6)
    expected[3] = np.log(0.25 / 0.75) - np.log(0.1 / 0.9)
    np.testing.assert_allclose(shift, expected, atol=5e-3)
    for wrong in ({"waste": 0.0}, {"rubbish": 0.5}):
        with pytest.raises(ConfigError, match="threshold"):
            calibrate(file, wrong, 0.25, tmp_path / "c.pt")


@pytest.fixture
def data(squares: Callable[[str], Path]) -> Path:
    """Eight pictures of bright squares, called waste."""
    return squares("3 0.5 0.5 0.375 0.375\n")


def test_without_start_weights_or_data_training_is_refused(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text(SETTINGS.format(epochs=1))
    with pytest.raises(ModelMissing, match=r"none\.pt"):
        train(config, data, tmp_path / "run", start=tmp_path / "none.pt")
    with pytest.raises(ModelMissing, match="nothing to resume"):
        train(config, data, tmp_path / "run", start=tmp_path / "none.pt", resume=True)


@pytest.mark.slow
def test_a_training_that_is_killed_goes_on(data: Path, tmp_path: Path, coco_file: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text(SETTINGS.format(epochs=2))
    out = tmp_path / "run"

    class Killed(Exception):
        pass

    def kill(epoch: int, _epochs: int, _scores: dict[str, float]) -> None:
        if epoch == 1:
            raise Killed

    with pytest.raises(Killed):
        train(config, data, out, start=coco_file, progress=kill)
    assert (out / "weights" / "start.pt").is_file()
    with pytest.raises(ConfigError, match="resume it"):
        train(config, data, out, start=coco_file)
    last = out / "weights" / "last.pt"
    last.write_bytes(last.read_bytes()[:1000])  # killed while it was written over
    assert is_begun(out)
    assert not is_finished(out)
    report = train(config, data, out, start=coco_file, resume=True)
    assert report.epochs == 2
    assert is_finished(out)
    record = json.loads((out / "training.json").read_text())
    assert record["outcome"]["weights_sha256"] == report.weights_sha256
    assert set(record["data"]["lists_sha256"]) == {"train.txt", "val.txt"}
