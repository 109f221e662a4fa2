"""The few things the evidence store asks of a disk, so that tests can pull the plug at each."""

import errno
import os
import shutil
from pathlib import Path
from typing import Protocol

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the operating system answers when there is no room."""


class Disk(Protocol):
    """Each method is one step; a power cut may fall between any two.

    All raise OSError as the operating system gives it.
    """

    def make_folder(self, folder: Path) -> bool:
        """Whether it was made; its parent must be synced for it to last."""
        ...

    def create(self, path: Path, content: bytes) -> None:
        """A new file; fails if there is one already."""
        ...

    def sync(self, path: Path) -> None:
        """Return when a file's content, or a folder's list of names, survives a power cut."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its name, at once and whole."""
        ...

    def remove(self, path: Path) -> bool:
        """Whether there was such a file."""
        ...

    def remove_folder(self, folder: Path) -> bool:
        """Whether an empty folder was removed; a folder with content stays."""
        ...

    def free_bytes(self, folder: Path) -> int:
        """Room left for us."""
        ...


class OsDisk:
    """The real one (POSIX)."""

    def make_folder(self, folder: Path) -> bool:
        try:
            folder.mkdir(0o750)  # as in create
        except FileExistsError:
            return False
        return True

    def create(self, path: Path, content: bytes) -> None:
        # Evidence is personal data: nobody but the account of the service may read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)

    def sync(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def remove(self, path: Path) -> bool:
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def remove_folder(self, folder: Path) -> bool:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR}:
                return False
            raise
        return True

    def free_bytes(self, folder: Path) -> int:
        return shutil.disk_usage(folder).free
