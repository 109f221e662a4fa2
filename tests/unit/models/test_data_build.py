"""The whole build on a handful of drawn pictures; what COCO sees is given."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from litterwatch.detector.errors import ConfigError, ModelMissing
from litterwatch.models.data.build import build_dataset
from litterwatch.models.data.labels import CLASSES
from litterwatch.models.data.recipe import read_recipe

RECIPE = """
seed = 7
workers = 1
[coco_labels]
weights = "weights/coco.pt"
person = 0.33
two_wheeler = 0.25
vehicle = 0.3
[sources.street]
folder = "images/street"
classes = { 0 = "waste", 1 = "bin" }
cutouts = 5
scenes = true
[sources.bags]
folder = "images/bags"
classes = { 0 = "waste" }
strip_borders = true
cutouts = 5
[mix]
camera_look = 0.5
scene_least_side = 0.3
scene_camera_look = 0.5
scene_decoys = 0.5
composite = 1.0
composite_decoys = 0.5
"""


def draw(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.integers(40, 160, (192, 192, 3)).astype(np.uint8)
    picture = np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.0), np.uint8)
    picture[:, 96:] //= 2
    cv2.circle(picture, (40, 150), 28, (230, 235, 240), -1)
    return picture


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    known = {}
    for name in ("street", "bags"):
        for split, count in (("train", 4), ("val", 2)):
            images = folder / "images" / name / split / "images"
            labels = images.parent / "labels"
            images.mkdir(parents=True)
            labels.mkdir()
            for number in range(count):
                cv2.imwrite(str(images / f"{number}.png"), draw(number))
                (labels / f"{number}.txt").write_text("0 0.21 0.78 0.3 0.3\n")
                person = [0, 0.7, 0.2, 0.8, 0.7, 0.9]
                known[f"{name}/{split}/{number}.png"] = [person] if number == 1 else []
    (folder / "images/street/train/labels/3.txt").write_text("")  # nobody labelled it
    (folder / "weights").mkdir()
    (folder / "weights" / "coco.pt").write_bytes(b"not needed: all pictures are known")
    (folder / "known.json").write_text(json.dumps(known))
    return folder


def build(source: Path, out: Path) -> dict[str, bytes]:
    config = source / "recipe.toml"
    config.write_text(RECIPE)
    out.mkdir()
    (out / "coco_labels.json").write_bytes((source / "known.json").read_bytes())
    build_dataset(config, source, out)
    files = [*sorted((out / "images").iterdir()), *sorted((out / "labels").iterdir())]
    return {file.name: file.read_bytes() for file in [*files, out / "build.json"]}


def test_two_builds_are_the_same_to_the_byte(source: Path, tmp_path: Path) -> None:
    assert build(source, tmp_path / "a") == build(source, tmp_path / "b")


def test_val_is_whole_and_real_and_train_holds_scenes(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    build(source, out)
    report = json.loads((out / "build.json").read_text())
    assert report["counts"]["val"]["pictures"] == report["counts"]["val"]["pictures.real"] == 4
    assert report["counts"]["train"]["pictures.real"] == 7
    assert report["counts"]["train"]["pictures.scene"] >= 1
    assert report["counts"]["train"]["boxes.person"] >= 2
    for line in (out / "val.txt").read_text().split():
        name = Path(line).name
        group, split, file = name.split("-")
        assert split == "val"
        original = source / "images" / group / split / "images" / file
        assert (out / "images" / name).read_bytes() == original.read_bytes()


def test_a_list_of_one_source_holds_nothing_of_another(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    build(source, out)
    made = {m["file"]: m for m in json.loads((out / "build.json").read_text())["pictures"]}
    lines = (out / "train_street.txt").read_text().split()
    assert lines
    for line in lines:
        assert all(name.startswith("street/") for name in made[Path(line).name]["made_of"])


def test_no_picture_of_val_is_part_of_train(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    build(source, out)
    for made in json.loads((out / "build.json").read_text())["pictures"]:
        assert all(name.split("/")[1] == made["split"] for name in made["made_of"])


def test_without_coco_weights_the_build_says_so(source: Path, tmp_path: Path) -> None:
    (source / "weights" / "coco.pt").unlink()
    config = source / "recipe.toml"
    config.write_text(RECIPE)
    with pytest.raises(ModelMissing, match="COCO weights"):
        build_dataset(config, source, tmp_path / "a")


def test_a_source_without_pictures_is_refused(source: Path, tmp_path: Path) -> None:
    config = source / "recipe.toml"
    config.write_text(RECIPE)
    (tmp_path / "empty" / "weights").mkdir(parents=True)
    (tmp_path / "empty" / "weights" / "coco.pt").write_bytes(b"")
    with pytest.raises(ConfigError, match="no labelled pictures"):
        build_dataset(config, tmp_path / "empty", tmp_path / "a")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 7", "sed = 7", "sed"),
        ('1 = "bin"', '1 = "bucket"', "bucket"),
        ("person = 0.33", "person = 1.5", "person"),
    ],
)
def test_a_mistake_in_a_recipe_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    config = tmp_path / "recipe.toml"
    config.write_text(RECIPE.replace(old, new))
    with pytest.raises(ConfigError, match=said):
        read_recipe(config)


def test_the_recipe_that_ships_can_be_read() -> None:
    import litterwatch.models  # noqa: PLC0415

    recipe = read_recipe(Path(litterwatch.models.__file__).parent / "configs" / "data.toml")
    assert set(recipe.sources["street_waste"].classes.values()) <= set(CLASSES)
