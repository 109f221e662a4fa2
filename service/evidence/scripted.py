"""Fakes that ship: footage made of given bytes, and a disk that fails when told to."""

import errno
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from litterwatch.detector.errors import EvidenceUnavailable
from litterwatch.detector.types import Clip, Image
from litterwatch.service.evidence.disk import OsDisk


@dataclass
class ScriptedClips:
    """A `ClipSource` of pictures of one colour and clips of given bytes.

    Attributes:
        content: what every clip holds.
        size: (width, height) of the pictures, px.
        suffix: of the clips; a codec that does not fit into MP4 gives another.
        gone: whether the footage cannot be had any more.
        masked: whether privacy masks were laid on its pictures.
        cuts, stills: what was asked for, s.
    """

    content: bytes = b"clip" * 1000
    size: tuple[int, int] = (64, 48)
    suffix: str = ".mp4"
    gone: bool = False
    masked: bool = False
    cuts: list[tuple[float, float]] = field(default_factory=list)
    stills: list[float] = field(default_factory=list)

    def cut(self, t_start: float, t_end: float, into: Path) -> Clip:
        self.cuts.append((t_start, t_end))
        if self.gone:
            raise EvidenceUnavailable("The footage is gone.")
        into = into.with_suffix(self.suffix)
        into.write_bytes(self.content)
        return Clip(str(into), t_start, t_end, "h264", is_masked=self.masked)

    def still(self, media_time: float) -> Image:
        self.stills.append(media_time)
        if self.gone:
            raise EvidenceUnavailable("The footage is gone.")
        width, height = self.size
        return np.full((height, width, 3), int(media_time) % 256, np.uint8)


class PowerCut(BaseException):
    """The machine stops here; no clean-up code may count on running."""


@dataclass
class ScriptedDisk:
    """A `Disk` that notes every step, and fails at one of them.

    Attributes:
        cut_at: number of the step, from 0, before which the power goes; all later steps fail too.
        room_for: how many steps that need room succeed before the disk is full.
        room_taken: how many such steps there were.
        free: bytes said to be free.
        steps: what was asked for: (step, path as text).
    """

    cut_at: int | None = None
    room_for: int | None = None
    room_taken: int = 0
    free: int = 1 << 40
    steps: list[tuple[str, str]] = field(default_factory=list)

    def _step(self, name: str, path: Path, *, needs_room: bool = False) -> None:
        number = len(self.steps)
        self.steps.append((name, str(path)))
        if self.cut_at is not None and number >= self.cut_at:
            raise PowerCut
        self.room_taken += needs_room
        if needs_room and self.room_for is not None and self.room_taken > self.room_for:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

    def make_folder(self, folder: Path) -> bool:
        self._step("make_folder", folder, needs_room=True)
        return OsDisk().make_folder(folder)

    def create(self, path: Path, content: bytes) -> None:
        half = len(content) // 2
        OsDisk().create(path, content[:half])  # what a full disk or a power cut leaves
        self._step("create", path, needs_room=True)
        with path.open("ab") as file:
            file.write(content[half:])

    def sync(self, path: Path) -> None:
        self._step("sync", path, needs_room=".part." in path.name)
        OsDisk().sync(path)

    def rename(self, old: Path, new: Path) -> None:
        self._step("rename", new)
        OsDisk().rename(old, new)

    def remove(self, path: Path) -> bool:
        self._step("remove", path)
        return OsDisk().remove(path)

    def remove_folder(self, folder: Path) -> bool:
        self._step("remove_folder", folder)
        return OsDisk().remove_folder(folder)

    def free_bytes(self, folder: Path) -> int:
        return self.free
