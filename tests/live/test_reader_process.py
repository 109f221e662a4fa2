"""A reader process against a real RTSP server."""

import os
import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.credentials import Secret
from litterwatch.camera_adapters.reader_messages import Stream
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.camera_adapters.rtsp import Patience

GOP_SECONDS = 1.0
AWKWARD = "p@:/ ?#%&+ü\"'[]"
Watch = Callable[..., Any]


def test_a_camera_with_an_awkward_password_is_watched_and_kept(
    make_camera: Any, watch: Watch, read_number: Callable[[Any], int], tmp_path: Path
) -> None:
    camera = make_camera(user="admin", password=AWKWARD)
    camera.start()
    watcher = watch(camera.address(), username="admin", password=Secret(AWKWARD))
    watcher.until_frames(24)
    times = [frame.media_time for frame in watcher.frames]
    assert times == sorted(set(times))
    numbers = [read_number(frame.image) for frame in watcher.frames]
    assert all(after > before for before, after in pairwise(numbers))
    # The server stamps pictures as they reach it, which a busy machine delays.
    assert abs(numbers[-1] - numbers[0] - 25 * (times[-1] - times[0])) <= 25
    # The clip shows, at a media time, what was seen at that media time.
    footage = RingFootage(tmp_path / "ring")
    clip = footage.cut(times[6], times[18], tmp_path / "clip.mp4")
    assert clip.gaps == ()
    assert 0 <= times[6] - clip.t_start <= GOP_SECONDS + 0.1
    assert clip.t_end >= times[18]
    shown = RecordedSource(clip.path, camera_id="clip", rate=None).frames()
    by_time = {clip.t_start + f.media_time: read_number(f.image) for f in shown}
    for frame in watcher.frames[6:19]:
        near = min(by_time, key=lambda t: abs(t - frame.media_time))
        assert abs(near - frame.media_time) < 0.001
        assert by_time[near] == read_number(frame.image)
    assert read_number(footage.still(times[12])) == numbers[12]


def test_the_small_stream_is_analysed_and_the_full_one_kept(
    make_camera: Any, watch: Watch, encoder: Any, read_number: Callable[[Any], int], tmp_path: Path
) -> None:
    password = "right-one-4711"  # noqa: S105
    streams = {"main": encoder(size=(320, 192), codec="h265"), "sub": encoder()}
    camera = make_camera(streams, user="admin", password=password)
    camera.start()
    login = {"username": "admin", "password": Secret(password)}
    watcher = watch(camera.address(), sub=camera.address("sub"), **login)
    watcher.until_frames(30)
    assert {frame.size for frame in watcher.frames} == {(160, 96)}
    assert watcher.reader.streams[Stream.MAIN].codec == "hevc"
    # Both streams mean the same by a media time, to a fraction of a second.
    frame = watcher.frames[-10]
    still = RingFootage(tmp_path / "ring").still(frame.media_time)
    assert still.shape == (192, 320, 3)
    assert abs(read_number(still) - read_number(frame.image)) <= 8


FOOT = ((0.0, 0.7), (1.0, 0.7), (1.0, 1.0), (0.0, 1.0))
"""Where the gradient of the numbered pictures moves."""


def is_black(image: Any) -> bool:
    return bool(image[int(0.72 * image.shape[0]) :].max() <= 24)


@pytest.mark.parametrize("has_sub", [False, True])
def test_of_a_masked_camera_nothing_unmasked_is_kept_or_analysed(
    make_camera: Any,
    watch: Watch,
    encoder: Any,
    read_number: Callable[[Any], int],
    tmp_path: Path,
    *,
    has_sub: bool,
) -> None:
    streams = {"main": encoder(size=(320, 192), codec="h265")}
    camera = make_camera({**streams, **({"sub": encoder()} if has_sub else {})})
    camera.start()
    sub = {"sub": camera.address("sub")} if has_sub else {}
    watcher = watch(camera.address(), masks=(FOOT,), **sub)
    watcher.until_frames(30)
    assert all(is_black(frame.image) for frame in watcher.frames)
    times = [frame.media_time for frame in watcher.frames]
    footage = RingFootage(tmp_path / "ring")
    clip = footage.cut(times[6], times[24], tmp_path / "clip.mp4")
    assert (clip.is_masked, clip.codec, clip.gaps) == (True, "h264", ())
    assert clip.t_start <= times[6]
    shown = list(RecordedSource(clip.path, camera_id="clip", rate=None).frames())
    assert len(shown) >= 30
    assert all(is_black(frame.image) for frame in shown)
    numbers = [read_number(frame.image) for frame in shown]
    assert all(after > before for before, after in pairwise(numbers))
    still = footage.still(times[15])
    assert is_black(still)
    assert abs(read_number(still) - read_number(watcher.frames[15].image)) <= 8


def test_slices_that_are_sent_as_if_they_were_pictures_are_put_together(
    make_camera: Any, watch: Watch, encoder: Any, read_number: Callable[[Any], int], tmp_path: Path
) -> None:
    camera = make_camera({"main": encoder(slices=2)})
    camera.start()
    watcher = watch(camera.address())
    watcher.until_frames(18)
    numbers = [read_number(frame.image) for frame in watcher.frames]
    assert all(0 < after - before < 25 for before, after in pairwise(numbers))
    times = [frame.media_time for frame in watcher.frames]
    clip = RingFootage(tmp_path / "ring").cut(times[3], times[15], tmp_path / "clip.mp4")
    shown = RecordedSource(clip.path, camera_id="clip", rate=None).frames()
    kept = [read_number(frame.image) for frame in shown]
    assert kept == list(range(kept[0], kept[0] + len(kept)))


def test_another_resolution_in_mid_stream_is_noticed_and_both_are_kept(
    make_camera: Any, watch: Watch, encoder: Any, tmp_path: Path
) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address())
    watcher.until_frames(18)
    last = watcher.frames[-1].media_time
    camera.encoders["main"] = encoder(size=(192, 112))
    watcher.until(lambda: watcher.frames[-1].size == (192, 112))
    watcher.until_frames(12)
    assert watcher.happened == []
    footage = RingFootage(tmp_path / "ring")
    assert footage.still(last).shape == (96, 160, 3)
    assert footage.still(watcher.frames[-6].media_time).shape == (112, 192, 3)


def test_udp_works_where_it_is_chosen(make_camera: Any, watch: Watch) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address(), transport=Transport.UDP)
    watcher.until_frames(6)


def test_a_camera_that_refuses_the_transport_is_told_as_such(
    make_camera: Any, watch: Watch
) -> None:
    camera = make_camera(only="tcp")
    camera.start()
    watcher = watch(camera.address(), transport=Transport.UDP)
    watcher.until(watcher.is_waiting_for("SourceUnavailable"))
    assert "choose the other transport" in watcher.reader.streams[Stream.MAIN].text


def test_a_camera_that_was_off_is_back_within_a_group_of_pictures_and_two_seconds(
    make_camera: Any, watch: Watch, tmp_path: Path
) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address())
    took = float("inf")
    for _ in range(3):  # a machine that is busy elsewhere may delay one return, not all
        watcher.until_frames(12)
        camera.kill()
        lost_at = watcher.frames[-1].media_time
        watcher.until(watcher.is_waiting_for("SourceUnavailable"))
        off = watcher.clock.monotonic()
        watcher.until(lambda off=off: watcher.clock.monotonic() - off > 6)
        seen = len(watcher.frames)
        camera.start()
        took = watcher.until_frames(1)
        if took <= GOP_SECONDS + 2.0:
            break
    assert took <= GOP_SECONDS + 2.0
    back_at = watcher.frames[seen].media_time
    assert back_at - lost_at > 6
    watcher.until_frames(12)
    clip = RingFootage(tmp_path / "ring").cut(lost_at - 1, back_at + 1, tmp_path / "clip.mp4")
    ((begins, ends),) = clip.gaps
    assert abs(begins - lost_at) < 1
    assert abs(ends - back_at) < 1.1
    assert watcher.happened == []


def test_a_refused_password_is_told_and_not_tried_again_soon(
    make_camera: Any, watch: Watch, capfd: pytest.CaptureFixture[str]
) -> None:
    camera = make_camera(user="admin", password="right-one-4711")  # noqa: S106
    camera.start()
    watcher = watch(camera.address(), username="admin", password=Secret("wrong-one-0815"))
    watcher.until(watcher.is_waiting_for("SourceAuthFailed"))
    report = watcher.reader.streams[Stream.MAIN]
    assert report.retry_in is not None
    assert report.retry_in > 250
    printed = capfd.readouterr()
    for text in (repr(report), repr(watcher.reader.plan), printed.out, printed.err):
        assert "0815" not in text


def test_a_camera_that_freezes_is_noticed_and_comes_back(make_camera: Any, watch: Watch) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address(), patience=Patience(opening=3.0, silence=1.0))
    watcher.until_frames(6)
    camera.is_frozen = True
    watcher.until(watcher.is_waiting_for("SourceStalled"))
    camera.is_frozen = False
    watcher.until_frames(1)


@pytest.mark.slow
def test_a_reader_that_is_stuck_is_killed_and_another_goes_on_with_its_ring(
    make_camera: Any, watch: Watch, tmp_path: Path
) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address(), patience=Patience(opening=3.0, silence=1.0))
    watcher.until_frames(12)
    pid = watcher.reader.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    watcher.until(lambda: watcher.reader.killed == 1)
    assert "stuck" in watcher.happened[0]
    before = watcher.frames[-1].media_time
    watcher.until_frames(12)
    assert watcher.reader.pid != pid
    assert watcher.frames[-1].media_time > before
    clip = RingFootage(tmp_path / "ring").cut(before - 1, before, tmp_path / "clip.mp4")
    assert clip.t_start < before
