"""The file of what is remembered: a line that says the format, a hash, a body of JSON and arrays.

It is written whole or not at all, and read only if every byte is as it was written.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.errors import EvidenceDiskFull, MemoryUnusable

_MAGIC: Final = b"litterwatch-memory/1\n"
_HEX: Final = 64
MOST_BYTES: Final = 64 << 20
"""A larger file is neither written nor read: two minutes of small pictures are some 15 MB."""
_DOCUMENT: Final = "document"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds.

    Attributes:
        document: plain JSON.
        arrays: by name; "document" is taken.
    """

    document: Any
    arrays: Mapping[str, NDArray[Any]]


def packed(contents: Contents) -> bytes:
    """The bytes of a file.

    Raises:
        ValueError: there would be too many.
    """
    text = json.dumps(contents.document, separators=(",", ":")).encode()
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        every = {_DOCUMENT: np.frombuffer(text, np.uint8), **contents.arrays}
        for name, array in every.items():
            part = io.BytesIO()
            np.save(part, array, allow_pickle=False)
            # A fixed date: the same state gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name), part.getvalue(), zipfile.ZIP_DEFLATED, 1)
    raw = body.getvalue()
    if len(raw) > MOST_BYTES:
        raise ValueError(f"{len(raw)} bytes are more than a memory may have")
    return _MAGIC + hashlib.sha256(raw).hexdigest().encode() + b"\n" + raw


def unpacked(raw: bytes) -> Contents:
    """What `packed` was given.

    Raises:
        MemoryUnusable: it is of another format, or a byte is not as it was written.
    """
    start = len(_MAGIC) + _HEX + 1
    if not raw.startswith(_MAGIC):
        raise MemoryUnusable("It is of another format than this version writes.")
    body = raw[start:]
    if raw[len(_MAGIC) : start] != hashlib.sha256(body).hexdigest().encode() + b"\n":
        raise MemoryUnusable("It is torn or was changed: its hash is another.")
    try:
        arrays: dict[str, NDArray[Any]] = {}
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for entry in archive.infolist():
                part = io.BytesIO(archive.read(entry))
                arrays[entry.filename] = np.load(part, allow_pickle=False)
        document = json.loads(arrays.pop(_DOCUMENT).tobytes())
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise MemoryUnusable(f"It cannot be understood ({error}).") from error
    return Contents(document, arrays)


def write_memory(path: Path, contents: Contents) -> int:
    """Write a file so that a crash leaves the old one or the new; its size in bytes.

    Raises:
        EvidenceDiskFull: it cannot be written; what was there stands.
        ValueError: it would be too large.
    """
    raw = packed(contents)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # the disk refused already; the part is overwritten next time
            part.unlink(missing_ok=True)
        raise EvidenceDiskFull(
            f"What was learnt cannot be written to {path} ({error.strerror}): free space there."
        ) from error
    return len(raw)


def read_memory(path: Path) -> Contents | None:
    """What a file holds; None where there is none.

    Raises:
        MemoryUnusable: it cannot be read or is not as it was written.
    """
    try:
        if path.stat().st_size > MOST_BYTES + len(_MAGIC) + _HEX + 1:
            raise MemoryUnusable("It is larger than this version writes.")
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MemoryUnusable(f"It cannot be read ({error.strerror}).") from error
    return unpacked(raw)
