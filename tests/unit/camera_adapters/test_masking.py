"""Privacy masks: black in every clip, still and analysis picture, of real encoded video."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from litterwatch.camera_adapters.clips import RecordedFootage
from litterwatch.camera_adapters.live_clock import TICKS, TIME_BASE, Axis, Stamped
from litterwatch.camera_adapters.masked_taker import MaskedRingTaker
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.pictures import Orientation
from litterwatch.camera_adapters.reader_messages import Picture
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.ring import Ring, RingLimits, segments_in
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.camera_adapters.takers import BothTakers, PictureTaker, RingTaker, Slots
from litterwatch.service.clock import ManualClock

Image = NDArray[np.uint8]
SIZE = (160, 96)
MASKED = ((0.5, 0.25), (0.9, 0.25), (0.9, 0.75), (0.5, 0.75))
MASKS = Masks([MASKED])
_DARK, _BRIGHT = 24, 120


def bright(number: int, width: int, height: int) -> Image:
    """Bright everywhere, with a pattern that moves: whatever is dark was made so."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    grey = (150 + (x * 5 + y * 3 + number * 11) % 100).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def parts(image: Image) -> tuple[int, int]:
    """(brightest pixel under the mask, darkest well beside it) of a picture as displayed."""
    height, width = image.shape[:2]
    inside = image[int(0.25 * height) : int(0.75 * height), int(0.5 * width) : int(0.9 * width)]
    return int(inside.max()), int(image[:, : int(0.4 * width)].min())


def pictures_in(path: Path) -> Iterator[tuple[float, Image]]:
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            picture = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            yield float(frame.pts * frame.time_base), picture


def require_masked(images: list[Image]) -> None:
    assert images
    for image in images:
        under, beside = parts(image)
        assert under <= _DARK
        assert beside >= _BRIGHT


@pytest.fixture
def film(make_video: Callable[..., Path]) -> Path:
    return make_video(size=SIZE, frames=60, rate=10, gop=10, picture=bright)


def test_a_clip_of_a_masked_camera_is_black_there_and_its_times_are_the_same(
    film: Path, tmp_path: Path
) -> None:
    plain = RecordedFootage(film).cut(1.25, 3.0, tmp_path / "plain.mp4")
    masked = RecordedFootage(film, MASKS).cut(1.25, 3.0, tmp_path / "masked.mp4")
    assert (plain.is_masked, masked.is_masked) == (False, True)
    assert (masked.t_start, masked.codec) == (plain.t_start, "h264")
    assert masked.t_end == pytest.approx(plain.t_end, abs=0.001)
    original, kept = list(pictures_in(Path(plain.path))), list(pictures_in(Path(masked.path)))
    assert [round(t, 3) for t, _ in kept] == [round(t, 3) for t, _ in original]
    assert min(parts(image)[0] for _, image in original) > _BRIGHT, "it was bright before"
    require_masked([image for _, image in kept])
    again = RecordedFootage(film, MASKS).cut(1.25, 3.0, tmp_path / "again.mp4")
    assert Path(again.path).read_bytes() == Path(masked.path).read_bytes()


def test_nothing_is_written_but_the_masked_clip(film: Path, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    RecordedFootage(film, MASKS).cut(0.0, 1.0, folder / "clip.mp4")
    assert [path.name for path in folder.iterdir()] == ["clip.mp4"]


def test_stills_and_the_pictures_that_are_analysed_are_black_there(film: Path) -> None:
    source = RecordedSource(film, camera_id="a", rate=None, long_side=80, masks=MASKS)
    require_masked([RecordedFootage(film, MASKS).still(2.0)])
    require_masked([frame.image for frame in source.frames()])


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_mask_lies_where_it_was_drawn_also_in_turned_video(
    make_video: Callable[..., Path], tmp_path: Path, rotation: int
) -> None:
    turned = make_video(size=SIZE, frames=12, rate=10, rotation=rotation, picture=bright)
    clip = RecordedFootage(turned, MASKS).cut(0.0, 1.0, tmp_path / "clip.mp4")
    require_masked([RecordedFootage(turned, MASKS).still(0.5)])
    require_masked([RecordedFootage(Path(clip.path)).still(0.5)])


@pytest.mark.parametrize("size", [(161, 97), (158, 90)])
def test_odd_sizes_are_masked_as_well(
    make_video: Callable[..., Path], tmp_path: Path, size: tuple[int, int]
) -> None:
    odd = make_video(
        "odd.mkv", size=size, frames=6, rate=10, picture=bright, codec="ffv1", pix_fmt="bgr0"
    )
    clip = RecordedFootage(odd, MASKS).cut(0.0, 0.4, tmp_path / "clip.mp4")
    require_masked([image for _, image in pictures_in(Path(clip.path))])


def test_an_outline_that_crosses_itself_hides_all_it_encloses() -> None:
    star = ((0.5, 0.1), (0.7, 0.9), (0.1, 0.4), (0.9, 0.4), (0.3, 0.9))
    assert Masks([star]).covered((100, 100))[50, 50]


def test_a_mask_of_a_stored_picture_is_that_of_the_shown_one() -> None:
    for turned in (
        Orientation(transposed=True, mirrored_x=True),
        Orientation(transposed=True, mirrored_y=True),
        Orientation(mirrored_x=True, mirrored_y=True),
    ):
        stored = MASKS.covered(SIZE, turned)
        assert stored.shape == SIZE[::-1]
        shown = turned.apply(np.repeat(stored[:, :, None], 3, axis=2).astype(np.uint8))
        assert (shown[:, :, 0] > 0).tolist() == MASKS.covered(turned.size(*SIZE)).tolist()


class FilmStream:
    """A camera's stream that comes from a file."""

    codec, interval, undecodable = "h264", 0.1, 0
    size, sample_aspect, reorders = SIZE, None, False

    def __init__(self, film: Path) -> None:
        self._file = av.open(str(film))
        self._stream = self._file.streams.video[0]
        self.decoded = 0

    def template(self) -> bytes:
        return b"template of the camera"

    def packets(self) -> Iterator[Any]:
        for number, packet in enumerate(self._file.demux(self._stream)):
            if packet.size:
                packet.pts = packet.dts = TICKS + number * TICKS // 10
                packet.time_base = TIME_BASE
                yield packet

    def decode(self, packet: Any) -> list[VideoFrame]:
        self.decoded += 1
        return self._stream.codec_context.decode(packet)


class Trial:
    """A ring, what is put into it, and what the analysis is shown."""

    def __init__(self, folder: Path, masks: Masks) -> None:
        self.clock = ManualClock(datetime(2026, 11, 27, tzinfo=UTC))
        self.folder, self.masks = folder, masks
        self.ring = Ring(folder, RingLimits(), self.clock, masks.outlines)
        self.axis = Axis(self.ring.origin, self.clock)
        self.slots = Slots(memoryview(bytearray(3 * 160 * 160 * 3)))
        self.shown: list[Image] = []

    def hear(self, picture: Picture) -> None:
        self.shown.append(self.slots.get(picture.slot, picture.shape))
        self.slots.free(picture.slot)

    def run(self, stream: FilmStream) -> None:
        keeping = MaskedRingTaker(self.ring, self.axis, self.masks) if self.masks else None
        pictures = PictureTaker(
            5.0, 160, axis=self.axis, slots=self.slots, say=self.hear, masks=self.masks
        )
        both = BothTakers([keeping or RingTaker(self.ring, self.axis), pictures])
        both.begin(stream)
        for packet in stream.packets():
            both.take(stream, Stamped(packet, packet.pts, packet.dts, is_after_gap=False))
        self.ring.close()


def test_the_ring_of_a_masked_camera_holds_masked_pictures_alone(
    film: Path, tmp_path: Path
) -> None:
    trial, stream = Trial(tmp_path / "ring", MASKS), FilmStream(film)
    trial.run(stream)
    assert stream.decoded == 60, "each packet is decoded once, whoever wants its picture"
    require_masked(trial.shown)
    footage = RingFootage(trial.folder)
    clip = footage.cut(2.0, 5.0, tmp_path / "clip.mp4")
    assert clip.is_masked
    assert clip.t_start <= 2.0
    assert clip.t_end >= 5.0
    kept = list(pictures_in(Path(clip.path)))
    assert len(kept) >= 30
    assert {round(b[0] - a[0], 3) for a, b in pairwise(kept)} == {0.1}
    require_masked([image for _, image in kept])
    require_masked([footage.still(3.0)])
    packets = set(_packets_of(film))
    assert all(
        packet not in segment.path.read_bytes()
        for segment in segments_in(trial.folder)
        for packet in packets
    )


def _packets_of(film: Path) -> list[bytes]:
    with av.open(str(film)) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


def test_what_was_kept_before_a_mask_goes_when_it_comes(film: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ring"
    Trial(folder, MASKS).run(FilmStream(film))
    assert segments_in(folder)
    Ring(folder, RingLimits(), ManualClock(), MASKS.outlines).close()
    assert segments_in(folder), "the same masks: it stays"
    more = (*MASKS.outlines, ((0.0, 0.0), (0.2, 0.0), (0.2, 0.2)))
    Ring(folder, RingLimits(), ManualClock(), more).close()
    assert segments_in(folder) == []


def test_a_picture_of_square_pixels_or_not_keeps_its_shape(
    make_video: Callable[..., Path], tmp_path: Path
) -> None:
    wide = make_video(size=SIZE, frames=6, rate=10, aspect=Fraction(2, 1), picture=bright)
    clip = RecordedFootage(wide, MASKS).cut(0.0, 0.4, tmp_path / "clip.mp4")
    with av.open(clip.path) as file:
        assert file.streams.video[0].sample_aspect_ratio == Fraction(2, 1)
