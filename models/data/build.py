"""Builds the data set a network is trained on, from labelled pictures of waste and a seed.

Out comes a folder for ultralytics: `images/`, `labels/`, lists of pictures (`train.txt`,
`train_street.txt` without the second source, `val_street_waste.txt`, `val_trash_bags.txt`,
`val.txt`), one YAML per pair of lists, `build.json` (what was made of what, with hashes) and
`contact_sheet.png`. Val holds whole, real, unaltered pictures only; composites are in train only.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from litterwatch.detector.errors import ConfigError
from litterwatch.models.data.coco_labels import Progress, label_with_coco, picture_name
from litterwatch.models.data.composites import Cutout, blob, cutout, lay_down
from litterwatch.models.data.labels import (
    CLASSES,
    WASTE,
    Boxes,
    area,
    merged,
    read_labels,
    seen_in,
    written,
)
from litterwatch.models.data.look import camera_look
from litterwatch.models.data.recipe import BuildReport, Original, Recipe, read_recipe
from litterwatch.models.data.scenes import content_window, cropped, is_street, waste_free_window
from litterwatch.models.data.sheet import contact_sheet

Picture = NDArray[np.uint8]


def silent(_what: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


def build_dataset(
    config: Path, source: Path, out: Path, progress: Progress = silent
) -> BuildReport:
    """Build the data set described by `config` from the pictures under `source` into `out`."""
    recipe = read_recipe(config)
    for folder in ("images", "labels"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    originals = list(_originals(recipe, source, out, progress))
    if not originals:
        raise ConfigError(f"no labelled pictures of {', '.join(recipe.sources)} under {source}")
    report = BuildReport(seed=recipe.seed, classes=CLASSES, config_sha256=_sha256(config))
    maker = _Maker(recipe, out)
    cutouts = maker.cutouts(originals)
    with ProcessPoolExecutor(max_workers=recipe.workers or os.cpu_count()) as pool:
        jobs = [pool.submit(maker.make, original, cutouts) for original in originals]
        for done, job in enumerate(jobs, start=1):
            report.add(job.result())
            if done % 200 == 0 or done == len(jobs):
                progress("making pictures", done, len(jobs))
    _write_lists(out, report)
    contact_sheet(out, report.pictures("train"), out / "contact_sheet.png", seed=recipe.seed)
    (out / "build.json").write_text(json.dumps(report.as_json(), indent=1))
    return report
