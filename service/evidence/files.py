"""The steps that make one file durable: temporary name, sync, hash, rename, sync the folder."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from litterwatch.detector.errors import EvidenceDiskFull, EvidenceError
from litterwatch.service.evidence.disk import FULL, Disk

FOLDER: Final = "evidence"
"""Where evidence lies in the data folder."""

_CHUNK: Final = 1 << 20


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file, hex.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def temporary(path: PurePosixPath) -> PurePosixPath:
    """The name under which a file is written: `clip.mp4` -> `clip.part.mp4`.

    The ending stays, because muxers choose the format by it.
    """
    return path.with_name(f"{path.stem}.part{path.suffix}")


class DurableFiles:
    """Files below one folder; paths are relative to it, with forward slashes.

    Args:
        root: the data folder.
        disk: the steps; tests pass one that fails.
        reserve_bytes: room that must remain free on the disk.
    """

    def __init__(self, root: Path, disk: Disk, reserve_bytes: int) -> None:
        self.root = root
        self._disk = disk
        self._reserve = reserve_bytes

    def write(self, path: PurePosixPath, content: bytes) -> tuple[int, str]:
        """Store bytes as a new file; its size and SHA-256.

        Raises:
            EvidenceDiskFull: no room.
            EvidenceError: the disk refused.
        """
        self.require_room(len(content))
        with self.explained():
            self._disk.create(self.root / temporary(path), content)
            return self._finish(path)

    def produce(
        self, path: PurePosixPath, make: Callable[[Path], Path]
    ) -> tuple[PurePosixPath, int, str]:
        """Let somebody else write the file; its path, size and SHA-256.

        Args:
            path: the file's name when it is whole.
            make: is given the path to write to, in a folder where nobody else writes, and returns
                the path it did write to: another ending, if the format needs one.

        Raises:
            EvidenceDiskFull: no room, or less than the reserve is left.
            EvidenceError: the disk refused; or whatever `make` raises.
        """
        self.require_room(0)
        with self.explained():
            written = make(self.root / temporary(path))
            final = path.with_suffix(written.suffix)
            assert written == self.root / temporary(final)
            self.require_room(0)  # how large it would be was not known before
            return final, *self._finish(final)

    def _finish(self, path: PurePosixPath) -> tuple[int, str]:
        written, final = self.root / temporary(path), self.root / path
        self._disk.sync(written)
        size, sha256 = written.stat().st_size, sha256_of_file(written)
        self._disk.rename(written, final)
        self._disk.sync(final.parent)
        return size, sha256

    def make_folders(self, place: PurePosixPath) -> None:
        """Make a folder and those above it, each durable.

        Raises:
            EvidenceError: the disk refused.
        """
        with self.explained():
            for folder in [*reversed(place.parents), place]:
                if folder.parts and self._disk.make_folder(self.root / folder):
                    self._disk.sync(self.root / folder.parent)

    def remove(self, paths: Iterable[PurePosixPath]) -> None:
        """Remove files, whole or half written, and folders that are empty then.

        Raises:
            EvidenceError: one cannot be removed; those before it are.
        """
        with self.explained():
            folders = set()
            for path in paths:
                for name in (path, temporary(path)):
                    self._disk.remove(self.root / name)
                folders.add(path.parent)
            for folder in sorted(folders):
                if (self.root / folder).is_dir():
                    self._disk.sync(self.root / folder)
                    self._remove_empty(folder)

    def _remove_empty(self, folder: PurePosixPath) -> None:
        while folder != PurePosixPath(FOLDER) and self._disk.remove_folder(self.root / folder):
            folder = folder.parent
            self._disk.sync(self.root / folder)

    def require_room(self, size: int) -> None:
        """Refuse to go on when `size` more bytes would eat into the reserve.

        Raises:
            EvidenceDiskFull: they would.
        """
        with self.explained():
            free = self._disk.free_bytes(self.root)
        if free - size < self._reserve:
            raise EvidenceDiskFull(
                f"No room for evidence in {self.root}: {free >> 20} MiB are free and"
                f" {self._reserve >> 20} MiB are kept in reserve."
                " Nothing was stored or deleted; free space, then run again."
            )

    @contextmanager
    def explained(self) -> Iterator[None]:
        """The operating system's errors become ours.

        Raises:
            EvidenceDiskFull: no room.
            EvidenceError: the disk refused otherwise.
        """
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                raise EvidenceDiskFull(
                    f"No room for evidence in {self.root}: nothing was stored or deleted;"
                    " free space, then run again."
                ) from error
            raise EvidenceError(
                f"The evidence folder {self.root / FOLDER} cannot be used"
                f" ({error.strerror or type(error).__name__}): check the disk and its permissions."
            ) from error
