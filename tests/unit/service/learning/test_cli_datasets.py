"""The commands about data sets, from pictures of another tool to a version and back."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.formats.coco import export_coco
from litterwatch.labelling.formats.foreign import Reading, picture_of
from litterwatch.labelling.records import LabelledBox
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.cli import main
from litterwatch.service.db import Database, sqlite_url

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the data folder; exit code and output."""

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["labelling", *words, "--data", str(tmp_path / "data")])
        said, code = capsys.readouterr(), int(ended.value.code or 0)
        return code, said.out if code == 0 else said.out + said.err

    return run


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A COCO export of four cameras."""
    found = []
    for camera in range(4):
        file = tmp_path / f"{camera}.png"
        noise = np.random.default_rng(camera).integers(0, 256, (48, 64, 3)).astype(np.uint8)
        cv2.imwrite(str(file), noise)
        boxes = [LabelledBox(Box(1, 2, 30, 40), Label.WASTE)]
        found.append(picture_of(file, boxes, Reading(f"camera{camera}")))
    return export_coco(found, tmp_path / "coco")


def test_pictures_become_a_version_that_can_be_checked_and_handed_on(
    run: Run, foreign: Path, tmp_path: Path
) -> None:
    words = ("datasets", "import", "coco", str(foreign), "--camera", "gate")
    code, said = run(*words)
    assert (code, said) == (0, "4 pictures with 4 boxes, 4 of them new.\n")
    code, said = run("datasets", "build")
    assert code == 2
    assert "leaves nothing" in said  # nothing may be trained on yet
    assert run(*words, "--may-train")[1].endswith("0 of them new.\n")
    code, said = run("datasets", "build", "--freeze")
    assert code == 0
    name = said.split(":")[0]
    assert name.startswith("v0001-")
    code, said = run("datasets", "list")
    assert code == 0
    assert name in said
    assert said.rstrip().endswith("frozen")
    code, said = run("datasets", "verify")
    assert code == 0
    assert "files are what the manifest says" in said
    assert run("datasets", "export", "cvat", str(tmp_path / "cvat"))[0] == 0
    assert (tmp_path / "cvat" / "annotations.xml").is_file()
    database = Database(sqlite_url(tmp_path / "data" / "litterwatch.sqlite3"))
    with database.reading() as session:
        rows = read_log(session, AuditFilter(), 10)
        actions = [row.action for row in rows]
    database.close()
    assert actions == ["dataset.exported", "dataset.built", "labels.imported", "labels.imported"]
    assert all(row.actor.startswith("os:") for row in rows)


def test_a_version_that_was_changed_ends_with_3(run: Run, foreign: Path, tmp_path: Path) -> None:
    run("datasets", "import", "coco", str(foreign), "--camera", "gate", "--may-train")
    run("datasets", "build")
    label = next((tmp_path / "data" / "labelling" / "datasets").glob("v*/labels/*.txt"))
    label.write_text("")
    code, said = run("datasets", "verify")
    assert code == 3
    assert f"labels/{label.name} was changed." in said


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--taken-at", "yesterday", "not a time with its zone"),
        ("--taken-at", "2026-05-01T08:00", "not a time with its zone"),
        ("--class", "bag", "write NAME=LABEL"),
        ("--class", "bag=rubbish", "write NAME=LABEL"),
    ],
)
def test_what_is_said_wrongly_is_named(
    run: Run, foreign: Path, option: str, value: str, words: str
) -> None:
    code, said = run("datasets", "import", "coco", str(foreign), "--camera", "a", option, value)
    assert code == 2
    assert words in said
