"""A network small enough to be made in a test, in a folder with its manifest."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from litterwatch.detector.types import Label
from litterwatch.models.data.labels import CLASSES
from litterwatch.models.manifest import Manifest, export_of, write_manifest
from litterwatch.models.openvino import import_openvino


@pytest.fixture(scope="session")
def seeing_colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an OpenVINO network of three classes and one box for any picture.

    The box is centred at (320, 192), 100 x 50 px of the input; the score of class 0, 1, 2 is the
    mean of the picture's red, green and blue, 0..1.
    """
    ov = import_openvino()
    ops = ov.opset13
    picture = ops.parameter([-1, 3, -1, -1], ov.Type.f32, name="images")
    means = ops.reduce_mean(picture, ops.constant([2, 3]), keep_dims=False)
    scores = ops.unsqueeze(means, ops.constant([2]))
    box = ops.constant([[[320.0], [192.0], [100.0], [50.0]]], ov.Type.f32)
    output = ops.concat([box, scores], axis=1)
    folder = tmp_path_factory.mktemp("colours")
    ov.save_model(ov.Model([output], [picture], "colours"), folder / "colours.xml")
    write_manifest(
        folder,
        Manifest(
            name="colours",
            version="1",
            architecture="none",
            input_size=640,
            classes=(Label.PERSON, Label.VEHICLE, Label.WASTE),
            exports=(export_of(folder, "openvino", "fp32", ["colours.xml", "colours.bin"]),),
        ),
    )
    return folder


@pytest.fixture
def squares(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a data set of eight pictures of a bright square, all with the labels that are given."""

    def made(labels: str) -> Path:
        folder = tmp_path / "data"
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        rng = np.random.default_rng(1)
        for number in range(8):
            picture = rng.integers(0, 90, (64, 64, 3)).astype(np.uint8)
            picture[20:44, 20:44] = 230
            cv2.imwrite(str(folder / "images" / f"{number}.png"), picture)
            (folder / "labels" / f"{number}.txt").write_text(labels)
        lines = "".join(f"./images/{number}.png\n" for number in range(8))
        (folder / "train.txt").write_text(lines)
        (folder / "val.txt").write_text(lines)
        names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
        yaml = folder / "all.yaml"
        yaml.write_text(f"path: {folder}\ntrain: train.txt\nval: val.txt\nnames:\n{names}")
        return yaml

    return made
