"""Which faults happen when: by chance, and the same for the same seed."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WARM_UP: Final = 75.0
"""Seconds before the first fault: everything starts, and a first deposit can be found."""
WIND_DOWN: Final = 60.0
"""Seconds behind the last fault: everything must be back."""
_PAUSE: Final = (25.0, 60.0)  # s between two faults


class Fault(StrEnum):
    """What befalls a camera, or those who watch it."""

    PLUG = "plug"
    SILENT = "silent"
    READER_KILLED = "reader_killed"
    READER_STUCK = "reader_stuck"
    GROUP_KILLED = "group_killed"


_OFTEN: Final = {
    Fault.PLUG: 4,
    Fault.SILENT: 2,
    Fault.READER_KILLED: 2,
    Fault.READER_STUCK: 1,
    Fault.GROUP_KILLED: 1,
}
_LASTS: Final = {Fault.PLUG: (3.0, 25.0), Fault.SILENT: (8.0, 25.0)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault to come.

    Attributes:
        at: seconds from the beginning.
        camera: its number; a group that is killed is that of this camera.
        lasts: s; 0 for what is over at once.
    """

    at: float
    camera: int
    fault: Fault
    lasts: float


def planned(seed: int, cameras: int, seconds: float) -> list[Planned]:
    """The faults of a soak, in order."""
    chance = random.Random(seed)  # noqa: S311 - hides nothing
    faults, at = [], WARM_UP
    while at < seconds - WIND_DOWN:
        (fault,) = chance.choices(list(_OFTEN), list(_OFTEN.values()))
        lasts = chance.uniform(*_LASTS[fault]) if fault in _LASTS else 0.0
        faults.append(Planned(at, chance.randrange(cameras), fault, lasts))
        at += lasts + chance.uniform(*_PAUSE)
    return faults
