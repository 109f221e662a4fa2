"""Frozen test sets: pictures and camera-days that no model is ever trained on.

One file for each, written once. Whoever builds a data set or starts a training asks here.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError, DatasetDamaged, FrozenForTesting
from litterwatch.labelling.files import bytes_of, require_format, sha256_of, write_whole
from litterwatch.labelling.records import LabelledPicture
from litterwatch.labelling.splits import CameraDay, camera_day

FORMAT: Final = "litterwatch-frozen-set/1"
FOLDER: Final = "frozen"


@dataclass(frozen=True, slots=True)
class FrozenSet:
    """What is kept for testing.

    Attributes:
        name: of the data set whose test pictures they are.
        pictures: SHA-256 of each.
        days: every camera-day they come from.
        sha256: of the two lists.
    """

    name: str
    pictures: frozenset[str]
    days: frozenset[CameraDay]
    sha256: str


def freeze(
    datasets: Path, name: str, pictures: Sequence[LabelledPicture], now: datetime
) -> FrozenSet:
    """Freeze pictures under a name.

    Raises:
        ConfigError: there is a frozen set of that name with other pictures, or the disk refuses.
    """
    content = _content(
        {picture.sha256 for picture in pictures}, {camera_day(picture) for picture in pictures}
    )
    file = datasets / FOLDER / f"{name}.json"
    digest = sha256_of(bytes_of(content))
    if file.is_file():
        there = _read(file)
        if there.sha256 != digest:
            raise ConfigError(f"{file} is a frozen set with other pictures: it is never changed.")
        return there
    said = {"format": FORMAT, "sha256": digest, "frozen_at": now.isoformat(), **content}
    write_whole(file, bytes_of(said))
    return _read(file)


def frozen_sets(datasets: Path) -> list[FrozenSet]:
    """All that is frozen, by name.

    Raises:
        DatasetDamaged: one is not what it was.
    """
    return [_read(file) for file in sorted((datasets / FOLDER).glob("*.json"))]


def require_apart(pictures: Iterable[LabelledPicture], frozen: Sequence[FrozenSet]) -> None:
    """Refuse to train on what is frozen.

    Raises:
        FrozenForTesting: names a picture and the set it belongs to.
    """
    for picture in pictures:
        day = camera_day(picture)
        for each in frozen:
            if picture.sha256 in each.pictures or day in each.days:
                raise FrozenForTesting(
                    f"Picture {picture.sha256[:12]} ({day.camera}, {day.day}) belongs to the frozen"
                    f" test set {each.name}: leave that camera's day out of what is trained on."
                )


def _content(pictures: Iterable[str], days: Iterable[CameraDay]) -> dict[str, Any]:
    return {"pictures": sorted(pictures), "days": [list(day) for day in sorted(days)]}


def _require_same(digest: str, said: str) -> None:
    if digest != said:
        raise ValueError("its hash is another")


def _read(file: Path) -> FrozenSet:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        require_format(said, FORMAT)
        days = [CameraDay(str(camera), str(day)) for camera, day in said["days"]]
        pictures = [str(each) for each in said["pictures"]]
        digest = sha256_of(bytes_of(_content(pictures, days)))
        _require_same(digest, str(said["sha256"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetDamaged(
            f"The frozen test set {file} is not what it was ({error}): restore a copy."
        ) from error
    return FrozenSet(file.stem, frozenset(pictures), frozenset(days), digest)
