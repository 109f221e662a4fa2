"""Candidates that nobody trained, drawn scenes that a tiny training learns. Ships for tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image, Label
from litterwatch.labelling.datasets import Dataset, build
from litterwatch.labelling.files import bytes_of, file_sha256, write_whole
from litterwatch.labelling.gate import Answer, GateResult, RuleResult, as_object
from litterwatch.labelling.job import GATE, Candidate, Step
from litterwatch.labelling.records import LabelledBox, LabelledPicture
from litterwatch.models.manifest import Manifest, export_of, write_manifest
from litterwatch.service.learning.folders import labelling_folder

BEGIN: Final = datetime(2026, 5, 1, 3, tzinfo=UTC)
SIDE: Final = 128
"""Width and height of a drawn scene, px."""

TINY_TRAINING: Final = """
seed = 1
imgsz = 128
epochs = 8
batch = 8
lr0 = 0.002
lrf = 0.2
warmup_epochs = 0.2
close_mosaic = 4
threads = 1
patience = 50
"""
"""A training that learns drawn scenes in a minute or two."""

SMALL_GATE: Final = """
least_things = 10
least_people = 10
least_at_camera = 5
least_frames = 20
people_margin = 0.05
"""
"""A gate that says something about a hundred drawn scenes."""


def drawn_scene(number: int) -> tuple[Image, tuple[LabelledBox, ...]]:
    """Noise with a bright square called waste, and in two of three a dark upright called a person.

    Returns:
        The picture, (SIDE, SIDE, 3), and what is in it; every fifth scene holds no waste.
    """
    rng = np.random.default_rng(number)
    picture = rng.integers(70, 150, (SIDE, SIDE, 3)).astype(np.uint8)
    found = []
    if number % 5:
        x, y, side = (int(v) for v in (rng.integers(4, 50), rng.integers(60, 90), 30))
        cv2.rectangle(picture, (x, y), (x + side, y + side), (250, 250, 250), -1)
        found.append(LabelledBox(Box(x, y, x + side + 1, y + side + 1), Label.WASTE))
    if number % 3:
        x = int(rng.integers(90, 100))
        cv2.rectangle(picture, (x, 20), (x + 20, 100), (10, 10, 60), -1)
        found.append(LabelledBox(Box(x, 20, x + 21, 101), Label.PERSON))
    return picture, tuple(found)


def drawn_picture(folder: Path, number: int, *, is_honest: bool = True) -> LabelledPicture:
    """A drawn scene as a file, from one of four cameras, sixteen a day.

    A dishonest labeller calls waste a person and a person waste.
    """
    folder.mkdir(parents=True, exist_ok=True)
    picture, found = drawn_scene(number)
    if not is_honest:
        swapped = {Label.PERSON: Label.WASTE, Label.WASTE: Label.PERSON}
        found = tuple(replace(each, label=swapped.get(each.label, each.label)) for each in found)
    file = folder / f"{number}.png"
    cv2.imwrite(str(file), picture)
    return LabelledPicture(
        file,
        file_sha256(file),
        (SIDE, SIDE),
        found,
        f"camera{number % 4}",
        BEGIN + timedelta(days=number // 16),
        may_train=True,
    )


def add_candidate(
    data_folder: Path,
    name: str,
    *,
    is_accepted: bool | None = True,
    rules: Sequence[RuleResult] = (),
) -> Path:
    """A candidate as a training leaves it, with files that no runtime reads.

    Args:
        data_folder: of the desk.
        name: of the candidate.
        is_accepted: what the gate said; None where it has not judged yet.
        rules: what it asked.

    Returns:
        The folder it would be installed from.
    """
    about = {"dataset": "v0001-0123456789ab"} | dict.fromkeys(
        ("dataset_sha256", "active_sha256", "config_sha256"), "0" * 64
    )
    made = Candidate(labelling_folder(data_folder) / "candidates" / name, about)
    made.model.mkdir(parents=True)
    for file in ("network.xml", "network.bin"):
        (made.model / file).write_text(f"{name} {file}")
    files = export_of(made.model, "openvino", "fp32", ["network.xml", "network.bin"])
    write_manifest(made.model, Manifest(name, "1", "none", 640, (Label.PERSON,), (files,)))
    made.finish(Step.EXPORTED, {"sha256": files.sha256})
    if is_accepted is not None:
        refused = RuleResult("waste", "", Answer.FAILED, is_needed=True, why="less waste")
        result = GateResult(tuple(rules) or (() if is_accepted else (refused,)))
        write_whole(made.folder / GATE, bytes_of(as_object(result)))
        refusals = [each.why for each in result.refusals]
        made.finish(Step.JUDGED, {"is_accepted": is_accepted, "refusals": refusals})
    return made.model


def add_data_set(data_folder: Path, pictures: Sequence[LabelledPicture] | None = None) -> Dataset:
    """A data set, of noise unless said otherwise, whose tests are frozen."""
    folder = labelling_folder(data_folder)
    if pictures is None:
        pictures = [_noise(folder / "noise", number) for number in range(12)]
    return build(folder / "datasets", pictures, BEGIN, is_freezing=True)


def _noise(folder: Path, number: int) -> LabelledPicture:
    """A picture of 64 x 48 px with one box of waste, of one of three cameras."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{number}.png"
    noise = np.random.default_rng(number).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    cv2.imwrite(str(file), noise)
    boxes = (LabelledBox(Box(5, 5, 25, 20), Label.WASTE),)
    taken_at = BEGIN + timedelta(days=number // 3)
    return LabelledPicture(
        file,
        file_sha256(file),
        (64, 48),
        boxes,
        f"camera{number % 3}",
        taken_at,
        may_train=True,
    )
