"""Which files a scan reads."""

import os
from pathlib import Path

import pytest

from litterwatch.service.footage_files import DATABASE_NAME, find_footage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.MP4", "a/z.mkv", "a/notes.txt", ".hidden.mp4", ".trash/x.mp4", "c.dav"):
        path = tmp_path / "footage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path / "footage"


def test_a_folder_is_searched_to_the_bottom_and_in_order(folder: Path) -> None:
    files, unusable = find_footage([folder])
    assert [file.path.relative_to(folder).as_posix() for file in files] == [
        "a/z.mkv",
        "b.MP4",
        "c.dav",
    ]
    assert unusable == []


def test_a_file_that_is_named_is_tried_whatever_its_ending(folder: Path) -> None:
    files, _ = find_footage([folder / "a/notes.txt"])
    assert [file.name for file in files] == [(folder / "a/notes.txt").as_posix()]


def test_a_file_meant_twice_is_read_once(folder: Path) -> None:
    files, _ = find_footage([folder, folder / "b.MP4", folder / "a/../b.MP4"])
    assert [file.path.name for file in files].count("b.MP4") == 1


def test_a_path_that_is_not_there_is_told_and_the_rest_is_found(folder: Path) -> None:
    files, unusable = find_footage([folder / "nowhere.mp4", folder / "c.dav"])
    assert [file.path.name for file in files] == ["c.dav"]
    assert [problem.name for problem in unusable] == [(folder / "nowhere.mp4").as_posix()]
    assert "no such file" in unusable[0].why


def test_a_folder_without_video_is_told(tmp_path: Path) -> None:
    files, unusable = find_footage([tmp_path])
    assert files == []
    assert "no video file" in unusable[0].why


@pytest.mark.parametrize("ours", ["evidence", "derived"])
def test_our_own_clips_are_not_footage(folder: Path, ours: str) -> None:
    clip = folder / f"litterwatch-out/{ours}/ab/clip.mp4"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"")
    (folder / "litterwatch-out" / DATABASE_NAME).write_bytes(b"")
    files, unusable = find_footage([folder])
    assert clip not in [file.path for file in files]
    assert unusable == []


def test_a_name_that_is_not_utf8_is_still_text(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/camera\xff.mp4"
    Path(os.fsdecode(raw)).write_bytes(b"")
    files, _ = find_footage([tmp_path])
    assert files[0].name.endswith("camera\\xff.mp4")
    assert files[0].name.encode("utf-8")
