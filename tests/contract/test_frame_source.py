"""What every FrameSource keeps, the shipped fake included."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.http_source import PicturesSource
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.scripted import ScriptedSource
from litterwatch.detector.errors import SourceError, SourceUnavailable
from litterwatch.detector.protocols import FrameSource
from litterwatch.detector.types import Frame, Image
from litterwatch.service.clock import ManualClock, SystemClock

MakeVideo = Callable[..., Path]
MakeSource = Callable[[], FrameSource]

START = datetime(2026, 3, 1, tzinfo=UTC)


def scripted_frames(number: int, start: datetime | None) -> list[Frame]:
    return [
        Frame(
            camera_id="gate",
            index=n,
            media_time=n / 6,
            captured_at=None if start is None else start + timedelta(seconds=n / 6),
            image=np.zeros((90, 160, 3), np.uint8),
            source_size=(320, 180),
        )
        for n in range(number)
    ]


class FirstOf:
    """The first frames of a source that goes on for ever."""

    def __init__(self, source: FrameSource, number: int) -> None:
        self.camera_id = source.camera_id
        self._source, self._number = source, number

    def frames(self) -> Iterator[Frame]:
        yield from islice(self._source.frames(), self._number)

    def close(self) -> None:
        self._source.close()


class Grey:
    def picture(self) -> Image:
        return np.full((90, 160, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def web_camera() -> Iterator[str]:
    """Where a camera gives pictures over HTTP."""
    camera = FakeCamera(FakePlan(), SystemClock(), Grey())
    with FakeCameraServer(camera, mjpeg_rate=100) as server:
        yield server.address


def web_source(kind: str, base: str) -> FrameSource:
    if kind == "snapshot":
        address, clock = f"{base}/snapshot/main", ManualClock(START)
    else:
        address, clock = f"{base}/mjpeg", Ticking(START)
    return FirstOf(PicturesSource(address, LOGIN, clock, camera_id="gate"), 12)


class Ticking(ManualClock):
    """Moves on a fifth of a second whenever a picture is stamped."""

    def now(self) -> datetime:
        now = super().now()
        self.advance(0.2)
        return now


SOURCES = (
    "recorded",
    "recorded, time known",
    "scripted",
    "scripted, time known",
    "snapshot, time known",
    "mjpeg, time known",
)


@pytest.fixture(params=SOURCES)
def make_source(
    request: pytest.FixtureRequest, make_video: MakeVideo, web_camera: str
) -> MakeSource:
    kind, _, known = request.param.partition(", ")
    if kind in {"snapshot", "mjpeg"}:
        return lambda: web_source(kind, web_camera)
    start = START if known else None
    if kind == "scripted":
        return lambda: ScriptedSource(scripted_frames(12, start))
    path = make_video()
    return lambda: RecordedSource(path, camera_id="gate", start_time=start)


@pytest.fixture(params=["recorded", "scripted", "snapshot", "mjpeg"])
def lost_source(request: pytest.FixtureRequest, make_video: MakeVideo) -> FrameSource:
    """A source that fails when it is read."""
    if request.param == "scripted":
        return ScriptedSource(scripted_frames(2, None), error=SourceUnavailable("gone"))
    if request.param in {"snapshot", "mjpeg"}:
        return web_source(request.param, "http://127.0.0.1:1")
    path = make_video()
    source = RecordedSource(path, camera_id="gate")
    path.unlink()
    return source


def test_media_time_starts_at_zero_and_increases(make_source: MakeSource) -> None:
    times = [frame.media_time for frame in make_source().frames()]
    assert len(times) > 5
    assert times[0] == 0.0
    assert times == sorted(set(times))


def test_indices_increase_from_zero(make_source: MakeSource) -> None:
    indices = [frame.index for frame in make_source().frames()]
    assert indices[0] == 0
    assert indices == sorted(set(indices))


def test_captured_at_is_aware_and_goes_with_media_time_or_is_unknown(
    make_source: MakeSource,
) -> None:
    for frame in make_source().frames():
        if frame.captured_at is not None:
            assert frame.captured_at.utcoffset() == timedelta(0)
            assert frame.captured_at == START + timedelta(seconds=frame.media_time)


def test_frames_name_their_camera_and_have_one_size(make_source: MakeSource) -> None:
    source = make_source()
    frames = list(source.frames())
    assert {frame.camera_id for frame in frames} == {source.camera_id} == {"gate"}
    assert len({frame.image.shape for frame in frames}) == 1


def test_frames_do_not_share_memory(make_source: MakeSource) -> None:
    first, second, *_ = make_source().frames()
    assert not np.shares_memory(first.image, second.image)


def test_the_same_source_gives_the_same_frames(make_source: MakeSource) -> None:
    for one, other in zip(make_source().frames(), make_source().frames(), strict=True):
        assert (one.index, one.media_time) == (other.index, other.media_time)
        assert np.array_equal(one.image, other.image)


def test_closing_twice_is_fine_at_any_time(make_source: MakeSource) -> None:
    unread = make_source()
    unread.close()
    unread.close()
    assert list(unread.frames()) == []
    read = make_source()
    assert list(read.frames())
    read.close()
    read.close()


def test_closing_in_the_middle_ends_the_frames(make_source: MakeSource) -> None:
    source = make_source()
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []
    source.close()


def test_a_source_is_read_once(make_source: MakeSource) -> None:
    source = make_source()
    assert list(source.frames())
    with pytest.raises(RuntimeError, match="once"):
        next(source.frames())


def test_a_lost_camera_is_told_to_the_reader_and_can_be_closed(lost_source: FrameSource) -> None:
    with pytest.raises(SourceError):
        list(lost_source.frames())
    lost_source.close()
    lost_source.close()


def test_the_fake_refuses_times_that_do_not_increase() -> None:
    frames = scripted_frames(2, None)
    with pytest.raises(ValueError, match="increase"):
        ScriptedSource(frames[::-1])
