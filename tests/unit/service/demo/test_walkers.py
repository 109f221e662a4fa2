"""People as functions of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.service.demo.scenes import busy, demonstration, quiet
from litterwatch.service.demo.walkers import Bag, Walker, Waypoint, straight

LEAVER = next(w for w in demonstration().walkers if w.name == "leaver")
KEEPER = next(w for w in demonstration().walkers if w.name == "keeper")


@given(st.floats(0, 64))
def test_nobody_moves_faster_than_a_brisk_walk(t: float) -> None:
    for walker in demonstration().walkers:
        (x1, z1), (x2, z2) = walker.place(t), walker.place(t + 0.04)
        assert ((x2 - x1) ** 2 + (z2 - z1) ** 2) ** 0.5 <= 0.04 * 1.6


@given(st.floats(0, 64), st.floats(0, 5))
def test_distance_walked_never_shrinks(t: float, later: float) -> None:
    assert KEEPER.walked(t + later) >= KEEPER.walked(t)


@pytest.mark.parametrize(
    ("t", "lowered", "alone"), [(15, 0, False), (20.0, 0, False), (21.0, 1, True), (60, 1, True)]
)
def test_the_leaver_s_bag_stays_on_the_ground(t: float, lowered: float, alone: bool) -> None:
    assert LEAVER.bag is not None
    assert LEAVER.bag.lowered(t) == lowered
    assert LEAVER.bag_alone(t) is alone


def test_the_keeper_s_bag_goes_back_into_his_hand() -> None:
    assert KEEPER.bag is not None
    assert [KEEPER.bag.lowered(t) for t in (40.0, 44.0, 52.2, 53.0)] == [0, 1, 1, 0]


def test_who_walks_bends_only_round_the_moment_the_bag_moves() -> None:
    assert [round(LEAVER.bent(t), 2) for t in (19.0, 21.0, 22.5)] == [0, 1, 0]


def test_who_puts_nothing_down_has_no_place_for_a_bag() -> None:
    walker = Walker(
        "w", "man_in_beige", straight(0, -1, 1, 8, 1.0), bag=Bag("black_sack", 1, (0, 0))
    )
    with pytest.raises(ValueError, match="puts nothing down"):
        walker.bag_rests_at()


def test_a_walker_looks_where_he_last_went() -> None:
    path = (Waypoint(0, 0, 8), Waypoint(2, 3, 8), Waypoint(4, 3, 8), Waypoint(6, 0, 8))
    walker = Walker("w", "man_in_beige", path)
    assert [walker.looks_left(t) for t in (1, 3, 5)] == [False, False, True]


def test_the_busy_clip_always_has_somebody_and_the_quiet_one_nobody() -> None:
    scene = busy(60, 3)
    present = [sum(w.present(t) for w in scene.walkers) for t in range(60)]
    assert min(present) >= 2
    assert quiet(60).walkers == ()
