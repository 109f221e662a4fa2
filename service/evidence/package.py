"""What stands in an exported package, and how it is put together."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Final

import litterwatch
from litterwatch.service.canonical import JsonValue, canonical_json
from litterwatch.service.evidence.archive import Part
from litterwatch.service.evidence.verify import (
    DOCUMENT,
    FORMAT,
    LOG,
    MANIFEST,
    MANIFEST_SIGNATURE,
    SIGNATURE,
    STAMP,
)

DERIVED: Final = "derived/"
PAGE: Final = "verify.html"
INDEX: Final = "index.txt"
SUMS: Final = "sha256sums.txt"


@dataclass(frozen=True, slots=True)
class Original:
    """A stored file that goes into the package as it is."""

    part: Part
    role: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Derived:
    """A copy made for handing over, never a replacement of the original.

    Attributes:
        part: the copy; its name begins with `derived/`.
        role, media_type: as of the original.
        of_name, of_sha256: the original.
        method: one sentence on what was done to it.
    """

    part: Part
    role: str
    media_type: str
    of_name: str
    of_sha256: str
    method: str


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """Who asked for the package, for whom and why; who agreed.

    Attributes:
        id: number in the book of exports.
        at: UTC, ISO 8601.
        is_unblurred: whether originals are in it.
        reason, recipient: as they were typed in.
        requested_by, office, unit: who made it.
        approved_by: the second person, None for a blurred package.
    """

    id: str
    at: str
    is_unblurred: bool
    reason: str
    recipient: str
    requested_by: str
    office: str
    unit: str
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a package is made of, before it is signed.

    Attributes:
        event_id: which event.
        export: what was asked for.
        manifest, manifest_signature: as stored.
        log: the chain of custody (custody_log.py).
        head_seq, head_hash: where it ends.
        originals, derived: what is shown.
        left_out: why a file is not in it, by its name.
        page: the page that verifies the package.
    """

    event_id: str
    export: ExportFacts
    manifest: bytes
    manifest_signature: bytes
    log: bytes
    head_seq: int
    head_hash: str
    originals: Sequence[Original]
    derived: Sequence[Derived]
    left_out: dict[str, str]
    page: bytes


def unsigned_parts(contents: Contents) -> list[Part]:
    """Everything in order; the first is the document to be signed."""
    records = [
        Part.of_bytes(MANIFEST, contents.manifest),
        Part.of_bytes(MANIFEST_SIGNATURE, contents.manifest_signature),
        Part.of_bytes(LOG, contents.log),
    ]
    shown = [each.part for each in contents.derived]
    shown += [each.part for each in contents.originals]
    page = Part.of_bytes(PAGE, contents.page)
    index = Part.of_bytes(INDEX, _index(contents, [page, *records, *shown]))
    sums = "".join(f"{part.sha256}  {part.name}\n" for part in (index, page, *records, *shown))
    listed = [page, index, Part.of_bytes(SUMS, sums.encode()), *records, *shown]
    return [Part.of_bytes(DOCUMENT, _document(contents, listed)), *listed]


def signed_parts(parts: Sequence[Part], envelope: bytes, stamp: bytes | None) -> list[Part]:
    """The parts of the finished package."""
    page, *rest = parts[1:]
    seals = [Part.of_bytes(SIGNATURE, envelope)]
    if stamp is not None:
        seals.append(Part.of_bytes(STAMP, stamp))
    return [page, parts[0], *seals, *rest]


def _document(contents: Contents, listed: Sequence[Part]) -> bytes:
    facts = {part.name: _facts(part, "record") for part in listed}
    for original in contents.originals:
        facts[original.part.name] = {
            **_facts(original.part, "original"),
            "role": original.role,
            "media_type": original.media_type,
        }
    for derived in contents.derived:
        facts[derived.part.name] = {
            **_facts(derived.part, "derived"),
            "role": derived.role,
            "media_type": derived.media_type,
            "of": {"name": derived.of_name, "sha256": derived.of_sha256},
            "method": derived.method,
        }
    document: dict[str, JsonValue] = {
        "format": FORMAT,
        "event_id": contents.event_id,
        "export": asdict(contents.export),
        "files": facts,
        "left_out": contents.left_out,
        "custody": {"head_seq": contents.head_seq, "head_hash": contents.head_hash},
        "manifest_sha256": sha256(contents.manifest).hexdigest(),
        "software": {"name": "litterwatch", "version": litterwatch.__version__},
    }
    return canonical_json(document) + b"\n"


def _facts(part: Part, kind: str) -> dict[str, JsonValue]:
    return {"kind": kind, "size": part.size, "sha256": part.sha256}


_WHAT: Final = {
    PAGE: "mở bằng trình duyệt, chọn tệp ZIP này để kiểm tra / open in a browser to verify",
    MANIFEST: "bản kê chứng cứ / manifest of the evidence",
    MANIFEST_SIGNATURE: "chữ ký số của bản kê / signature of the manifest",
    LOG: "nhật ký lưu giữ chứng cứ / chain of custody",
}


def _index(contents: Contents, parts: Sequence[Part]) -> bytes:
    """The index for people, Vietnamese and English."""
    export = contents.export
    unit = export.unit or "-"
    verify = f"litterwatch evidence verify, {PAGE}, sha256sum -c {SUMS}"
    what = dict(_WHAT)
    what |= {each.part.name: "bản gốc / original" for each in contents.originals}
    what |= {
        each.part.name: f"bản dẫn xuất / derived copy: {each.method}" for each in contents.derived
    }
    lines = [
        "MỤC LỤC GÓI CHỨNG CỨ / INDEX OF THE EVIDENCE PACKAGE",
        "",
        f"Sự kiện nghi vi phạm / suspected event: {contents.event_id}",
        f"Số trích xuất / export: {export.id}, {export.at}",
        f"Người trích xuất / made by: {export.requested_by} ({export.office}, {unit})",
        f"Nơi nhận / recipient: {export.recipient}",
        f"Lý do / reason: {export.reason}",
        f"Người duyệt bản không làm mờ / approved unblurred: {export.approved_by or '-'}",
        f"Kiểm tra không cần mạng / verify offline: {verify}",
        "",
    ]
    for number, part in enumerate(parts, 1):
        lines += [
            f"{number}. {part.name} - {what[part.name]}",
            f"   {part.size} bytes, SHA-256 {part.sha256}",
        ]
    for name, why in sorted(contents.left_out.items()):
        lines.append(f"-  {name}: không kèm theo / left out: {why}")
    return ("\n".join(lines) + "\n").encode()
