"""Data sets: folders that are built once, named by what they hold, and never changed.

    datasets/
        frozen/v0001-3f2a9c81d0b7.json    what is never trained on (frozen.py)
        v0001-3f2a9c81d0b7/
            manifest.json      what it is, the split of every camera-day, the hash of every file
            pictures.jsonl     all that is known about each picture
            images/  labels/   by the SHA-256 of the picture; labels as YOLO keeps them
            train.txt  val.txt  test.txt  data.yaml

The name is a number and the beginning of the hash over all files, so the same pictures, labels and
splits are the same version. Only pictures whose use is permitted and whose every box is certain get
in.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError, DatasetDamaged, LabellingError
from litterwatch.labelling.files import (
    bytes_of,
    file_sha256,
    require_format,
    sha256_of,
    write_whole,
)
from litterwatch.labelling.formats.yolo import label_text, names_yaml
from litterwatch.labelling.frozen import freeze, frozen_sets, require_apart
from litterwatch.labelling.picture_lines import lines, read_lines
from litterwatch.labelling.records import LabelledPicture
from litterwatch.labelling.splits import CameraDay, Split, camera_day, divided, once
from litterwatch.models.shelf import sync

FORMAT: Final = "litterwatch-dataset/1"
MANIFEST: Final = "manifest.json"
PICTURES: Final = "pictures.jsonl"
YAML: Final = "data.yaml"
_BUILDING: Final = ".building"

Told = Callable[[int, int], None]
"""Called with the number of pictures done and of all."""


def quiet(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One version.

    Attributes:
        folder: where it lies.
        sha256: over all its files.
        made_at: UTC.
        days: the split of every camera-day.
        files: SHA-256 by path inside the folder.
        counts: pictures by split.
        left_out: pictures that were offered and not taken, by reason.
    """

    folder: Path
    sha256: str
    made_at: datetime
    days: Mapping[CameraDay, Split]
    files: Mapping[str, str]
    counts: Mapping[Split, int]
    left_out: Mapping[str, int]

    @property
    def name(self) -> str:
        return self.folder.name

    def pictures(self, *splits: Split) -> list[LabelledPicture]:
        """The pictures of these splits.

        Raises:
            ConfigError: the list of pictures cannot be read.
        """
        everything = read_lines(self.folder / PICTURES, self.folder / "images")
        return [each for each in everything if self.days[camera_day(each)] in splits]


def build(
    datasets: Path,
    pictures: Sequence[LabelledPicture],
    now: datetime,
    *,
    is_freezing: bool = False,
    told: Told = quiet,
) -> Dataset:
    """Build a version of what can be trained on.

    Args:
        datasets: the folder of all versions.
        pictures: what was labelled; their files are there.
        now: UTC.
        is_freezing: no model is ever to be trained on the pictures this version tests with.
        told: how far it is.

    Raises:
        ConfigError: too few camera-days, a file is missing or changed, or the disk refuses.
        DatasetDamaged: an earlier version cannot be read.
        FrozenForTesting: a picture of a frozen set would be trained on.
    """
    taken = once(picture for picture in pictures if picture.trainable)
    left_out = Counter(
        "an uncertain box" if p.may_train else "not permitted" for p in pictures if not p.trainable
    )
    left_out["seen before"] = len(pictures) - len(taken) - left_out.total()
    days = divided(taken, _known(datasets))
    frozen = frozen_sets(datasets)
    require_apart((p for p in taken if days[camera_day(p)] is not Split.TEST), frozen)
    building = datasets / _BUILDING
    try:
        shutil.rmtree(building, ignore_errors=True)
        files = _written(building, taken, days, told)
    except OSError as error:
        raise ConfigError(f"{building} cannot be written: {error.strerror}.") from error
    digest = _digest(files)
    there = next((each for each in versions(datasets) if each.sha256 == digest), None)
    if there is not None:
        shutil.rmtree(building)
        made = there
    else:
        number = 1 + max((int(v.name[1:5]) for v in versions(datasets)), default=0)
        counts = Counter(days[camera_day(picture)] for picture in taken)
        said = {
            "format": FORMAT,
            "sha256": digest,
            "made_at": now.isoformat(),
            "days": [[*day, str(split)] for day, split in sorted(days.items())],
            "counts": {str(split): counts[split] for split in Split},
            "left_out": {why: n for why, n in sorted(left_out.items()) if n},
            "files": files,
        }
        write_whole(building / MANIFEST, bytes_of(said))
        final = datasets / f"v{number:04d}-{digest[:12]}"
        building.rename(final)
        sync(datasets)
        made = read_dataset(final)
    if is_freezing:
        freeze(datasets, made.name, made.pictures(Split.TEST), now)
    return made


def versions(datasets: Path) -> list[Dataset]:
    """Every version, the oldest first; raises as `read_dataset`."""
    return [read_dataset(file.parent) for file in sorted(datasets.glob(f"v*/{MANIFEST}"))]


def find(datasets: Path, name: str | None) -> Dataset:
    """A version by its name or the beginning of it; None is the newest.

    Raises:
        ConfigError: there is no such version.
        DatasetDamaged: it cannot be read.
    """
    there = versions(datasets)
    fitting = there if name is None else [each for each in there if each.name.startswith(name)]
    if not fitting:
        known = ", ".join(each.name for each in there) or "none yet"
        raise ConfigError(
            f"There is no data set {name or ''} in {datasets} ({known}): build one with"
            " `litterwatch labelling datasets build`."
        )
    return fitting[-1]


def read_dataset(folder: Path) -> Dataset:
    """What a folder says of itself; its files are not looked at.

    Raises:
        DatasetDamaged: its manifest cannot be understood.
    """
    try:
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        require_format(said, FORMAT)
        return Dataset(
            folder=folder,
            sha256=str(said["sha256"]),
            made_at=datetime.fromisoformat(said["made_at"]),
            days={CameraDay(str(c), str(d)): Split(s) for c, d, s in said["days"]},
            files={str(path): str(digest) for path, digest in said["files"].items()},
            counts={split: int(said["counts"][split]) for split in Split},
            left_out={str(why): int(n) for why, n in said["left_out"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetDamaged(
            f"The data set {folder} has no manifest that can be understood ({error}): restore a"
            " copy, or build another version."
        ) from error


def verify(dataset: Dataset, frozen_in: Path | None = None, told: Told = quiet) -> list[str]:
    """One sentence for everything that is not as it was built.

    Args:
        dataset: the version.
        frozen_in: the folder of all versions, to look whether something frozen is trained on.
        told: how far it is.
    """
    faults = []
    if _digest(dataset.files) != dataset.sha256:
        faults.append("The manifest's hash does not fit the files it names.")
    found = {
        path.relative_to(dataset.folder).as_posix()
        for path in dataset.folder.rglob("*")
        if path.is_file()
    }
    for number, (path, digest) in enumerate(sorted(dataset.files.items()), start=1):
        if path not in found:
            faults.append(f"{path} is missing.")
        elif file_sha256(dataset.folder / path) != digest:
            faults.append(f"{path} was changed.")
        told(number, len(dataset.files))
    extra = found - dataset.files.keys() - {MANIFEST}
    faults += [f"{path} does not belong there." for path in sorted(extra)]
    if not faults and frozen_in is not None:
        try:
            require_apart(dataset.pictures(Split.TRAIN, Split.VAL), frozen_sets(frozen_in))
        except LabellingError as error:
            faults.append(str(error))
    return faults


def require_whole(dataset: Dataset, datasets: Path, told: Told = quiet) -> None:
    """Refuse a data set that is not as it was built, or trains on what is frozen.

    Raises:
        DatasetDamaged: names the first fault.
        FrozenForTesting: something frozen would be trained on.
    """
    if faults := verify(dataset, told=told):
        raise DatasetDamaged(f"The data set {dataset.name} cannot be used: {faults[0]}")
    require_apart(dataset.pictures(Split.TRAIN, Split.VAL), frozen_sets(datasets))


def _known(datasets: Path) -> dict[CameraDay, Split]:
    """The splits of all earlier versions; what was once trained on stays so."""
    known: dict[CameraDay, Split] = {}
    for version in versions(datasets):
        for day, split in version.days.items():
            known.setdefault(day, split)
    return known


def _written(
    folder: Path,
    pictures: Sequence[LabelledPicture],
    days: Mapping[CameraDay, Split],
    told: Told,
) -> dict[str, str]:
    """Write all files but the manifest; their hashes by path.

    Raises:
        ConfigError: a picture is missing or not the one that was labelled.
        OSError: the disk refuses.
    """
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    files: dict[str, str] = {}
    listed: dict[Split, list[str]] = {split: [] for split in Split}
    kept = []
    for number, picture in enumerate(pictures, start=1):
        name = f"{picture.sha256}{picture.file.suffix.lower()}"
        target = folder / "images" / name
        if not picture.file.is_file():
            raise ConfigError(f"{picture.file} was labelled and is missing: restore it.")
        shutil.copyfile(picture.file, target)
        if file_sha256(target) != picture.sha256:
            raise ConfigError(f"{picture.file} was changed after it was labelled: restore it.")
        files[f"images/{name}"] = picture.sha256
        _add(folder, files, f"labels/{picture.sha256}.txt", label_text(picture).encode())
        listed[days[camera_day(picture)]].append(f"./images/{name}\n")
        kept.append(replace(picture, file=target))
        told(number, len(pictures))
    for split, names in listed.items():
        _add(folder, files, f"{split}.txt", "".join(names).encode())
    _add(folder, files, PICTURES, lines(kept))
    _add(folder, files, YAML, names_yaml().encode())
    return files


def _add(folder: Path, files: dict[str, str], path: str, data: bytes) -> None:
    (folder / path).write_bytes(data)
    files[path] = sha256_of(data)


def _digest(files: Mapping[str, str]) -> str:
    """One hash for all files: that of the lines `<sha256>  <path>`, by path."""
    text = "".join(f"{digest}  {path}\n" for path, digest in sorted(files.items()))
    return sha256_of(text.encode())
