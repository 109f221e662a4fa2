"""Frames of recorded files, sound and odd."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import pytest

from litterwatch.camera_adapters.pictures import PictureMaker
from litterwatch.camera_adapters.recorded import RateGate, RecordedSource
from litterwatch.camera_adapters.video_file import VideoFile
from litterwatch.camera_adapters.video_info import StreamInfo, probe
from litterwatch.detector.errors import SourceError, SourceUnavailable, SourceUnreadable
from litterwatch.detector.types import Frame, Image

MakeVideo = Callable[..., Path]
ReadNumber = Callable[[Image], int]

KINDS: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "b_frames.mp4": {"b_frames": 3},
    "b_frames.mkv": {"b_frames": 3},
    "b_frames.ts": {"b_frames": 3},
    "b_frames.avi": {"b_frames": 2},
    "h265.mp4": {
        "codec": "libx265",
        "b_frames": 3,
        "options": {"x265-params": "log-level=none"},
    },
    "mpeg4.avi": {"codec": "mpeg4"},
    "mpeg4_b.avi": {"codec": "mpeg4", "b_frames": 2},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "raw.avi": {"codec": "rawvideo", "pix_fmt": "bgr24"},
    "mpeg2.mpg": {"codec": "mpeg2video", "b_frames": 2},
    "no_times.h264": {},
    "no_times_b.h264": {"b_frames": 2},
    "grey.mp4": {"pix_fmt": "gray"},
    "ten_bits.mp4": {"pix_fmt": "yuv420p10le"},
    "grey_ten_bits.mkv": {"codec": "ffv1", "pix_fmt": "gray10le"},
    "odd_size.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "size": (161, 131)},
    "late_start.mkv": {"pts": lambda n: n + 1000, "b_frames": 2},
    "one_key_frame.mp4": {"gop": 1000, "b_frames": 2},
    "with_sound.mp4": {"sound": True},
    "fragmented.mp4": {"container_options": {"movflags": "frag_keyframe+empty_moov"}},
}


def frames_of(path: Path, **options: Any) -> list[Frame]:
    return list(RecordedSource(path, camera_id="gate", **options).frames())


@pytest.mark.parametrize("name", KINDS)
def test_every_frame_comes_once_in_order_and_on_time(
    name: str, make_video: MakeVideo, read_number: ReadNumber
) -> None:
    source = RecordedSource(make_video(name, **KINDS[name]), camera_id="gate", rate=None)
    frames = list(source.frames())
    assert [read_number(frame.image) for frame in frames] == list(range(50))
    assert [frame.index for frame in frames] == list(range(50))
    expected = [n / 25 for n in range(50)]
    assert [frame.media_time for frame in frames] == pytest.approx(expected, abs=0.001)
    assert source.decoded == 50
    assert source.gaps == []
    assert (source.undecodable, source.truncated) == (0, False)


def test_frames_are_picked_by_media_time_not_by_number(
    make_video: MakeVideo, read_number: ReadNumber
) -> None:
    """The same scene at 5 and 25 frames/s is looked at at the same moments."""
    slow = frames_of(make_video("slow.mp4", rate=5, frames=10), rate=5)
    fast = frames_of(make_video("fast.mp4", rate=25, frames=50), rate=5)
    assert [frame.media_time for frame in slow] == pytest.approx([n / 5 for n in range(10)])
    times = [frame.media_time for frame in fast]
    assert times == pytest.approx([n / 5 for n in range(10)])
    assert [read_number(frame.image) for frame in fast] == [frame.index for frame in fast]


@pytest.mark.parametrize(("fps", "rate"), [(6, 6), (25, 6), (29.97, 6), (30, 12), (10, 6), (4, 6)])
def test_the_analysis_rate_is_kept_over_time(fps: float, rate: float) -> None:
    gate = RateGate(rate, 1 / fps)
    # Times rounded to milliseconds, as in Matroska.
    used = sum(gate.is_due(round(n / fps, 3)) for n in range(int(60 * fps)))
    assert used == pytest.approx(60 * min(fps, rate), abs=1)


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="rate"):
        RateGate(0, 0.04)


def test_variable_frame_rate_keeps_its_times_and_declares_the_hole(make_video: MakeVideo) -> None:
    times = [0, 40, 80, 200, 210, 1500, 1540, 1600, 1601, 1650]
    path = make_video(
        "variable.mp4", frames=10, b_frames=2, pts=times.__getitem__, time_base=Fraction(1, 1000)
    )
    source = RecordedSource(path, camera_id="gate", rate=None)
    assert [frame.media_time for frame in source.frames()] == pytest.approx(
        [time / 1000 for time in times], abs=0.001
    )
    assert source.gaps == [pytest.approx((0.21, 1.5), abs=0.001)]


@pytest.mark.parametrize("shift", [0, 20000])
def test_joined_recordings_go_on_and_the_joint_is_declared(
    make_video: MakeVideo, shift: int
) -> None:
    first = make_video("first.ts", b_frames=2)
    second = make_video("second.ts", b_frames=2, pts=lambda n: n + shift)
    joined = first.with_name("joined.ts")
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    source = RecordedSource(joined, camera_id="gate", rate=None)
    times = [frame.media_time for frame in source.frames()]
    assert times == pytest.approx([n / 25 for n in range(100)], abs=0.001)
    assert source.gaps == [pytest.approx((1.96, 2.0), abs=0.001)]


def corner_marked(_number: int, width: int, height: int) -> Image:
    """Grey with a white upper left corner."""
    picture = np.full((height, width, 3), 90, np.uint8)
    picture[: height // 3, : width // 3] = 250
    return picture


@pytest.mark.parametrize(
    ("counter_clockwise", "rotation", "corner"),
    [(0, 0, (0, 0)), (90, 270, (-1, 0)), (180, 180, (-1, -1)), (-90, 90, (0, -1))],
)
def test_a_phone_held_upright_is_shown_upright(
    make_video: MakeVideo, counter_clockwise: int, rotation: int, corner: tuple[int, int]
) -> None:
    path = make_video(rotation=counter_clockwise, picture=corner_marked, frames=2)
    source = RecordedSource(path, camera_id="gate", rate=None)
    frame = next(iter(source.frames()))
    upright = (96, 160) if rotation in {90, 270} else (160, 96)
    assert source.info.rotation == rotation
    assert (source.info.width, source.info.height) == upright
    assert frame.source_size == frame.size == upright
    corners = {at: frame.image[at].mean() for at in ((0, 0), (0, -1), (-1, 0), (-1, -1))}
    assert max(corners, key=lambda at: corners[at]) == corner


def test_pixels_that_are_not_square_are_made_square(make_video: MakeVideo) -> None:
    path = make_video(size=(352, 144), aspect=Fraction(6, 11), frames=1)
    (frame,) = frames_of(path)
    assert frame.size == (352, 264)
    assert frame.source_size == (352, 144)


def test_big_pictures_are_reduced_and_boxes_find_back(make_video: MakeVideo) -> None:
    (frame,) = frames_of(make_video(size=(1280, 720), frames=1))
    assert frame.size == (640, 360)
    assert frame.source_size == (1280, 720)


def test_captured_at_is_unknown_unless_somebody_knows(make_video: MakeVideo) -> None:
    path = make_video(frames=26)
    assert all(frame.captured_at is None for frame in frames_of(path))
    start = datetime(2026, 3, 1, 5, 30, tzinfo=UTC)
    known = frames_of(path, start_time=start, rate=1.0)
    assert [frame.captured_at for frame in known] == [
        start + timedelta(seconds=frame.media_time) for frame in known
    ]
    with pytest.raises(ValueError, match="aware"):
        RecordedSource(path, camera_id="gate", start_time=start.replace(tzinfo=None))


def test_a_single_frame(make_video: MakeVideo) -> None:
    (frame,) = frames_of(make_video(frames=1))
    assert (frame.index, frame.media_time) == (0, 0.0)


@pytest.mark.parametrize("name", ["front.mp4", "cut.mkv", "cut.avi"])
def test_a_file_that_breaks_off_gives_what_it_has(
    name: str, make_video: MakeVideo, read_number: ReadNumber
) -> None:
    path = make_video(
        name, frames=100, container_options={"movflags": "faststart"} if "mp4" in name else None
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    source = RecordedSource(path, camera_id="gate", rate=None)
    numbers = [read_number(frame.image) for frame in source.frames()]
    assert 10 < len(numbers) < 100
    # The last picture may be half there and be filled up from the one before.
    assert numbers[:-1] == list(range(len(numbers) - 1))
    assert source.truncated


def test_damage_in_the_middle_does_not_end_the_file(
    make_video: MakeVideo, read_number: ReadNumber
) -> None:
    path = make_video("damaged.ts", frames=100, options={"crf": "12"})
    data = bytearray(path.read_bytes())
    chosen = random.Random(4)  # noqa: S311 - damage, not secrets
    for _ in range(40):
        data[chosen.randrange(len(data) // 3, len(data) * 2 // 3)] = chosen.randrange(256)
    path.write_bytes(data)
    frames = frames_of(path, rate=None)
    times = [frame.media_time for frame in frames]
    assert times == sorted(set(times))
    assert [read_number(frame.image) for frame in frames[-10:]] == list(range(90, 100))
    assert times[-1] == pytest.approx(99 / 25, abs=0.001)


def write_sound(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=16000)
        for start in range(0, 16000, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 16000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_photo(path: Path) -> Path:
    av.VideoFrame(64, 48, "yuvj420p").save(path)
    return path


def write_bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


def make_pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def without_pictures(path: Path) -> Path:
    """An MP4 whose index is sound and whose pictures are all overwritten."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(160, 96, "yuv420p")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    path.write_bytes(data[:start] + bytes(end - start) + data[end:])
    return path


BAD: list[tuple[str, Callable[[Path], Path], type[SourceError], str]] = [
    ("missing.mp4", lambda path: path, SourceUnavailable, "no such file"),
    ("folder", make_folder, SourceUnavailable, "folder"),
    ("pipe", make_pipe, SourceUnavailable, "not a file"),
    ("empty.mp4", lambda path: write_bytes(path, b""), SourceUnreadable, "is empty"),
    ("text.mp4", lambda path: write_bytes(path, b"no video\n" * 999), SourceUnreadable, "damaged"),
    ("notes.txt", lambda path: write_bytes(path, b"no video\n" * 999), SourceUnreadable, "not a"),
    ("photo.jpg", write_photo, SourceUnreadable, "not a kind of video"),
    (
        "list.m3u8",
        lambda path: write_bytes(path, b"#EXTM3U\n#EXTINF:2,\nhttp://192.0.2.1/a.ts\n"),
        SourceUnreadable,
        "not a",
    ),
    ("sound.m4a", write_sound, SourceUnreadable, "only sound"),
    ("zeros.mp4", without_pictures, SourceUnreadable, "no picture"),
]


@pytest.mark.parametrize("bad", BAD, ids=[bad[0] for bad in BAD])
def test_what_is_no_video_is_refused_with_the_reason(
    bad: tuple[str, Callable[[Path], Path], type[SourceError], str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    name, make, kind, words = bad
    path = make(tmp_path / name)
    with pytest.raises(kind, match=words) as caught:
        RecordedSource(path, camera_id="gate")
    assert type(caught.value) is kind
    assert str(path) in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "codec", "tag"), [("a.avi", "mpeg4", b"FMP4"), ("a.mp4", "libx264", b"avc1")]
)
def test_an_unknown_codec_is_named_as_the_reason(
    name: str, codec: str, tag: bytes, make_video: MakeVideo
) -> None:
    path = make_video(name, codec=codec)
    path.write_bytes(path.read_bytes().replace(tag, b"zz9q"))
    with pytest.raises(SourceUnreadable, match="codec that is not supported"):
        RecordedSource(path, camera_id="gate")


def test_pictures_that_cannot_be_converted_are_told_to_the_reader(
    make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No kind of picture is known to fail, so the conversion is made to."""
    source = RecordedSource(make_video(), camera_id="gate")

    def fail(_self: PictureMaker, _frame: av.VideoFrame) -> Image:
        raise av.error.NotImplementedError(38, "no such conversion")

    monkeypatch.setattr(PictureMaker, "make", fail)
    with pytest.raises(SourceUnreadable, match="not supported"):
        list(source.frames())


def test_a_disk_that_fails_while_reading_ends_the_file_early(
    make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = RecordedSource(make_video("long.ts"), camera_id="gate", rate=None)
    whole = VideoFile.raw_packets

    def failing(video: VideoFile) -> Iterator[Any]:
        yield from islice(whole(video), 20)
        video.read_error = OSError(5, "Input/output error")

    monkeypatch.setattr(VideoFile, "raw_packets", failing)
    assert len(list(source.frames())) == 20
    assert source.truncated


def test_a_file_cut_off_before_its_index_is_refused(make_video: MakeVideo) -> None:
    path = make_video("cut.mp4", frames=60)
    path.write_bytes(path.read_bytes()[:-1500])
    with pytest.raises(SourceUnreadable, match="damaged"):
        RecordedSource(path, camera_id="gate")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unavailable(make_video: MakeVideo) -> None:
    path = make_video(frames=1)
    path.chmod(0)
    with pytest.raises(SourceUnavailable, match="permission"):
        RecordedSource(path, camera_id="gate")


def test_without_permission_said_by_the_system(
    make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, for those who run the tests as root."""
    path = make_video(frames=1)

    def refuse(_self: Path, _mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceUnavailable, match="permission"):
        RecordedSource(path, camera_id="gate")


def test_a_strange_name_is_only_a_name(make_video: MakeVideo) -> None:
    assert len(frames_of(make_video("http:%2f ổ rác #1.mp4", frames=3), rate=None)) == 3


def test_closing_in_the_middle_ends_the_thread(make_video: MakeVideo) -> None:
    source = RecordedSource(make_video(frames=80), camera_id="gate", rate=None, queue_size=2)
    frames = source.frames()
    next(frames)
    assert any(thread.name == "decode gate" for thread in threading.enumerate())
    source.close()
    assert not any(thread.name == "decode gate" for thread in threading.enumerate())
    assert source.decoded < 80
    assert list(frames) == []


def test_leaving_the_loop_ends_the_thread(make_video: MakeVideo) -> None:
    source = RecordedSource(make_video(frames=80), camera_id="gate", rate=None, queue_size=2)
    frames = source.frames()
    next(frames)
    frames.close()  # type: ignore[attr-defined] # what Python does when the loop is left
    assert not any(thread.name == "decode gate" for thread in threading.enumerate())


# A shell lets what it begins in the background ignore SIGINT, and so would this.
READ_FOR_EVER = """
import signal, sys
from litterwatch.camera_adapters.recorded import RecordedSource
signal.signal(signal.SIGINT, signal.default_int_handler)
while True:
    for frame in RecordedSource(sys.argv[1], camera_id="gate", rate=None).frames():
        print(frame.index, flush=True)
"""


def test_ctrl_c_ends_reading_at_once(make_video: MakeVideo) -> None:
    path = make_video(frames=100)
    with subprocess.Popen(
        [sys.executable, "-c", READ_FOR_EVER, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT


def test_the_number_of_frames_and_gaps_is_known_before_reading(make_video: MakeVideo) -> None:
    source = RecordedSource(make_video(), camera_id="gate")
    assert (source.decoded, source.gaps, source.undecodable) == (0, [], 0)
    assert source.duration == 2.0


def test_a_file_that_vanishes_before_reading_is_told_to_the_reader(make_video: MakeVideo) -> None:
    path = make_video(frames=5)
    source = RecordedSource(path, camera_id="gate")
    path.unlink()
    with pytest.raises(SourceUnavailable, match="no such file"):
        next(source.frames())
    source.close()


def test_probe_tells_what_a_file_is(make_video: MakeVideo) -> None:
    path = make_video(size=(320, 176), frames=50, rotation=90)
    assert probe(path) == StreamInfo(
        codec="h264",
        width=176,
        height=320,
        fps=25.0,
        rotation=270,
        pix_fmt="yuv420p",
        duration=2.0,
    )


def test_probe_admits_what_it_cannot_know(make_video: MakeVideo) -> None:
    assert probe(make_video("stream.h264")).duration is None


@pytest.mark.footage
def test_every_annotated_clip_is_read_to_its_end() -> None:
    folder = os.environ.get("LITTERWATCH_TEST_FOOTAGE")
    if not folder:
        pytest.skip("LITTERWATCH_TEST_FOOTAGE is not set: no annotated clip was read")
    clips = sorted(path for path in Path(folder).iterdir() if path.suffix in {".avi", ".mp4"})
    assert clips
    for clip in clips:
        source = RecordedSource(clip, camera_id=clip.stem)
        times = [frame.media_time for frame in source.frames()]
        assert times == sorted(set(times))
        assert source.duration == pytest.approx(times[-1], abs=0.4)
        assert (source.undecodable, source.truncated) == (0, False)
