"""Pictures over HTTP from a real server: logins, faults, odd streams."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.http_source import STREAMED, PicturesSource, http_error
from litterwatch.camera_adapters.jpeg import decoded
from litterwatch.camera_adapters.mjpeg import JpegParts
from litterwatch.detector.errors import (
    ConfigError,
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
    SourceUnsupported,
)
from litterwatch.detector.types import Image
from litterwatch.service.clock import ManualClock, SystemClock

MakeCamera = Callable[..., tuple[str, FakeCamera]]


class Numbered:
    """Each picture is a little lighter than the one before."""

    def __init__(self, size: tuple[int, int] = (1280, 720)) -> None:
        self.size, self.number = size, 0

    def picture(self) -> Image:
        self.number += 1
        return np.full((self.size[1], self.size[0], 3), 10 * self.number % 250, np.uint8)


@pytest.fixture
def make_camera() -> Iterator[MakeCamera]:
    with ExitStack() as stack:

        def make(*quirks: str, **plan: Any) -> tuple[str, FakeCamera]:
            fake = FakeCamera(FakePlan(quirks=frozenset(quirks), **plan), SystemClock(), Numbered())
            server = stack.enter_context(FakeCameraServer(fake, mjpeg_rate=50))
            return server.address, fake

        yield make


WAYS = {"single": "/snapshot/main", "stream": "/mjpeg"}


def source(
    kind: str, base: str, login: Credentials | None = LOGIN, **options: Any
) -> PicturesSource:
    """Single pictures are asked for by a clock that does not wait; those of a stream come."""
    options.setdefault("clock", ManualClock() if kind == "single" else SystemClock())
    return PicturesSource(f"{base}{WAYS[kind]}", login, camera_id="gate", **options)


both = pytest.mark.parametrize("kind", WAYS)


@both
@pytest.mark.parametrize("quirk", [(), ("basic-only",), ("boundary-wrong",)])
def test_pictures_come_at_the_size_of_analysis(
    make_camera: MakeCamera, kind: str, quirk: tuple[str, ...]
) -> None:
    base, fake = make_camera(*quirk)
    reader = source(kind, base)
    frames = list(islice(reader.frames(), 4))
    reader.close()
    assert {frame.image.shape for frame in frames} == {(360, 640, 3)}
    assert {frame.source_size for frame in frames} == {(1280, 720)}
    levels = [int(frame.image.mean()) for frame in frames]
    assert levels == sorted(set(levels)), "every picture is another one"
    assert fake.gate.refused == 0
    assert reader.sends_password_readable == (quirk == ("basic-only",))


@both
@pytest.mark.parametrize("quirk", [(), ("basic-only",)])
def test_a_refused_login_is_tried_once(
    make_camera: MakeCamera, kind: str, quirk: tuple[str, ...]
) -> None:
    base, fake = make_camera(*quirk)
    wrong = Credentials("admin", Secret("Tr0ub4dor&3"))
    with pytest.raises(SourceAuthFailed) as caught:
        list(source(kind, base, wrong).frames())
    assert fake.gate.refused == 1
    assert "Tr0ub4dor" not in str(caught.value) + repr(caught.value.__cause__)


@both
def test_without_credentials_the_camera_refuses(make_camera: MakeCamera, kind: str) -> None:
    base, fake = make_camera()
    with pytest.raises(SourceAuthFailed):
        next(source(kind, base, None).frames())
    assert fake.gate.refused == 0


@pytest.mark.parametrize("password", ['p@ss:w/o?r#d&%20"\\<>;', "mật khẩu", " blank "])
@pytest.mark.parametrize("quirk", [(), ("basic-only",)])
def test_every_awkward_password_gets_in(
    make_camera: MakeCamera, password: str, quirk: tuple[str, ...]
) -> None:
    login = Credentials("admin", Secret(password))
    base, fake = make_camera(*quirk, credentials=login)
    next(source("single", base, login).frames())
    assert fake.gate.refused == 0


def test_a_stale_login_is_renewed(make_camera: MakeCamera) -> None:
    base, fake = make_camera(lock_after=None)
    reader = source("single", base)
    frames = reader.frames()
    next(frames)
    fake.gate._secret = "0" * 16
    next(frames)
    assert fake.gate.refused == 1, "one refusal that names the new challenge"


@both
def test_an_address_with_a_password_is_refused(kind: str) -> None:
    with pytest.raises(ConfigError, match="Take name and password out"):
        source(kind, "http://admin:x@127.0.0.1")


@both
@pytest.mark.parametrize(
    ("base", "expected"), [("http://127.0.0.1:1", SourceUnavailable), ("x://y", SourceUnavailable)]
)
def test_nobody_there_is_unavailable(kind: str, base: str, expected: type[SourceError]) -> None:
    with pytest.raises(expected):
        next(source(kind, base).frames())


def test_a_wrong_path_is_told(make_camera: MakeCamera) -> None:
    base, _ = make_camera()
    reader = PicturesSource(f"{base}/nowhere", LOGIN, SystemClock(), camera_id="gate")
    with pytest.raises(SourceUnsupported):
        next(reader.frames())


@both
def test_what_is_no_picture_is_told(
    make_camera: MakeCamera, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, _ = make_camera()
    monkeypatch.setattr(FakeCamera, "jpeg", lambda _: b"\xff\xd8\xff" + b"no picture" + b"\xff\xd9")
    with pytest.raises(SourceUnreadable):
        next(source(kind, base).frames())


@both
def test_a_camera_that_stops_has_stalled(
    make_camera: MakeCamera, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, _ = make_camera()
    whole = FakeCamera.jpeg
    given: list[int] = []
    is_given_up = threading.Event()

    def once(self: FakeCamera) -> bytes:
        if given:
            is_given_up.wait()
        given.append(1)
        return whole(self)

    monkeypatch.setattr(FakeCamera, "jpeg", once)
    frames = source(kind, base, timeout=1.0).frames()
    next(frames)
    with pytest.raises(SourceStalled):
        next(frames)
    is_given_up.set()


def test_a_slow_reader_is_not_taken_for_a_stalled_camera(make_camera: MakeCamera) -> None:
    base, _ = make_camera()
    clock = ManualClock()
    frames = source("stream", base, clock=clock, timeout=10).frames()
    for _ in range(3):
        next(frames)
        clock.advance(60)


@both
def test_a_picture_that_trickles_is_given_up_in_time(kind: str) -> None:
    """Each byte comes in time, the whole never would."""

    def trickle(listening: socket.socket) -> None:
        way, _ = listening.accept()
        with way, contextlib.suppress(OSError):
            way.recv(65_536)
            way.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(3000):
                way.sendall(b"\xff")
                time.sleep(0.02)  # noqa: TID251 - the far end of a real connection

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=trickle, args=(listening,), daemon=True)
        thread.start()
        began = time.monotonic()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(SourceStalled):
            next(source(kind, base, clock=SystemClock(), timeout=0.4).frames())
        assert time.monotonic() - began < 20, "a third of what would come"
        thread.join()


def test_single_pictures_keep_their_beat_by_the_clock_that_is_passed_in(
    make_camera: MakeCamera,
) -> None:
    base, _ = make_camera()
    reader = source("single", base)
    assert [frame.media_time for frame in islice(reader.frames(), 4)] == [0.0, 1.0, 2.0, 3.0]
    assert reader.interval == 1.0


def test_a_slow_camera_is_not_asked_in_arrears(
    make_camera: MakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, _ = make_camera()
    clock, whole = ManualClock(), FakeCamera.jpeg

    def slow(self: FakeCamera) -> bytes:
        clock.advance(2.5)
        return whole(self)

    monkeypatch.setattr(FakeCamera, "jpeg", slow)
    frames = source("single", base, clock=clock).frames()
    assert [frame.media_time for frame in islice(frames, 3)] == [0.0, 2.5, 5.0]


def test_of_a_stream_no_more_is_taken_than_is_looked_at(make_camera: MakeCamera) -> None:
    base, _ = make_camera()
    reader = source("stream", base)
    times = [frame.media_time for frame in islice(reader.frames(), 5)]
    assert reader.interval == STREAMED
    assert times[-1] > 2 * STREAMED, "it sends 50 a second"


def test_a_large_picture_in_a_small_file_is_not_unfolded() -> None:
    done, small = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))
    assert done
    jpeg = bytearray(small.tobytes())
    frame_header = jpeg.index(b"\xff\xc0")
    jpeg[frame_header + 5 : frame_header + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(SourceUnreadable):
        decoded(bytes(jpeg), "camera")


HTTPX = {
    name: kind
    for name, kind in vars(httpx).items()
    if isinstance(kind, type) and issubclass(kind, httpx.HTTPError | httpx.InvalidURL)
}


@pytest.mark.parametrize("name", sorted(HTTPX))
def test_every_error_of_the_library_becomes_ours(name: str) -> None:
    error = HTTPX[name].__new__(HTTPX[name])
    Exception.__init__(error, "http://admin:hunter2@camera")
    ours = http_error(error, "camera:80")
    expected: type[SourceError] = SourceUnavailable
    if name in {"ReadTimeout", "WriteTimeout", "TimeoutException"}:
        expected = SourceStalled
    elif name in {"DecodingError", "RemoteProtocolError"}:
        expected = SourceUnreadable
    assert type(ours) is expected
    assert "hunter2" not in str(ours)


def jpeg_of(level: int) -> bytes:
    done, jpeg = cv2.imencode(".jpg", np.full((32, 32, 3), level, np.uint8))
    assert done
    return jpeg.tobytes()


PICTURES = [jpeg_of(level) for level in (0, 90, 180)]


def stream(kind: str) -> bytes:
    text = b""
    for picture in PICTURES:
        text += b"--frame\r\nContent-Type: image/jpeg\r\n"
        if kind == "right":
            text += b"Content-Length: %d\r\n" % len(picture)
        if kind == "wrong":
            text += b"Content-Length: %d\r\n" % (len(picture) - 7)
        text += b"\r\n" + picture + b"\r\n"
    return text + b"--frame\r\n"


@given(cuts=st.lists(st.integers(1, 700), min_size=1, max_size=30), kind=st.sampled_from("abc"))
def test_a_stream_is_taken_apart_however_it_arrives(cuts: list[int], kind: str) -> None:
    whole = stream({"a": "right", "b": "wrong", "c": "none"}[kind])
    parts, found, at = JpegParts(1 << 20), [], 0
    for cut in [*cuts, len(whole)]:
        found += list(parts.feed(whole[at : at + cut]))
        at += cut
    assert found == PICTURES


def test_a_stream_without_pictures_is_given_up() -> None:
    parts = JpegParts(1000)
    for _ in range(10):
        assert list(parts.feed(b"a" * 100)) == []
    with pytest.raises(SourceUnreadable):
        list(parts.feed(b"a"))
