"""Splits: whole days of cameras, for ever, whatever else is labelled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.records import LabelledPicture
from litterwatch.labelling.splits import CameraDay, Split, camera_day, divided, once

DAYS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 6))),
    min_size=3,
    max_size=40,
)


def taken(where: list[tuple[str, int | None]], first: int = 0) -> list[LabelledPicture]:
    begin = datetime(2026, 5, 1, 20, tzinfo=UTC)
    return [
        LabelledPicture(
            Path(f"{number}.jpg"),
            f"{number:064x}",
            (64, 48),
            (),
            camera,
            None if day is None else begin + timedelta(days=day, minutes=number),
        )
        for number, (camera, day) in enumerate(where, start=first)
    ]


@given(DAYS, st.integers(0, 3))
def test_no_day_of_a_camera_is_on_both_sides(
    where: list[tuple[str, int | None]], seed: int
) -> None:
    pictures = taken(where)
    groups = {camera_day(picture) for picture in pictures}
    if len(groups) < len(Split):
        with pytest.raises(ConfigError, match="days of cameras"):
            divided(pictures, seed=seed)
        return
    days = divided(pictures, seed=seed)
    assert days.keys() == groups
    sides: dict[CameraDay, set[Split]] = {}
    for picture in pictures:
        sides.setdefault(camera_day(picture), set()).add(days[camera_day(picture)])
    assert all(len(each) == 1 for each in sides.values())
    assert set(days.values()) == set(Split)


@given(DAYS, DAYS)
def test_what_was_divided_once_stays_where_it_is(
    before: list[tuple[str, int | None]], later: list[tuple[str, int | None]]
) -> None:
    old = taken(before)
    if len({camera_day(picture) for picture in old}) < len(Split):
        return
    days = divided(old)
    again = divided([*old, *taken(later, first=len(old))], known=days)
    assert days.items() <= again.items()


@given(DAYS, st.randoms())
def test_the_order_of_the_pictures_changes_nothing(
    where: list[tuple[str, int | None]], chance: object
) -> None:
    pictures = taken(where)
    if len({camera_day(picture) for picture in pictures}) < len(Split):
        return
    mixed = list(pictures)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis' own Random
    assert divided(mixed) == divided(pictures)


def test_the_shares_are_kept_as_nearly_as_whole_days_allow() -> None:
    pictures = taken([(camera, day) for camera in "abcd" for day in range(25)])
    found = list(divided(pictures).values())
    assert [found.count(split) for split in Split] == [70, 15, 15]


def test_a_picture_that_was_imported_twice_is_there_once_with_its_day() -> None:
    known = taken([("gate", 1)])[0]
    unknown = taken([("upload", None)])[0]
    assert once([unknown, known, known]) == [known]
