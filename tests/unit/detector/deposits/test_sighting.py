"""When the thing came, by looking back through small pictures."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from litterwatch.detector.deposits.sighting import Thumbnails, in_turn, same_edges, turning_point
from litterwatch.detector.geometry import Box, FloatArray
from litterwatch.detector.types import Image

PLACE = Box(60, 40, 80, 56)


def picture(what: str) -> Image:
    rng = np.random.default_rng(3)
    image = (rng.normal(120, 4, (120, 160, 3))).clip(0, 255).astype(np.uint8)
    if what == "thing":
        image[42:54, 62:78] = 40
    if what == "leg":
        image[10:100, 50:90] = 200
    return image


LEFT, RIGHT = Box(60, 40, 68, 56), Box(90, 40, 98, 56)


def two(what: str) -> Image:
    """Two ends, "lr": each to be seen (capital), not there, or behind somebody ("?")."""
    image = picture("clean")
    for end, box in zip(what, (LEFT, RIGHT), strict=True):
        x1, y1, x2, y2 = (int(v) for v in box)
        if end.isupper():
            image[y1 + 1 : y2 - 1, x1 + 1 : x2 - 1] = 40
        elif end == "?":
            image[y1:y2, x1:x2] = 200
    return image


def filmed(*parts: tuple[str, int]) -> Thumbnails:
    """Both ends, each part for so many looks at six a second."""
    thumbnails = Thumbnails()
    looks = [what for what, count in parts for _ in range(count)]
    for index, what in enumerate(looks):
        thumbnails.see(two(what), index / 6)
    return thumbnails


def film(*parts: tuple[str, int]) -> Thumbnails:
    thumbnails = Thumbnails()
    t = 0
    for what, count in parts:
        for _ in range(count):
            thumbnails.see(picture(what), t / 6)
            t += 1
    return thumbnails


def patches(thumbnails: Thumbnails) -> tuple[np.ndarray, np.ndarray]:
    return thumbnails.patch_of(picture("thing"), PLACE), thumbnails.patch_of(
        picture("clean"), PLACE
    )


def test_the_thing_is_seen_first_where_nobody_hides_it() -> None:
    thumbnails = film(("clean", 30), ("leg", 6), ("thing", 24))
    found = thumbnails.trace(PLACE, *patches(thumbnails), -10, 10.0)
    assert found is not None
    assert found.t_clear == pytest.approx(29 / 6)
    assert found.t_on == pytest.approx(36 / 6)


def test_a_short_look_before_a_long_hiding_is_somebody_s_trousers() -> None:
    thumbnails = film(("clean", 12), ("thing", 2), ("leg", 20), ("thing", 12))
    found = thumbnails.trace(PLACE, *patches(thumbnails), -10, 10.0)
    assert found is not None
    assert found.t_on == pytest.approx(34 / 6)
    assert found.t_clear == pytest.approx(11 / 6)


def test_a_place_never_seen_clean() -> None:
    thumbnails = film(("leg", 12), ("thing", 12))
    found = thumbnails.trace(PLACE, *patches(thumbnails), -10, 10.0)
    assert found is not None
    assert found.t_clear is None
    assert found.t_on == pytest.approx(2.0)


def test_a_thing_like_the_ground_cannot_be_told() -> None:
    thumbnails = film(("clean", 12))
    ground = thumbnails.patch_of(picture("clean"), PLACE)
    assert thumbnails.trace(PLACE, ground, ground, -10, 10.0) is None


def test_pictures_are_thinned_and_forgotten() -> None:
    thumbnails = Thumbnails()
    for i in range(6 * 200):
        thumbnails.see(picture("clean"), i / 6)
    assert thumbnails.patch(PLACE, 199.8) is not None
    assert thumbnails.patch(PLACE, 120.0) is not None
    assert thumbnails.patch(PLACE, 60.0) is None
    assert len(thumbnails) < 6 * 21 + 105
    thumbnails.forget()
    assert thumbnails.patch(PLACE, 199.8) is None


def test_a_thing_that_came_where_only_legs_were_known() -> None:
    thumbnails = film(("clean", 12), ("thing", 12))
    found = thumbnails.came(PLACE, thumbnails.patch_of(picture("thing"), PLACE), 4.0)
    assert found is not None
    assert found.t_on == pytest.approx(2.0)


@pytest.mark.parametrize(
    "parts",
    [
        [("thing", 24)],  # was there all the time
        [("leg", 12), ("thing", 12)],  # came to light behind somebody
        [("clean", 2), ("thing", 2)],  # too few looks
    ],
)
def test_what_did_not_come(parts: list[tuple[str, int]]) -> None:
    thumbnails = film(*parts)
    thing = thumbnails.patch_of(picture("thing"), PLACE)
    assert thumbnails.came(PLACE, thing, 4.0) is None


def test_a_place_resembles_itself() -> None:
    thumbnails = film(("thing", 3))
    thing = thumbnails.patch_of(picture("thing"), PLACE)
    assert thumbnails.resembles(PLACE, thing, 0.3)
    assert not thumbnails.resembles(PLACE, thumbnails.patch_of(picture("leg"), PLACE), 0.3)
    assert not thumbnails.resembles(PLACE, thing[:3], 0.3)
    assert not Thumbnails().resembles(PLACE, thing, 0.3)


@pytest.mark.parametrize("seed", range(5))
def test_the_turn_is_where_two_levels_fit_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levels = np.concatenate([np.full(20 + seed, 30.0), np.full(40, 4.0)])
    series = levels + rng.normal(0, 6, len(levels))
    errors = {
        k: series[:k].var() * k + series[k:].var() * (len(series) - k)
        for k in range(3, len(series) - 2)
    }
    assert turning_point(series) == min(errors, key=lambda k: errors[k])


def test_the_picture_nearest_in_time_is_asked() -> None:
    thumbnails = Thumbnails()
    for t, level in ((0.0, 10), (1.0, 20), (2.0, 30)):
        thumbnails.see(np.full((120, 160, 3), level, np.uint8), t)
    found = {t: thumbnails.patch(PLACE, t) for t in (0.2, 0.5, 1.4, 2.4)}
    assert {t: None if p is None else float(p[0, 0]) for t, p in found.items()} == {
        0.2: 10.0,
        0.5: 10.0,
        1.4: 20.0,
        2.4: 30.0,
    }
    assert thumbnails.patch(PLACE, 2.6) is None


def thing_on_ground(seed: int) -> tuple[FloatArray, FloatArray]:
    """(bare, with a thing) grey patches (24, 30) of rough ground."""
    rng = np.random.default_rng(seed)
    bare = rng.normal(120, 3, (24, 30)).astype(np.float32)
    full = bare.copy()
    full[5:20, 8:24] = 60 + rng.normal(0, 3, (15, 16))
    full[9:12, 10:22] = 100
    return bare, full


@settings(max_examples=25)
@given(seed=st.integers(0, 99), gain=st.floats(-1.0, 1.5), offset=st.floats(40, 120))
def test_a_thing_is_known_by_its_edges_however_it_is_lit(
    seed: int, gain: float, offset: float
) -> None:
    assume(abs(gain) >= 0.5)  # infrared light turns tones round
    bare, full = thing_on_ground(seed)
    grain = np.random.default_rng(seed + 1).normal(0, 1.5, full.shape)
    lit = (gain * full + offset + grain).astype(np.float32)
    assert same_edges(full, lit)
    assert not same_edges(full, (gain * bare + offset + grain).astype(np.float32))


def test_nothing_is_known_again_without_edges_or_at_another_size() -> None:
    _, full = thing_on_ground(1)
    assert not same_edges(full, np.full_like(full, 90))
    assert not same_edges(full, full[:-1])


@pytest.mark.parametrize(
    ("parts", "in_parts"),
    [
        ([("lr", 12), ("Lr", 9), ("L?", 6), ("LR", 12)], True),  # one bag, then the other
        ([("lr", 12), ("lR", 9), ("LR", 12)], True),
        ([("lr", 12), ("??", 6), ("LR", 12)], False),  # both came behind somebody
        ([("lr", 12), ("L?", 18), ("LR", 12)], False),  # the rest comes to light
        ([("lr", 12), ("Lr", 4), ("LR", 12)], False),  # too short a while
        ([("lr", 12), ("LR", 6), ("Lr", 9), ("LR", 12)], False),  # somebody in grey passes
        ([("lr", 12), ("Lr", 9), ("lr", 3), ("LR", 12)], False),  # the first went away again
        ([("LR", 24)], False),
        ([], False),
    ],
)
def test_two_things_come_in_turn_and_one_comes_whole(
    parts: list[tuple[str, int]], *, in_parts: bool
) -> None:
    thumbnails = filmed(*parts)
    now = sum(count for _, count in parts) / 6
    assert thumbnails.came_in_turn((LEFT, RIGHT), two("lr"), now) is in_parts
    assert thumbnails.came_in_turn((RIGHT, LEFT), two("lr"), now) is in_parts


def test_ends_like_the_ground_do_not_come_in_turn() -> None:
    thumbnails = filmed(("lr", 30))
    assert not thumbnails.came_in_turn((LEFT, RIGHT), two("lr"), 5.0)


@given(
    st.lists(st.tuples(st.sampled_from((-1, 1)), st.booleans(), st.booleans()), max_size=60),
    st.sampled_from((4.0, 6.0, 12.0)),
)
def test_what_comes_whole_never_came_in_parts_whoever_hides_it(
    looks: list[tuple[int, bool, bool]], rate: float
) -> None:
    times = np.arange(len(looks)) / rate
    first = np.array([what * shown for what, shown, _ in looks], np.int8)
    other = np.array([what * shown for what, _, shown in looks], np.int8)
    assert not in_turn(times, first, other)
    assert not in_turn(times, other, first)


_SHOWS = st.sampled_from((-1, 0, 1))


@given(
    st.lists(st.tuples(_SHOWS, _SHOWS), max_size=60),
    st.floats(0, 1e5).map(round),
)
def test_in_turn_has_one_order_and_does_not_depend_on_the_clock(
    looks: list[tuple[int, int]], start: int
) -> None:
    times = np.arange(len(looks)) / 4
    first = np.array([a for a, _ in looks], np.int8)
    other = np.array([b for _, b in looks], np.int8)
    found = in_turn(times, first, other)
    assert not (found and in_turn(times, other, first))
    assert in_turn(times + start, first, other) == found
