"""Builds the data set a network is trained on, from labelled pictures of waste and a seed.

Out comes a folder for ultralytics: `images/`, `labels/`, lists of pictures (`train.txt`, per source
`train_NAME.txt` with nothing of another source in it, `val.txt`, `val_NAME.txt`), one YAML per list
of val, `build.json` (what was made of what, with counts) and `contact_sheet.png`. Val holds whole,
real, unaltered pictures only; composites are in train only.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from litterwatch.detector.errors import ConfigError
from litterwatch.models.data.coco_labels import Progress, label_with_coco, picture_name
from litterwatch.models.data.labels import CLASSES, merged, read_labels
from litterwatch.models.data.making import Maker, cutouts
from litterwatch.models.data.recipe import BuildReport, Made, Original, Recipe, read_recipe
from litterwatch.models.data.sheet import contact_sheet

_maker: list[Maker] = []  # one per worker process, so that the cut-outs travel once


def silent(_what: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


def build_dataset(
    config: Path, source: Path, out: Path, progress: Progress = silent
) -> BuildReport:
    """Build the data set described by `config` from the pictures under `source` into `out`."""
    recipe = read_recipe(config)
    for folder in ("images", "labels"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    originals = _originals(recipe, source, out, progress)
    if not originals:
        raise ConfigError(f"no labelled pictures of {', '.join(recipe.sources)} under {source}")
    report = BuildReport(recipe.seed, hashlib.sha256(config.read_bytes()).hexdigest())
    maker = Maker(recipe, out, cutouts(recipe, originals))
    for done, made in enumerate(_made(maker, originals), start=1):
        report.made.extend(made)
        if done % 200 == 0 or done == len(originals):
            progress("making pictures", done, len(originals))
    _write_lists(out, report, list(recipe.sources))
    contact_sheet(out, report.pictures("train"), out / "contact_sheet.png", seed=recipe.seed)
    (out / "build.json").write_text(json.dumps(report.as_json(), indent=1))
    return report


def _originals(recipe: Recipe, source: Path, out: Path, progress: Progress) -> list[Original]:
    """Read the labels of all sources; pictures that nobody labelled are left out."""
    files = {
        (name, split): sorted((source / table.folder / split / "images").glob("*"))
        for name, table in recipe.sources.items()
        for split in ("train", "val")
    }
    everything = [file for group in files.values() for file in group]
    coco = recipe.coco_labels
    people = label_with_coco(
        everything, source / coco.weights, out / "coco_labels.json", progress, coco.size_px
    )
    result = []
    for (name, split), group in files.items():
        classes = recipe.sources[name].class_numbers()
        for file in group:
            ours = read_labels(file.parent.parent / "labels" / f"{file.stem}.txt", classes)
            if not len(ours):
                continue
            boxes = merged(ours, people[picture_name(file)], coco.thresholds())
            result.append(Original(picture_name(file), file, name, split, boxes))
    return result


def _made(maker: Maker, originals: list[Original]) -> Iterator[list[Made]]:
    """Make the pictures of every original in worker processes, in order."""
    workers = maker.recipe.workers or os.cpu_count() or 1
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _start_worker, (maker,)) as pool:
        yield from pool.map(_make, originals, chunksize=8)


def _start_worker(maker: Maker) -> None:
    _maker.append(maker)


def _make(original: Original) -> list[Made]:
    return _maker[0].make(original)


def _write_lists(out: Path, report: BuildReport, sources: list[str]) -> None:
    """Write the lists of pictures and a YAML for each pair that is trained or evaluated on."""
    _write_list(out / "train.txt", report.pictures("train"))
    _write_list(out / "val.txt", report.pictures("val"))
    _write_yaml(out, "all", "train.txt", "val.txt")
    for name in sources:
        pure = [
            made
            for made in report.pictures("train")
            if all(part.startswith(f"{name}/") for part in made.made_of)
        ]
        _write_list(out / f"train_{name}.txt", pure)
        _write_list(
            out / f"val_{name}.txt", [m for m in report.pictures("val") if m.source == name]
        )
        _write_yaml(out, name, f"train_{name}.txt", f"val_{name}.txt")


def _write_list(file: Path, pictures: list[Made]) -> None:
    file.write_text("".join(f"./images/{made.file}\n" for made in pictures))


def _write_yaml(out: Path, name: str, train: str, val: str) -> None:
    names = "".join(f"  {number}: {label}\n" for number, label in enumerate(CLASSES))
    text = f"path: {out.resolve()}\ntrain: {train}\nval: {val}\nnames:\n{names}"
    (out / f"{name}.yaml").write_text(text)
