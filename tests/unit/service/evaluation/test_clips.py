"""Reading annotations, comparing, and the page."""

import json
from pathlib import Path
from typing import Any

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.service.evaluation.clips import Ignored, compare, read_clips
from litterwatch.service.evaluation.predictions import gathered, read_predictions
from litterwatch.service.evaluation.scoring import Guess, Truth
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
    outcomes = compare(read_clips(tmp_path), gathered(events, {"unread.mp4": "no video stream"}))
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


def test_the_generators_way_tells_when_and_where_the_actor_was(tmp_path: Path) -> None:
    said = {
        "file": "dump-dev-0001.mp4",
        "duration_s": 30,
        "fixed_camera": True,
        "width": 640,
        "height": 360,
        "scenario": {"kind": "dump", "seed": 1, "split": "dev"},
        "events": [
            {
                "kind": "abandoned",
                "actor": "hero",
                "alarm_expected": True,
                "t_start": 8.7,
                "t_release": 10.0,
                "bbox_xywh_at_release": [10, 20, 30, 40],
            }
        ],
    }
    (tmp_path / "dump-dev-0001.json").write_text(json.dumps(said))
    ways = [
        {"t": 3.9, "boxes": {"passer": [0, 0, 5, 5]}},
        {"t": 4.0, "boxes": {"hero": [0, 0, 10, 40]}},
        {"t": 10.1, "boxes": {"hero": [50, 0, 10, 40]}},
        {"t": 14.0, "boxes": {"hero": [90, 0, 10, 40]}},
    ]
    lines = "".join(json.dumps(way) + "\n" for way in ways)
    (tmp_path / "dump-dev-0001.boxes.jsonl").write_text(lines)
    (clip,) = read_clips(tmp_path)
    (truth,) = clip.truths
    assert (truth.t_start, truth.t_enter) == (8.7, 4.0)
    assert truth.actor_box == Box(50, 0, 60, 40)
    assert clip.kind == "dump"
    assert clip.conditions == ("fixed camera", "drawn", "up to 480 rows")


def test_events_in_an_ignored_part_count_neither_way(tmp_path: Path) -> None:
    part = Ignored(5.0, 8.0, Box(0, 0, 100, 100))
    assert part.holds(Guess(6.0, Box(10, 10, 20, 20)))
    assert not part.holds(Guess(9.0, Box(10, 10, 20, 20)))
    assert not part.holds(Guess(6.0, Box(90, 90, 120, 120)))
    assert Ignored(5.0, 8.0).holds(Guess(6.0, None))
    _annotate(tmp_path, "a")
    path = tmp_path / "a.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"ignore": [{"t_from": 0, "t_to": 20}]}))
    (outcome,) = compare(read_clips(tmp_path), gathered([_event("a.mp4", 11)], {}))
    assert outcome.guesses == ()
    assert outcome.score is not None
    assert outcome.score.false == ()


def test_lines_of_a_scan_are_read_and_old_ones_too(tmp_path: Path) -> None:
    new = _event("x/a.mp4", 11, score=0.8, t_provisional=13.0, clip_from=1.0, clip_to=20.0)
    gone = _event("x/a.mp4", 30, state="cancelled")
    lines = [json.dumps(event) for event in (new, _event("b.avi", 3), gone)]
    (tmp_path / "events.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "summary.json").write_text('{"failed": [{"source": "x/c.mp4", "why": "broken"}]}')
    found = read_predictions(tmp_path)
    assert found.events_in("a.mp4")[0].clip == (1.0, 20.0)
    assert found.events_in("b.avi")[0].t_provisional is None
    assert found.withdrawn == {"a.mp4": 1}
    assert found.why_unread("c.mp4") == "broken"
    assert found.why_unread("d.mp4") == ""
    assert found.unknown(["a.mp4"]) == ["b.avi"]


@pytest.mark.parametrize("text", ["no json", '{"source": "a.mp4"}', None])
def test_what_is_no_list_of_events_is_named(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "events.jsonl").write_text(text)
    with pytest.raises(ConfigError, match="name that file, or the folder of a scan"):
        read_predictions(tmp_path)
