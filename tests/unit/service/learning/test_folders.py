"""The pictures of a data set come from the desk and from the pool."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy.orm import Session

from litterwatch.labelling.formats.foreign import Reading, picture_of
from litterwatch.labelling.pool import add_to_pool, pooled
from litterwatch.labelling.records import LabelledPicture
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.settings import Settings, load_settings


def picture(folder: Path, number: int, *, may_train: bool = True) -> LabelledPicture:
    file = folder / f"{number}.png"
    noise = np.random.default_rng(number).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    cv2.imwrite(str(file), noise)
    return picture_of(file, (), Reading("gate", may_train=may_train))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
    database.upgrade()
    yield database
    database.close()


def test_labels_of_the_desk_and_of_the_pool_come_together(
    tmp_path: Path, database: Database
) -> None:
    seen: list[Settings] = []

    def desk(session: Session, settings: Settings) -> Iterator[LabelledPicture]:
        assert session.is_active
        seen.append(settings)
        yield picture(tmp_path, 1)

    settings = load_settings(None, {"data_folder": tmp_path})
    place = LearningFolder(settings, database, ManualClock(), "os:lan", (desk,))
    assert add_to_pool(place.pool, [picture(tmp_path, 2), picture(tmp_path, 3)]) == 2
    found = place.pictures()
    assert len({each.sha256 for each in found}) == 3
    assert all(each.file.is_file() for each in found)
    assert seen == [settings]


def test_labels_of_a_pooled_picture_are_replaced(tmp_path: Path) -> None:
    pool = tmp_path / "pool"
    add_to_pool(pool, [picture(tmp_path, 1, may_train=False)])
    assert add_to_pool(pool, [picture(tmp_path, 1), picture(tmp_path, 2)]) == 1
    assert [each.may_train for each in pooled(pool)] == [True, True]
