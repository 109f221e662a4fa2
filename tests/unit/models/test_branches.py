"""Two branches on one trunk: what each sees, what training may touch, what is refused."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litterwatch.detector.errors import ConfigError, ModelError
from litterwatch.models.torch_cure import cure

pytest.importorskip("torch", reason="needs litterwatch[train]")
pytest.importorskip("ultralytics", reason="needs litterwatch[train]")
cure()

import torch  # noqa: E402

from litterwatch.models.blend import (  # noqa: E402
    calibrate,
    checkpoint_content,
    network_of,
    round_weights,
    write_checkpoint,
)
from litterwatch.models.branch_names import BODY, TRUNK, WASTE_ROWS  # noqa: E402
from litterwatch.models.branches import (  # noqa: E402
    is_branched,
    join,
    joined,
    shrunk,
    transplanted,
    waste_branch,
)
from litterwatch.models.data.labels import CLASSES  # noqa: E402
from litterwatch.models.torch import TorchNetwork, save_slim  # noqa: E402
from litterwatch.models.train import train, trained_weights  # noqa: E402
from litterwatch.models.warm_start import with_classes  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and ultralytics warn of themselves
NAMES = dict(enumerate(CLASSES))
WASTE = [4 + CLASSES.index(name) for name in WASTE_ROWS]
PLACES = 16 * 32 + 8 * 16 + 4 * 8
"""Places of the people's branch in a picture of 128 x 256 px: the waste branch's follow."""
COCO_NAMES = {0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"}
SETTINGS = """
seed = 1
imgsz = 128
epochs = 1
batch = 4
lr0 = 0.01
lrf = 0.5
close_mosaic = 0
cache = false
threads = 1
"""


def network(seed: int) -> Any:
    """A network of COCO's classes with weights drawn by lot."""
    from ultralytics.nn.tasks import DetectionModel  # noqa: PLC0415 - after the cure

    torch.manual_seed(seed)
    result = DetectionModel("yolo11n.yaml", nc=80, verbose=False)
    result.names = {number: COCO_NAMES.get(number, f"other{number}") for number in range(80)}
    for branch in result.model[-1].cv3:
        branch[-1].bias.data.uniform_(-4, 0)
    return result.eval()


@pytest.fixture(scope="module")
def people() -> Any:
    return network(1)


@pytest.fixture(scope="module")
def waste(people: Any) -> Any:
    return transplanted(people, with_classes(network(2), NAMES)).eval()


@pytest.fixture(scope="module")
def both(people: Any, waste: Any) -> Any:
    return joined(people, waste).eval()


def pictures() -> torch.Tensor:
    return torch.rand(2, 3, 128, 256, generator=torch.Generator().manual_seed(2))


def seen(network: Any) -> torch.Tensor:
    with torch.no_grad():
        result: torch.Tensor = network(pictures())[0]
    return result


def file_of(network: Any, path: Path) -> Path:
    content = {"epoch": -1, "train_args": {"imgsz": 64, "task": "detect"}, "date": "2026-01-01"}
    write_checkpoint(content, copy.deepcopy(network), path)
    return path


def test_people_are_seen_exactly_as_before(people: Any, both: Any) -> None:
    before, after = seen(people), seen(both)
    half = before.shape[2]
    torch.testing.assert_close(after[:, :5, :half], before[:, :5])
    two_wheeler = before[:, [5, 7]].amax(dim=1)
    vehicle = before[:, [6, 9, 11]].amax(dim=1)
    torch.testing.assert_close(after[:, 5, :half], two_wheeler)
    torch.testing.assert_close(after[:, 6, :half], vehicle)


def test_waste_is_seen_exactly_as_by_its_branch(waste: Any, both: Any) -> None:
    before, after = seen(waste), seen(both)
    half = after.shape[2] - before.shape[2]
    torch.testing.assert_close(after[:, :4, half:], before[:, :4])
    torch.testing.assert_close(after[:, WASTE, half:], before[:, WASTE])


def test_each_branch_is_silent_about_what_the_other_sees(both: Any) -> None:
    after = seen(both)
    half = PLACES
    assert float(after[:, WASTE, :half].max()) < 1e-6
    assert float(after[:, 4:7, half:].max()) < 1e-6
    assert dict(both.names) == NAMES


def test_the_waste_branch_comes_out_as_it_went_in(waste: Any, both: Any) -> None:
    again = waste_branch(both).eval()
    torch.testing.assert_close(seen(again)[:, WASTE], seen(waste)[:, WASTE])
    rejoined = joined(both, again).eval()
    torch.testing.assert_close(seen(rejoined), seen(both))
    assert (is_branched(both), is_branched(again)) == (True, False)


def test_a_branch_with_another_trunk_is_refused(people: Any) -> None:
    with pytest.raises(ModelError, match="layer 0 was trained too"):
        joined(people, shrunk(with_classes(network(3), NAMES)))
    with pytest.raises(ModelError, match="trained as one"):
        joined(people, with_classes(network(3), NAMES))
    with pytest.raises(ModelError, match="our classes"):
        joined(people, people)


def test_thresholds_of_both_branches_can_be_moved(both: Any, tmp_path: Path) -> None:
    file = file_of(both, tmp_path / "both.pt")
    calibrate(file, {"person": 0.5, "waste": 0.1}, 0.25, tmp_path / "moved.pt")
    moved = network_of(checkpoint_content(tmp_path / "moved.pt")).eval()
    logits = [torch.logit(seen(n).double().clamp(1e-7, 1 - 1e-7)) for n in (both, moved)]
    half = PLACES
    change = logits[1] - logits[0]
    assert float(change[:, 4, :half].mean()) == pytest.approx(-1.0986, abs=0.05)
    assert float(change[:, 4 + 3, half:].mean()) == pytest.approx(1.0986, abs=0.05)
    assert float(change[:, 5, :half].abs().mean()) < 0.05


def test_a_slim_checkpoint_is_packed_and_says_the_same(both: Any, tmp_path: Path) -> None:
    slim = save_slim(file_of(both, tmp_path / "both.pt"), tmp_path / "slim.pt")
    batch = (pictures().permute(0, 2, 3, 1).numpy()[..., ::-1] * 255).astype(np.uint8)
    found, expected = (TorchNetwork(p, threads=1).run(batch) for p in (slim, tmp_path / "both.pt"))
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert slim.stat().st_size < (tmp_path / "both.pt").stat().st_size


@pytest.mark.parametrize("bits", [6, 9])
def test_rounded_weights_differ_by_less_than_their_step(
    both: Any, tmp_path: Path, bits: int
) -> None:
    plain = file_of(both, tmp_path / "both.pt")
    once = round_weights(plain, bits, tmp_path / "once.pt")
    twice = round_weights(once, bits, tmp_path / "twice.pt")
    is_rounded = False
    before, after, again = (
        network_of(checkpoint_content(file)).state_dict() for file in (plain, once, twice)
    )
    for name, weight in before.items():
        assert torch.equal(after[name], again[name])
        if weight.dim() == 4:
            largest = weight.abs().amax(dim=(1, 2, 3), keepdim=True)
            assert bool(((after[name] - weight).abs() <= largest * 2.0 ** (1 - bits)).all())
            is_rounded = is_rounded or not torch.equal(after[name], weight)
        else:
            assert torch.equal(after[name], weight)
    assert is_rounded
    sizes = [save_slim(f, tmp_path / "slim.pt").stat().st_size for f in (plain, once)]
    assert sizes[1] < 0.8 * sizes[0]


@pytest.fixture
def data(squares: Callable[[str], Path]) -> Path:
    """Eight pictures of bright squares, called waste, each beside somebody."""
    return squares("3 0.5 0.5 0.375 0.375\n0 0.9 0.5 0.2 0.8\n")


def test_without_anybody_who_sees_people_no_branch_is_trained(
    data: Path, tmp_path: Path, waste: Any
) -> None:
    config = tmp_path / "a.toml"
    config.write_text(SETTINGS + "branch = true\n")
    start = file_of(waste, tmp_path / "waste.pt")
    with pytest.raises(ConfigError, match="--people"):
        train(config, data, tmp_path / "run", start=start)


def test_pictures_of_a_size_that_three_quarters_do_not_divide_are_refused(
    data: Path, tmp_path: Path, people: Any
) -> None:
    config = tmp_path / "a.toml"
    config.write_text(SETTINGS.replace("imgsz = 128", "imgsz = 96") + "branch = true\n")
    start = file_of(people, tmp_path / "coco.pt")
    with pytest.raises(ConfigError, match="multiple of 128"):
        train(config, data, tmp_path / "run", start=start)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_training_changes_how_waste_is_seen_and_nothing_of_people(
    data: Path, tmp_path: Path, people: Any
) -> None:
    config = tmp_path / "a.toml"
    config.write_text(SETTINGS + "branch = true\n")
    start = file_of(people, tmp_path / "coco.pt")
    first = train(config, data, tmp_path / "first", start=start)
    assert first.weights == trained_weights(tmp_path / "first")
    config.write_text(SETTINGS)  # a network of two branches needs no word of it
    second = train(config, data, tmp_path / "second", start=first.weights)
    looks = [
        seen(network_of(checkpoint_content(file)).eval())
        for file in (start, first.weights, second.weights)
    ]
    half = PLACES
    torch.testing.assert_close(looks[1][:, :5, :half], looks[0][:, :5], atol=0.2, rtol=2e-2)
    torch.testing.assert_close(looks[2][:, :7, :half], looks[1][:, :7, :half])
    assert not torch.allclose(looks[2][:, WASTE, half:], looks[1][:, WASTE, half:])


def test_joining_files_gives_an_ordinary_checkpoint(
    people: Any, waste: Any, both: Any, tmp_path: Path
) -> None:
    parts = file_of(people, tmp_path / "people.pt"), file_of(waste, tmp_path / "waste.pt")
    join(*parts, tmp_path / "both.pt")
    network = network_of(checkpoint_content(tmp_path / "both.pt")).eval()
    torch.testing.assert_close(seen(network), seen(both), atol=0.5, rtol=5e-2)
    assert len(network.model) == 2 * BODY - TRUNK + 2
