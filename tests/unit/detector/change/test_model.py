"""The change model on drawn scenes: what must be a blob and what must not."""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.detector.change.health import Health, PictureHealth
from litterwatch.detector.change.model import ChangeModel, ChangeParameters, ChangeView, Code
from litterwatch.detector.geometry import Box, iou
from litterwatch.detector.types import Image

WIDTH, HEIGHT = 320, 180
BAG = Box(140, 110, 164, 136)
MAN = Box(60, 60, 92, 150)


def street(seed: int = 1) -> Image:
    """A road with a kerb, a wall and some texture."""
    rng = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), (120, 125, 128), np.uint8)
    picture[:60] = (90, 110, 140)
    picture[60:66] = (60, 60, 60)
    cv2.line(picture, (0, 170), (WIDTH, 120), (200, 200, 205), 3)
    for x in range(20, WIDTH, 60):
        cv2.rectangle(picture, (x, 10), (x + 25, 45), (70, 60, 50), -1)
    coarse = rng.normal(0, 6, (HEIGHT // 4, WIDTH // 4, 1)).astype(np.float32)
    texture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None]
    return np.asarray(np.clip(picture + texture, 0, 255), np.uint8)


def put(picture: Image, box: Box, colour: tuple[int, int, int]) -> None:
    """A thing with a lighter top, so that it has structure of its own."""
    x1, y1, x2, y2 = (round(v) for v in box)
    cv2.rectangle(picture, (x1, y1), (x2 - 1, y2 - 1), colour, -1)
    light = tuple(min(255, c + 60) for c in colour)
    cv2.rectangle(picture, (x1 + 3, y1 + 2), (x2 - 6, y1 + 6), light, -1)


Draw = Callable[[Image, float], list[Box]]


@dataclass
class Stage:
    """Plays a drawn scene through health and model."""

    fps: float = 6.0
    noise: float = 2.0
    seed: int = 7
    model: ChangeModel = field(default_factory=ChangeModel)
    health: PictureHealth = field(default_factory=PictureHealth)
    plate: Image = field(default_factory=street)
    time: float = 0.0
    views: list[ChangeView] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self._grain = [
            rng.normal(0, self.noise, self.plate.shape).astype(np.int16) for _ in range(7)
        ]

    def play(self, seconds: float, draw: Draw) -> ChangeView:
        for _ in range(round(seconds * self.fps)):
            picture = self.plate.copy()
            actors = draw(picture, self.time)
            grain = self._grain[len(self.views) % len(self._grain)]
            image = np.clip(picture + grain, 0, 255).astype(np.uint8)
            health = self.health.update(image, self.time, actors=actors)
            self.views.append(self.model.update(image, self.time, actors=actors, health=health))
            self.time += 1 / self.fps
        return self.views[-1]

    def blobs_ever(self, since: float = 0.0) -> int:
        return sum(len(view.blobs) for view in self.views if view.media_time >= since)


def nothing(_picture: Image, _time: float) -> list[Box]:
    return []


def bag(picture: Image, _time: float) -> list[Box]:
    put(picture, BAG, (40, 30, 30))
    return []


def test_an_empty_street_has_no_change() -> None:
    stage = Stage()
    view = stage.play(8, nothing)
    assert stage.blobs_ever() == 0
    assert view.warm
    assert view.unknown_share == 0.0
    assert view.restart_reason == "start"
    assert (view.code == Code.BACKGROUND).mean() > 0.999


def test_a_bag_that_stays_is_one_blob_at_its_place() -> None:
    stage = Stage()
    stage.play(3, nothing)
    view = stage.play(5, bag)
    (blob,) = view.blobs
    assert iou(blob.box, BAG) > 0.75
    assert blob.age == pytest.approx(4.83, abs=0.4)
    assert blob.first_changed == pytest.approx(3.0, abs=0.4)
    assert blob.area == pytest.approx(BAG.area, rel=0.2)
    assert blob.mask.shape == (round(blob.box.height), round(blob.box.width))
    assert blob.visible > 0.9
    assert blob.flicker < 0.05
    assert blob.known_for == pytest.approx(3.0, abs=0.5)
    assert blob.known_since < 0.5
    assert blob.edge_ratio > 1.5


def test_a_blob_is_there_within_a_second() -> None:
    stage = Stage()
    stage.play(3, nothing)
    stage.play(1, bag)
    first = next(view.media_time for view in stage.views if view.blobs)
    assert first - 3.0 <= 0.7


def test_time_alone_never_absorbs_a_thing() -> None:
    stage = Stage(fps=2.0)
    stage.play(4, nothing)
    view = stage.play(100, bag)
    (blob,) = view.blobs
    assert iou(blob.box, BAG) > 0.7
    assert blob.age > 95


def test_a_thing_taken_away_again_is_forgotten() -> None:
    stage = Stage()
    stage.play(3, nothing)
    stage.play(6, bag)
    view = stage.play(4, nothing)
    assert view.blobs == ()


def test_a_thing_there_from_the_start_is_revealed_when_taken() -> None:
    stage = Stage()
    stage.play(8, bag)
    view = stage.play(4, nothing)
    (blob,) = view.blobs
    assert blob.edge_ratio < 1 / 1.2
    stage.model.heal(blob.box, blob.mask)
    assert stage.play(2, nothing).blobs == ()
    (again,) = stage.play(3, bag).blobs
    assert again.known_for > again.rest, "what rested before it was healed is known that long"


def test_an_actor_of_the_first_frames_leaves_no_ghost() -> None:
    def stands_then_walks(picture: Image, time: float) -> list[Box]:
        x = max(0.0, time - 4) * 60
        box = Box(MAN.x1 + x, MAN.y1, MAN.x2 + x, MAN.y2)
        if box.x1 > WIDTH:
            return []
        put(picture, box.clipped(WIDTH, HEIGHT), (30, 60, 150))
        return [box]

    stage = Stage()
    view = stage.play(3, stands_then_walks)
    assert view.unknown_within(MAN) > 0.9
    assert view.share(MAN, Code.COVERED) > 0.9
    stage.play(9, stands_then_walks)
    assert stage.blobs_ever() == 0
    assert stage.views[-1].unknown_share == 0.0


def test_a_thing_beside_revealed_ground_is_measured_alone() -> None:
    stage = Stage()
    chair = Box(BAG.x2 + 6, BAG.y1 - 20, BAG.x2 + 36, BAG.y2)

    def with_chair(picture: Image, _time: float) -> list[Box]:
        put(picture, chair, (30, 40, 90))
        return []

    stage.play(4, with_chair)
    view = stage.play(3, bag)  # the chair is taken away as the bag comes
    (thing,) = view.blobs  # what the chair hid is learnt, the bag is not learnt with it
    assert iou(thing.box, BAG) > 0.7


def test_an_actor_nobody_detected_leaves_no_ghost() -> None:
    def man_for_two_seconds(picture: Image, time: float) -> list[Box]:
        if time < 2:
            put(picture, MAN, (30, 60, 150))
        return []

    stage = Stage()
    stage.play(8, man_for_two_seconds)
    assert stage.blobs_ever() == 0
    assert stage.model.patch_matches_reference(MAN, stage.plate) > 0.95


def test_an_actor_who_stands_for_long_and_leaves_is_no_change() -> None:
    def visitor(picture: Image, time: float) -> list[Box]:
        if not 3 <= time < 23:
            return []
        put(picture, MAN, (30, 60, 150))
        return [MAN]

    stage = Stage()
    stage.play(28, visitor)
    assert stage.blobs_ever() == 0


def test_a_bag_put_down_by_an_actor_shows_when_he_has_gone() -> None:
    def puts_down(picture: Image, time: float) -> list[Box]:
        if time >= 4:
            put(picture, BAG, (40, 30, 30))
        x = 116 + max(0.0, time - 6) * 50
        if time < 3 or x > WIDTH:
            return []
        man = Box(x, 60, x + 34, 150)
        put(picture, man.clipped(WIDTH, HEIGHT), (30, 60, 150))
        return [man]

    stage = Stage()
    view = stage.play(12, puts_down)
    (blob,) = view.blobs
    assert iou(blob.box, BAG) > 0.7


def test_a_passer_by_hides_a_bag_without_ending_it() -> None:
    def passes(picture: Image, time: float) -> list[Box]:
        put(picture, BAG, (40, 30, 30))
        if not 8 <= time < 10:
            return []
        man = Box(BAG.x1 - 10, 60, BAG.x2 + 10, 150)
        put(picture, man, (30, 60, 150))
        return [man]

    stage = Stage()
    stage.play(3, nothing)
    stage.play(6, passes)
    hidden = stage.views[-1]
    assert hidden.blobs[0].visible == 0.0
    view = stage.play(3, passes)
    (blob,) = view.blobs
    assert blob.first_changed == pytest.approx(3.0, abs=0.4)
    assert blob.visible > 0.9


@pytest.mark.parametrize("factor", [0.6, 1.4])
def test_a_lamp_step_makes_no_blob(factor: float) -> None:
    def lamp(picture: Image, time: float) -> list[Box]:
        if time >= 4:
            picture[:] = np.clip(picture * factor, 0, 255).astype(np.uint8)
        return []

    stage = Stage()
    stage.play(10, lamp)
    assert stage.blobs_ever() == 0


def test_a_live_blob_outlives_a_lamp_step() -> None:
    def lamp(picture: Image, time: float) -> list[Box]:
        put(picture, BAG, (40, 30, 30))
        if time >= 7:
            picture[:] = (picture * 0.6).astype(np.uint8)
        return []

    stage = Stage()
    stage.play(3, nothing)
    view = stage.play(12, lamp)
    assert any(blob.first_changed < 4 and iou(blob.box, BAG) > 0.5 for blob in view.blobs)


def test_a_slow_exposure_ramp_makes_no_blob_and_is_followed() -> None:
    def ramp(picture: Image, time: float) -> list[Box]:
        picture[:] = (picture * (1 - 0.4 * min(1.0, time / 60))).astype(np.uint8)
        return []

    stage = Stage(fps=3.0)
    stage.play(90, ramp)
    assert stage.blobs_ever() == 0
    assert stage.model.reference_image().mean() < 0.9 * stage.plate.mean()


def test_noise_and_shake_make_no_blob() -> None:
    rng = np.random.default_rng(3)

    def shaken(picture: Image, _time: float) -> list[Box]:
        by = np.array([[1, 0, rng.uniform(-1, 1)], [0, 1, rng.uniform(-1, 1)]], np.float32)
        size = (WIDTH, HEIGHT)
        picture[:] = cv2.warpAffine(picture, by, size, borderMode=cv2.BORDER_REPLICATE)
        return []

    stage = Stage(noise=5.0)
    stage.play(20, shaken)
    assert stage.blobs_ever() == 0


def test_a_broad_but_passing_change_is_frozen_and_forgotten() -> None:
    model = ChangeModel()
    storm = np.random.default_rng(2).integers(0, 255, (HEIGHT - 40, WIDTH, 3), np.uint8)
    for i in range(110):
        picture = street()
        if 30 <= i < 45:
            picture[40:] = storm
        view = model.update(picture, i / 6, actors=(), health=Health())
        assert view.blobs == ()
        assert view.inhibited == (30 <= i < 44 + 60)
    assert view.restart_reason == "start"


def test_a_waving_texture_makes_no_blob_that_lasts() -> None:
    rng = np.random.default_rng(5)
    leaves = rng.integers(20, 200, (60, 80, 1), np.uint8).repeat(3, axis=2)

    def waving(picture: Image, time: float) -> list[Box]:
        dx = round(4 * np.sin(2 * np.pi * time / 1.7))
        dy = round(3 * np.sin(2 * np.pi * time / 2.3))
        picture[20:80, 200:280] = np.roll(leaves, (dy, dx), axis=(0, 1))
        return []

    stage = Stage()
    stage.play(30, waving)
    assert all(blob.rest < 1.5 for view in stage.views for blob in view.blobs)
    assert stage.blobs_ever(since=15.0) == 0


def test_a_moving_shadow_is_moving_not_new() -> None:
    def cloud(picture: Image, time: float) -> list[Box]:
        x = int(time * 20)
        picture[:, x : x + 60] = (picture[:, x : x + 60] * 0.6).astype(np.uint8)
        return []

    stage = Stage()
    stage.play(3, nothing)
    stage.play(6, cloud)
    assert all(blob.rest < 3.5 for view in stage.views for blob in view.blobs)
    assert stage.play(4, nothing).blobs == ()


def test_more_change_than_things_make_inhibits_and_is_learnt_in_the_end() -> None:
    other = np.roll(255 - street()[::-1], 31, axis=1).copy()
    model = ChangeModel()
    still = Health()
    views = [
        model.update(street() if i < 30 else other, i / 6, actors=(), health=still)
        for i in range(180)
    ]
    at_cut, at_end = views[30], views[-1]
    assert at_cut.inhibited
    assert at_cut.changed_share > 0.35
    assert not any(view.blobs for view in views)
    assert at_end.restart_reason == "scene"
    assert at_end.restarted_at == pytest.approx(20.0, abs=1.0)
    assert at_end.changed_share < 0.01


def test_a_cut_reported_by_health_restarts_at_once() -> None:
    model = ChangeModel()
    for i in range(12):
        model.update(street(), i / 6, actors=(), health=Health())
    view = model.update(street(9), 2.0, actors=(), health=Health(moved=True))
    assert (view.restart_reason, view.restarted_at) == ("moved", 2.0)
    model.restart()
    view = model.update(street(), 2.2, actors=(), health=Health())
    assert view.restarted_at == 2.2


def test_each_mode_keeps_its_own_reference() -> None:
    model = ChangeModel()
    grey = np.repeat(street().min(axis=2, keepdims=True), 3, axis=2) // 2
    for i in range(12):
        model.update(street(), i / 6, actors=(), health=Health())
    night = Health(mode="infrared")
    for i in range(12, 24):
        view = model.update(grey, i / 6, actors=(), health=night)
    assert view.restart_reason == "mode"
    day = model.update(street(), 4.5, actors=(), health=Health())
    assert day.unknown_share == 0.0
    assert day.changed_share < 0.01


def test_another_picture_size_starts_anew() -> None:
    model = ChangeModel()
    model.update(street(), 0.0, actors=(), health=Health())
    view = model.update(np.tile(street(), (2, 2, 1)), 1.0, actors=(), health=Health())
    assert view.restart_reason == "size"
    assert view.scale == (2.0, 2.0)
    assert view.code.shape == (180, 320)


def test_a_blank_picture_says_nothing() -> None:
    model = ChangeModel()
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    view = model.update(black, 0.0, actors=(), health=Health(blank=True))
    assert view.inhibited
    assert view.unknown_share == 1.0
    assert not view.warm


def test_time_must_increase() -> None:
    model = ChangeModel()
    model.update(street(), 1.0, actors=(), health=Health())
    with pytest.raises(ValueError, match="does not follow"):
        model.update(street(), 1.0, actors=(), health=Health())


def test_a_restart_with_saved_state_needs_no_warm_up() -> None:
    first = Stage()
    first.play(6, nothing)
    second = Stage()
    second.model.restore(first.model.state(), 0.0)
    view = second.play(2, bag)
    (blob,) = view.blobs
    assert iou(blob.box, BAG) > 0.7
    assert view.unknown_share == 0.0


def test_state_of_another_picture_is_refused() -> None:
    first = Stage()
    first.play(1, nothing)
    state = first.model.state()
    state["colour.noise"] = np.zeros((3, 3), np.float32)
    with pytest.raises(ValueError, match="shape"):
        ChangeModel().restore(state)


def test_questions_of_the_deposit_engine() -> None:
    stage = Stage()
    stage.play(3, nothing)
    stage.play(3, bag)
    model = stage.model
    with_bag = stage.plate.copy()
    bag(with_bag, 0.0)
    assert model.patch_matches_reference(BAG, stage.plate) > 0.95
    assert model.patch_matches_reference(BAG, with_bag) < 0.2
    (blob,) = stage.views[-1].blobs
    assert model.patch_matches_reference(blob.box, with_bag, blob.mask) < 0.1
    assert model.reference_image().shape == model.current_image().shape == (HEIGHT, WIDTH, 3)
    patch = slice(112, 134), slice(142, 162)
    assert np.abs(model.reference_image()[patch].astype(int) - stage.plate[patch]).mean() < 6
    assert np.abs(model.current_image()[patch].astype(int) - with_bag[patch]).mean() < 12
    assert 0.2 < model.noise_within(BAG) < 4
    with pytest.raises(ValueError, match="64x64"):
        model.patch_matches_reference(BAG, np.zeros((64, 64, 3), np.uint8))


def test_places_never_seen_are_black_in_the_reference() -> None:
    model = ChangeModel()
    model.update(street(), 0.0, actors=[MAN], health=Health())
    assert model.reference_image()[80:130, 68:84].max() == 0


@settings(max_examples=3, derandomize=True)
@given(
    x=st.integers(10, 260),
    y=st.integers(75, 140),
    side=st.integers(14, 34),
    dark=st.integers(0, 60),
)
def test_the_frame_rate_does_not_matter(x: int, y: int, side: int, dark: int) -> None:
    box = Box(x, y, x + side, y + side).clipped(WIDTH, HEIGHT)

    def thing(picture: Image, time: float) -> list[Box]:
        if time >= 2.99:
            put(picture, box, (dark, dark, dark))
        return []

    found = []
    for fps in (5.0, 12.0, 25.0):
        view = Stage(fps=fps).play(5, thing)
        assert len(view.blobs) == 1
        found.append(view.blobs[0])
    for blob in found:
        assert iou(blob.box, found[0].box) > 0.75
        assert iou(blob.box, box) > 0.6
        assert blob.age == pytest.approx(found[0].age, abs=0.45)
        assert blob.rest == pytest.approx(found[0].rest, abs=0.45)


def test_half_resolution_is_enough_for_a_small_thing() -> None:
    def can(picture: Image, time: float) -> list[Box]:
        if time >= 3:
            put(picture, Box(150, 120, 160, 132), (30, 30, 160))
        return []

    for parameters in (ChangeParameters(), ChangeParameters(long_side=160)):
        view = Stage(model=ChangeModel(parameters)).play(6, can)
        assert len(view.blobs) == 1
