"""Keys, envelopes and signatures: made once, checked for ever, caught when changed."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from litterwatch.detector.errors import ConfigError, EvidenceError, EvidenceIntegrityError
from litterwatch.service.clock import ManualClock
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.envelope import Signed, open_envelope, seal_envelope
from litterwatch.service.evidence.keys import SigningKey, SigningKeys, key_id_of
from litterwatch.service.evidence.signing import rotate_key, sign, stamp_pending
from litterwatch.service.tables import CustodyRow, SignatureRow, SigningKeyRow

HASH = "ab" * 32


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ScriptedHouse]:
    house = ScriptedHouse(tmp_path)
    yield house
    house.close()


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return SigningKeys(tmp_path_factory.mktemp("house")).current()


def envelope_of(key: SigningKey) -> bytes:
    return seal_envelope(key, Signed.PACKAGE, "export", HASH, ManualClock().now())


def test_a_key_is_made_at_first_use_for_the_service_alone(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    assert keys.current().id == keys.current().id
    file = tmp_path / "keys" / "signing.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["signing.pem"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    keys.current()
    (tmp_path / "keys" / "signing.pem").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        keys.current()


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    keys.current()
    (tmp_path / "keys" / "signing.pem").write_text("a letter")
    with pytest.raises(ConfigError, match="holds no private key"):
        keys.current()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("in the way")
    with pytest.raises(EvidenceError, match="folder of keys"):
        SigningKeys(tmp_path).current()


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    keys.current()
    pem = X25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "keys" / "signing.pem").write_bytes(pem)
    with pytest.raises(ConfigError, match="not an Ed25519 key"):
        keys.current()


def test_a_key_that_cannot_be_rotated_stands(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path / "house")
    with pytest.raises(EvidenceError, match="folder of keys"):
        keys.rotate()


def test_a_key_is_not_printed(key: SigningKey) -> None:
    assert "Ed25519" not in repr(key)


def test_the_same_is_signed_with_the_same_bytes(key: SigningKey) -> None:
    assert envelope_of(key) == envelope_of(key)
    opened = open_envelope(envelope_of(key))
    assert (opened.statement.sha256, opened.public_key) == (HASH, key.public_hex)
    assert opened.statement.key_id == key_id_of(key.public_hex)


@given(st.data())
def test_any_changed_byte_of_an_envelope_is_caught(key: SigningKey, data: st.DataObject) -> None:
    text = bytearray(envelope_of(key))
    position = data.draw(st.integers(0, len(text) - 1))
    text[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(EvidenceIntegrityError):
        open_envelope(bytes(text))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"statement": 3}', b'{"statement": {"kind": "x"}}', b"\xff\xfe"],
)
def test_what_is_no_envelope_is_refused(content: bytes) -> None:
    with pytest.raises(EvidenceIntegrityError):
        open_envelope(content)


def test_another_way_to_write_the_same_envelope_is_refused(key: SigningKey) -> None:
    spaced = json.dumps(json.loads(envelope_of(key)), indent=1).encode()
    with pytest.raises(EvidenceIntegrityError, match="as litterwatch writes"):
        open_envelope(spaced)


def test_a_stored_manifest_is_signed(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
        key = store.keys.current()
    with house.database.reading() as session:
        row = session.scalars(select(SignatureRow)).one()
        opened = open_envelope(row.envelope.encode())
        (made,) = session.scalars(select(SigningKeyRow))
    assert opened.public_key == made.public_key == key.public_hex
    manifest = next(path for path in house.files() if path.endswith("manifest.json"))
    assert opened.statement.kind is Signed.MANIFEST
    assert opened.statement.subject == manifest.split("/")[2]


def test_what_an_old_key_signed_holds_after_rotation(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event("e1"))
        old = store.keys.current()
        new = rotate_key(house.database, house.clock, store.keys, actor="an")
        house.sink(store).accept(scripted_event("e2"))
    assert old.id != new.id
    assert check(house.root, house.database, "hashes").problems == ()
    with house.database.reading() as session:
        assert {row.id for row in session.scalars(select(SigningKeyRow))} == {old.id, new.id}
        assert {row.key_id for row in session.scalars(select(SignatureRow))} == {old.id, new.id}
        last = session.scalars(select(CustodyRow).where(CustodyRow.action == "key.rotated")).one()
    assert (last.actor, last.subject, last.detail) == ("an", new.id, {"earlier": old.id})


def test_what_is_signed_already_keeps_its_signature(house: ScriptedHouse, key: SigningKey) -> None:
    with house.database.writing() as session:
        first = sign(session, house.clock, key, kind=Signed.MANIFEST, subject="e", sha256_hex=HASH)
        house.clock.advance(60)
        again = sign(session, house.clock, key, kind=Signed.MANIFEST, subject="e", sha256_hex=HASH)
    assert first.id == again.id


CHANGES = {
    "envelope": "UPDATE signatures SET envelope = replace(envelope, '1', '2')",
    "subject": "UPDATE signatures SET subject = 'another'",
    "key": "UPDATE signing_keys SET public_key = replace(public_key, '1', '2')",
    "removed": "DELETE FROM signatures",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_signature_is_found_by_the_check(house: ScriptedHouse, change: str) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
    with house.database.writing() as session:
        session.connection().execute(text(CHANGES[change]))
    problems = check(house.root, house.database, "names").problems
    assert {problem.kind for problem in problems} == {"signature"}


def test_a_chain_cut_off_behind_a_signed_head_is_found(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
        key = store.keys.current()
    with house.database.writing() as session:
        head = session.scalars(select(CustodyRow).order_by(CustodyRow.seq.desc()).limit(1)).one()
        sign(
            session,
            house.clock,
            key,
            kind=Signed.CUSTODY_HEAD,
            subject=str(head.seq),
            sha256_hex=head.hash,
        )
    assert check(house.root, house.database, "names").is_sound
    with house.database.writing() as session:
        session.connection().execute(
            text("DELETE FROM custody WHERE seq = :seq"), {"seq": head.seq}
        )
    problems = check(house.root, house.database, "names").problems
    assert "signature" in {problem.kind for problem in problems}


class CountingAuthority:
    """Stamps with a number; fails at the third."""

    def __init__(self) -> None:
        self.count = 0

    def stamp(self, message: bytes) -> bytes:
        assert open_envelope(message).public_key
        self.count += 1
        if self.count == 3:
            raise EvidenceError("The authority did not answer.")
        return b"token %d" % self.count


def test_what_was_stamped_before_a_failure_stays_stamped(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        for name in ("e1", "e2", "e3"):
            house.sink(store).accept(scripted_event(name))
    authority = CountingAuthority()
    with pytest.raises(EvidenceError):
        stamp_pending(house.database, house.clock, authority)
    assert stamp_pending(house.database, house.clock, authority) == 1
    assert stamp_pending(house.database, house.clock, authority) == 0
    with house.database.reading() as session:
        tokens = {row.token for row in session.scalars(select(SignatureRow))}
    assert tokens == {b"token 1", b"token 2", b"token 4"}
