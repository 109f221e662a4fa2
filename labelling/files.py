"""Files that are written once and never changed: whole or not at all, named by what they hold."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litterwatch.detector.errors import ConfigError
from litterwatch.models.shelf import sync


def bytes_of(content: Mapping[str, Any]) -> bytes:
    """The one way to write a mapping: JSON, UTF-8, keys sorted."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def require_format(said: Mapping[str, Any], wanted: str) -> None:
    """Refuse a file of another kind, or of a later version.

    Raises:
        KeyError, ValueError: it is one.
    """
    if said["format"] != wanted:
        raise ValueError(f"its format is {said['format']}, not {wanted}")


def sha256_of(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(file: Path) -> str:
    """SHA-256 of a file, hex.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(file: Path, data: bytes) -> Path:
    """Put a file in place of what is there, durably: after a power cut it is the old or the new.

    Raises:
        ConfigError: it cannot be written.
    """
    partial = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
        sync(file.parent)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from error
    return file


def write_new(folder: Path, name: str, data: bytes) -> Path:
    """Write a file whose name says its content; one that is there already is the same.

    Raises:
        ConfigError: it cannot be written.
    """
    file = folder / name
    return file if file.is_file() else write_whole(file, data)
