"""A watch that is stopped, written to a file and gone on with finds what an unbroken one finds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from shutil import copyfile

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from litterwatch.detector.deposits.hypothesis import State
from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Detections, Event, EventState, Frame, Image, Label
from litterwatch.service.remembering.file import MOST_BYTES, packed, read_memory, write_memory
from litterwatch.service.remembering.memory import PipelineMemory
from litterwatch.service.remembering.snapshot import contents_of, pipeline_of

WIDTH, HEIGHT, TALL, FPS, SECONDS = 160, 120, 48, 6, 22


@dataclass(frozen=True)
class Drawn:
    """A scene: somebody comes, stands, leaves a bag or not, goes; somebody else may pass.

    Attributes:
        stops_at, goes_at: s.
        leaves: whether the bag stays.
        known: whether the detector knows the bag.
        passes_at: s, None for nobody.
        dark_from: s from which there is a third less light, None for never.
        sways: whether the camera does.
    """

    stops_at: float
    goes_at: float
    leaves: bool
    known: bool
    passes_at: float | None
    dark_from: float | None
    sways: bool


scenes = st.builds(
    Drawn,
    st.sampled_from([4.0, 5.0]),
    st.sampled_from([6.5, 8.0]),
    st.booleans(),
    st.booleans(),
    st.none() | st.sampled_from([9.0, 12.0]),
    st.none() | st.sampled_from([3.0, 13.0]),
    st.booleans(),
)


def _street() -> NDArray[np.float32]:
    rng = np.random.default_rng(7)
    noise = cv2.GaussianBlur(rng.normal(0, 50, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 2)
    plain = np.linspace(105, 150, HEIGHT, dtype=np.float32)[:, None, None]
    ground: NDArray[np.float32] = plain + noise
    return ground


STREET = _street()


def _people(scene: Drawn, t: float) -> list[Box]:
    knots = (scene.stops_at - 2.5, scene.stops_at, scene.goes_at, scene.goes_at + 2.5)
    ways: list[tuple[tuple[float, ...], tuple[float, ...], float]] = [
        (knots, (-10, 75, 75, 175), 96.0)
    ]
    if scene.passes_at is not None:
        ways.append(((scene.passes_at, scene.passes_at + 4), (175, -10), 104.0))
    found = []
    for times, xs, foot in ways:
        if times[0] <= t <= times[-1]:
            x = float(np.interp(t, times, xs))
            found.append(Box(x - 8, foot - TALL, x + 8, foot))
    return found


def _bag(scene: Drawn, t: float) -> Box | None:
    if not scene.leaves or t < scene.goes_at - 0.5:
        return None
    return Box(80, 86, 93, 98)


@lru_cache(maxsize=4)
def frames(scene: Drawn) -> tuple[tuple[Frame, Detections], ...]:
    """Drawn once for the several watches of a test; nobody changes them."""
    return tuple(_drawn(scene))


def _drawn(scene: Drawn) -> Iterator[tuple[Frame, Detections]]:
    for index in range(SECONDS * FPS):
        t = index / FPS
        light = 1.0 if scene.dark_from is None or t < scene.dark_from else 0.67
        picture = STREET * np.float32(light)
        rows: list[tuple[Box, float, Label]] = []
        bag = _bag(scene, t)
        if bag is not None:
            picture[86:98, 80:93] = np.float32(light) * np.array((30, 40, 170), np.float32)
            picture[86:98:3, 80:93] *= 0.5
            if scene.known:
                rows.append((bag, 0.6, Label.WASTE))
        for box in _people(scene, t):
            x1, x2 = max(0, round(box.x1)), min(WIDTH, round(box.x2))
            if x2 > x1:
                picture[round(box.y1) : round(box.y2), x1:x2] = np.float32(light) * np.array(
                    (60, 50, 140), np.float32
                )
            if box.clipped(WIDTH, HEIGHT).area > 0.4 * box.area:
                rows.append((box.clipped(WIDTH, HEIGHT), 0.8, Label.PERSON))
        picture += np.random.default_rng(index).normal(0, 1.5, picture.shape).astype(np.float32)
        image: Image = np.clip(picture, 0, 255).astype(np.uint8)
        if scene.sways:
            shift = np.array([[1, 0, 1.3 * np.sin(index)], [0, 1, np.cos(index)]])
            moved = cv2.warpAffine(image, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
            image = np.asarray(moved, np.uint8)
        yield Frame("drawn", index, t, None, image, (WIDTH, HEIGHT)), Detections.of(rows)


def advance(pipeline: CameraPipeline, frame: Frame, seen: Detections) -> list[Event]:
    return pipeline.advance(frame, seen if pipeline.wants_detection(frame) else None)


def played(
    scene: Drawn, splits: frozenset[int], folder: Path
) -> tuple[list[Event], dict[str, int]]:
    """Everything said, and the tally; before the frames of `splits` the watch is stopped."""
    pipeline = CameraPipeline()
    said: list[Event] = []
    for frame, seen in frames(scene):
        if frame.index in splits:
            size = write_memory(folder / "memory", contents_of(pipeline))
            assert size < MOST_BYTES
            contents = read_memory(folder / "memory")
            assert contents is not None
            pipeline = pipeline_of(contents)
        said += advance(pipeline, frame, seen)
    return [*said, *pipeline.finish()], dict(pipeline.tally)


@given(
    scene=scenes, splits=st.frozensets(st.integers(1, SECONDS * FPS - 1), min_size=1, max_size=3)
)
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_stopping_at_any_moment_changes_nothing(
    scene: Drawn, splits: frozenset[int], tmp_path: Path
) -> None:
    assert played(scene, splits, tmp_path) == played(scene, frozenset(), tmp_path)


@pytest.mark.slow
@given(
    scene=scenes, splits=st.frozensets(st.integers(1, SECONDS * FPS - 1), min_size=1, max_size=3)
)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_stopping_at_any_moment_changes_nothing_in_many_scenes(
    scene: Drawn, splits: frozenset[int], tmp_path: Path
) -> None:
    assert played(scene, splits, tmp_path) == played(scene, frozenset(), tmp_path)


DUMP = Drawn(4.0, 6.5, leaves=True, known=True, passes_at=12.0, dark_from=None, sways=False)


def test_the_drawn_deposit_is_confirmed_so_that_the_property_says_something(tmp_path: Path) -> None:
    said, _ = played(DUMP, frozenset(), tmp_path)
    assert [event.state for event in said][-1] is EventState.CONFIRMED


def test_what_is_shared_stays_shared_and_the_same_state_gives_the_same_bytes() -> None:
    pipeline = CameraPipeline()
    for frame, seen in frames(DUMP):
        advance(pipeline, frame, seen)
    again = pipeline_of(contents_of(pipeline))
    case = next(c for c in again.engine.cases if c.hypothesis.state is State.CONFIRMED)
    assert case.owner is not None
    history = again.engine.memory.history
    assert any(case.owner.chain.tracklets[-1] is tracklet for tracklet in history.tracklets)
    assert again.engine.docket.parameters is again.engine.memory.parameters
    assert packed(contents_of(again)) == packed(contents_of(pipeline))


def test_minutes_of_watching_stay_bounded() -> None:
    """Eight minutes at half a picture a second more than once over every bound of the memory."""
    pipeline = CameraPipeline()
    sizes = []
    pictures = list(frames(DUMP))
    for index in range(1200):
        frame, seen = pictures[index % 12]
        now = Frame("drawn", index, index * 0.4, None, frame.image, frame.source_size)
        advance(pipeline, now, seen)
        if index in (1000, 1199):
            sizes.append(len(packed(contents_of(pipeline))))
    assert sizes[1] < 1.1 * sizes[0]
    assert sizes[1] < 8 << 20


CONFIG = "c" * 64
EMPTY = Drawn(100.0, 100.5, leaves=False, known=True, passes_at=None, dark_from=None, sways=False)
LIES = replace(EMPTY, leaves=True, goes_at=-10.0, stops_at=-12.0)
"""The bag lies there from the first picture on, and nobody came with it."""


def later(scene: Drawn, pause: float) -> Iterator[tuple[Frame, Detections]]:
    """A scene that begins that many seconds after another one has ended."""
    for frame, seen in frames(scene):
        yield replace(frame, media_time=frame.media_time + SECONDS + pause), seen


def watched(pipeline: CameraPipeline, scene: Drawn) -> list[Event]:
    said: list[Event] = []
    for frame, seen in frames(scene):
        said += advance(pipeline, frame, seen)
    return [*said, *pipeline.finish()]


def gone_on(
    memory: PipelineMemory, scene: Drawn, pause: float, config: str = CONFIG
) -> tuple[list[Event], CameraPipeline]:
    """What is said after a pause, by a watch that remembers."""
    pictures = later(scene, pause)
    frame, seen = next(pictures)
    pipeline = memory.recalled(CameraPipeline(), frame, config)
    said = advance(pipeline, frame, seen)
    for frame, seen in pictures:
        said += advance(pipeline, frame, seen)
    return said, pipeline


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a watch in which the bag was left and told of."""
    pipeline = CameraPipeline()
    said = watched(pipeline, DUMP)
    assert said[-1].state is EventState.CONFIRMED
    memory = PipelineMemory(tmp_path_factory.mktemp("memory") / "gate.memory")
    memory.keep(pipeline, (SECONDS * FPS - 1) / FPS, CONFIG, whole=True)
    return memory.path


@pytest.fixture
def memory(kept: Path, tmp_path: Path) -> PipelineMemory:
    """The test's own."""
    path = tmp_path / "memory" / "gate.memory"
    path.parent.mkdir()
    copyfile(kept, path)
    return PipelineMemory(path)


def test_what_lies_there_is_told_once_whoever_passes_after_a_restart(
    memory: PipelineMemory,
) -> None:
    said, pipeline = gone_on(memory, replace(LIES, passes_at=6.0), 600.0)
    assert said == []
    (case,) = pipeline.engine.cases
    assert case.hypothesis.state is State.PERSISTING
    assert case.observation is not None
    assert case.observation.at_rest > 0.8, "the thing is still seen against the reference of before"


def test_what_came_while_nobody_looked_is_laid_to_nobody(tmp_path: Path) -> None:
    pipeline = CameraPipeline()
    assert watched(pipeline, EMPTY) == []
    memory = PipelineMemory(tmp_path / "gate.memory")
    memory.keep(pipeline, float(SECONDS), CONFIG, whole=True)
    said, again = gone_on(memory, replace(LIES, passes_at=6.0), 600.0)
    assert said == []
    assert again.engine.cases == ()


def test_nor_to_who_stands_before_it_when_watching_begins(tmp_path: Path) -> None:
    pipeline = CameraPipeline()
    watched(pipeline, EMPTY)
    memory = PipelineMemory(tmp_path / "gate.memory")
    memory.keep(pipeline, float(SECONDS), CONFIG, whole=True)
    said, again = gone_on(memory, replace(LIES, passes_at=-2.0), 600.0)
    assert said == []
    assert again.engine.last_look is not None
    assert again.engine.last_look.view.unknown_share == 0.0


def test_what_was_taken_away_meanwhile_makes_room_for_a_new_alert(memory: PipelineMemory) -> None:
    said, pipeline = gone_on(memory, EMPTY, 600.0)
    assert said == []
    assert pipeline.engine.cases == (), "ten seconds of clean ground"
    memory.keep(pipeline, 2 * SECONDS + 600.0, CONFIG, whole=False)
    frame_later = 2 * (SECONDS + 600.0)
    said, _ = gone_on(memory, DUMP, frame_later)
    assert [event.state for event in said][-1:] == [EventState.CONFIRMED]


def test_after_a_short_pause_an_open_case_goes_on_under_its_own_name(tmp_path: Path) -> None:
    alone = replace(DUMP, passes_at=None)
    pipeline = CameraPipeline()
    half = [pair for pair in frames(alone) if pair[0].media_time < 12.0]
    said = [event for frame, seen in half for event in advance(pipeline, frame, seen)]
    said += pipeline.finish()
    assert [event.state for event in said] == [EventState.PROVISIONAL]
    memory = PipelineMemory(tmp_path / "gate.memory")
    memory.keep(pipeline, half[-1][0].media_time, CONFIG, whole=True)
    rest = [pair for pair in frames(alone) if pair[0].media_time >= 14.0]
    again = memory.recalled(CameraPipeline(), rest[0][0], CONFIG)
    said_later = [event for frame, seen in rest for event in advance(again, frame, seen)]
    assert [event.state for event in said_later] == [EventState.CONFIRMED]
    assert said_later[0].id == said[0].id
    other = memory.recalled(CameraPipeline(), rest[0][0], "d" * 64)
    assert other.engine.cases == (), "under other settings nothing open goes on"


@pytest.mark.parametrize("spoil", ["torn", "flipped", "foreign", "from the future"])
def test_what_cannot_be_used_is_named_put_aside_and_does_no_harm(
    memory: PipelineMemory, spoil: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = memory.path.read_bytes()
    changed = {
        "torn": raw[: len(raw) // 2],
        "flipped": raw[:5000] + bytes([raw[5000] ^ 1]) + raw[5001:],
        "foreign": b"something else",
        "from the future": raw,
    }[spoil]
    memory.path.write_bytes(changed)
    fresh = CameraPipeline()
    frame, _ = next(later(EMPTY, -SECONDS if spoil == "from the future" else 5.0))
    assert memory.recalled(fresh, frame, CONFIG) is fresh
    assert not memory.path.exists()
    assert memory.path.with_suffix(".refused").read_bytes() == changed
    said = capsys.readouterr()
    assert "learnt anew" in said.out + said.err  # where to is the command's to choose
    assert [e.state for e in watched(fresh, DUMP)][-1] is EventState.CONFIRMED


def test_another_view_is_learnt_anew(memory: PipelineMemory) -> None:
    frame, _ = next(later(EMPTY, 600.0))
    blocks = np.random.default_rng(3).integers(40, 220, (12, 16, 3), np.uint8)
    turned = replace(frame, image=np.kron(blocks, np.ones((10, 10, 1), np.uint8)))
    pipeline = memory.recalled(CameraPipeline(), turned, CONFIG)
    pipeline.advance(turned, Detections.empty())
    look = pipeline.engine.last_look
    assert look is not None
    assert look.view.restart_reason == "scene"
    assert look.view.blobs == ()


def test_a_disk_that_refuses_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = PipelineMemory(tmp_path / "file" / "gate.memory")
    memory.keep(CameraPipeline(), 0.0, CONFIG, whole=True)
    frame, _ = frames(EMPTY)[0]
    fresh = CameraPipeline()
    assert memory.recalled(fresh, frame, CONFIG) is fresh


def test_the_looks_by_day_and_in_infrared_are_both_remembered(tmp_path: Path) -> None:
    pipeline = CameraPipeline()
    for frame, _ in frames(EMPTY):
        grey = frame.image if frame.media_time < 8 else grey_of(frame.image)
        advance(pipeline, replace(frame, image=grey), Detections.empty())
    memory = PipelineMemory(tmp_path / "gate.memory")
    memory.keep(pipeline, float(SECONDS), CONFIG, whole=False)
    contents = read_memory(memory.path)
    assert contents is not None
    means = {name: a for name, a in contents.arrays.items() if name.endswith(".mean")}
    assert set(means) == {"reference/colour.mean", "reference/infrared.mean"}
    by_day, at_night = means["reference/colour.mean"], means["reference/infrared.mean"]
    assert np.abs(at_night[..., 1:] - 128).mean() < 1.0
    assert np.abs(by_day[..., 1:] - 128).mean() > 2.0
    frame, _ = next(later(EMPTY, 600.0))
    again = memory.recalled(CameraPipeline(), frame, CONFIG)
    state = again.engine.docket.change.state()
    assert {"colour.mean", "infrared.mean"} <= set(state)


def grey_of(image: Image) -> Image:
    """Without colour, as at night."""
    return np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
