"""A ZIP file that can be written in one way only, so that every byte of it can be checked.

Members are stored, not compressed, with one fixed date and no extra fields; any program opens it.
The reader refuses whatever the writer would not have written, headers included.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from litterwatch.detector.errors import EvidenceError, EvidenceIntegrityError

LARGEST: Final = (1 << 32) - (1 << 20)
"""Bytes that fit into a ZIP file without the 64-bit additions."""

_LOCAL: Final = struct.Struct("<IHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<IHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<IHHHHIIH")
_VERSION, _UTF8, _STORED, _TIME, _DATE = 20, 0x0800, 0, 0, 0x21  # 1 January 1980, as old as ZIP
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes one member: bytes, or a file that is read as it is written.

    Attributes:
        name: in the archive; forward slashes.
        content: the bytes, or where they lie.
        size, sha256, crc32: of the content.
    """

    name: str
    content: bytes | Path
    size: int
    sha256: str
    crc32: int

    @staticmethod
    def of_bytes(name: str, content: bytes) -> "Part":
        """A part of bytes at hand."""
        return Part(name, content, len(content), sha256(content).hexdigest(), zlib.crc32(content))

    @staticmethod
    def of_file(name: str, path: Path) -> "Part":
        """A part that lies on disk; it is read once now, and once when it is written.

        Raises:
            OSError: it cannot be read.
        """
        digest, crc, size = sha256(), 0, 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                crc = zlib.crc32(chunk, crc)
                size += len(chunk)
        return Part(name, path, size, digest.hexdigest(), crc)

    def chunks(self) -> Iterator[bytes]:
        """The content, piece by piece.

        Raises:
            OSError: the file cannot be read.
        """
        file = io.BytesIO(self.content) if isinstance(self.content, bytes) else None
        with file or Path(str(self.content)).open("rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk


def write_archive(file: BinaryIO, parts: list[Part]) -> None:
    """Write the archive; the same parts give the same bytes.

    Raises:
        EvidenceError: it would be larger than a ZIP file can be.
        EvidenceIntegrityError: a file changed since its hash was taken.
        OSError: it cannot be written, or a part cannot be read.
    """
    if sum(part.size + 2 * len(part.name) + 200 for part in parts) > LARGEST:
        raise EvidenceError("The package would exceed 4 GiB: export a shorter clip.")
    offsets = []
    for part in parts:
        offsets.append(file.tell())
        file.write(_local(part.name, part.size, part.crc32))
        digest = sha256()
        for chunk in part.chunks():
            digest.update(chunk)
            file.write(chunk)
        if digest.hexdigest() != part.sha256:
            raise EvidenceIntegrityError(f"{part.name} was changed while it was being exported.")
    file.write(_directory(parts, offsets, file.tell()))


@dataclass(slots=True)
class Member:
    """One member as found; `sha256` and `crc32` are of what lies there.

    Attributes:
        name: in the archive.
        offset, size: of the content, bytes.
        sha256: hex.
        crc32: as ZIP has it.
    """

    name: str
    offset: int
    size: int
    sha256: str = ""
    crc32: int = 0


@dataclass(slots=True)
class Archive:
    """An archive that was read from end to end and is as the writer writes it."""

    file: BinaryIO
    members: dict[str, Member] = field(default_factory=dict)

    def read(self, name: str) -> bytes:
        """The content of a member, whole: for the small ones.

        Raises:
            EvidenceIntegrityError: there is no such member.
        """
        member = self.members.get(name)
        if member is None:
            raise EvidenceIntegrityError(f"The package has no {name}.")
        self.file.seek(member.offset)
        return self.file.read(member.size)


def read_archive(file: BinaryIO) -> Archive:
    """Read and hash every byte.

    Raises:
        EvidenceIntegrityError: it is not an archive as `write_archive` writes it.
        OSError: it cannot be read.
    """
    end = file.seek(0, io.SEEK_END)
    start, count = _end_record(file, end)
    file.seek(start)
    directory = file.read(end - start)
    parts, offsets = _members(directory, count)
    archive = Archive(file)
    expected = 0
    for part, offset in zip(parts, offsets, strict=True):
        header = _local(part.name, part.size, part.crc32)
        file.seek(offset)
        if offset != expected or file.read(len(header)) != header:
            raise EvidenceIntegrityError(f"The package was changed at {part.name}.")
        member = Member(part.name, offset + len(header), part.size)
        _hash(file, member)
        if member.crc32 != part.crc32 or part.name in archive.members:
            raise EvidenceIntegrityError(f"The content of {part.name} was changed.")
        archive.members[part.name] = member
        expected = member.offset + member.size
    if expected != start or _directory(parts, offsets, start) != directory:
        raise EvidenceIntegrityError("The table of contents of the package was changed.")
    return archive


def _hash(file: BinaryIO, member: Member) -> None:
    digest, rest = sha256(), member.size
    while rest and (chunk := file.read(min(_CHUNK, rest))):
        digest.update(chunk)
        member.crc32 = zlib.crc32(chunk, member.crc32)
        rest -= len(chunk)
    member.sha256 = digest.hexdigest()


def _end_record(file: BinaryIO, end: int) -> tuple[int, int]:
    if end < _END.size:
        raise EvidenceIntegrityError("This is not a package, or its end is missing.")
    file.seek(end - _END.size)
    signature, _, _, _, count, size, start, _ = _END.unpack(file.read(_END.size))
    if signature != 0x06054B50 or start + size + _END.size != end:
        raise EvidenceIntegrityError("This is not a package, or its end is missing.")
    return start, count


def _members(directory: bytes, count: int) -> tuple[list[Part], list[int]]:
    parts, offsets, at = [], [], 0
    try:
        for _ in range(count):
            fields = _CENTRAL.unpack_from(directory, at)
            crc, size, length, offset = fields[7], fields[9], fields[10], fields[16]
            at += _CENTRAL.size
            name = directory[at : at + length].decode()
            at += length
            parts.append(Part(name, b"", size, "", crc))
            offsets.append(offset)
    except (struct.error, UnicodeDecodeError):
        raise EvidenceIntegrityError("The table of contents of the package was changed.") from None
    return parts, offsets


def _local(name: str, size: int, crc: int) -> bytes:
    text = name.encode()
    return (
        _LOCAL.pack(
            0x04034B50, _VERSION, _UTF8, _STORED, _TIME, _DATE, crc, size, size, len(text), 0
        )
        + text
    )


def _directory(parts: list[Part], offsets: list[int], start: int) -> bytes:
    entries = b""
    for part, offset in zip(parts, offsets, strict=True):
        text = part.name.encode()
        fixed = (0x02014B50, _VERSION, _VERSION, _UTF8, _STORED, _TIME, _DATE)
        sizes = (part.crc32, part.size, part.size, len(text))
        entries += _CENTRAL.pack(*fixed, *sizes, 0, 0, 0, 0, 0, offset) + text
    count = len(parts)
    return entries + _END.pack(0x06054B50, 0, 0, count, count, len(entries), start, 0)
