"""What is remembered of the last minutes, asked backwards."""

import numpy as np
import pytest

from litterwatch.detector.change.scripted import scripted_view
from litterwatch.detector.change.stabiliser import Motion
from litterwatch.detector.change.view import ChangeView
from litterwatch.detector.deposits.carry import CarryEvidence
from litterwatch.detector.deposits.history import Chain, Tracklet
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import Image, Label, Track

P = DepositParameters()
SIZE = (320, 240)
PLACE = Box(150, 180, 170, 195)
PICTURE: Image = np.full((240, 320, 3), 120, np.uint8)


def memory() -> Memory:
    return Memory(P, PersonHeight())


def view(t: float) -> ChangeView:
    return scripted_view(t)


def shifted(dx: float) -> Motion:
    matrix = np.array([[1.0, 0.0, dx], [0.0, 1.0, 0.0]])
    return Motion(matrix, still=dx == 0, trusted=True, restarted=False, shift=abs(dx))


def see(
    kept: Memory,
    t: float,
    *people: Box,
    waste: tuple[tuple[Box, float], ...] = (),
    inferred: bool = True,
    dx: float = 0.0,
) -> None:
    actors = tuple(
        (Track(number, Label.PERSON, box, 0.9, 0.0, t), box)
        for number, box in enumerate(people, start=1)
    )
    look = Look(t, view(t), actors, waste, (), inferred, SIZE)
    kept.see(look, PICTURE, shifted(dx))


def test_before_anybody_came_a_person_is_taken_to_be_a_fifth_of_the_picture_high() -> None:
    kept = memory()
    see(kept, 0.0)
    assert kept.person_height(200.0) == pytest.approx(0.2 * SIZE[1])


def test_until_somebody_stands_upright_those_who_sit_are_the_yardstick() -> None:
    kept = memory()
    for i in range(4):
        see(kept, i / 6, Box(100, 130, 160, 190))
    assert kept.person_height(190.0) == pytest.approx(60.0)
    for i in range(4, 8):
        see(kept, i / 6, Box(100, 110, 130, 190))
    assert kept.person_height(190.0) == pytest.approx(80.0)


def test_an_operator_s_hint_counts_from_the_first_picture() -> None:
    kept = Memory(P, PersonHeight(((0.5, 0.25), (1.0, 0.5))))
    kept.height.update([], SIZE)
    see(kept, 0.0)
    assert kept.person_height(120.0) == pytest.approx(60.0, rel=0.05)
    assert kept.person_height(240.0) == pytest.approx(120.0, rel=0.05)


def test_a_place_somebody_stood_before_was_covered_and_its_neighbour_was_not() -> None:
    kept = memory()
    for i in range(12):
        see(kept, i / 6, Box(140, 110, 180, 200))
    assert kept.was_covered(PLACE, 2.0)
    assert not kept.was_covered(Box(240, 180, 260, 195), 2.0)
    assert not kept.was_covered(PLACE, 30.0)


def test_two_looks_at_somebody_who_passes_do_not_cover_a_place() -> None:
    kept = memory()
    for i in range(12):
        x = 20.0 + 45 * i
        see(kept, i / 6, Box(x, 110, x + 40, 200).clipped(*SIZE))
    assert not kept.was_covered(PLACE, 2.0)


def test_how_the_picture_lay_is_known_between_two_looks() -> None:
    kept = memory()
    assert kept.motion_at(0.0) is None
    for i in range(6):
        see(kept, float(i), dx=float(i))
    near = kept.motion_at(3.4)
    assert near is not None
    assert near.shift == pytest.approx(3.4)
    assert near.to_anchor[0, 2] == pytest.approx(3.4)
    ends = kept.motion_at(9.0), kept.motion_at(-1.0)
    assert [end.shift for end in ends if end is not None] == [5.0, 0.0]


def test_sway_is_remembered_no_longer_than_people_are() -> None:
    kept = memory()
    see(kept, 0.0, dx=7.0)
    see(kept, P.remember + 1.0, dx=2.0)
    oldest = kept.motion_at(0.0)
    assert oldest is not None
    assert oldest.shift == 2.0


def test_a_frame_the_detector_did_not_look_at_says_nothing_of_people_or_waste() -> None:
    kept = memory()
    bag = ((PLACE, 0.8),)
    see(kept, 0.0, Box(140, 110, 180, 200), waste=bag, inferred=False)
    assert kept.history.tracklets == []
    assert kept.spots.spots == []
    see(kept, 1.0, Box(140, 110, 180, 200), waste=bag)
    assert len(kept.history.tracklets) == 1
    assert len(kept.spots.spots) == 1


def test_a_lost_view_takes_people_places_and_pictures_with_it() -> None:
    kept = memory()
    for i in range(12):
        see(kept, i / 6, Box(140, 110, 180, 200), waste=((PLACE, 0.8),))
    assert kept.was_covered(PLACE, 2.0)
    assert kept.thumbnails.patch(PLACE, 1.8) is not None
    kept.lose_view()
    assert not kept.was_covered(PLACE, 2.0)
    assert kept.thumbnails.patch(PLACE, 1.8) is None
    assert kept.spots.spots == []
    assert kept.history.tracklets == []


def him(track_id: int = 1) -> Chain:
    return Chain((Tracklet(track_id, Label.PERSON, [0.0], [Box(100, 100, 130, 190)]),))


def carry(
    evidence: CarryEvidence, t: float, *, track_id: int = 1, seen: float | None = None
) -> None:
    box = Box(100, 100, 130, 190)
    track = Track(track_id, Label.PERSON, box, 0.9, 0.0, t if seen is None else seen)
    bag = (Box(104, 150, 120, 170), 0.8)
    evidence.see([track], [box], view(t), t, waste=[bag], person_height=[80.0])


def test_a_bag_in_the_hand_is_carrying_and_a_guess_of_the_tracker_is_no_evidence() -> None:
    evidence = CarryEvidence()
    carry(evidence, 1.0, seen=0.5)
    assert evidence.mean(him(), 0.0, 2.0) is None
    carry(evidence, 1.5)
    assert evidence.mean(him(), 0.0, 2.0) == pytest.approx(0.8)


def test_carrying_of_long_ago_is_forgotten_for_who_left_and_for_who_stayed() -> None:
    evidence = CarryEvidence(DepositParameters(remember=20.0))
    carry(evidence, 0.0, track_id=2)
    for i in range(200):
        carry(evidence, i / 2)
    assert evidence.mean(him(2), 0.0, 100.0) is None
    assert evidence.mean(him(), 0.0, 20.0) is None
    assert evidence.mean(him(), 90.0, 100.0) == pytest.approx(0.8, abs=0.01)
