"""Clips hold the original packets in the media time of the frames; stills hit the frame."""

import errno
import hashlib
import os
import random
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Self

import av
import av.error
import numpy as np
import pytest
from av.container import OutputContainer

from litterwatch.camera_adapters.clips import RecordedFootage
from litterwatch.camera_adapters.key_index import KeyIndex, seek
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.video_file import VideoFile
from litterwatch.camera_adapters.video_info import probe
from litterwatch.detector.errors import EvidenceDiskFull, EvidenceUnavailable
from litterwatch.detector.types import Image

MakeVideo = Callable[..., Path]
ReadNumber = Callable[[Image], int]

OPEN_GROUPS = {"b_frames": 3, "options": {"x264-params": "open-gop=1:scenecut=0"}}
X265 = {"codec": "libx265", "b_frames": 3}
KINDS: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "b_frames.mp4": {"b_frames": 3},
    "b_frames.mkv": {"b_frames": 3},
    "b_frames.ts": {"b_frames": 3},
    "open_groups.mp4": OPEN_GROUPS,
    "open_groups.ts": OPEN_GROUPS,
    "late_start.mkv": {"b_frames": 2, "pts": lambda n: n + 1000},
    "h264.avi": {},
    "no_times.h264": {},
    "h265.mp4": {**X265, "options": {"x265-params": "log-level=none"}},
    "h265_open.mkv": {**X265, "options": {"x265-params": "log-level=none:open-gop=1"}},
    "mpeg4.mp4": {"codec": "mpeg4", "b_frames": 2},
    "mpeg2.ts": {"codec": "mpeg2video", "b_frames": 2},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "raw.avi": {"codec": "rawvideo", "pix_fmt": "bgr24"},
    "ffv1.mkv": {"codec": "ffv1"},
    "ten_bits.mp4": {"pix_fmt": "yuv420p10le", "b_frames": 2},
    "upright.mp4": {"rotation": 90},
    "one_key_frame.mp4": {"gop": 1000, "b_frames": 2},
    "variable.mp4": {
        "b_frames": 2,
        "pts": lambda n: n * 40 + (n % 3) * 9,
        "time_base": Fraction(1, 1000),
    },
}
# These do not say when their pictures are shown.
UNSHOWN: dict[str, dict[str, Any]] = {
    "b_frames.avi": {"b_frames": 2},
    "mpeg4_b.avi": {"codec": "mpeg4", "b_frames": 2},
    "no_times_b.h264": {"b_frames": 2},
    "no_times.hevc": {**X265, "options": {"x265-params": "log-level=none"}},
}


def pictures(path: Path) -> list[tuple[float, str]]:
    """Media time and hash of every picture, at full size."""
    found = []
    with VideoFile(path) as video:
        for frame, time in video.frames(video.packets(), video.frame_clock()):
            picture = frame.reformat(format="bgr24").to_ndarray()
            found.append((time, hashlib.sha256(picture.tobytes()).hexdigest()))
    return found


def payloads(path: Path) -> list[str]:
    with VideoFile(path) as video:
        return [hashlib.sha256(bytes(packet)).hexdigest() for packet in video.raw_packets()]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("span", [(0.0, 1.96), (0.79, 1.37), (1.2, 1.2), (1.77, 99.0)])
def test_a_clip_shows_exactly_the_pictures_of_the_source_at_their_times(
    name: str, span: tuple[float, float], make_video: MakeVideo, tmp_path: Path
) -> None:
    path = make_video(name, **KINDS[name])
    clip = RecordedFootage(path).cut(*span, tmp_path / "clip.mp4")
    expected = [
        (time - clip.t_start, picture)
        for time, picture in pictures(path)
        if clip.t_start - 1e-6 <= time < clip.t_end - 1e-6
    ]
    found = pictures(Path(clip.path))
    assert [picture for _, picture in found] == [picture for _, picture in expected]
    assert [time for time, _ in found] == pytest.approx([time for time, _ in expected], abs=0.002)
    assert clip.t_start <= span[0]
    assert clip.t_end >= min(span[1], 1.96)
    assert clip.codec == probe(path).codec
    assert clip.gaps == ()


@pytest.mark.parametrize("name", UNSHOWN)
def test_where_the_source_has_no_showing_times_the_clip_holds_what_was_asked_for(
    name: str, make_video: MakeVideo, tmp_path: Path
) -> None:
    path = make_video(name, frames=100, **UNSHOWN[name])
    clip = RecordedFootage(path).cut(1.5, 2.0, tmp_path / "clip.mp4")
    found = [picture for _, picture in pictures(Path(clip.path))]
    source = pictures(path)
    asked_for = [picture for time, picture in source if 1.5 <= time <= 2.0]
    assert set(asked_for) <= set(found)
    # Pictures whose partners lie outside the clip may be missing at its edges.
    assert len(found) < 60


@pytest.mark.parametrize("name", KINDS | UNSHOWN)
def test_a_still_is_the_very_frame(name: str, make_video: MakeVideo) -> None:
    path = make_video(name, **(KINDS | UNSHOWN)[name])
    frames = list(RecordedSource(path, camera_id="gate", rate=None).frames())
    footage = RecordedFootage(path)
    chosen = random.Random(name).sample(frames, 12)  # noqa: S311 - order, not secrets
    for frame in (*chosen, frames[0], frames[-1]):
        still = footage.still(frame.media_time + 0.0004)
        assert still.shape[1::-1] == frame.source_size
        assert np.abs(still.astype(int) - frame.image).mean() < 2


def test_packets_keep_their_bytes(make_video: MakeVideo, tmp_path: Path) -> None:
    path = make_video(b_frames=2, gop=12)
    clip = RecordedFootage(path).cut(0.6, 1.2, tmp_path / "clip.mp4")
    copied, originals = payloads(Path(clip.path)), payloads(path)
    start = originals.index(copied[0])
    assert 0 < len(copied) < len(originals)
    assert copied == originals[start : start + len(copied)]


def test_the_same_cut_gives_the_same_bytes(make_video: MakeVideo, tmp_path: Path) -> None:
    path = make_video(b_frames=2)
    hashes = set()
    for name in ("one.mp4", "two.mp4"):
        footage = RecordedFootage(path)
        footage.still(1.9)  # what was asked before must not matter
        clip = footage.cut(0.6, 1.2, tmp_path / name)
        hashes.add(hashlib.sha256(Path(clip.path).read_bytes()).hexdigest())
    assert len(hashes) == 1


def test_an_mp4_can_be_played_before_it_is_loaded(make_video: MakeVideo, tmp_path: Path) -> None:
    clip = RecordedFootage(make_video()).cut(0.5, 1.5, tmp_path / "clip.mp4")
    data = Path(clip.path).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_sound_is_left_out(make_video: MakeVideo, tmp_path: Path) -> None:
    clip = RecordedFootage(make_video(sound=True)).cut(0.5, 1.5, tmp_path / "clip.mp4")
    with av.open(clip.path) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_rotation_is_kept(make_video: MakeVideo, tmp_path: Path) -> None:
    path = make_video(rotation=90)
    clip = RecordedFootage(path).cut(0.5, 1.5, tmp_path / "clip.mp4")
    assert probe(Path(clip.path)).rotation == probe(path).rotation == 270


def test_the_name_of_the_encoder_is_kept_in_avi(make_video: MakeVideo, tmp_path: Path) -> None:
    """Decoders choose their arithmetic by it: with another name the pictures differ."""
    path = make_video("x.avi", codec="mpeg4", b_frames=2)
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"XVID"))
    clip = RecordedFootage(path).cut(0.0, 1.0, tmp_path / "clip.mp4")
    source = {picture for _, picture in pictures(path)}
    assert {picture for _, picture in pictures(Path(clip.path))} <= source


def test_a_recorders_as_before_is_no_key_frame(
    make_video: MakeVideo, tmp_path: Path, read_number: ReadNumber
) -> None:
    """MPEG-4 in AVI: packets of one byte, marked as key frames, as old recorders write them."""
    plain, path = make_video("plain.avi", codec="mpeg4", gop=1000), tmp_path / "marked.avi"
    with av.open(str(plain)) as source, av.open(str(path), "w") as marked:
        stream = marked.add_stream_from_template(source.streams.video[0], opaque=True)
        place = 0
        for packet in source.demux(source.streams.video[0]):
            for data in (bytes(packet), b"\x7f") if packet.size else ():
                copy: av.Packet[Any] = av.Packet(data)
                copy.pts = copy.dts = place
                copy.is_keyframe = len(data) == 1 or packet.is_keyframe
                copy.time_base, copy.stream = Fraction(1, 25), stream
                marked.mux(copy)
                place += 1
    clip = RecordedFootage(path).cut(2.0, 3.0, tmp_path / "clip.mp4")
    frames = RecordedSource(clip.path, camera_id="gate", rate=None).frames()
    assert clip.t_start < 0.2
    assert read_number(next(frames).image) == 0


def test_a_gap_inside_the_clip_is_told(make_video: MakeVideo, tmp_path: Path) -> None:
    path = make_video(
        pts=lambda n: n * 40 + (3000 if n >= 30 else 0), time_base=Fraction(1, 1000), b_frames=2
    )
    footage = RecordedFootage(path)
    with_gap = footage.cut(0.9, 4.5, tmp_path / "with.mp4")
    assert with_gap.gaps == ((1.16, 4.2),)
    assert footage.cut(0.1, 0.6, tmp_path / "before.mp4").gaps == ()


@pytest.mark.parametrize("name", ["joined.ts", "joined_late.ts"])
def test_behind_a_joint_clips_and_stills_agree_with_the_frames(
    name: str, make_video: MakeVideo, tmp_path: Path, read_number: ReadNumber
) -> None:
    """The file's own times come twice, or leap; media time does not."""
    first = make_video("first.ts", b_frames=2)
    shift = 20000 if "late" in name else 0
    second = make_video("second.ts", b_frames=2, pts=lambda n: n + shift)
    path = tmp_path / name
    path.write_bytes(first.read_bytes() + second.read_bytes())
    footage = RecordedFootage(path)
    assert read_number(footage.still(3.0)) == 25
    assert read_number(footage.still(1.0)) == 25
    clip = footage.cut(3.0, 3.4, tmp_path / "clip.mp4")
    assert 2.4 <= clip.t_start <= 3.0
    expected = [p for t, p in pictures(path) if clip.t_start - 1e-6 <= t < clip.t_end - 1e-6]
    assert [picture for _, picture in pictures(Path(clip.path))] == expected


@pytest.mark.parametrize("name", ["b_frames.mp4", "b_frames.mkv", "b_frames.ts", "h264.avi"])
def test_key_frames_are_reached_by_seeking(
    name: str, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long recordings must not be read through for every clip."""
    path = make_video(name, frames=100, b_frames=0 if name.endswith("avi") else 2)
    index = KeyIndex(path)
    entry = index.at_or_before(index.origin + VideoFile(path).ticks(3.0))
    assert entry is not None
    assert entry.ordinal > 50
    with VideoFile(path) as video:
        monkeypatch.setattr(video, "rewind", lambda: pytest.fail("read from the beginning"))
        packet = next(seek(video, entry))
        assert entry.is_packet(packet)


def test_a_file_that_cannot_seek_is_read_through(
    make_video: MakeVideo, read_number: ReadNumber
) -> None:
    footage = RecordedFootage(make_video("no_times.h264"))
    assert read_number(footage.still(1.5)) == 37


def test_stills_outside_are_the_first_and_the_last(
    make_video: MakeVideo, read_number: ReadNumber
) -> None:
    footage = RecordedFootage(make_video())
    assert read_number(footage.still(-5.0)) == 0
    assert read_number(footage.still(500.0)) == 49


def test_many_key_frames_are_thinned_out(make_video: MakeVideo) -> None:
    path = make_video("all.avi", codec="mjpeg", pix_fmt="yuvj420p", frames=200)
    index = KeyIndex(path)
    assert index.at_or_before(10**9) is None
    assert len(index._entries) == 8


def test_a_clip_behind_the_end_is_refused(make_video: MakeVideo, tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnavailable, match="ends before"):
        RecordedFootage(make_video()).cut(10.0, 12.0, tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_the_last_picture_lasts_until_the_end(make_video: MakeVideo, tmp_path: Path) -> None:
    footage = RecordedFootage(make_video())
    assert footage.cut(1.99, 3.0, tmp_path / "clip.mp4").t_end == pytest.approx(2.0)
    with pytest.raises(EvidenceUnavailable, match="ends before"):
        footage.cut(2.0, 3.0, tmp_path / "clip.mp4")


def test_times_in_the_wrong_order_are_refused(make_video: MakeVideo, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="t_start"):
        RecordedFootage(make_video()).cut(2.0, 1.0, tmp_path / "clip.mp4")


def test_what_cannot_be_held_is_told(make_video: MakeVideo, tmp_path: Path) -> None:
    """Raw video of a kind for which Matroska has no name."""
    path = make_video("raw.nut", codec="huffyuv", pix_fmt="yuv422p", frames=5)
    with pytest.raises(EvidenceUnavailable, match="cut"):
        RecordedFootage(path).cut(0.0, 0.1, tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == [path]


def test_footage_that_is_gone_is_no_evidence(make_video: MakeVideo, tmp_path: Path) -> None:
    path = make_video()
    footage = RecordedFootage(path)
    path.unlink()
    with pytest.raises(EvidenceUnavailable, match="no such file"):
        footage.cut(0.5, 1.0, tmp_path / "clip.mp4")
    with pytest.raises(EvidenceUnavailable, match="no such file"):
        footage.still(0.5)


def test_a_folder_that_is_not_there_is_told(make_video: MakeVideo, tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnavailable, match="folder"):
        RecordedFootage(make_video()).cut(0.5, 1.0, tmp_path / "nowhere" / "clip.mp4")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (av.error.OSError(errno.ENOSPC, "No space left on device"), EvidenceDiskFull),
        (av.error.InvalidDataError(1, "bad"), EvidenceUnavailable),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_cut_that_fails_leaves_nothing(
    raised: BaseException,
    expected: type[BaseException],
    make_video: MakeVideo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The muxer is made to fail as it does on a full disk."""
    path, into = make_video(), tmp_path / "clip.mp4"
    real: Any = av.open

    class Failing:
        def __init__(self, container: OutputContainer) -> None:
            self._container = container

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self._container.close()

        def add_stream_from_template(self, *arguments: Any, **options: Any) -> Any:
            return self._container.add_stream_from_template(*arguments, **options)

        def mux_one(self, packet: Any) -> None:
            self._container.mux_one(packet)
            raise raised

    def open_failing(file: str, mode: str = "r", **options: Any) -> Any:
        opened = real(file, mode, **options)
        return Failing(opened) if isinstance(opened, OutputContainer) else opened

    monkeypatch.setattr(av, "open", open_failing)
    with pytest.raises(expected):
        RecordedFootage(path).cut(0.5, 1.0, into)
    assert not into.exists()


@pytest.mark.footage
def test_stills_of_the_annotated_clips_are_the_frames_that_were_analysed() -> None:
    folder = os.environ.get("LITTERWATCH_TEST_FOOTAGE")
    if not folder:
        pytest.skip("LITTERWATCH_TEST_FOOTAGE is not set: no still of an annotated clip was taken")
    clips = sorted(path for path in Path(folder).iterdir() if path.suffix in {".avi", ".mp4"})
    assert clips
    for clip in clips:
        source = RecordedSource(clip, camera_id="gate", rate=0.5, long_side=4000)
        footage = RecordedFootage(clip)
        for frame in islice(source.frames(), 1, 3):
            difference = footage.still(frame.media_time).astype(int) - frame.image
            assert np.abs(difference).mean() < 2, clip.name
