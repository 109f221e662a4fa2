"""Which files a person means by the paths he gives."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DATABASE_NAME: Final = "litterwatch.sqlite3"
"""Our database in a folder of results."""

OUR_FOLDERS: Final = frozenset({"evidence", "derived"})
"""Folders of clips beside our database: evidence and working copies of it, not footage."""

# fmt: off
VIDEO_SUFFIXES: Final = frozenset(
    {
        ".264", ".265", ".3g2", ".3gp", ".asf", ".avi", ".dav", ".dv", ".flv", ".h264", ".h265",
        ".hevc", ".ivf", ".m2ts", ".m2v", ".m4v", ".mj2", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4",
        ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".obu", ".ogv", ".rm", ".ts", ".vob", ".webm",
        ".wmv", ".wtv", ".y4m",
    }
)
# fmt: on
"""Footage in a folder, by ending in small letters; a file given by name is always tried."""


@dataclass(frozen=True, slots=True)
class FootageFile:
    """A file to read.

    Attributes:
        path: where it is.
        name: as people see it and as it stands in the results; valid text in every case.
    """

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A path, or a file, that gives no footage, and why: one sentence for people."""

    name: str
    why: str


def find_footage(paths: Sequence[Path]) -> tuple[list[FootageFile], list[Unusable]]:
    """Files to read, sorted by name, each once however often it was meant; and what is wrong.

    Folders are searched to the bottom for files with a video's ending; hidden files and folders,
    and our own folders of clips beside a database of ours, are left out.
    """
    files: dict[Path, FootageFile] = {}
    unusable: list[Unusable] = []
    for path in paths:
        for found in _meant_by(path):
            if isinstance(found, Unusable):
                unusable.append(found)
            else:
                files.setdefault(found.path.resolve(), found)
    return sorted(files.values(), key=lambda file: file.name), unusable


def _meant_by(path: Path) -> Iterator[FootageFile | Unusable]:
    name = shown_name(path)
    if path.is_dir():
        yield from _in_folder(path, name)
    elif os.path.lexists(path):
        yield FootageFile(path, name)
    else:
        yield Unusable(name, "There is no such file or folder: check the path.")


def _in_folder(folder: Path, name: str) -> Iterator[FootageFile | Unusable]:
    problems: list[OSError] = []
    count = 0
    for place, folders, names in os.walk(folder, onerror=problems.append):
        ours = OUR_FOLDERS if DATABASE_NAME in names else frozenset()
        folders[:] = sorted(each for each in folders if each[0] != "." and each not in ours)
        for each in sorted(names):
            if Path(each).suffix.lower() in VIDEO_SUFFIXES and not each.startswith("."):
                path = Path(place, each)
                count += 1
                yield FootageFile(path, shown_name(path))
    for problem in problems:
        yield Unusable(
            shown_name(Path(problem.filename)),
            f"This folder cannot be searched ({problem.strerror}): check its permissions.",
        )
    if not count and not problems:
        yield Unusable(name, "This folder holds no video file; name a file to have it tried.")


def shown_name(path: Path) -> str:
    """A path as text that can be written anywhere, even if its bytes are not UTF-8."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
