"""Lossy roads, encryption, key frames and codecs that are missing, full disks: real servers."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litterwatch.camera_adapters.certificates import Trust
from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.reader_messages import Stream, StreamState
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.ring import segments_in
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.camera_adapters.rtsp import Patience
from litterwatch.service.cameras.probing import CameraAddresses, probe_camera
from litterwatch.service.cameras.words import report_text
from litterwatch.service.clock import SystemClock

Watch = Callable[..., Any]


def test_an_encrypted_camera_is_watched(
    make_camera: Any, watch: Watch, make_certificate: Any, tmp_path: Path
) -> None:
    password, certificate = "k3y&?", make_certificate()
    camera = make_camera(user="admin", password=password, tls=certificate.file)
    camera.start()
    assert camera.address().startswith("rtsps://")
    trust = Trust(fingerprint=certificate.fingerprint)
    watcher = watch(camera.address(), username="admin", password=Secret(password), trust=trust)
    watcher.until_frames(12)
    end = watcher.frames[-1].media_time
    clip = RingFootage(tmp_path / "ring").cut(end - 1.5, end, tmp_path / "clip.mp4")
    assert (clip.gaps, clip.codec) == ((), "h264")
    # The road through the door ends where the camera does, and is built anew.
    camera.kill()
    watcher.until(watcher.is_waiting_for("SourceUnavailable"))
    camera.start()
    watcher.until_frames(6)
    assert watcher.happened == []


def test_an_encrypted_camera_refuses_a_wrong_password_in_words(
    make_camera: Any, watch: Watch, make_certificate: Any
) -> None:
    camera = make_camera(user="admin", password="right", tls=make_certificate().file)  # noqa: S106
    camera.start()
    trust = Trust(is_unchecked=True)
    watcher = watch(camera.address(), username="admin", password=Secret("wrong"), trust=trust)
    watcher.until(watcher.is_waiting_for("SourceAuthFailed"))


def test_who_stands_between_is_told_no_password_and_not_called_again_soon(
    make_camera: Any, watch: Watch, make_certificate: Any
) -> None:
    camera = make_camera(user="admin", password="right", tls=make_certificate().file)  # noqa: S106
    camera.start()
    trust = Trust(fingerprint=make_certificate().fingerprint)
    watcher = watch(camera.address(), username="admin", password=Secret("right"), trust=trust)
    watcher.until(watcher.is_waiting_for("SourceUntrusted"))
    report = watcher.reader.streams[Stream.MAIN]
    assert "another certificate than the one that was agreed" in report.text
    assert report.retry_in > 250
    assert watcher.frames == []


def test_a_probe_agrees_on_a_certificate_and_tells_when_it_is_another(
    make_camera: Any, make_certificate: Any
) -> None:
    certificate = make_certificate()
    camera = make_camera(user="admin", password="right", tls=certificate.file)  # noqa: S106
    camera.start()
    where = CameraAddresses(main=camera.address())
    login = Credentials("admin", Secret("right"))
    done = probe_camera(where, login, SystemClock())
    assert done.agreed == Trust(fingerprint=certificate.fingerprint)
    assert done.report.main is not None
    assert certificate.fingerprint in report_text("gate", done.report)
    again = probe_camera(where, login, SystemClock(), trust=done.agreed)
    assert (again.agreed, again.report.is_usable) == (None, True)
    assert "certificate-agreed" not in {one.code for one in again.report.findings}
    other = Trust(fingerprint=make_certificate().fingerprint)
    refused = probe_camera(where, login, SystemClock(), trust=other)
    assert not refused.report.is_usable
    assert refused.report.main is None
    assert "certificate" in {one.code for one in refused.report.findings}


def test_packets_that_overtake_each_other_are_put_in_order(
    make_camera: Any,
    watch: Watch,
    lossy_road: Callable[..., Any],
    read_number: Callable[[Any], int],
    tmp_path: Path,
) -> None:
    camera = make_camera()
    camera.start()
    with lossy_road(camera.port, held=0.3, seed=3) as road:
        address = camera.address().replace(str(camera.port), str(road.port))
        watcher = watch(address, transport=Transport.UDP)
        watcher.until_frames(30)
        tally = road.tally
    assert tally.held > 20
    assert watcher.reader.streams[Stream.MAIN].undecodable == 0
    times = [frame.media_time for frame in watcher.frames]
    clip = RingFootage(tmp_path / "ring").cut(times[6], times[24], tmp_path / "clip.mp4")
    shown = RecordedSource(clip.path, camera_id="clip", rate=None).frames()
    kept = [read_number(frame.image) for frame in shown]
    assert kept == list(range(kept[0], kept[0] + len(kept))), "not one is missing or out of place"
    assert clip.gaps == ()


def test_packets_that_are_lost_cost_their_pictures_and_not_the_camera(
    make_camera: Any, watch: Watch, lossy_road: Callable[..., Any], tmp_path: Path
) -> None:
    camera = make_camera()
    camera.start()
    with lossy_road(camera.port, lost=0.05, spared=60, seed=5) as road:
        address = camera.address().replace(str(camera.port), str(road.port))
        watcher = watch(address, transport=Transport.UDP)
        watcher.until_frames(60)
        tally = road.tally
    assert tally.lost > 5
    assert watcher.happened == [], "the reader lives"
    times = [frame.media_time for frame in watcher.frames]
    assert all(after > before for before, after in pairwise(times))
    assert times[-1] - times[0] < 30, "pictures come all the time"
    # What came is evidence: it is cut and plays, damaged as it arrived.
    clip = RingFootage(tmp_path / "ring").cut(times[10], times[-6], tmp_path / "clip.mp4")
    source = RecordedSource(clip.path, camera_id="clip", rate=None)
    assert len(list(source.frames())) > 0.7 * 25 * (clip.t_end - clip.t_start)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The ring's folder on a file system of its own that is soon full."""
    folder = tmp_path / "ring"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("NO FULL DISK WAS TESTED: only root may mount a small one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def grainy(number: int, width: int, height: int) -> Any:
    """A picture that cannot be made small."""
    return np.random.default_rng(number).integers(0, 255, (height, width, 3), np.uint8)


@pytest.mark.slow
def test_a_full_disk_costs_the_oldest_of_the_ring_and_not_the_camera(
    small_disk: Path, make_camera: Any, watch: Watch, encoder: Any, tmp_path: Path
) -> None:
    camera = make_camera({"main": encoder(size=(96, 64), draw=grainy)})
    camera.start()
    watcher = watch(camera.address())
    watcher.until(lambda: _lost(watcher) > 0, seconds=180)
    first = segments_in(small_disk)[0].number
    # It goes on like this: the disk stays full, the ring keeps its newest part.
    watcher.until(lambda: segments_in(small_disk)[0].number >= first + 2, seconds=180)
    watcher.until_frames(12)
    report = watcher.reader.streams[Stream.MAIN]
    assert report.state is StreamState.ONLINE
    assert watcher.happened == []
    end = watcher.frames[-1].media_time
    span = RingFootage(small_disk).span()
    assert span is not None
    assert end - span[1] < 6, "at most a segment behind"
    clip = RingFootage(small_disk).cut(span[0], span[1], tmp_path / "clip.mp4")
    assert clip.t_end - clip.t_start > 2


def _lost(watcher: Any) -> int:
    report = watcher.reader.streams.get(Stream.MAIN)
    return 0 if report is None else int(report.lost)


def test_connections_that_are_half_open_are_left_and_the_camera_is_called_again(
    make_camera: Any, watch: Watch
) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address(), patience=Patience(opening=2.0, silence=1.0))
    watcher.until_frames(6)
    states: list[StreamState] = []

    def has_called_again() -> bool:
        report = watcher.reader.streams[Stream.MAIN]
        if states[-1:] != [report.state]:
            states.append(report.state)
        waits = [state for state in states if state is StreamState.WAITING]
        return len(waits) > 1 and report.error == "SourceStalled"

    camera.hang(hangs=True)
    watcher.until(has_called_again)
    camera.hang(hangs=False)
    watcher.until_frames(6)
    assert watcher.happened == [], "no reader had to be killed"


def test_a_camera_that_sends_no_key_frames_is_told_as_such(
    make_camera: Any, watch: Watch, encoder: Any
) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address(), patience=Patience(silence=2.0, keyless=3.0))
    watcher.until_frames(6)
    camera.encoders["main"] = encoder(gop=1_000_000)  # it begins with one, and that is the last
    watcher.until(watcher.is_waiting_for("SourceKeyless"))
    assert "I-frame interval" in watcher.reader.streams[Stream.MAIN].text
    camera.encoders["main"] = encoder()
    watcher.until_frames(6)


def test_a_codec_that_cannot_be_kept_is_told_by_name(
    make_camera: Any, watch: Watch, encoder: Any
) -> None:
    camera = make_camera({"main": encoder(codec="vp8")})
    camera.start()
    watcher = watch(camera.address())
    watcher.until(watcher.is_waiting_for("SourceUnreadable"))
    assert "vp8, which is not supported" in watcher.reader.streams[Stream.MAIN].text


def test_another_codec_after_an_outage_is_watched_and_both_are_kept(
    make_camera: Any, watch: Watch, encoder: Any, tmp_path: Path
) -> None:
    camera = make_camera()
    camera.start()
    watcher = watch(camera.address())
    watcher.until_frames(12)
    last = watcher.frames[-1].media_time
    camera.kill()
    watcher.until(watcher.is_waiting_for("SourceUnavailable"))
    camera.encoders["main"] = encoder(codec="h265", size=(192, 112))
    camera.start()
    watcher.until_frames(12)
    assert watcher.reader.streams[Stream.MAIN].codec == "hevc"
    footage = RingFootage(tmp_path / "ring")
    before = footage.cut(last - 1.0, last, tmp_path / "before.mp4")
    end = watcher.frames[-1].media_time
    after = footage.cut(end - 1.0, end, tmp_path / "after.mp4")
    assert (before.codec, after.codec, before.gaps, after.gaps) == ("h264", "hevc", (), ())
    assert watcher.happened == []
