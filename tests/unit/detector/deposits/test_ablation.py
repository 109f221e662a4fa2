"""Each switch of the engine takes away what it says, and nothing is switched off by default."""

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np
import pytest

from litterwatch.detector.deposits.hypothesis import Source
from litterwatch.detector.deposits.parameters import Ablation, DepositParameters
from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Detections, Event, EventState, Frame, Image, Label

WIDTH, HEIGHT, FPS = 160, 120, 6
BAG = Box(80, 86, 93, 98)
SHADE = Box(20, 84, 44, 96)


def _street() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    rng = np.random.default_rng(7)
    noise = cv2.GaussianBlur(rng.normal(0, 50, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 2)
    return np.linspace(105, 150, HEIGHT, dtype=np.float32)[:, None, None] + noise


STREET = _street()


def frames(*, known: bool, shade: bool = False) -> Iterator[tuple[Frame, Detections]]:
    """Somebody sets a bag down at 6 s and goes; the detector may know it, a shade may come."""
    for index in range(20 * FPS):
        t = index / FPS
        picture = STREET.copy()
        rows: list[tuple[Box, float, Label]] = []
        person = None
        if 1.5 <= t <= 9:
            x = float(np.interp(t, (1.5, 4, 6.5, 9), (-10, 75, 75, 175)))
            person = Box(x - 8, 48, x + 8, 96)
            rows.append((person.clipped(WIDTH, HEIGHT), 0.8, Label.PERSON))
        bag = BAG if t >= 6 else None
        if bag is None and person is not None:
            bag = Box(person.x1 + 2, 70, person.x1 + 14, 82)  # in his hand
        if bag is not None and known and bag.x1 > 0:
            rows.append((bag, 0.6, Label.WASTE))
        if t >= 6:
            picture[86:98, 80:93] = (30, 40, 170)
            picture[86:98:3, 80:93] = (15, 20, 85)
        if shade and t >= 10:
            picture[84:96, 20:44] *= np.float32(0.6)
        if person is not None:
            x1, x2 = max(0, round(person.x1)), min(WIDTH, round(person.x2))
            picture[48:96, x1:x2] = (60, 50, 140)
        picture += np.random.default_rng(index).normal(0, 1.5, picture.shape)
        image: Image = np.clip(picture, 0, 255).astype(np.uint8)
        visible = [row for row in rows if row[0].area > 0]
        yield Frame("drawn", index, t, None, image, (WIDTH, HEIGHT)), Detections.of(visible)


Watched = tuple[CameraPipeline, tuple[Event, ...]]


@cache
def watched(*without: Ablation, known: bool = True, shade: bool = False) -> Watched:
    pipeline = CameraPipeline(parameters=DepositParameters(without=without))
    events: dict[str, Event] = {}
    for frame, seen in frames(known=known, shade=shade):
        wanted = pipeline.wants_detection(frame)
        for event in pipeline.advance(frame, seen if wanted else None):
            events[event.id] = event
    standing = [e for e in events.values() if e.state is not EventState.CANCELLED]
    return pipeline, tuple(standing)


def test_nothing_is_switched_off_by_default() -> None:
    assert DepositParameters().without == ()
    (event,) = watched()[1]
    assert event.state is EventState.CONFIRMED


def test_without_change_only_known_waste_is_proposed() -> None:
    assert len(watched(known=False)[1]) == 1
    assert watched(Ablation.CHANGE, known=False)[1] == ()
    pipeline, (event,) = watched(Ablation.CHANGE)
    assert event.reasons[0].detail.get("source", "waste") == "waste"
    sources = {case.hypothesis.source for case in pipeline.engine.cases}
    assert sources == {Source.WASTE}


def test_without_waste_the_detectors_word_counts_nowhere() -> None:
    pipeline, (event,) = watched(Ablation.WASTE)
    (case,) = pipeline.engine.cases
    assert case.hypothesis.source is Source.CHANGE
    assert (case.waste, case.waste_hits) == (0.0, 0)
    assert event.features["waste"] == pytest.approx(0.5 * (1 - case.light), abs=0.01)
    assert event.features["waste"] < watched()[1][0].features["waste"]
    assert event.features["carried_before"] < watched()[1][0].features["carried_before"]


def test_without_back_trace_no_picture_of_before_is_asked() -> None:
    whole, (before,) = watched()
    pipeline, events = watched(Ablation.BACK_TRACE)
    assert whole.engine.cases[0].sighting is not None
    assert all(case.sighting is None for case in pipeline.engine.cases)
    assert any(reason.code == "place:last_clean" for reason in before.reasons)
    assert not any(r.code == "place:last_clean" for event in events for r in event.reasons)


def test_without_carrying_nobody_carries() -> None:
    (before,), (event,) = watched()[1], watched(Ablation.CARRY)[1]
    assert before.features["carried_before"] > 0.1
    assert (event.features["carried_before"], event.features["carry_gone"]) == (0.0, 0.5)


def test_without_the_shadow_gate_a_shade_is_not_refused_as_light() -> None:
    whole, _ = watched(shade=True)
    ungated, _ = watched(Ablation.SHADOW_GATE, shade=True)
    assert whole.tally.get("light", 0) >= 1
    assert ungated.tally.get("light", 0) == 0
    assert all(case.light == 0.0 and not case.dim for case in ungated.engine.cases)
