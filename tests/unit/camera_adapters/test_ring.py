"""The ring: bounded, whole after any death, and a source of evidence while it is written."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from litterwatch.camera_adapters.live_clock import TICKS
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.ring import Ring, RingLimits, segments_in
from litterwatch.camera_adapters.ring_file import RingPacket, SegmentReader
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.camera_adapters.rtsp import template_of
from litterwatch.detector.errors import Conflict, EvidenceUnavailable
from litterwatch.detector.types import Clip
from litterwatch.service.clock import ManualClock

MakeVideo = Callable[..., Path]
ReadNumber = Callable[[np.ndarray], int]
START = datetime(2026, 3, 1, tzinfo=UTC)
STEP = TICKS // 25
STEADY = {"sc_threshold": "0"}


@dataclass
class Film:
    """Packets of a real video, to be given to a ring at any time."""

    path: Path
    template: bytes
    codec: str
    packets: list[tuple[int, int, bool, bytes]]

    @staticmethod
    def of(path: Path) -> "Film":
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            scale = stream.time_base / (1 / TICKS) if stream.time_base else 1
            packets = [
                (round(p.pts * scale), round(p.dts * scale), p.is_keyframe, bytes(p))
                for p in container.demux(stream)
                if p.pts is not None and p.dts is not None
            ]
            return Film(
                path, template_of(stream), stream.codec_context.codec.canonical_name, packets
            )

    def feed(self, ring: Ring, begin: float = 0.0, *, count: int | None = None) -> None:
        """Into the ring as one connection, its first picture at `begin` seconds."""
        ring.begin(self.codec, 0.04, self.template)
        for index, (pts, dts, is_key, data) in enumerate(self.packets[:count]):
            shown, decoded = round(begin * TICKS) + pts, round(begin * TICKS) + dts
            packet = RingPacket(shown, decoded, True, is_key, index == 0, STEP, data)
            ring.append(packet, START + timedelta(seconds=shown / TICKS))


_FILMED: list[Film] = []


@pytest.fixture
def film(make_video: MakeVideo) -> Film:
    """20 s, a key frame every second."""
    if not _FILMED:
        _FILMED.append(Film.of(make_video("film.mp4", frames=500, gop=25, options=STEADY)))
    return _FILMED[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "rings" / "gate"


@pytest.fixture
def make_ring(folder: Path) -> Iterator[Callable[..., Ring]]:
    made: list[Ring] = []

    def make(**limits: float) -> Ring:
        made.append(Ring(folder, RingLimits(**limits), ManualClock(START)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for ring in made:
        ring.close()


MakeRing = Callable[..., Ring]


def numbers(clip: str, read_number: ReadNumber) -> list[int]:
    frames = RecordedSource(clip, camera_id="clip", rate=None).frames()
    return [read_number(frame.image) for frame in frames]


def sound_size(path: Path) -> int:
    """Bytes of a segment up to the end of its last whole record."""
    reader = SegmentReader(path)
    assert all(packet.data for packet in reader.packets())
    return reader.sound_to


def test_segments_hold_whole_groups_of_pictures(
    make_ring: MakeRing, film: Film, folder: Path
) -> None:
    film.feed(make_ring())
    segments = segments_in(folder)
    assert len(segments) == 4
    for segment in segments:
        first, *_ = SegmentReader(segment.path).packets()
        assert (first.is_key, first.shown) == (True, segment.first)


@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_clip_has_the_original_bytes_and_no_hole(  # noqa: PLR0917
    make_ring: MakeRing,
    make_video: MakeVideo,
    folder: Path,
    read_number: ReadNumber,
    tmp_path: Path,
    b_frames: int,
) -> None:
    film = Film.of(make_video("film.mp4", frames=300, gop=25, b_frames=b_frames, options=STEADY))
    film.feed(make_ring(), 100.0)
    clip = RingFootage(folder).cut(103.5, 108.5, tmp_path / "clip.mp4")
    assert clip.t_start == pytest.approx(103, abs=0.05 * (1 + b_frames))
    assert clip.t_end >= 108.5
    assert clip.gaps == ()
    shown = numbers(clip.path, read_number)
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    assert shown[0] == 75
    original = {data for *_, data in film.packets}
    with av.open(clip.path) as container:
        kept = [bytes(p) for p in container.demux(video=0) if p.size]
    assert set(kept) <= original


def test_stills_are_exact_to_the_picture(
    make_ring: MakeRing, film: Film, folder: Path, read_number: ReadNumber
) -> None:
    film.feed(make_ring(), 100.0)
    footage = RingFootage(folder)
    assert [read_number(footage.still(100 + n / 25)) for n in (0, 24, 130, 499)] == [
        0, 24, 130, 499,
    ]  # fmt: skip
    for missing in (97.0, 122.0):
        with pytest.raises(EvidenceUnavailable):
            footage.still(missing)


def test_an_outage_is_a_gap_of_the_clip(
    make_ring: MakeRing, film: Film, folder: Path, tmp_path: Path
) -> None:
    ring = make_ring()
    film.feed(ring, 100.0, count=250)
    film.feed(ring, 130.0)
    clip = RingFootage(folder).cut(105.0, 135.0, tmp_path / "clip.mp4")
    assert (clip.t_start, clip.t_end) == pytest.approx((105, 135), abs=0.05)
    ((begins, ends),) = clip.gaps
    assert (begins, ends) == pytest.approx((109.96, 130.0))
    with pytest.raises(EvidenceUnavailable):
        RingFootage(folder).still(120.0)


def test_what_is_not_there_yet_or_any_more_is_refused_or_left_out(
    make_ring: MakeRing, film: Film, folder: Path, tmp_path: Path
) -> None:
    film.feed(make_ring(), 100.0)
    footage, into = RingFootage(folder), tmp_path / "clip.mp4"
    for start in (50.0, 150.0):
        with pytest.raises(EvidenceUnavailable):
            footage.cut(start, start + 5, into)
        assert not into.exists()
    clip = footage.cut(118.0, 130.0, into)
    assert clip.gaps[0] == pytest.approx((120.0, 130.0))
    assert clip.t_end == pytest.approx(120.0)


def test_another_codec_in_mid_stream_costs_the_shorter_part(
    make_ring: MakeRing, film: Film, make_video: MakeVideo, folder: Path, tmp_path: Path
) -> None:
    other = Film.of(make_video("other.mp4", codec="libx265", frames=100, gop=25, size=(192, 96)))
    ring = make_ring()
    film.feed(ring, 100.0)
    other.feed(ring, 120.0)
    clip = RingFootage(folder).cut(110.0, 123.0, tmp_path / "clip.mp4")
    assert clip.codec == "h264"
    assert clip.gaps[0] == pytest.approx((120.0, 123.0))
    later = RingFootage(folder).cut(118.0, 123.0, tmp_path / "later.mp4")
    assert later.codec == "hevc"
    assert later.gaps[0] == pytest.approx((118.0, 120.0))


def test_the_ring_is_bounded_in_time_and_bytes(
    make_ring: MakeRing, film: Film, folder: Path
) -> None:
    ring = make_ring(seconds=30.0)
    for round_ in range(8):
        film.feed(ring, 20.0 * round_)
    first, last = RingFootage(folder).span() or (0, 0)
    assert 30 <= last - first <= 30 + 2 * 5.1
    size = ring.size
    ring.close()
    small = make_ring(seconds=900.0, size=size // 2)
    for round_ in range(8, 12):
        film.feed(small, 20.0 * round_)
    held = sum(segment.path.stat().st_size for segment in segments_in(folder))
    assert held == small.size
    assert held <= size // 2 + sum(len(data) for *_, data in film.packets) // 2


def test_one_process_writes(make_ring: MakeRing) -> None:
    make_ring()
    with pytest.raises(Conflict, match="watch a camera once"):
        make_ring()


def test_a_ring_goes_on_after_a_restart(
    make_ring: MakeRing, film: Film, folder: Path, tmp_path: Path
) -> None:
    first = make_ring()
    film.feed(first, 100.0)
    first.close()
    second = make_ring()
    assert second.origin == first.origin
    assert second.last == first.last
    film.feed(second, 120.0)
    clip = RingFootage(folder).cut(115.0, 125.0, tmp_path / "clip.mp4")
    assert (clip.t_start, clip.t_end) == pytest.approx((115, 125), abs=0.05)


@pytest.mark.parametrize("cut", [1, 5, 9, 40, 3000, 10**9])
def test_a_torn_tail_costs_nothing_before_it(
    make_ring: MakeRing, film: Film, folder: Path, cut: int
) -> None:
    ring = make_ring()
    film.feed(ring)
    ring.close()
    newest = segments_in(folder)[-1].path
    whole = list(SegmentReader(newest).packets())
    os.truncate(newest, max(0, newest.stat().st_size - cut))
    again = make_ring()
    if not newest.exists():
        assert cut == 10**9
        assert again.last == segments_in(folder)[-1].first + 124 * STEP
        return
    kept = list(SegmentReader(newest).packets())
    assert 0 < len(kept) < len(whole)
    assert kept == whole[: len(kept)]
    assert sound_size(newest) == newest.stat().st_size
    assert again.last == kept[-1].dts


def test_a_flipped_bit_ends_what_is_believed(make_ring: MakeRing, film: Film, folder: Path) -> None:
    ring = make_ring()
    film.feed(ring)
    ring.close()
    path = segments_in(folder)[0].path
    content = bytearray(path.read_bytes())
    whole = list(SegmentReader(path).packets())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    believed = list(SegmentReader(path).packets())
    assert believed == whole[: len(believed)]
    assert len(believed) < len(whole)


def test_overlapping_clips_are_cut_while_the_ring_is_written(
    make_ring: MakeRing, film: Film, folder: Path, tmp_path: Path, read_number: ReadNumber
) -> None:
    # Longer than all that is fed in an instant: what is asked for must not go meanwhile.
    ring = make_ring(seconds=300.0)
    film.feed(ring)
    film.feed(ring, 20.0)
    done = threading.Event()

    def write() -> None:
        for round_ in range(2, 6):
            film.feed(ring, 20.0 * round_)
        done.set()

    writing = threading.Thread(target=write)
    writing.start()
    footage, clips = RingFootage(folder), list[Clip]()
    while not done.is_set() or len(clips) < 4:
        _, newest = footage.span() or (0.0, 0.0)
        into = tmp_path / f"{len(clips)}.mp4"
        clips.append(footage.cut(newest - 15, newest - 5, into))
    writing.join()
    for clip in clips:
        assert clip.t_end - clip.t_start >= 9.9
        shown = numbers(clip.path, read_number)
        assert all(b - a in {1, -499} for a, b in pairwise(shown))


def test_a_full_disk_costs_the_oldest_and_keeping_goes_on(
    make_ring: MakeRing, film: Film, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = make_ring()
    film.feed(ring)
    write, room = os.write, [20_000]

    def nearly_full(descriptor: int, content: bytes) -> int:
        if room[0] < len(content):
            room[0] = 40_000
            write(descriptor, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= len(content)
        return write(descriptor, content)

    with monkeypatch.context() as patched:
        patched.setattr("os.write", nearly_full)
        film.feed(ring, 20.0)
    assert ring.lost > 0
    assert segments_in(folder)[0].number > 1
    for segment in segments_in(folder):
        assert sound_size(segment.path) == segment.path.stat().st_size


def test_the_hour_of_a_moment_is_known(make_ring: MakeRing, film: Film, folder: Path) -> None:
    film.feed(make_ring(), 100.0)
    assert RingFootage(folder).utc(111.5) == START + timedelta(seconds=111.5)
    assert RingFootage(folder).utc(5.0) is None
