"""What the table says of films is what the pipeline made of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Event, EventKind, EventState
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.evaluation.clips import Clip
from litterwatch.service.evaluation.scoring import Guess, Truth, match
from litterwatch.service.synth.evaluation import Seen, as_object, evaluate
from litterwatch.service.synth.footage import render
from litterwatch.service.synth.kinds import build
from litterwatch.service.synth.table import Heading, page

BAG = Box(10, 10, 30, 30)
HEADING = Heading("the command", "1.2", "abc", "the model")


def event(t_release: float) -> Event:
    return Event(
        id=f"e{t_release}", camera_id="c", kind=EventKind.BAG_DUMP, state=EventState.CONFIRMED,
        score=0.9, t_enter=None, t_release=t_release, t_release_uncertainty=0.5,
        t_provisional=t_release + 1.5, t_confirmed=t_release + 9, t_actor_left=None, box=BAG,
        actor_box=None, actor_label=None, actor_ambiguous=False, zone="all", n_items=1,
        features={"f1": 0.5}, reasons=(),
    )  # fmt: skip


def seen(name: str, truths: tuple[Truth, ...], *releases: float) -> Seen:
    events = tuple(event(t) for t in releases)
    score = match(truths, [Guess(e.t_release, e.box) for e in events])
    kind = name.rsplit("-", 2)[0]
    return Seen(Clip(name, 30.0, is_fixed=True, truths=truths, kind=kind), events, score, {})


def test_the_table_counts_by_kind() -> None:
    due = (Truth(10.0, BAG),)
    text = page(
        [
            seen("dump_leave-dev-0001.mp4", due, 10.5),
            seen("dump_leave-dev-0002.mp4", due),
            seen("pass_with_bag-dev-0001.mp4", (), 12.0),
            seen("crowd-dev-0001.mp4", ()),
        ],
        HEADING,
    )
    assert "| dump_leave | 2 | 2 | 1 | 1 | 0 | 2.0 / 9.5 |" in text
    assert "| pass_with_bag | 1 | 0 | 0 | 0 | 1 |  |" in text
    assert "| crowd | 1 | 0 | 0 | 0 | 0 |  |" in text
    assert "1 of 2 found" in text
    assert "precision 0.50, F1 0.50" in text
    assert "n = 4 films,\n2 minutes" in text
    assert "no evidence of field accuracy" in text
    assert "the command` with litterwatch 1.2, commit abc, and the model the model" in text


def test_a_line_of_details_tells_what_was_missed_and_why() -> None:
    line = as_object(seen("dump_leave-dev-0001.mp4", (Truth(10.0, BAG),), 30.0))
    assert (line["kind"], line["missed"], line["false"]) == ("dump_leave", [0], [0])
    assert line["expected"] == [{"t_release": 10.0, "box": [10, 10, 30, 30]}]
    assert line["events"][0]["features"] == {"f1": 0.5}


def test_films_are_watched_to_their_end(tmp_path: Path) -> None:
    scenario = replace(build("dog_rests", 3, "dev", (320, 180)), seconds=1.0)
    render(scenario, street_photo(), tmp_path)
    told: list[tuple[int, int, str]] = []
    detector = ScriptedDetector()
    result = evaluate(tmp_path, detector, 6.0, lambda *now: told.append(now))
    assert [each.kind for each in result] == ["dog_rests"]
    assert result[0].events == ()
    assert told == [(1, 1, f"{scenario.name}.mp4: 0 of 0 found, 0 false")]
    assert detector.seen


def test_a_folder_without_films_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no annotated clips"):
        evaluate(tmp_path, ScriptedDetector(), 6.0)
