"""Where in each camera's picture alarms keep being refused: a file of places that fade with time.

Built from verdicts, read with the time of day: what was refused two weeks ago counts half. What the
engine makes of it stands in detector/deposits/learned.py, the reasons in decisions 0083 and 0090.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from litterwatch.detector.deposits.descriptor import LENGTH
from litterwatch.detector.deposits.learned import NuisanceMap, Spot
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import FloatArray, Point
from litterwatch.labelling.files import bytes_of, require_format, sha256_of, write_new
from litterwatch.labelling.judged import Verdict

FORMAT: Final = "litterwatch-nuisance-map/1"

HALF_LIFE: Final = timedelta(days=14)
"""After which a verdict counts half (docs/design/rules.md, rule 12 of the first design)."""

FORGOTTEN: Final = 0.05
"""What has faded to less than this is left out."""

_FINE: Final = 127
"""Steps between 0 and 1 in the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when something was judged; `foot` as shares of the picture, `looks` if known."""

    at: datetime
    foot: Point
    is_refused: bool
    looks: FloatArray | None = field(default=None, compare=False)

    def spot(self, now: datetime) -> Spot:
        """What is left of it by now; what lies in the future counts whole."""
        age = max(timedelta(0), now - self.at)
        return Spot(self.foot, 0.5 ** (age / HALF_LIFE), self.is_refused, self.looks)


@dataclass(frozen=True, slots=True)
class NuisanceFile:
    """A nuisance map as it lies on disk.

    Attributes:
        made_at: UTC.
        places: by camera.
        sha256: of the file.
    """

    made_at: datetime
    places: Mapping[str, tuple[Place, ...]]
    sha256: str

    def map_of(self, camera: str, now: datetime) -> NuisanceMap:
        """The map of one camera as it has faded by now; an empty one for an unknown camera."""
        spots = (place.spot(now) for place in self.places.get(camera, ()))
        return NuisanceMap(tuple(spot for spot in spots if spot.weight >= FORGOTTEN))


def still_counting(verdicts: Sequence[Verdict], now: datetime) -> list[Verdict]:
    """Those that have not faded away by now, in their order."""
    places = ((each, Place(each.at, each.foot, not each.is_deposit)) for each in verdicts)
    return [each for each, place in places if place.spot(now).weight >= FORGOTTEN]


def places_of(verdicts: Sequence[Verdict]) -> dict[str, tuple[Place, ...]]:
    """The places of verdicts, by camera, in order of time."""
    found: dict[str, list[Place]] = {}
    for verdict in sorted(verdicts, key=lambda each: (each.at, each.event_id)):
        place = Place(verdict.at, verdict.foot, not verdict.is_deposit, verdict.looks)
        found.setdefault(verdict.camera, []).append(place)
    return {camera: tuple(places) for camera, places in sorted(found.items())}


def write_nuisance(folder: Path, verdicts: Sequence[Verdict], now: datetime) -> Path:
    """Write the map as a new file, named by its content.

    Args:
        folder: made if needed.
        verdicts: those that are still counting.
        now: when it is made.

    Raises:
        ConfigError: the folder cannot be written.
    """
    content = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "half_life_days": HALF_LIFE.days,
        "cameras": {
            camera: [_entry(place) for place in places]
            for camera, places in places_of(verdicts).items()
        },
    }
    data = bytes_of(content)
    return write_new(folder, f"nuisance-{sha256_of(data)[:12]}.json", data)


def read_nuisance(file: Path) -> NuisanceFile:
    """Read a map.

    Raises:
        ConfigError: it is not one.
    """
    try:
        data = file.read_bytes()
        said: dict[str, Any] = json.loads(data)
        require_format(said, FORMAT)
        places = {
            str(camera): tuple(_place(entry) for entry in entries)
            for camera, entries in said["cameras"].items()
        }
        made_at = datetime.fromisoformat(said["made_at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{file} is no nuisance map ({error}): make one with `litterwatch labelling nuisance`."
        ) from error
    return NuisanceFile(made_at, places, sha256_of(data))


def _entry(place: Place) -> dict[str, Any]:
    said = {
        "at": place.at.isoformat(),
        "foot": list(place.foot),
        "is_refused": place.is_refused,
    }
    return said if place.looks is None else said | {"looks": _packed(place.looks)}


def _packed(looks: FloatArray) -> str:
    """A description of length 1 as text: a byte a number is finer than its noise."""
    return base64.b64encode(np.rint(_FINE * looks).astype(np.int8).tobytes()).decode("ascii")


def _unpacked(text: str) -> FloatArray:
    """The other way round.

    Raises:
        ValueError: it is none.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("looks are no base64") from error
    if len(data) != LENGTH:
        raise ValueError(f"looks have {len(data)} numbers, not {LENGTH}")
    return np.frombuffer(data, np.int8).astype(np.float32) / np.float32(_FINE)


def _place(entry: Mapping[str, Any]) -> Place:
    x, y = entry["foot"]
    at = datetime.fromisoformat(entry["at"])
    if at.tzinfo is None:
        raise ValueError("a time has no zone")
    looks = entry.get("looks")
    seen = None if looks is None else _unpacked(str(looks))
    return Place(at, (float(x), float(y)), bool(entry["is_refused"]), seen)
