"""The standing evaluation: what it shows, that it goes on where it was, what it reports."""

import json
from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.deposits.parameters import Ablation
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.clock import ManualClock
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.evaluation.clips import Clip, Outcome
from litterwatch.service.evaluation.scoring import Guess, Truth, match
from litterwatch.service.proving.eyes import RememberingDetector
from litterwatch.service.proving.films import Film, PartName, films_of, sample
from litterwatch.service.proving.report import (
    ABLATIONS,
    NOTES,
    Ablated,
    Circumstances,
    PartShown,
    write_report,
)
from litterwatch.service.proving.sources import LoopedSource, LossySource
from litterwatch.service.proving.work import Shown, Workshop, guess_again
from litterwatch.service.synth.kinds import build

START = datetime(2026, 1, 1, tzinfo=UTC)


def write_film(path: Path, seconds: float = 2.0, rate: int = 10) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(round(seconds * rate)):
            picture = np.full((64, 96, 3), 100, np.uint8)
            picture[10:20, 5 + number : 15 + number] = 220
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode(None))
    return path


def annotate(path: Path, *, deposits: int) -> None:
    due = {
        "kind": "abandoned",
        "alarm_expected": True,
        "t_release": 1.0,
        "bbox_xywh_at_release": None,
    }
    said: dict[str, Any] = {"file": path.name, "duration_s": 2.0, "fixed_camera": True}
    path.with_suffix(".json").write_text(json.dumps(said | {"events": [due] * deposits}))


def test_the_plan_holds_what_is_asked_of_it(tmp_path: Path) -> None:
    annotate(write_film(tmp_path / "quiet.mp4"), deposits=0)
    annotate(write_film(tmp_path / "dump.mp4"), deposits=1)
    films = {name: films_of(name, tmp_path / "films", tmp_path) for name in PartName}
    assert len(films[PartName.DEV]) >= 200
    assert len(films[PartName.TEST]) >= 100
    assert [film.name for film in films[PartName.CLIPS]] == ["dump.mp4", "quiet.mp4"]
    assert [film.name for film in films[PartName.QUIET_FILMED]] == ["quiet.mp4 looped"]
    drawn = sum(film.loop for film in films[PartName.QUIET_DRAWN])
    assert drawn >= 3600
    assert all(film.scenario is not None for film in films[PartName.QUIET_DRAWN])
    acts = [act for f in films[PartName.QUIET_DRAWN] if f.scenario for act in f.scenario.acts]
    assert not any(act.alarm_expected for act in acts)
    words = Counter(film.conditions[0] for film in films[PartName.STRESS])
    assert {"infrared", "lamp step", "shake of 2 px", "rain", "nudge", "pictures lost"} <= set(
        words
    )
    assert {"2 fps", "4 fps", "8 fps", "25 fps", "half resolution", "heavy compression"} <= set(
        words
    )
    names = [film.name for part in films.values() for film in part]
    assert len(names) == len(set(names))
    assert set(NOTES) == set(PartName)


def test_twenty_quiet_clips_and_the_drawn_streams_make_three_hours() -> None:
    """As the annotated clips are: 20 of fixed cameras in which nothing is left."""
    drawn = sum(film.loop for film in films_of(PartName.QUIET_DRAWN, Path("films"), None))
    assert drawn + 20 * 360 >= 3 * 3600


def test_without_filmed_clips_their_parts_are_empty(tmp_path: Path) -> None:
    assert films_of(PartName.CLIPS, tmp_path, None) == []
    assert films_of(PartName.QUIET_FILMED, tmp_path, None) == []


def test_a_sample_is_spread_and_is_all_when_all_is_asked() -> None:
    films = [Film(PartName.DEV, str(n), Path("x")) for n in range(10)]
    assert [film.name for film in sample(films, 2)] == ["2", "7"]
    assert sample(films, None) == films
    assert sample(films, 20) == films


def test_a_looped_film_goes_on_in_other_light_and_noise(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4")
    source = LoopedSource(path, camera_id="a", seconds=7.0, rate=5.0, seed=1)
    frames = list(source.frames())
    times = [frame.media_time for frame in frames]
    assert len(frames) == pytest.approx(35, abs=2)
    assert all(later > earlier for earlier, later in pairwise(times))
    assert times[-1] < 7.0
    assert [frame.index for frame in frames] == list(range(len(frames)))
    first, again = frames[0].image.astype(int), frames[10].image.astype(int)
    assert 0.5 < np.abs(first - again).mean() < 12
    other = list(LoopedSource(path, camera_id="a", seconds=7.0, rate=5.0, seed=1).frames())
    assert all(np.array_equal(a.image, b.image) for a, b in zip(frames, other, strict=True))


def test_a_lossy_source_loses_pictures_and_seconds(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", seconds=30.0, rate=12)
    source = RecordedSource(path, camera_id="a", rate=None)
    times = [f.media_time for f in LossySource(source, share=0.3, seed=3).frames()]
    assert times[0] == 0.0
    assert 0.35 * 360 < len(times) < 0.75 * 360
    assert max(later - earlier for earlier, later in pairwise(times)) > 0.9


def sees_one(_: Image) -> Detections:
    return Detections.of(
        [(Box(1, 2, 30, 40), 0.5, Label.WASTE), (Box(0, 0, 9, 9), 0.25, Label.BIN)]
    )


def test_what_was_seen_is_remembered_and_a_torn_file_forgotten(tmp_path: Path) -> None:
    picture = np.full((50, 60, 3), 7, np.uint8)
    first = RememberingDetector(ScriptedDetector(sees_one), tmp_path / "x" / "a.npz")
    (seen,) = first.detect([picture])
    first.detect([picture])
    first.keep()
    blind = ScriptedDetector()
    again = RememberingDetector(blind, tmp_path / "x" / "a.npz")
    (known,) = again.detect([picture])
    assert blind.seen == []
    assert np.array_equal(known.xyxy, seen.xyxy)
    assert list(known.label) == [Label.WASTE, Label.BIN]
    (tmp_path / "x" / "a.npz").write_bytes(b"torn")
    forgetful = RememberingDetector(blind, tmp_path / "x" / "a.npz")
    assert len(forgetful.detect([picture])[0]) == 0
    assert len(blind.seen) == 1


def workshop(folder: Path, detector: ScriptedDetector, **more: Any) -> Workshop:
    clock = ManualClock(START)
    given: dict[str, Any] = {"rate": 5.0, "engine": "e" * 64, "clock": clock} | more
    return Workshop(folder, detector, street_photo, **given)


def test_a_film_is_shown_once_and_again_when_anything_changed(tmp_path: Path) -> None:
    annotate(write_film(tmp_path / "a.mp4"), deposits=1)
    (film,) = films_of(PartName.CLIPS, tmp_path / "films", tmp_path)
    detector = ScriptedDetector(lambda _: Detections.empty())
    shop = workshop(tmp_path / "work", detector)
    shown = shop.show(film)
    assert shown is not None
    assert shown.outcome.score is not None
    assert shown.outcome.score.missed == (0,)
    looked = len(detector.seen)
    assert looked > 0
    result = next((tmp_path / "work" / "results").rglob("*.json"))
    said = json.loads(result.read_text())
    result.write_text(json.dumps(said | {"tally": {"from": 1}}))
    again = shop.show(film)
    assert again is not None
    assert again.outcome.tally == {"from": 1}, "taken from the earlier run"
    other = workshop(tmp_path / "work", detector, engine="f" * 64).show(film)
    assert other is not None
    assert other.outcome.tally == {}
    assert shop.show(film, (Ablation.WASTE,)) is not None
    assert len(detector.seen) == looked, "what the detector saw is remembered"


def test_nothing_is_begun_when_time_is_up_and_what_is_done_is_told(tmp_path: Path) -> None:
    annotate(write_film(tmp_path / "a.mp4"), deposits=0)
    (film,) = films_of(PartName.CLIPS, tmp_path / "films", tmp_path)
    late = workshop(tmp_path / "work", ScriptedDetector(), until=float("-inf"))
    assert late.show(film) is None
    assert workshop(tmp_path / "work", ScriptedDetector()).show(film) is not None
    assert late.show(film) is not None
    drawn = films_of(PartName.DEV, tmp_path / "work" / "films", None)[0]
    assert late.show(drawn) is None
    assert not (tmp_path / "work" / "films").exists()


def test_a_scenario_is_drawn_when_it_is_missing(tmp_path: Path) -> None:
    shop = workshop(tmp_path, ScriptedDetector())
    scenario = replace(build("dog_rests", 3, "dev", (320, 180)), seconds=1.0)
    path = shop.films / f"{scenario.name}.mp4"
    film = Film(PartName.DEV, path.name, path, scenario, path.with_suffix(".json"))
    shown = shop.show(film)
    assert shown is not None
    assert path.is_file()
    assert shown.outcome.clip.kind == "dog_rests"


def test_a_guess_comes_back_from_json() -> None:
    for guess in (
        Guess(1.5, Box(1, 2, 3, 4), 0.5, "bag_dump", 2.0, None, Box(5, 6, 7, 8), True, (0.0, 9.0)),
        Guess(2.5, None),
    ):
        assert guess_again(json.loads(json.dumps(asdict(guess)))) == guess


def shown_film(name: str, *, found: bool) -> Shown:
    truths = (Truth(10.0),)
    guesses = (Guess(11.0, None, 0.9, t_provisional=13.0),) if found else ()
    clip = Clip(name, 600.0, is_fixed=True, truths=truths, kind="dump", cluster=name)
    outcome = Outcome(clip, guesses, match(truths, guesses))
    return Shown(Film(PartName.DEV, name, Path(name)), outcome, "a" * 64)


def test_the_report_tells_what_ran_and_how(tmp_path: Path) -> None:
    shown = (shown_film("a", found=True), shown_film("b", found=False))
    parts = [
        PartShown(PartName.DEV, 220, shown),
        PartShown(PartName.CLIPS, 0, ()),
    ]
    ablated = [Ablated(without, shown) for without in ABLATIONS]
    made = Circumstances(
        date(2026, 1, 2), "scripts/evaluate --films 2", "abc", "0.1", "street", "d" * 64,
        "e" * 64, "a machine",
    )  # fmt: skip
    paths = write_report(tmp_path, parts, ablated, made)
    said = json.loads((tmp_path / "standing-2026-01-02.json").read_text())
    assert paths[0].name == "standing-2026-01-02.json"
    assert (said["commit"], said["command"]) == ("abc", "scripts/evaluate --films 2")
    assert set(said["parts"]) == {"dev"}
    assert (said["parts"]["dev"]["shown"], said["parts"]["dev"]["planned"]) == (2, 220)
    assert len(said["parts"]["dev"]["films_sha256"]) == 64
    assert [each["without"] for each in said["ablations"]] == [
        [], ["change"], ["waste"], ["back_trace"], ["carry"], ["shadow_gate"],
    ]  # fmt: skip
    summary = (tmp_path / "standing.md").read_text()
    assert "| dev | 2 of 220 | 0.33 | 1 | 1 | 0 |" in summary
    assert "no evidence of field accuracy" in " ".join(summary.split())
    assert "| no shadow gate | 2 | 1 | 1 | 0 | 0.67 |" in summary
    page = (tmp_path / "standing.html").read_text()
    assert "Of dev 2 of 220 films were shown, no more." in page
    assert "What each part is worth" in page
    other = replace(shown[0], sha256="b" * 64)
    assert PartShown(PartName.DEV, 2, (other,)).sha256 != PartShown(PartName.DEV, 2, shown).sha256
