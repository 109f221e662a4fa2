"""Filmed scenes through source and pipeline: the events are those written down in street.json.

The object detector is replaced by the truth of the film, so that this holds the engine alone, on
real H.264 with noise and moving light. After a change that is meant to alter events, run
`scripts/make-goldens` and review the difference.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.geometry import Box, iou
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Detections, Event, EventState, Label
from litterwatch.service.demo.film import Film
from litterwatch.service.demo.footage import SITE_FILE, make_film
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.demo.scenes import Scene, demonstration
from litterwatch.service.demo.viewpoint import Viewpoint
from litterwatch.service.demo.walkers import Walker
from litterwatch.service.site_file import load_site

GOLDEN = Path(__file__).with_name("street.json")
VIEW = Viewpoint(640, 360)
SEED = 7
TOLERANCE = 0.2
"""How far times may differ from the golden ones, s."""

SCENES: Mapping[str, tuple[float, float, set[str]]] = {
    "all": (0.0, 64.0, {"passer", "leaver", "returner", "keeper"}),
    "leaves a sack": (10.0, 36.0, {"leaver"}),
    "keeps his bag": (35.0, 64.0, {"keeper"}),
    "only passes": (0.0, 18.0, {"passer"}),
}
"""From and to in the demonstration, s, and who appears."""

Watch = Callable[[str, float], list[Event]]


def scene_of(name: str) -> Scene:
    """A part of the demonstration, beginning at 0 s."""
    start, end, people = SCENES[name]
    walkers = tuple(_earlier(w, start) for w in demonstration().walkers if w.name in people)
    return Scene(name, end - start, walkers)


def _earlier(walker: Walker, seconds: float) -> Walker:
    path = tuple(replace(point, t=point.t - seconds) for point in walker.path)
    bag = walker.bag
    if bag is not None:
        down = None if bag.put_down is None else bag.put_down - seconds
        up = None if bag.picked_up is None else bag.picked_up - seconds
        bag = replace(bag, put_down=down, picked_up=up)
    return replace(walker, path=path, bag=bag)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    """Films a scene once and lets the pipeline watch it at a rate."""
    folder = tmp_path_factory.mktemp("films")
    photo = street_photo()
    (folder / "SITE.toml").write_text(SITE_FILE)
    site = load_site(folder / "SITE.toml")

    @cache
    def run(name: str, rate: float) -> list[Event]:
        scene = scene_of(name)
        path = folder / f"{name}.mp4"
        if not path.exists():
            make_film(path, scene, VIEW, photo, seed=SEED)
        film = Film(scene, VIEW, photo, SEED)
        pipeline = CameraPipeline(site)
        events: dict[str, Event] = {}
        for frame in RecordedSource(path, camera_id="street", rate=rate).frames():
            wanted = pipeline.wants_detection(frame)
            seen = true_detections(film, scene, frame.media_time) if wanted else None
            events.update({event.id: event for event in pipeline.advance(frame, seen)})
        events.update({event.id: event for event in pipeline.finish()})
        return [event for event in events.values() if event.state is not EventState.CANCELLED]

    return run


def true_detections(film: Film, scene: Scene, t: float) -> Detections:
    """What a perfect detector of people would see."""
    people = [film.person(walker, t).box for walker in scene.walkers if walker.present(t)]
    inside = [box.clipped(VIEW.width, VIEW.height) for box in people]
    return Detections.of([(box, 0.9, Label.PERSON) for box in inside if box.area > 0])


def written(event: Event) -> dict[str, Any]:
    """What a golden file keeps of an event."""
    return {
        "kind": event.kind.value,
        "state": event.state.value,
        "zone": event.zone,
        "t_release": _rounded(event.t_release),
        "t_confirmed": _rounded(event.t_confirmed),
        "box": [round(value) for value in event.box],
        "actor": event.actor_label.value if event.actor_label else None,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


@pytest.mark.parametrize("name", SCENES)
def test_the_events_are_the_golden_ones(watch: Watch, name: str) -> None:
    events = [written(event) for event in watch(name, 6.0)]
    if os.environ.get("LITTERWATCH_REWRITE_GOLDENS"):
        known = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
        GOLDEN.write_text(json.dumps(known | {name: events}, indent=1) + "\n")
    golden = json.loads(GOLDEN.read_text())[name]
    assert len(events) == len(golden), events
    for event, expected in zip(events, golden, strict=True):
        for key in ("kind", "state", "zone", "actor"):
            assert event[key] == expected[key], key
        for key in ("t_release", "t_confirmed"):
            assert event[key] == pytest.approx(expected[key], abs=TOLERANCE), key
        assert iou(Box(*event["box"]), Box(*expected["box"])) > 0.8


def test_the_golden_event_is_the_true_one(watch: Watch) -> None:
    """The golden file cannot drift away from what was filmed."""
    (event,) = watch("all", 6.0)
    leaver = next(w for w in demonstration().walkers if w.name == "leaver")
    film = Film(scene_of("all"), VIEW, street_photo(), SEED)
    bag = film.bag(leaver, 30.0)
    assert leaver.bag is not None
    assert leaver.bag.put_down is not None
    assert bag is not None
    assert event.t_release == pytest.approx(leaver.bag.put_down, abs=1.0)
    assert iou(event.box, bag[1].box) > 0.5
    assert event.actor_label is Label.PERSON


def test_the_owner_is_first_seen_when_he_entered(watch: Watch) -> None:
    """Another man leaves the picture where the owner enters it, 1.6 s earlier."""
    (event,) = watch("all", 6.0)
    assert event.t_enter == pytest.approx(15.1, abs=1.0)


@pytest.mark.parametrize("rate", [5.0, 12.5])
def test_the_analysis_rate_does_not_change_the_event(watch: Watch, rate: float) -> None:
    """Its release is that of the film at every rate, as near as in the golden one."""
    (event,), (usual,) = watch("leaves a sack", rate), watch("leaves a sack", 6.0)
    (leaver,) = scene_of("leaves a sack").walkers
    assert leaver.bag is not None
    assert (event.kind, event.state, event.zone) == (usual.kind, usual.state, usual.zone)
    assert event.t_release == pytest.approx(leaver.bag.put_down, abs=1.0)
    assert usual.t_release == pytest.approx(leaver.bag.put_down, abs=1.0)
    assert iou(event.box, usual.box) > 0.7
