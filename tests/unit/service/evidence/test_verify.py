"""A package is whole or it is refused: every byte of it counts."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from litterwatch.detector.errors import EvidenceError, EvidenceIntegrityError
from litterwatch.service.canonical import canonical_json
from litterwatch.service.events.scripted_package import EVENT, PackageHouse
from litterwatch.service.evidence.archive import Part, read_archive, write_archive
from litterwatch.service.evidence.custody_log import custody_log, read_log
from litterwatch.service.evidence.envelope import Signed, seal_envelope
from litterwatch.service.evidence.keys import SigningKeys
from litterwatch.service.evidence.verify import Verified, verify_open, verify_package
from litterwatch.service.tables import CustodyRow

FLIPS = 10_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> PackageHouse:
    return PackageHouse(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def blurred(house: PackageHouse) -> bytes:
    return house.exported(house.root / "blurred.zip").path.read_bytes()


@pytest.fixture(scope="module")
def unblurred(house: PackageHouse) -> bytes:
    return house.exported(house.root / "unblurred.zip", unblurred=True).path.read_bytes()


def verified(package: bytes) -> Verified:
    return verify_open(io.BytesIO(package))


def parts_of(package: bytes) -> dict[str, bytes]:
    archive = read_archive(io.BytesIO(package))
    return {name: archive.read(name) for name in archive.members}


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    write_archive(file, [Part.of_bytes(name, content) for name, content in parts.items()])
    return file.getvalue()


def test_a_package_is_whole(house: PackageHouse, unblurred: bytes) -> None:
    found = verified(unblurred)
    assert found.event_id == EVENT
    assert found.export["recipient"] == "Công an xã"
    assert (found.export["requested_by"], found.export["approved_by"]) == ("officer", "second")
    assert found.key_id == found.manifest_key_id == SigningKeys(house.root).current().id
    assert {"originals/clip.mp4", "derived/clip-blurred.mp4", "manifest.json"} <= set(found.files)
    assert found.withheld > 0
    assert found.stamp is None


def test_any_zip_program_opens_it_and_finds_the_sums_right(unblurred: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(unblurred)) as opened:
        assert opened.testzip() is None
        sums = opened.read("sha256sums.txt").decode().splitlines()
        assert f"{verified(unblurred).files['custody.txt'][1]}  custody.txt" in sums


@pytest.mark.parametrize("seed", range(4))
def test_any_flipped_byte_is_caught(unblurred: bytes, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    package = bytearray(unblurred)
    for _ in range(FLIPS // 4):
        position, change = chance.randrange(len(package)), chance.randrange(1, 256)
        package[position] ^= change
        with pytest.raises(EvidenceIntegrityError):
            verify_open(io.BytesIO(package))
        package[position] ^= change
    assert verified(bytes(package)).event_id == EVENT


@pytest.mark.parametrize("part", ["originals/clip.mp4", "manifest.json", "custody.txt"])
def test_flipped_bytes_of_clip_manifest_and_log_are_caught_by_hash_too(
    unblurred: bytes, part: str
) -> None:
    """With the archive written anew around the change, so that its own sums are right."""
    parts, chance = parts_of(unblurred), random.Random(part)  # noqa: S311 - no secret
    content = parts[part]
    for _ in range(500):
        position = chance.randrange(len(content))
        changed = bytearray(content)
        changed[position] ^= chance.randrange(1, 256)
        with pytest.raises(EvidenceIntegrityError):
            verified(packed({**parts, part: bytes(changed)}))


Change = Callable[[dict[str, bytes]], None]


def put_in(parts: dict[str, bytes]) -> None:
    parts["notes.txt"] = b"put in"


def take_out(parts: dict[str, bytes]) -> None:
    del parts["index.txt"]


def take_out_signature(parts: dict[str, bytes]) -> None:
    del parts["signature.json"]


def swap_signature(parts: dict[str, bytes]) -> None:
    parts["signature.json"] = parts["manifest.sig.json"]


def cut_log(parts: dict[str, bytes]) -> None:
    parts["custody.txt"] = b"".join(parts["custody.txt"].splitlines(keepends=True)[:-1])


@pytest.mark.parametrize("change", [put_in, take_out, take_out_signature, swap_signature, cut_log])
def test_what_is_put_in_or_taken_out_is_caught(unblurred: bytes, change: Change) -> None:
    parts = parts_of(unblurred)
    change(parts)
    with pytest.raises(EvidenceIntegrityError):
        verified(packed(parts))


def resigned(parts: dict[str, bytes], house: PackageHouse) -> bytes:
    """As a forger would who holds the key: every hash and the outer signature made anew."""
    document = json.loads(parts["package.json"])
    for name in document["files"]:
        fresh = Part.of_bytes(name, parts[name])
        document["files"][name] |= {"size": fresh.size, "sha256": fresh.sha256}
    text = canonical_json(document) + b"\n"
    key, now = SigningKeys(house.root).current(), house.clock.now()
    sha256 = Part.of_bytes("x", text).sha256
    envelope = seal_envelope(key, Signed.PACKAGE, document["export"]["id"], sha256, now)
    return packed({**parts, "package.json": text, "signature.json": envelope})


def test_signing_again_changes_nothing_by_itself(unblurred: bytes, house: PackageHouse) -> None:
    assert verified(resigned(parts_of(unblurred), house)).event_id == EVENT


def other_clip(parts: dict[str, bytes]) -> None:
    parts["originals/clip.mp4"] = b"another film"


def other_manifest(parts: dict[str, bytes]) -> None:
    parts["manifest.json"] = parts["manifest.json"].replace(b"0.8", b"0.9")


def other_actor(parts: dict[str, bytes]) -> None:
    parts["custody.txt"] = parts["custody.txt"].replace(b'"officer"', b'"another"')


def swapped_rows(parts: dict[str, bytes]) -> None:
    first, *rest = parts["custody.txt"].splitlines(keepends=True)
    parts["custody.txt"] = b"".join([*rest, first])


def stretched_gap(parts: dict[str, bytes]) -> None:
    parts["custody.txt"] = parts["custody.txt"].replace(b"withheld 1-", b"withheld 0-")


@pytest.mark.parametrize(
    "change", [other_clip, other_manifest, other_actor, swapped_rows, stretched_gap]
)
def test_a_forger_with_the_key_must_forge_all_that_belongs_together(
    unblurred: bytes, house: PackageHouse, change: Change
) -> None:
    parts = parts_of(unblurred)
    change(parts)
    assert parts != parts_of(unblurred)
    with pytest.raises(EvidenceIntegrityError):
        verified(resigned(parts, house))


Document = dict[str, Any]


def other_format(document: Document) -> None:
    document["format"] = "litterwatch-package/2"


def no_event(document: Document) -> None:
    del document["event_id"]


def other_event(document: Document) -> None:
    document["event_id"] = "f" * 32


def no_files(document: Document) -> None:
    document["files"] = []


def other_head(document: Document) -> None:
    document["custody"]["head_hash"] = "0" * 64


@pytest.mark.parametrize("change", [other_format, no_event, other_event, no_files, other_head])
def test_what_is_signed_and_makes_no_sense_is_refused(
    unblurred: bytes, house: PackageHouse, change: Callable[[Document], None]
) -> None:
    parts = parts_of(unblurred)
    document = json.loads(parts["package.json"])
    change(document)
    text = canonical_json(document) + b"\n"
    key, now = SigningKeys(house.root).current(), house.clock.now()
    sha256 = Part.of_bytes("x", text).sha256
    envelope = seal_envelope(key, Signed.PACKAGE, "x", sha256, now)
    with pytest.raises(EvidenceIntegrityError):
        verified(packed({**parts, "package.json": text, "signature.json": envelope}))


@pytest.mark.parametrize(
    "log",
    [b"", b"\xff\n", b"no line\n", b"half a line", b"0" * 64 + b" withheld 5-4\n"],
)
def test_a_log_that_is_none_is_refused(log: bytes) -> None:
    if log:
        with pytest.raises(EvidenceIntegrityError):
            read_log(log)
    else:
        assert read_log(log).head_seq == 0


def test_a_log_ends_at_the_head_whatever_is_there(house: PackageHouse) -> None:
    with house.database.reading() as session:
        head = session.scalars(select(CustodyRow).order_by(CustodyRow.seq.desc())).first()
        log = read_log(custody_log(session, "nobody"))
    assert head is not None
    assert (log.head_seq, log.head_hash) == (head.seq, head.hash)
    assert (log.rows, log.withheld) == ((), head.seq)


def test_a_blurred_package_holds_no_original(house: PackageHouse, blurred: bytes) -> None:
    found = verified(blurred)
    assert not [name for name in found.files if name.startswith("originals/")]
    originals = [
        path.read_bytes()
        for path in (house.root / "evidence").rglob("*")
        if path.is_file() and path.name != "manifest.json"
    ]
    assert not [content for content in parts_of(blurred).values() if content in originals]
    assert "originals/clip.mp4" in json.loads(parts_of(blurred)["package.json"])["left_out"]


def test_a_file_that_is_missing_or_no_package_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        verify_package(tmp_path / "none.zip")
    for content in (b"", b"PK", b"x" * 1000):
        (tmp_path / "some.zip").write_bytes(content)
        with pytest.raises(EvidenceIntegrityError, match="not a package"):
            verify_package(tmp_path / "some.zip")
