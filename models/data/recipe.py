"""What a data set is made of (a TOML file in models/configs/) and the report on what was made."""

import collections
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from litterwatch.detector.errors import ConfigError
from litterwatch.models.data.labels import CLASSES, WASTE, Boxes

Part = Field(ge=0.0, le=1.0)


class _Table(BaseModel):
    """A table of the TOML file: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Table):
    """Labelled pictures: `folder` holds train/ and val/ with images/ and labels/ in each."""

    folder: str
    classes: dict[int, str]
    strip_borders: bool = False  # pictures were padded with white or black bars
    cutouts: int = 0  # how many things to cut out for composites
    scenes: bool = False  # take waste-free windows from its pictures

    def class_numbers(self) -> dict[int, int]:
        """Map the numbers of its label files to ours."""
        return {theirs: CLASSES.index(name) for theirs, name in self.classes.items()}


class CocoLabels(_Table):
    """How people and vehicles are labelled; thresholds were set by eye on the contact sheet."""

    weights: str
    size_px: int = 640
    person: float = Part
    two_wheeler: float = Part
    vehicle: float = Part

    def thresholds(self) -> dict[int, float]:
        """Return the least confidence per class of ours."""
        return {0: self.person, 1: self.two_wheeler, 2: self.vehicle}


class Mix(_Table):
    """Chances, each 0..1, of what is made of a training picture."""

    camera_look: float = Part  # the picture itself gets the look of a camera
    scene_least_side: float = Part  # smallest side of a waste-free window
    scene_camera_look: float = Part
    scene_decoys: float = Part  # decoys are laid into a waste-free scene
    composite: float = Part  # a waste-free scene is used once more, with waste laid into it
    composite_decoys: float = Part
    most_things: int = 3
    in_hand: float = Field(0.0, ge=0.0, le=1.0)  # one thing of a composite hangs from a hand
    turned: float = Field(0.0, ge=0.0, le=1.0)  # a scene with people is made again, lying on a side


class Recipe(_Table):
    """Everything that decides what a data set holds, apart from the source pictures."""

    seed: int
    workers: int = 0  # processes; 0 is one per core
    coco_labels: CocoLabels
    sources: dict[str, Source]
    mix: Mix


def read_recipe(config: Path) -> Recipe:
    """Read a recipe; refuse unknown keys and classes with the place of the mistake."""
    try:
        recipe = Recipe.model_validate(tomllib.loads(config.read_text()))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(f"{config}: {error}") from error
    for name, source in recipe.sources.items():
        strange = set(source.classes.values()) - set(CLASSES)
        if strange:
            raise ConfigError(f"{config}: sources.{name}.classes: {', '.join(sorted(strange))}")
    return recipe


@dataclass(frozen=True, slots=True)
class Original:
    """A labelled picture of a source, with people and vehicles labelled too."""

    name: str
    path: Path
    source: str
    split: str
    boxes: Boxes


@dataclass(frozen=True, slots=True)
class Made:
    """A picture of the data set: kind is real, scene, turned or composite."""

    file: str
    split: str
    source: str
    kind: str
    made_of: tuple[str, ...]
    boxes: Boxes = field(repr=False)

    @property
    def has_waste(self) -> bool:
        """True where a box of loose waste is labelled."""
        return bool((self.boxes[:, 0] == WASTE).any())


@dataclass(slots=True)
class BuildReport:
    """What a build made; the same recipe and pictures give the same report."""

    seed: int
    config_sha256: str
    made: list[Made] = field(default_factory=list)

    def pictures(self, split: str) -> list[Made]:
        """Return the pictures of a split, in a fixed order."""
        return sorted((m for m in self.made if m.split == split), key=lambda made: made.file)

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Count pictures by kind, boxes by class and pictures without waste, per split."""
        result: dict[str, Mapping[str, int]] = {}
        for split in ("train", "val"):
            count: collections.Counter[str] = collections.Counter()
            for made in self.pictures(split):
                count["pictures"] += 1
                count[f"pictures.{made.kind}"] += 1
                count["pictures_without_waste"] += not made.has_waste
                for label in made.boxes[:, 0]:
                    count[f"boxes.{CLASSES[int(label)]}"] += 1
            result[split] = dict(sorted(count.items()))
        return result

    def as_json(self) -> dict[str, Any]:
        """Return what is written to build.json."""
        return {
            "seed": self.seed,
            "config_sha256": self.config_sha256,
            "classes": list(CLASSES),
            "counts": self.counts(),
            "pictures": [
                {"file": m.file, "split": m.split, "kind": m.kind, "made_of": list(m.made_of)}
                for m in self.pictures("train") + self.pictures("val")
            ],
        }


def own_random(seed: int, name: str) -> np.random.Generator:
    """Return the random numbers of one picture: the same whatever else is built, in any order."""
    letters: NDArray[np.uint8] = np.frombuffer(name.encode(), np.uint8)
    return np.random.default_rng([seed, *letters.tolist()])
