"""Which certificates of cameras are believed: real handshakes, scripted cameras."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from litterwatch.camera_adapters.certificates import (
    KNOWN_HERE,
    Trust,
    names_file,
    secured,
    shown_by,
    trust_of,
)
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.rtsp_door import RtspDoor, encrypted_door
from litterwatch.camera_adapters.rtsp_messages import Messages, messages
from litterwatch.detector.errors import (
    ConfigError,
    SourceAuthFailed,
    SourceStalled,
    SourceUnavailable,
    SourceUntrusted,
)

LOGIN = Credentials("admin", Secret("Tr0ub4dor&3"))
CHALLENGE = b'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n'


@dataclass
class Camera:
    """Speaks TLS, or plain where it has no certificate; gives its answers one after another."""

    certificate: Any
    answers: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.place: tuple[str, int] = self.listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            with suppress(OSError):
                self._talk(plain)
            plain.close()
            self.hung_up.set()

    def _talk(self, plain: socket.socket) -> None:
        if self.certificate is None:
            plain.sendall(b"RTSP/1.0 400 Bad Request\r\n\r\n")
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.file)
        with context.wrap_socket(plain, server_side=True) as secure:
            for message in messages(secure):
                self.heard.append(message)
                if not self.answers:
                    return
                secure.sendall(self.answers.pop(0))


@pytest.fixture
def camera() -> Iterator[Callable[..., Camera]]:
    made: list[Camera] = []

    def make(certificate: Any, *answers: bytes) -> Camera:
        made.append(Camera(certificate, list(answers)))
        return made[-1]

    yield make
    for one in made:
        one.listener.shutdown(socket.SHUT_RDWR)
        one.listener.close()


@pytest.mark.parametrize("written", ["AB:" * 31 + "AB", "ab" * 32, "ab " * 32])
def test_a_fingerprint_may_be_written_in_any_way(written: str) -> None:
    trust = trust_of(f"sha256:{written}")
    assert trust == Trust(fingerprint="ab" * 32)
    assert trust_of(trust.text) == trust
    assert str(trust) == "sha256:" + "ab" * 32


def test_what_was_said_comes_back(make_certificate: Any) -> None:
    pem = make_certificate().pem
    for text in ("known", "unchecked", pem):
        assert trust_of(trust_of(text).text) == trust_of(text)
    assert trust_of("known") == KNOWN_HERE
    assert str(trust_of("unchecked")) == "unchecked"
    assert str(trust_of(pem)) == "signed by a named authority"
    assert [names_file(text) for text in ("known", "unchecked", "SHA256:ab", "ca.pem")] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sha256:ab", "64 hexadecimal digits"),
        ("no certificate", "PEM form"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
    ],
)
def test_what_is_none_of_these_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        trust_of(text)


def test_a_certificate_is_believed_for_one_of_three_reasons(
    make_certificate: Any, camera: Callable[..., Camera]
) -> None:
    authority = make_certificate()
    signed = make_certificate(by=authority)
    place = camera(signed).place
    for trust in (
        Trust(fingerprint=signed.fingerprint),
        trust_of(authority.pem),
        trust_of("unchecked"),
    ):
        with secured("Gate", place, trust, 5.0) as connection:
            assert connection.version() in {"TLSv1.2", "TLSv1.3"}


def test_one_that_signed_itself_can_be_named_as_a_file(
    make_certificate: Any, camera: Callable[..., Camera]
) -> None:
    own = make_certificate()
    secured("Gate", camera(own).place, trust_of(own.pem), 5.0).close()


def test_another_certificate_than_the_agreed_one_is_told_with_both(
    make_certificate: Any, camera: Callable[..., Camera]
) -> None:
    own = make_certificate()
    other = camera(own)
    with pytest.raises(SourceUntrusted, match="another certificate") as caught:
        encrypted_door("Gate", address_of(other), LOGIN, Trust(fingerprint="ab" * 32), patience=5.0)
    assert own.fingerprint in str(caught.value)
    assert "ab" * 32 in str(caught.value)
    assert other.hung_up.wait(5)
    assert other.heard == [], "it was told nothing"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({}, "signed by nobody who is trusted here"),
        ({"host": "127.0.0.2", "by": True}, "made for another host than 127.0.0.1"),
        ({"ends": -1, "by": True}, "not valid at this hour"),
    ],
)
def test_why_a_signature_is_not_believed_is_told_with_the_fingerprint(
    make_certificate: Any, camera: Callable[..., Camera], made: dict[str, Any], says: str
) -> None:
    authority = make_certificate()
    shown = make_certificate(**{**made, "by": authority if made.get("by") else None})
    other = camera(shown)
    with pytest.raises(SourceUntrusted, match=says) as caught:
        secured("Gate", other.place, trust_of(authority.pem), 5.0)
    assert f"sha256:{shown.fingerprint}" in str(caught.value)
    assert other.heard == []


def test_where_nobody_has_said_anything_this_machine_must_know_it(
    make_certificate: Any, camera: Callable[..., Camera]
) -> None:
    own = make_certificate()
    place = camera(own).place
    with pytest.raises(SourceUntrusted, match="signed by nobody"):
        secured("Gate", place, KNOWN_HERE, 5.0)
    assert shown_by("Gate", place, 5.0) == Trust(fingerprint=own.fingerprint)


def test_what_does_not_encrypt_or_answer_is_told(camera: Callable[..., Camera]) -> None:
    with pytest.raises(SourceUnavailable, match="does not encrypt at this port"):
        secured("Gate", camera(None).place, KNOWN_HERE, 5.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(SourceStalled, match="nothing in time"):
            secured("Gate", silent.getsockname(), KNOWN_HERE, 0.2)
        closed = silent.getsockname()
    with pytest.raises(SourceUnavailable, match="does not answer"):
        secured("Gate", closed, KNOWN_HERE, 5.0)


def address_of(camera: Camera) -> str:
    return f"rtsps://127.0.0.1:{camera.place[1]}/main"


def door_to(camera: Camera, login: Credentials | None = LOGIN) -> RtspDoor:
    return encrypted_door("Gate", address_of(camera), login, trust_of("unchecked"), 5.0)


def player_at(door: RtspDoor) -> socket.socket:
    port = int(door.address.split(":")[2].split("/")[0])
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_door_speaks_of_the_camera_and_logs_in_by_itself(
    make_certificate: Any, camera: Callable[..., Camera]
) -> None:
    other = camera(make_certificate(), CHALLENGE, b"")
    there = address_of(other).encode()
    body = b"a=control:" + there + b"/track1\r\n"
    other.answers[1] = (
        b"RTSP/1.0 200 OK\r\nContent-Base: " + there + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body
    with door_to(other) as door, player_at(door) as player:
        here = door.address.encode()
        assert LOGIN.password.reveal() not in door.address
        player.sendall(b"DESCRIBE " + here + b" RTSP/1.0\r\n\r\n")
        (answer,) = Messages().feed(player.recv(65536))
    assert answer.count(here) == 2
    assert there not in answer
    first, second = other.heard
    assert first == b"DESCRIBE " + there + b" RTSP/1.0\r\n\r\n"
    assert b'Authorization: Digest username="admin"' in second
    assert b'uri="' + there + b'"' in second


@pytest.mark.parametrize(("login", "attempts"), [(LOGIN, 2), (None, 1)])
def test_a_login_that_is_refused_is_tried_once(
    make_certificate: Any,
    camera: Callable[..., Camera],
    login: Credentials | None,
    attempts: int,
) -> None:
    other = camera(make_certificate(), CHALLENGE, CHALLENGE, CHALLENGE)
    with door_to(other, login) as door, player_at(door) as player:
        player.sendall(b"DESCRIBE " + door.address.encode() + b" RTSP/1.0\r\n\r\n")
        assert player.recv(65536) == b"", "the door is shut"
        assert isinstance(door.refused, SourceAuthFailed)
    assert len(other.heard) == attempts


def test_who_was_not_told_the_address_is_not_let_in(
    make_certificate: Any, camera: Callable[..., Camera]
) -> None:
    other = camera(make_certificate(), b"RTSP/1.0 200 OK\r\n\r\n")
    with door_to(other) as door, player_at(door) as stranger:
        port = door.address.split(":")[2].split("/")[0]
        stranger.sendall(f"DESCRIBE rtsp://127.0.0.1:{port}/main RTSP/1.0\r\n\r\n".encode())
        with suppress(ConnectionResetError):
            assert stranger.recv(65536) == b""
    assert other.heard == []


def test_a_door_that_nobody_comes_through_can_be_shut(
    make_certificate: Any, camera: Callable[..., Camera]
) -> None:
    door = door_to(camera(make_certificate()))
    door.close()
    door.close()
    assert not door._thread.is_alive()


def test_messages_come_whole_however_they_were_cut() -> None:
    whole = b"RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc" + b"$\0\0\x02xy" + b"A\r\n\r\n"
    parts = Messages()
    found = [message for byte in whole for message in parts.feed(bytes([byte]))]
    assert found == [whole[:-11], b"$\0\0\x02xy", b"A\r\n\r\n"]
    with pytest.raises(ConnectionAbortedError):
        list(Messages().feed(b"x" * (1 << 20) + b"y"))
