"""Odd video files, made when a test asks for them, once for each set of options.

Properties: 30 examples each, where a test does not name its own number; the slow tier tries 100
(`-m hypothesis --hypothesis-profile thorough`). They are always the same. How long an example takes
is up to the machine: no test fails of that.
"""

import ipaddress
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

patient = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    database=None,
)
settings.register_profile("thorough", patient, max_examples=100)
settings.register_profile("quick", patient, max_examples=30)
settings.load_profile("quick")

Picture = NDArray[np.uint8]
MakeVideo = Callable[..., Path]

_BITS = 10


def numbered_picture(number: int, width: int, height: int) -> Picture:
    """A picture that says its number: ten upright bars, white for 1, the highest bit on the left.

    The lower half holds a gradient that moves, so that pictures are never alike.
    """
    picture = np.zeros((height, width, 3), np.uint8)
    for bit in range(_BITS):
        left, right = bit * width // _BITS, (bit + 1) * width // _BITS
        picture[:, left:right] = 230 if number >> (_BITS - 1 - bit) & 1 else 25
    ramp = (np.arange(width) * 3 + number * 7) % 200
    picture[height * 3 // 4 :] = ramp[None, :, None]
    return picture


def number_in_picture(picture: Picture) -> int:
    """The number that `numbered_picture` wrote, at any size."""
    height, width = picture.shape[:2]
    row = picture[height // 8 : height // 2].mean(axis=(0, 2))
    bars = [row[int((bit + 0.5) * width / _BITS)] > 128 for bit in range(_BITS)]
    return sum(1 << (_BITS - 1 - bit) for bit, white in enumerate(bars) if white)


def write_video(
    path: Path,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (160, 96),
    frames: int = 50,
    rate: int = 25,
    pix_fmt: str = "yuv420p",
    gop: int = 12,
    b_frames: int = 0,
    rotation: int | None = None,
    aspect: Fraction | None = None,
    pts: Callable[[int], int] = lambda number: number,
    time_base: Fraction | None = None,
    options: dict[str, str] | None = None,
    picture: Callable[[int, int, int], Picture] = numbered_picture,
    container_options: dict[str, str] | None = None,
    sound: bool = False,
) -> Path:
    """Write a video whose frames say their numbers; the suffix chooses the container.

    Args:
        pts: time of the n-th frame in units of `time_base`, by default one frame each.
        rotation: degrees counter-clockwise, as the display matrix has it.
    """
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=rate, options=options or {}))
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = b_frames
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = time_base or Fraction(1, rate)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation is not None:
            stream.set_display_rotation(rotation)
        audio = container.add_stream("aac", rate=16000) if sound else None
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), "bgr24")
            frame = frame.reformat(format=pix_fmt)
            frame.pts = pts(number)
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            _write_silence(container, audio, frames / rate)
    return path


def _write_silence(container: Any, stream: Any, seconds: float) -> None:
    for start in range(0, int(seconds * 16000), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 16000, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@pytest.fixture(scope="session")
def _videos(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """`write_video` by suffix and options, each once."""
    folder, known = tmp_path_factory.mktemp("videos"), dict[tuple[str, str], Path]()

    def video(suffix: str, options: dict[str, Any]) -> Path:
        key = (suffix, repr(sorted(options.items())))
        if key not in known:
            known[key] = write_video(folder / f"{len(known)}{suffix}", **options)
        return known[key]

    return video


@pytest.fixture
def make_video(tmp_path: Path, _videos: MakeVideo) -> MakeVideo:
    """`write_video` into the test's folder: name first, then its options."""

    def make(name: str = "video.mp4", **options: Any) -> Path:
        path = tmp_path / name
        if any(callable(value) for value in options.values()):
            return write_video(path, **options)
        shutil.copyfile(_videos(path.suffix, options), path)
        return path

    return make


@pytest.fixture
def read_number() -> Callable[[Picture], int]:
    """Reads the number of a frame that `make_video` wrote."""
    return number_in_picture


@pytest.fixture(scope="session")
def _quick(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`QuickDatabases`; tests of what lies below the service do not pay for its import."""
    from litterwatch.service.scripted_databases import QuickDatabases  # noqa: PLC0415

    return QuickDatabases(tmp_path_factory.mktemp("migrated") / "litterwatch.sqlite3")


@pytest.fixture(scope="module")
def databases_are_made_quickly(_quick: Any) -> Iterator[None]:
    """Folders of tests that make many databases ask for it in their conftest."""
    with _quick.at_work():
        yield


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key.

    Attributes:
        pem: the certificate alone.
        file: certificate and key, as servers want them.
        fingerprint: SHA-256, 64 hexadecimal digits.
    """

    pem: str
    file: Path
    fingerprint: str
    key: ec.EllipticCurvePrivateKey
    own: x509.Certificate


@pytest.fixture
def make_certificate(tmp_path: Path) -> Callable[..., Certificate]:
    """Makes certificates of cameras, signed by themselves unless another one is given.

    `host` is the address it is made for; `ends` is when it ends, in days from now.
    """

    def make(
        host: str = "127.0.0.1", *, by: Certificate | None = None, ends: float = 2.0
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        serial = x509.random_serial_number()
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"camera {serial % 9999}")])
        now = datetime.now(UTC)  # noqa: TID251 - the certificate must be valid as the library sees it
        own = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if by is None else by.own.subject)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(now - timedelta(days=4))
            .not_valid_after(now + timedelta(days=ends))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key if by is None else by.key, hashes.SHA256())
        )
        pem = own.public_bytes(serialization.Encoding.PEM).decode()
        plain = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        fingerprint = own.fingerprint(hashes.SHA256()).hex()
        file = tmp_path / f"{fingerprint[:12]}.pem"
        file.write_bytes(pem.encode() + plain)
        return Certificate(pem, file, fingerprint, key, own)

    return make
