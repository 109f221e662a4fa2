"""Data sets: built once, named by their content, never changed, and frozen for testing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError, DatasetDamaged, FrozenForTesting
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.datasets import (
    build,
    find,
    read_dataset,
    require_whole,
    verify,
    versions,
)
from litterwatch.labelling.frozen import freeze, frozen_sets
from litterwatch.labelling.records import LabelledBox, LabelledPicture
from litterwatch.labelling.splits import Split, camera_day

MakePicture = Callable[..., LabelledPicture]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "datasets"


def test_a_version_holds_every_picture_once_and_says_so(
    root: Path, pictures: list[LabelledPicture]
) -> None:
    made = build(root, [*pictures, pictures[0]], NOW)
    assert made.name.startswith("v0001-")
    assert sum(made.counts.values()) == len(pictures) == 24
    assert made.left_out == {"seen before": 1}
    held = made.pictures(*Split)
    assert {each.sha256 for each in held} == {each.sha256 for each in pictures}
    assert {each.taken_at for each in held} == {each.taken_at for each in pictures}
    assert all(each.file.is_file() for each in held)
    assert verify(made, root) == []
    for split in Split:
        listed = (made.folder / f"{split}.txt").read_text().split()
        assert len(listed) == made.counts[split] > 0
        assert all((made.folder / line).is_file() for line in listed)


def test_the_same_pictures_are_the_same_version(
    root: Path, pictures: list[LabelledPicture]
) -> None:
    first = build(root, pictures, NOW)
    again = build(root, list(reversed(pictures)), NOW.replace(year=2027))
    assert again == first
    assert [each.name for each in versions(root)] == [first.name]


def test_another_label_is_another_version_and_the_old_one_stays(
    root: Path, pictures: list[LabelledPicture]
) -> None:
    first = build(root, pictures, NOW)
    moved = replace(pictures[3], boxes=(LabelledBox(Box(1, 1, 20, 20), Label.PERSON),))
    second = build(root, [*pictures[:3], moved, *pictures[4:]], NOW)
    assert [each.name[:5] for each in versions(root)] == ["v0001", "v0002"]
    assert second.days == first.days
    assert verify(first) == verify(second) == []
    assert find(root, None).name == second.name
    assert find(root, "v0001").name == first.name
    with pytest.raises(ConfigError, match="no data set v9"):
        find(root, "v9")


def test_only_what_is_permitted_and_certain_gets_in(
    root: Path, pictures: list[LabelledPicture], make_picture: MakePicture
) -> None:
    unsure = (LabelledBox(Box(1, 1, 9, 9), Label.WASTE, is_sure=False),)
    others = [
        make_picture(90, may_train=False),
        make_picture(91, boxes=unsure),
        make_picture(92, boxes=unsure),
    ]
    made = build(root, [*pictures, *others], NOW)
    assert made.left_out == {"not permitted": 1, "an uncertain box": 2}
    assert sum(made.counts.values()) == 24


def test_every_change_is_noticed(root: Path, pictures: list[LabelledPicture]) -> None:
    made = build(root, pictures, NOW)
    label = next((made.folder / "labels").iterdir())
    image = next((made.folder / "images").iterdir())
    label.write_text("0 0.5 0.5 0.1 0.1\n")
    image.unlink()
    (made.folder / "extra.txt").write_text("")
    faults = verify(made)
    assert f"labels/{label.name} was changed." in faults
    assert f"images/{image.name} is missing." in faults
    assert "extra.txt does not belong there." in faults
    assert len(faults) == 3
    with pytest.raises(DatasetDamaged, match=made.name):
        require_whole(made, root)


def test_a_manifest_that_was_changed_is_noticed(
    root: Path, pictures: list[LabelledPicture]
) -> None:
    made = build(root, pictures, NOW)
    manifest = made.folder / "manifest.json"
    text = manifest.read_text()
    digest = next(iter(made.files.values()))
    manifest.write_text(text.replace(digest, "0" * 64))
    assert "The manifest's hash" in verify(read_dataset(made.folder))[0]
    manifest.write_text("{}")
    with pytest.raises(DatasetDamaged, match="manifest"):
        versions(root)


def test_a_picture_that_was_changed_or_lost_since_is_not_built_in(
    root: Path, pictures: list[LabelledPicture]
) -> None:
    pictures[0].file.write_bytes(b"another")
    with pytest.raises(ConfigError, match="changed after it was labelled"):
        build(root, pictures, NOW)
    pictures[0].file.unlink()
    with pytest.raises(ConfigError, match="missing"):
        build(root, pictures, NOW)
    assert versions(root) == []


def test_what_is_frozen_is_never_trained_on(
    root: Path, pictures: list[LabelledPicture], make_picture: MakePicture
) -> None:
    first = build(root, pictures, NOW, is_freezing=True)
    (frozen,) = frozen_sets(root)
    assert frozen.name == first.name
    tested = first.pictures(Split.TEST)
    assert frozen.pictures == {each.sha256 for each in tested}
    # The same picture again, as if it came from a day that is trained on.
    trained = first.pictures(Split.TRAIN)[0]
    stolen = replace(tested[0], camera=trained.camera, taken_at=trained.taken_at)
    rest = [each for each in pictures if each.sha256 != stolen.sha256]
    with pytest.raises(FrozenForTesting, match=frozen.name):
        build(root, [*rest, stolen], NOW)
    # More pictures of a frozen day are tested with, never trained on.
    day = camera_day(tested[0])
    more = replace(make_picture(300), camera=day.camera, taken_at=tested[0].taken_at)
    grown = build(root, [*pictures, more], NOW)
    assert grown.days[day] is Split.TEST
    assert verify(grown, root) == []


def test_a_frozen_set_is_never_changed(root: Path, pictures: list[LabelledPicture]) -> None:
    made = build(root, pictures, NOW, is_freezing=True)
    build(root, pictures, NOW, is_freezing=True)
    file = root / "frozen" / f"{made.name}.json"
    text = file.read_text()
    file.write_text(text.replace(next(iter(frozen_sets(root)[0].pictures)), "0" * 64))
    with pytest.raises(DatasetDamaged, match="frozen test set"):
        frozen_sets(root)


def test_an_old_data_set_that_trains_on_what_was_frozen_later_is_refused(
    root: Path, pictures: list[LabelledPicture], tmp_path: Path
) -> None:
    old = build(root, pictures, NOW)
    elsewhere = tmp_path / "elsewhere"
    trained = old.pictures(Split.TRAIN)
    freeze(elsewhere, "v9", trained[:1], NOW)
    with pytest.raises(FrozenForTesting, match="v9"):
        require_whole(old, elsewhere)
    assert "v9" in verify(old, elsewhere)[0]
