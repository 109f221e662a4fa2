"""Few and diverse pictures: what must hold whatever waits."""

from collections import Counter
from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.labelling.records import Origin
from litterwatch.labelling.selection import (
    AUDITED,
    HOURS,
    Quotas,
    Waiting,
    choose,
    doubt_of,
    is_drawn,
)


def waiting(  # noqa: PLR0917 - a test's own shorthand
    number: int,
    camera: str = "a",
    origin: Origin = Origin.REJECTED,
    doubt: float = 0.5,
    looks: tuple[float, ...] = (1.0, 0.0),
    hour: int | None = None,
) -> Waiting:
    return Waiting(f"p{number}", camera, origin, doubt, np.array(looks, np.float32), hour)


share = st.floats(0, 1)
some = st.lists(
    st.builds(
        lambda camera, origin, doubt, angle, hour: waiting(
            0, camera, origin, doubt, (np.cos(angle), np.sin(angle)), hour
        ),
        st.sampled_from("abc"),
        st.sampled_from(Origin),
        share,
        st.floats(0, 6),
        st.none() | st.integers(0, 23),
    ),
    max_size=25,
).map(lambda found: [replace(one, id=f"p{n}") for n, one in enumerate(found)])


@given(some, st.integers(0, 12), st.integers(0, 99), st.randoms())
def test_the_choice_depends_on_what_waits_and_the_seed_alone(
    pool: list[Waiting], count: int, seed: int, shuffle: st.DataObject
) -> None:
    chosen = choose(pool, count, seed=seed)
    mixed = list(pool)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert choose(mixed, count, seed=seed) == chosen
    assert len(chosen) == len(set(chosen)) == min(count, len(pool))
    assert set(chosen) <= {one.id for one in pool}


@given(some, st.integers(1, 12), st.integers(0, 9))
def test_quotas_hold_as_long_as_others_have_something(
    pool: list[Waiting], count: int, seed: int
) -> None:
    quotas = Quotas(camera=0.4, hours=0.5, audited=0.0)
    alarms = [one for one in pool if one.origin not in AUDITED]
    by_id = {one.id: one for one in alarms}
    chosen = [by_id[key] for key in choose(alarms, count, seed=seed, quotas=quotas)]
    cameras = Counter(one.camera for one in chosen)
    hours = Counter(one.hour // HOURS for one in chosen if one.hour is not None)
    left = [one for one in alarms if one.id not in {c.id for c in chosen}]
    for one in left:
        fits_camera = cameras[one.camera] < ceil(count * 0.4)
        fits_hours = one.hour is None or hours[one.hour // HOURS] < ceil(count * 0.5)
        if fits_camera and fits_hours:
            assert max(cameras.values()) <= ceil(count * 0.4)


@given(some, st.integers(1, 12), st.integers(0, 9))
def test_some_of_what_nobody_was_shown_is_among_them(
    pool: list[Waiting], count: int, seed: int
) -> None:
    audited = {one.id for one in pool if one.origin in AUDITED}
    chosen = set(choose(pool, count, seed=seed))
    assert len(chosen & audited) >= min(len(audited), ceil(count * 0.1))


def test_lots_and_not_doubt_choose_among_what_nobody_was_shown() -> None:
    pool = [waiting(n, origin=Origin.BELOW_THRESHOLD, doubt=float(n == 3)) for n in range(20)] + [
        waiting(n + 20) for n in range(20)
    ]
    drawn = Counter[str]()
    for seed in range(200):
        drawn.update(set(choose(pool, 10, seed=seed)) & {one.id for one in pool[:20]})
    assert sum(drawn.values()) == 200
    assert drawn["p3"] < 30


def test_the_next_one_is_unlike_those_before() -> None:
    pool = [waiting(n, looks=(1.0, 0.001 * n)) for n in range(8)]
    pool += [waiting(8, looks=(0.0, 1.0)), waiting(9, looks=(-1.0, 0.0))]
    quotas = Quotas(camera=1.0, audited=0.0)
    assert {"p8", "p9"} <= set(choose(pool, 3, seed=1, quotas=quotas))


def test_what_is_like_something_labelled_waits() -> None:
    pool = [waiting(1, looks=(1.0, 0.0)), waiting(2, looks=(0.0, 1.0))]
    known = np.array([[0.0, 1.0]], np.float32)
    assert choose(pool, 1, seed=1, known=known) == ["p1"]


def test_doubt_decides_between_what_is_equally_new() -> None:
    pool = [waiting(n, doubt=0.1 * n) for n in range(5)]
    assert choose(pool, 1, seed=3) == ["p4"]


def test_a_second_camera_gets_its_turn() -> None:
    pool = [waiting(n, doubt=1.0, looks=(np.cos(n), np.sin(n))) for n in range(9)]
    pool += [waiting(n, "b", doubt=0.0, looks=(np.cos(n), np.sin(n))) for n in range(9, 18)]
    chosen = choose(pool, 10, seed=1)
    assert sum(int(key[1:]) >= 9 for key in chosen) == 4


@pytest.mark.parametrize(
    ("confidence", "is_waste", "doubt"),
    [(0.5, None, 1.0), (0.0, None, 0.0), (1.0, None, 0.0), (0.9, True, 0.1), (0.9, False, 0.9)],
)
def test_doubt_is_unsureness_or_error(
    confidence: float, is_waste: bool | None, doubt: float
) -> None:
    assert doubt_of(confidence, is_waste=is_waste) == pytest.approx(doubt)


def test_lots_fall_on_about_their_share_and_always_on_the_same() -> None:
    names = [f"name {n}" for n in range(20_000)]
    drawn = [name for name in names if is_drawn(name, 0.01)]
    assert 150 < len(drawn) < 250
    assert drawn == [name for name in names if is_drawn(name, 0.01)]
    assert not any(is_drawn(name, 0.0) for name in names)
    assert all(is_drawn(name, 1.0) for name in names)
