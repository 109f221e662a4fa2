"""Checkpoints that are whole or not there.

ultralytics writes over `last.pt` and `best.pt` in place: a training that is killed while it does
leaves half of one, and cannot go on. So each is copied after it was written, under a name that it
gets when it is whole, and put back before a training is resumed.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path


def is_begun(out: Path) -> bool:
    """Whether a training in the folder `out` has whole weights to go on from."""
    return any(whole.is_file() for _, whole in _pairs(out))


def keep_whole(out: Path) -> None:
    """Copy what was saved, whole or not at all."""
    for saved, whole in _pairs(out):
        if saved.is_file():
            partial = whole.with_suffix(".part")
            shutil.copyfile(saved, partial)
            with partial.open("rb") as stream:
                os.fsync(stream.fileno())
            partial.replace(whole)


def restore_whole(out: Path) -> None:
    """Put the last whole checkpoints in place of what a killed training has left."""
    for saved, whole in _pairs(out):
        if whole.is_file():
            shutil.copyfile(whole, saved)


def forget_whole(out: Path) -> None:
    """Remove the copies: the training has come to its end."""
    for _, whole in _pairs(out):
        whole.unlink(missing_ok=True)


def _pairs(out: Path) -> Iterator[tuple[Path, Path]]:
    """(as ultralytics writes it, our copy), the last one first."""
    for name in ("last", "best"):
        yield out / "weights" / f"{name}.pt", out / "weights" / f"{name}.whole.pt"
