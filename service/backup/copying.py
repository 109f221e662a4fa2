"""Files into a backup: linked where that was asked for, copied otherwise, always hashed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from litterwatch.detector.errors import EvidenceDiskFull, EvidenceError
from litterwatch.service.evidence.disk import FULL
from litterwatch.service.evidence.files import sha256_of_file

_CHUNK: Final = 1 << 20
_PART: Final = ".part"
_FOLDER_MODE: Final = 0o750


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that rows speak of.

    Attributes:
        path: relative to the data folder, forward slashes.
        sha256: what it must have.
    """

    path: str
    sha256: str


@dataclass(slots=True)
class Gathered:
    """What came of gathering.

    Attributes:
        sums: hash of every file that is in the backup, by path relative to the data folder.
        linked: how many take no room of their own.
        damaged: paths of files that are not what their rows say; copied as they are.
        missing: paths of files that were not there.
    """

    sums: dict[str, str] = field(default_factory=dict)
    linked: int = 0
    damaged: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


class Gatherer:
    """Brings files of a data folder into a backup.

    Args:
        root: the data folder.
        into: the backup's own `data/`; what an interrupted run left there is kept if it is right.
        earlier: `data/` of an earlier backup on the same disk, to link from what has not changed.
        is_linked: link from the data folder itself instead of copying.
    """

    def __init__(
        self, root: Path, into: Path, *, earlier: Path | None = None, is_linked: bool = False
    ) -> None:
        self._root = root
        self._into = into
        self._linkable = [*([earlier] if earlier else []), *([root] if is_linked else [])]
        self.gathered = Gathered()

    def gather(self, wanted: Iterable[Wanted]) -> None:
        """Have these files; what is there already from this run is not read again.

        Raises:
            EvidenceDiskFull: no room for the backup.
            EvidenceError: the backup's folder refused.
        """
        with explained(self._into):
            for file in wanted:
                if self.gathered.sums.get(file.path) != file.sha256:
                    self._have(file)

    def keep_only(self, paths: set[str]) -> None:
        """Remove every other file, and folders that are empty then."""
        with explained(self._into):
            for folder, _, names in os.walk(self._into, topdown=False):
                for name in names:
                    path = Path(folder) / name
                    if path.relative_to(self._into).as_posix() not in paths:
                        path.unlink()
                if Path(folder) != self._into:
                    with suppress(OSError):  # it holds something
                        Path(folder).rmdir()
        found = self.gathered
        found.sums = {path: found.sums[path] for path in found.sums if path in paths}
        found.damaged &= paths
        found.missing &= paths

    def _have(self, file: Wanted) -> None:
        target, found = self._into / file.path, self.gathered
        target.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        found.missing.discard(file.path)
        found.damaged.discard(file.path)
        if _digest(target) == file.sha256:
            found.sums[file.path] = file.sha256
        elif self._link(file, target):
            found.sums[file.path] = file.sha256
            found.linked += 1
        else:
            self._copy(file, target)

    def _link(self, file: Wanted, target: Path) -> bool:
        for place in self._linkable:
            source = place / file.path
            if _digest(source) == file.sha256:
                with suppress(OSError):  # another disk, or one that knows no links: it is copied
                    target.unlink(missing_ok=True)
                    os.link(source, target)
                    return True
        return False

    def _copy(self, file: Wanted, target: Path) -> None:
        found = self.gathered
        try:
            digest = copy_file(self._root / file.path, target, 0o640)
        except FileNotFoundError:
            found.missing.add(file.path)
            return
        found.sums[file.path] = digest
        if digest != file.sha256:
            found.damaged.add(file.path)


def copy_file(source: Path, target: Path, mode: int) -> str:
    """Copy a file under a temporary name, then give it its own; SHA-256 of what was copied.

    Raises:
        FileNotFoundError: the source is not there.
        OSError: it cannot be read or written.
    """
    digest = hashlib.sha256()
    part = target.with_name(target.name + _PART)
    with source.open("rb") as origin:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as copy:
            while chunk := origin.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
    part.replace(target)
    return digest.hexdigest()


@contextmanager
def explained(folder: Path) -> Iterator[None]:
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
                f"No room in {folder}: free space, then run the same command again;"
                " it goes on where it stopped."
            ) from error
        raise EvidenceError(
            f"{error.filename or folder} cannot be read or written"
            f" ({error.strerror or type(error).__name__}): check the disk and its permissions."
        ) from error


def _digest(path: Path) -> str | None:
    try:
        return sha256_of_file(path) if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None
