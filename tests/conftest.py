"""Odd video files, made when a test asks for them; what need not be made again for every test.

Tables: an upgrade runs every migration of the past. Each process of tests lets them run once, from
nothing to this version, and gives a copy of that file to every SQLite database that begins there.
A database that has tables already, or goes to another version, or is PostgreSQL, runs its own.

Pages: every desk compiles its templates anew; the compiled code of one serves all.

Properties: 30 examples each, where a test does not name its own number. The slow tier tries them
with 100 (`-m hypothesis --hypothesis-profile thorough`).
"""

import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from hypothesis import settings
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from numpy.typing import NDArray

from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.desk import pages

settings.register_profile("thorough", max_examples=100)
settings.register_profile("quick", max_examples=30)
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


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """`write_video` into the test's folder: name first, then its options."""

    def make(name: str = "video.mp4", **options: Any) -> Path:
        return write_video(tmp_path / name, **options)

    return make


@pytest.fixture
def read_number() -> Callable[[Picture], int]:
    """Reads the number of a frame that `make_video` wrote."""
    return number_in_picture


def _empty_place(database: Database) -> Path | None:
    """Where the SQLite file of this database will be, if there is none yet."""
    if database.engine.dialect.name != "sqlite" or not database.engine.url.database:
        return None
    file = Path(database.engine.url.database)
    return file if file.parent.is_dir() and not file.exists() else None


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    migrated = tmp_path_factory.mktemp("migrated") / "litterwatch.sqlite3"
    upgrade = Database.upgrade

    def quick(database: Database, revision: str = "head") -> None:
        place = _empty_place(database)
        if revision != "head" or place is None:
            upgrade(database, revision)
            return
        if not migrated.exists():
            first = Database(sqlite_url(migrated))
            upgrade(first)
            first.close()
        shutil.copyfile(migrated, place)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Database, "upgrade", quick)
        yield


class _Compiled(BytecodeCache):
    """Compiled templates by name and content, for the life of the process."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._code.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    compiled, make = _Compiled(), pages._environment

    def quick(language: str) -> Environment:
        environment = make(language)
        environment.bytecode_cache = compiled
        return environment

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pages, "_environment", quick)
        yield
