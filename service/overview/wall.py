"""The wall of cameras: each with its newest picture and, in words, what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from litterwatch.service.overview.live import LiveCamera, LiveStatus
from litterwatch.service.runtime.newest_still import still_path
from litterwatch.service.sites.places import Place, Register


@dataclass(frozen=True, slots=True)
class Screen:
    """One camera on the wall.

    Attributes:
        camera: how it is; None where nobody watches it live.
        place: what the register says of it; None where it is not in it.
        pictured_at: when its newest picture was taken; None where there is none.
    """

    id: str
    camera: LiveCamera | None
    place: Place | None
    pictured_at: datetime | None

    @property
    def name(self) -> str:
        return self.place.camera.name if self.place else self.id

    @property
    def is_well(self) -> bool:
        return self.camera is not None and self.camera.is_well


@dataclass(frozen=True, slots=True)
class Wall:
    """All that somebody may see.

    Attributes:
        screens: cameras that are watched live, what is wrong first.
        others: cameras of the register of which there are only recordings.
    """

    screens: Sequence[Screen]
    others: Sequence[Place]

    @property
    def unwell(self) -> int:
        return sum(not screen.is_well for screen in self.screens)


def wall(register: Register, live: LiveStatus | None, folder: Path) -> Wall:
    """The wall of whoever sees this register."""
    cameras = [] if live is None else [c for c in live.cameras if register.sees(c.id)]
    screens = [
        Screen(camera.id, camera, register.place_of(camera.id), _pictured_at(camera, folder))
        for camera in cameras
    ]
    screens.sort(key=lambda screen: (screen.is_well, screen.name, screen.id))
    shown = {screen.place.camera.id for screen in screens if screen.place}
    others = [
        Place(camera, site)
        for site in register.sites
        for camera in register.cameras[site.id]
        if camera.id not in shown
    ]
    return Wall(screens, others)


def _pictured_at(camera: LiveCamera, folder: Path) -> datetime | None:
    return camera.taken_at if still_path(folder, camera.id).is_file() else None
