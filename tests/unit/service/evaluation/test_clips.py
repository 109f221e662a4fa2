"""Reading annotations, comparing, and the page."""

import json
from pathlib import Path
from typing import Any

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.service.evaluation.clips import compare, read_clips
from litterwatch.service.evaluation.scoring import Truth
from litterwatch.service.evaluation.table import page


def _annotate(folder: Path, name: str, *, fixed: bool = True, deposits: int = 0) -> None:
    none = {"kind": "none", "alarm_expected": False, "t_release": None}
    deposit = {"alarm_expected": True, "t_release": 10, "bbox_xywh_at_release": [10, 20, 30, 40]}
    said = {
        "file": f"{name}.mp4",
        "duration_s": 60.0,
        "fixed_camera": fixed,
        "events": [none] + [deposit] * deposits,
    }
    (folder / f"{name}.json").write_text(json.dumps(said))


def _event(source: str, t: float, **changed: Any) -> dict[str, Any]:
    event = {"source": source, "t_release": t, "t_confirmed": t + 9, "box": [10, 20, 30, 40]}
    return {**event, "actor_box": [0, 0, 10, 40], **changed}


def test_only_deposits_that_call_for_an_alarm_are_expected(tmp_path: Path) -> None:
    _annotate(tmp_path, "b", deposits=1)
    _annotate(tmp_path, "a")
    clips = read_clips(tmp_path)
    assert [clip.name for clip in clips] == ["a.mp4", "b.mp4"]
    assert [clip.truths for clip in clips] == [(), (Truth(10, Box(10, 20, 40, 60)),)]


def test_an_empty_folder_and_a_broken_annotation_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no annotated clips"):
        read_clips(tmp_path)
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"x\.json: is not an annotation"):
        read_clips(tmp_path)


def test_the_page_gives_counts_intervals_and_the_rule(tmp_path: Path) -> None:
    _annotate(tmp_path, "found", deposits=1)
    _annotate(tmp_path, "missed", deposits=1)
    _annotate(tmp_path, "quiet")
    _annotate(tmp_path, "unread")
    _annotate(tmp_path, "moving", fixed=False)
    events = [
        _event("clips/found.mp4", 11),
        _event("quiet.mp4", 5, t_confirmed=None, actor_box=None),
    ]
    outcomes = compare(read_clips(tmp_path), events, {"unread.mp4": "no video stream"})
    text = page(outcomes, "the command", "m1", "0.1")
    assert "| found.mp4 | 60 | fixed | 1 | 1 | 0 | 0 | 10.0 | 1.00 | named |" in text
    assert "| missed.mp4 | 60 | fixed | 1 | 0 | 1 | 0 |  |  |  |" in text
    assert "| quiet.mp4 | 60 | fixed | 0 | 0 | 0 | 1 |" in text
    assert "| unread.mp4 | 60 | fixed | 0 | not read: no video stream |" in text
    assert "Fixed cameras: 3 of 4 clips read, 3.0 minutes." in text
    assert "Found 1 of 2 (95 % Wilson interval 9% to 91%)." in text
    assert "False alarms: 1, that is 20.0 per hour (95 % exact Poisson 0.5 to 111.4)." in text
    assert "[-5 s, +10 s]" in text
    assert "`the command`" in text
