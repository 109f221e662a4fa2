"""The whole loop, really trained: drawn pictures, a candidate, gate, promotion, roll-back."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from litterwatch.labelling.datasets import build
from litterwatch.labelling.frozen import freeze
from litterwatch.labelling.job import JOB, Step, read_candidate
from litterwatch.models.registry import show, verify
from litterwatch.models.shelf import Shelf
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.cli import main
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.learning.folders import LABELLING, models_folder
from litterwatch.service.learning.scripted import (
    BEGIN,
    SMALL_GATE,
    TINY_TRAINING,
    drawn_picture,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.filterwarnings("ignore"),  # torch, ultralytics and nncf warn of themselves
    pytest.mark.skipif(find_spec("nncf") is None, reason="needs litterwatch[train]: NOT tested"),
]
Run = Callable[..., tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder with a data set, and the files that the commands are given."""

    data: Path
    config: Path
    gate: Path

    @property
    def datasets(self) -> Path:
        return self.data / LABELLING / "datasets"

    def train(self) -> list[str]:
        return ["train", "--config", str(self.config), "--gate", str(self.gate)]


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whom this process tried to reach: nobody. Sockets of this machine's own files are no call."""
    tried: list[str] = []

    def refused(_socket: socket.socket, address: object) -> None:
        if not isinstance(address, str | bytes):
            tried.append(f"connect {address}")
        raise OSError("there is no network")

    def unknown(host: object, *_: object, **__: object) -> None:
        tried.append(f"look up {host}")
        raise OSError("there is no network")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    yield tried
    assert tried == []


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "data", tmp_path / "tiny.toml", tmp_path / "gate.toml")
    made.config.write_text(TINY_TRAINING)
    made.gate.write_text(SMALL_GATE)
    pictures = [drawn_picture(tmp_path / "drawn", number) for number in range(128)]
    build(made.datasets, pictures, BEGIN, is_freezing=True)
    return made


@pytest.fixture
def run(place: Place, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the data folder; exit code and output."""

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["labelling", *words, "--data", str(place.data)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def killed_in_training(place: Place) -> None:
    """Begin to train and be killed after the first whole epoch."""
    program = "from litterwatch.service.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        program,
        "labelling",
        *place.train(),
        "--data",
        str(place.data),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    ) as process:
        candidates = place.data / LABELLING / "candidates"
        while process.poll() is None:
            rows = [
                file.read_text().count("\n") for file in candidates.glob("*/training/results.csv")
            ]
            saved = any(candidates.glob("*/training/weights/last.pt"))
            if rows and rows[0] >= 2 and saved:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.05)  # noqa: TID251 - waits for another process
        assert process.wait() == -signal.SIGKILL, "the training ended before it could be killed"


def test_pictures_become_the_default_model_and_are_taken_back(
    place: Place, run: Run, tmp_path: Path
) -> None:
    killed_in_training(place)
    (folder,) = (place.data / LABELLING / "candidates").iterdir()
    assert Step.TRAINED not in read_candidate(folder).done

    # It goes on where it was, to its end; the gate accepts what learned to see our drawings.
    code, said = run(*place.train())
    assert code == 0, said
    first = read_candidate(folder)
    assert set(first.done) == set(Step)
    assert "is accepted" in said
    record = json.loads((folder / "training" / "training.json").read_text())
    assert record["outcome"]["epochs"] == 8
    page = (folder / "index.html").read_text()
    assert "The gate has accepted this candidate" in page
    assert "camera0" in page
    assert json.loads((folder / "gate.json").read_text())["is_accepted"] is True

    # Without a shadow run nobody is promoted by accident.
    code, said = run("promote", first.name)
    assert code == 3
    assert "--without-shadow" in said
    assert Shelf(models_folder(place.data)).default() is None
    code, said = run("promote", first.name, "--without-shadow")
    assert code == 0, said
    default = Shelf(models_folder(place.data)).default()
    assert default is not None
    assert verify(default).manifest.name == first.name

    # Somebody labels badly; the same pictures of the frozen set tell.
    bad = [drawn_picture(tmp_path / "bad", number, is_honest=False) for number in range(1000, 1128)]
    bad = [
        replace(each, taken_at=BEGIN + timedelta(days=60 + n // 16)) for n, each in enumerate(bad)
    ]
    build(place.datasets, bad, BEGIN)
    code, said = run(*place.train())
    assert code == 3, said
    assert "is refused" in said
    assert "failed: waste" in said
    second = next(
        each
        for file in (place.data / LABELLING / "candidates").glob(f"*/{JOB}")
        if (each := read_candidate(file.parent)).name != first.name
    )
    assert second.about["active_sha256"] == show(default).manifest.of_format("torch").sha256
    code, said = run("promote", second.name, "--without-shadow")
    assert code == 3
    assert "The gate has refused" in said
    assert Shelf(models_folder(place.data)).default() == default

    code, said = run("rollback")
    assert code == 0
    assert "the model that ships" in said
    assert Shelf(models_folder(place.data)).default() is None
    code, said = run("candidates")
    assert "default: shipped" in said
    assert f"{first.name}  accepted" in said
    assert f"{second.name}  refused" in said
    database = Database(sqlite_url(place.data / "litterwatch.sqlite3"))
    with database.reading() as session:
        actions = [row.action for row in read_log(session, AuditFilter(), 20)]
    database.close()
    assert actions == [
        "model.rolled_back", "model.rolling_back", "training.judged", "training.started",
        "model.promoted", "model.promoting", "training.judged", "training.started",
        "training.started",
    ]  # fmt: skip


def test_a_frozen_picture_cannot_be_trained_on(place: Place, run: Run, tmp_path: Path) -> None:
    pictures = [drawn_picture(tmp_path / "drawn", number) for number in range(128)]
    freeze(place.datasets, "later", pictures[:3], BEGIN)
    code, said = run(*place.train())
    assert code == 3
    assert "frozen test set later" in said
