"""Working copies: made where a browser needs them, beside originals that stay as they are."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from litterwatch.detector.errors import EvidenceIntegrityError, EvidenceUnavailable
from litterwatch.service.evidence.derived import PREVIEW_WIDTH, CopyState, DerivedFiles
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.tables import EvidenceRow, Role

MakeVideo = Callable[..., Path]


def row_of(root: Path, file: Path, media_type: str = "video/mp4") -> EvidenceRow:
    return EvidenceRow(
        path=file.relative_to(root).as_posix(),
        event_id="e",
        role=Role.CLIP,
        size=file.stat().st_size,
        sha256=sha256_of_file(file),
        media_type=media_type,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def derived(tmp_path: Path) -> Iterator[DerivedFiles]:
    derived = DerivedFiles(tmp_path)
    yield derived
    derived.close()


def test_h264_is_played_as_it_is(
    tmp_path: Path, derived: DerivedFiles, make_video: MakeVideo
) -> None:
    row = row_of(tmp_path, make_video("clip.mp4"))
    assert derived.playable(row, "h264") == (CopyState.ORIGINAL, tmp_path / "clip.mp4")
    assert not (tmp_path / "derived").exists()


@pytest.mark.parametrize(
    ("name", "codec", "given"),
    [
        ("clip.mp4", "libx265", "hevc"),
        ("clip.mkv", "libx264", "h264"),
        ("clip.avi", "mpeg4", "mpeg4"),
    ],
)
def test_what_browsers_do_not_play_gets_a_copy_and_keeps_its_original(
    tmp_path: Path, make_video: MakeVideo, name: str, codec: str, given: str
) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    original = make_video(name, codec=codec, frames=30, options=options)
    media_type = "video/mp4" if name.endswith("mp4") else "video/matroska"
    row = row_of(tmp_path, original, media_type)
    derived = DerivedFiles(tmp_path)
    assert derived.playable(row, given) == (CopyState.MAKING, None)
    derived.close()  # waits for the copy
    state, path = DerivedFiles(tmp_path).playable(row, given)
    assert state is CopyState.READY
    assert path is not None
    with av.open(str(path)) as copy, av.open(str(original)) as source:
        assert copy.streams.video[0].codec_context.name == "h264"
        frames = [frame.time for frame in copy.decode(video=0)]
        times = [frame.time for frame in source.decode(video=0)]
    assert frames[0] is not None
    assert times[0] is not None
    assert len(frames) == len(times)
    ours = np.array(frames, float) - frames[0]
    theirs = np.array(times, float) - times[0]
    assert np.abs(ours - theirs).max() < 0.001
    assert sha256_of_file(original) == row.sha256
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_turned_recording_stays_turned(tmp_path: Path, make_video: MakeVideo) -> None:
    options = {"x265-params": "log-level=none"}
    original = make_video("clip.mp4", codec="libx265", frames=5, rotation=90, options=options)
    derived, row = DerivedFiles(tmp_path), row_of(tmp_path, original)
    derived.playable(row, "hevc")
    derived.close()
    _, path = DerivedFiles(tmp_path).playable(row, "hevc")
    with av.open(str(path)) as copy, av.open(str(original)) as source:
        turned = [next(f.decode(video=0)).rotation for f in (copy, source)]
    assert turned[0] == turned[1] != 0


def test_a_copy_that_cannot_be_made_is_not_tried_for_ever(
    tmp_path: Path, derived: DerivedFiles
) -> None:
    broken = tmp_path / "clip.avi"
    broken.write_bytes(b"no video" * 100)
    row = row_of(tmp_path, broken, "video/x-msvideo")
    assert derived.playable(row, "hevc")[0] is CopyState.MAKING
    derived.close()
    assert derived.playable(row, "hevc") == (CopyState.FAILED, None)


def test_a_preview_is_small_and_made_once(tmp_path: Path, derived: DerivedFiles) -> None:
    still = tmp_path / "act.jpg"
    cv2.imwrite(str(still), np.full((720, 1280, 3), 90, np.uint8))
    row = row_of(tmp_path, still, "image/jpeg")
    path = derived.preview(row)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (270, PREVIEW_WIDTH, 3)
    before = path.stat().st_mtime_ns
    assert derived.preview(row) == path
    assert path.stat().st_mtime_ns == before
    assert path.stat().st_mode & 0o007 == 0


def test_what_was_touched_is_not_shown(tmp_path: Path, derived: DerivedFiles) -> None:
    still = tmp_path / "act.jpg"
    still.write_bytes(b"x" * 100)
    row = row_of(tmp_path, still, "image/jpeg")
    with pytest.raises(EvidenceUnavailable):
        derived.preview(row)
    still.write_bytes(b"x" * 99)
    with pytest.raises(EvidenceIntegrityError):
        derived.preview(row)
    still.unlink()
    with pytest.raises(EvidenceIntegrityError):
        derived.preview(row)
    with pytest.raises(EvidenceIntegrityError):
        derived.playable(row, "h264")
