"""Where the rings of live cameras lie, and the newest picture in one."""

import hashlib
from pathlib import Path
from typing import Final

from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.detector.errors import ConfigError, EvidenceUnavailable
from litterwatch.service.evidence.stills import jpeg
from litterwatch.service.settings import Settings

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the system's file system in memory
_BEFORE_THE_END: Final = 0.2  # s: the very last picture may be half written


def ring_root(settings: Settings) -> Path:
    """The folder that holds a ring for each camera.

    Raises:
        ConfigError: a ring in memory is wanted and there is no file system in memory.
    """
    live = settings.live
    if live.ring_folder is not None:
        return live.ring_folder
    if live.ring == "disk":
        return settings.data_folder / "ring"
    if not _MEMORY.is_dir():
        raise ConfigError(f"There is no {_MEMORY}: name a folder in memory with live.ring_folder.")
    place = hashlib.sha256(str(settings.data_folder.absolute()).encode()).hexdigest()[:12]
    return _MEMORY / f"litterwatch-{place}"


def newest_picture(settings: Settings, camera_id: str) -> bytes | None:
    """What a camera that is or was watched has seen last, as JPEG; None where it never was."""
    footage = RingFootage(ring_root(settings) / camera_id)
    span = footage.span()
    if span is None:
        return None
    try:
        return jpeg(footage.still(max(span[0], span[1] - _BEFORE_THE_END)))
    except EvidenceUnavailable:  # its segments go while they are read
        return None


def has_picture(settings: Settings, camera_id: str) -> bool:
    """Whether there is one, as far as the names of files tell."""
    return any((ring_root(settings) / camera_id).glob("*.ring"))
