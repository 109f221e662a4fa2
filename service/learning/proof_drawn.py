"""Alarms of generated cameras without the engine: a thousand in the time of twenty films.

The streets, corners and acts are those of the films (service/synth/daily.py). Of every thing that
is left, put out or moved, two pictures are drawn as the camera would give them: when an engine
would ask, and when the still is taken that people judge. Place and looks come from these pictures;
the features of the score are drawn by lot, the same for dumps and goods, so that nothing but place
and looks tells them apart, whatever else does in films. Whether an alarm would be given at all, and
that alarms come where nothing is left, is not in it.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from litterwatch.detector.deposits.descriptor import described
from litterwatch.detector.deposits.score import Features, score
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image
from litterwatch.service.learning.proof_films import Film, Told
from litterwatch.service.synth.scenario import Scenario, Thing
from litterwatch.service.synth.sensor import Sensor
from litterwatch.service.synth.stage import Stage

FOLDER: Final = "drawn"
ASKED, JUDGED = 3.2, 5.5
"""Seconds after a thing came to rest: the owner has gone, the event's still is taken."""

BY_LOT: Final = ("waste", "carried_before", "carry_gone", "release_cue")
"""Features that vary: the log odds are 3.5, give or take 0.7."""

LOOSE: Final = 0.08
"""Of its size by which a side of the engine's box lies off the thing's (standard deviation)."""

_LEFT: Final = frozenset({"put", "drop", "throw", "appear"})


def draw(folder: Path, wanted: Sequence[Film], photo: Image, told: Told) -> list[dict[str, Any]]:
    """What lies there on every day of every camera; days that were drawn before are only read."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    drawn = []
    for number, film in enumerate(wanted, start=1):
        file = folder / FOLDER / f"{film.name}.json"
        if not file.is_file():
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps(_drawn(film, photo)), encoding="utf-8")
            partial.replace(file)
        drawn.append(json.loads(file.read_text(encoding="utf-8")))
        told(number, len(wanted), film.name)
    return drawn


def with_features(drawn: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The days as films give them, with features by lot, alike for true and false alarms."""
    rng = np.random.default_rng(11)
    return [
        {**day, "alarms": [{**alarm, **_features(rng)} for alarm in day["alarms"]]} for day in drawn
    ]


def _features(rng: np.random.Generator) -> dict[str, Any]:
    """Of something that was brought, left and has stayed, as both dumps and goods are."""
    given = {"persistence": 1.0, "touch": 1.0, "separation": 1.0, "zone": 1.0}
    given |= {name: float(rng.random()) for name in BY_LOT}
    features = Features(**given)
    return {"score": round(score(features), 4), "features": features.named()}


def _drawn(film: Film, photo: Image) -> dict[str, Any]:
    scenario = film.scenario()
    stage = Stage(scenario, photo)
    sensor = Sensor(scenario, stage.view)
    rng = np.random.default_rng((film.camera, film.day, 13))
    true = {name for act in scenario.acts if act.alarm_expected for name in act.things}
    alarms = [
        _alarm(stage, sensor, thing, rng, is_true=thing.name in true)
        for thing in scenario.things
        if _stays(thing)
    ]
    return {"film": film.name, "seconds": scenario.seconds, "alarms": alarms}


def _stays(thing: Thing) -> bool:
    """Whether it is left somewhere, and nobody takes it back before our eyes."""
    hows = {move.how for move in thing.moves}
    return bool(hows & _LEFT) and "lift" not in hows


def _alarm(
    stage: Stage, sensor: Sensor, thing: Thing, rng: np.random.Generator, *, is_true: bool
) -> dict[str, Any]:
    move = next(move for move in thing.moves if move.how in _LEFT)
    rests = move.at + move.seconds
    scenario = stage.scenario
    size = (scenario.camera.width, scenario.camera.height)
    said: dict[str, Any] = {"is_true": is_true}
    for name, moment in (("looks", rests + ASKED), ("looks_after", rests + JUDGED)):
        box = _loose(stage.boxes(moment)[thing.name], rng)
        said[name] = [round(float(v), 3) for v in described(_seen(stage, sensor, moment), box)]
        if name == "looks":
            x, y = box.foot
            said["foot"] = [round(x / size[0], 4), round(y / size[1], 4)]
    return said


def _seen(stage: Stage, sensor: Sensor, moment: float) -> Image:
    """What the camera gives, before it is encoded."""
    index = _index(stage.scenario, moment)
    planes = sensor.expose(stage.picture(moment), moment, index)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)


def _index(scenario: Scenario, moment: float) -> int:
    return round(moment * scenario.camera.fps)


def _loose(box: Box, rng: np.random.Generator) -> Box:
    """As the engine's regions lie round a thing."""
    left, top, right, bottom = rng.normal(0, LOOSE, 4)
    return Box(
        box.x1 + left * box.width,
        box.y1 + top * box.height,
        box.x2 + right * box.width,
        box.y2 + bottom * box.height,
    )
