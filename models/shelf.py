"""Which model of an installation is the default: models it has promoted itself, and a pointer.

    models/
        default.json       the name of the default, and what it was before, newest first
        <name>/            a model with its manifest, never changed

The pointer is one file that is replaced whole: whatever happens in between, the default is the old
one or the new one, and both lie there. Without a pointer the default is the model that ships.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError, ModelIntegrityError
from litterwatch.models.registry import InstalledModel, verify

POINTER: Final = "default.json"
FORMAT: Final = "litterwatch-default-model/1"
SHIPPED: Final = "shipped"
"""Stands for the model that comes with the package."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the default is.

    Attributes:
        default: name of a folder beside the pointer, or `SHIPPED`.
        before: what it was earlier, the latest first.
    """

    default: str = SHIPPED
    before: tuple[str, ...] = ()


class Shelf:
    """The models of an installation.

    Args:
        folder: where they lie; made when the first one is promoted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pointer(self) -> Pointer:
        """What the default is.

        Raises:
            ModelIntegrityError: the pointer cannot be understood.
        """
        file = self.folder / POINTER
        if not file.is_file():
            return Pointer()
        try:
            said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return Pointer(_name(said["default"]), tuple(_name(each) for each in said["before"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelIntegrityError(
                f"{file} does not say which model is the default ({error}): put the model in use"
                " with `litterwatch labelling promote`, or remove the file to use the shipped one."
            ) from error

    def default(self) -> Path | None:
        """Folder of the default model; None is the one that ships.

        Raises:
            ModelIntegrityError: the pointer cannot be understood.
        """
        name = self.pointer().default
        return None if name == SHIPPED else self.folder / name

    def promote(self, model: Path, name: str) -> InstalledModel:
        """Make a model the default; it is copied here first, and checked.

        Raises:
            ConfigError: the disk refuses, or another model of that name lies here.
            ModelError: the model is not the one its manifest names.
        """
        _name(name)
        kept = self._kept(model, name)
        now = self.pointer()
        if now.default != name:
            self._point(Pointer(name, (now.default, *now.before)))
        return kept

    def roll_back(self) -> str:
        """Make the model before the default again; its name.

        Raises:
            ConfigError: there was none before, or the disk refuses.
            ModelError: the one before is missing or damaged; the default stays.
        """
        now = self.pointer()
        if not now.before:
            raise ConfigError(
                "There is no model to go back to: the one in use is the first there was."
            )
        name = now.before[0]
        verify(None if name == SHIPPED else self.folder / name)
        self._point(Pointer(name, now.before[1:]))
        return name

    def _kept(self, model: Path, name: str) -> InstalledModel:
        target = self.folder / name
        offered = verify(model)
        if target.is_dir():
            there = verify(target)
            if there.manifest != offered.manifest:
                raise ConfigError(f"{target} holds another model: choose another name.")
            return there
        partial = self.folder / f".{name}.part"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(model, partial)
            for file in partial.iterdir():
                sync(file)
            sync(partial)
            partial.rename(target)
            sync(self.folder)
        except OSError as error:
            raise ConfigError(f"{target} cannot be written: {error.strerror}.") from error
        return verify(target)

    def _point(self, pointer: Pointer) -> None:
        """Replace the pointer: a temporary file, made durable, renamed over the old one."""
        said = {"format": FORMAT, "default": pointer.default, "before": list(pointer.before)}
        partial = self.folder / f"{POINTER}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
            sync(partial)
            partial.replace(self.folder / POINTER)
            sync(self.folder)
        except OSError as error:
            raise ConfigError(
                f"{self.folder} cannot be written ({error.strerror}): the default stays."
            ) from error


def _name(name: object) -> str:
    """A name that leads nowhere else.

    Raises:
        ValueError: it does, or is none.
    """
    if not isinstance(name, str) or not name or Path(name).name != name or name.startswith("."):
        raise ValueError(f"{name!r} is not the name of a model")
    return name


def sync(path: Path) -> None:
    """Make a file's content, or a folder's names, durable.

    Raises:
        OSError: the disk refused.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
