"""Which pictures are trained on, which choose, which test: by camera and day, never by picture.

Pictures of one camera on one day show the same light, the same parked cars, often the same bag.
Were some of them trained on and others tested, the test would measure memory.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.records import LabelledPicture


class Split(StrEnum):
    """What a picture is for."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


SHARES: Final[Mapping[Split, float]] = MappingProxyType(
    {Split.TRAIN: 0.7, Split.VAL: 0.15, Split.TEST: 0.15}
)
"""Of the pictures, as nearly as whole days of cameras allow."""

UNKNOWN_DAY: Final = "unknown"


class CameraDay(NamedTuple):
    """What is never divided; the day is that of UTC, or `UNKNOWN_DAY`."""

    camera: str
    day: str


def camera_day(picture: LabelledPicture) -> CameraDay:
    """Where and when a picture was taken."""
    taken = picture.taken_at
    return CameraDay(picture.camera, UNKNOWN_DAY if taken is None else taken.date().isoformat())


def divided(
    pictures: Sequence[LabelledPicture],
    known: Mapping[CameraDay, Split] = MappingProxyType({}),
    seed: int = 0,
) -> dict[CameraDay, Split]:
    """The split of every camera-day.

    Args:
        pictures: what is to be divided.
        known: camera-days that have their split from an earlier data set and keep it: what was once
            trained on can test nothing any more.
        seed: decides the order in which new camera-days are given out.

    Raises:
        ConfigError: there are too few camera-days for one in each split.
    """
    sizes = Counter(camera_day(picture) for picture in pictures)
    found = {day: known[day] for day in sizes if day in known}
    filled: Counter[Split] = Counter()
    for day, split in found.items():
        filled[split] += sizes[day]
    for day in sorted(sizes.keys() - found.keys(), key=lambda each: _lot(each, seed)):
        split = _poorest(filled)
        found[day] = split
        filled[split] += sizes[day]
    if empty := [str(split) for split in Split if not filled[split]]:
        raise ConfigError(
            f"The pictures come from {len(sizes)} days of cameras, which leaves nothing for"
            f" {' and '.join(empty)}: label pictures of more days or more cameras."
        )
    return found


def _poorest(filled: Counter[Split]) -> Split:
    """The split that has least of its share; one that has nothing comes first."""
    return min(Split, key=lambda split: filled[split] / SHARES[split])


def _lot(day: CameraDay, seed: int) -> str:
    return hashlib.sha256(f"{seed}|{day.camera}|{day.day}".encode()).hexdigest()


def once(pictures: Iterable[LabelledPicture]) -> list[LabelledPicture]:
    """Each picture once, by its bytes; the one whose camera and day are known, else the first."""
    found: dict[str, LabelledPicture] = {}
    for picture in pictures:
        there = found.get(picture.sha256)
        if there is None or (there.taken_at is None and picture.taken_at is not None):
            found[picture.sha256] = picture
    return [found[key] for key in sorted(found)]
