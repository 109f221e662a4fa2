"""What every ClipSource keeps."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from litterwatch.camera_adapters.clips import RecordedFootage
from litterwatch.camera_adapters.live_clock import TICKS
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.ring import Ring, RingLimits
from litterwatch.camera_adapters.ring_file import RingPacket
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.camera_adapters.rtsp import template_of
from litterwatch.detector.errors import EvidenceUnavailable
from litterwatch.detector.protocols import ClipSource
from litterwatch.service.clock import ManualClock

MakeVideo = Callable[..., Path]


def ring_of(video: Path, folder: Path) -> RingFootage:
    """A ring that holds a video, as if a camera had sent it."""
    ring = Ring(folder, RingLimits(), ManualClock())
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        ring.begin("h264", 0.04, template_of(stream))
        for packet in container.demux(stream):
            if packet.pts is not None and packet.dts is not None:
                at = round(packet.pts * packet.time_base * TICKS)
                kept = RingPacket(at, at, True, packet.is_keyframe, False, 0, bytes(packet))
                ring.append(kept, ManualClock().now())
    ring.close()
    return RingFootage(folder)


@pytest.fixture(params=["mp4", "mkv", "ts", "avi", "ring"])
def footage(request: pytest.FixtureRequest, make_video: MakeVideo, tmp_path: Path) -> ClipSource:
    """Four seconds at 25 frames/s."""
    if request.param == "ring":
        return ring_of(make_video("footage.mp4", frames=100), tmp_path / "ring")
    return RecordedFootage(make_video(f"footage.{request.param}", frames=100))


def test_a_clip_covers_what_was_asked_for(footage: ClipSource, tmp_path: Path) -> None:
    clip = footage.cut(1.0, 2.0, tmp_path / "clip.mp4")
    assert clip.t_start <= 1.0
    assert clip.t_end >= 2.0
    assert Path(clip.path).stat().st_size > 0


def test_a_clip_can_be_read_like_any_recording(footage: ClipSource, tmp_path: Path) -> None:
    clip = footage.cut(1.0, 2.0, tmp_path / "clip.mp4")
    frames = list(RecordedSource(clip.path, camera_id="clip", rate=None).frames())
    still = footage.still(clip.t_start + frames[-1].media_time)
    assert frames[-1].media_time <= clip.t_end - clip.t_start
    assert np.abs(still.astype(int) - frames[-1].image).mean() < 2


def test_a_still_is_a_full_picture(footage: ClipSource) -> None:
    still = footage.still(1.3)
    assert still.shape == (96, 160, 3)
    assert still.dtype == np.uint8


def test_footage_that_is_not_there_is_refused_without_a_trace(
    footage: ClipSource, tmp_path: Path
) -> None:
    into = tmp_path / "clip.mp4"
    with pytest.raises(EvidenceUnavailable):
        footage.cut(50.0, 51.0, into)
    assert not into.exists()
