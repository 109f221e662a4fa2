"""The default of an installation: promoted, rolled back, and valid whatever happens in between."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError, ModelIntegrityError, ModelMissing
from litterwatch.models.registry import show, verify
from litterwatch.models.shelf import POINTER, SHIPPED, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


def another(folder: Path, seeing_colours: Path) -> Path:
    """The same network as a model of its own."""
    return Path(shutil.copytree(seeing_colours, folder))


def test_without_a_pointer_the_shipped_model_is_the_default(shelf: Shelf) -> None:
    assert shelf.default() is None
    with pytest.raises(ConfigError, match="first there was"):
        shelf.roll_back()


def test_promotions_are_rolled_back_one_by_one(
    shelf: Shelf, seeing_colours: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        shelf.promote(another(tmp_path / name, seeing_colours), name)
    assert shelf.default() == shelf.folder / "two"
    assert verify(shelf.default()).manifest.name == "colours"
    shelf.promote(tmp_path / "two", "two")  # again: nothing more to go back to
    assert shelf.roll_back() == "one"
    assert shelf.default() == shelf.folder / "one"
    assert shelf.roll_back() == SHIPPED
    assert shelf.default() is None
    with pytest.raises(ConfigError, match="first there was"):
        shelf.roll_back()


def test_what_was_promoted_is_a_copy(shelf: Shelf, seeing_colours: Path, tmp_path: Path) -> None:
    source = another(tmp_path / "one", seeing_colours)
    shelf.promote(source, "one")
    shutil.rmtree(source)
    assert verify(shelf.default()).folder == shelf.folder / "one"


def test_a_damaged_model_is_not_promoted_and_not_gone_back_to(
    shelf: Shelf, seeing_colours: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        shelf.promote(another(tmp_path / name, seeing_colours), name)
    bad = another(tmp_path / "bad", seeing_colours)
    (bad / "colours.bin").write_bytes(b"other weights")
    with pytest.raises(ModelIntegrityError):
        shelf.promote(bad, "bad")
    (shelf.folder / "one" / "colours.bin").unlink()
    with pytest.raises(ModelMissing):
        shelf.roll_back()
    assert shelf.default() == shelf.folder / "two"


def test_two_models_cannot_have_one_name(
    shelf: Shelf, seeing_colours: Path, tmp_path: Path
) -> None:
    shelf.promote(another(tmp_path / "one", seeing_colours), "one")
    other = another(tmp_path / "other", seeing_colours)
    manifest = other / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": "1"', '"version": "2"'))
    with pytest.raises(ConfigError, match="another model"):
        shelf.promote(other, "one")


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden"])
def test_a_name_that_leads_elsewhere_is_refused(
    shelf: Shelf, seeing_colours: Path, name: str
) -> None:
    with pytest.raises(ValueError, match="name of a model"):
        shelf.promote(seeing_colours, name)


def test_a_pointer_that_cannot_be_understood_is_named(shelf: Shelf) -> None:
    shelf.folder.mkdir()
    for text in ("", "{}", json.dumps({"default": "../x", "before": []})):
        (shelf.folder / POINTER).write_text(text)
        with pytest.raises(ModelIntegrityError, match="which model is the default"):
            shelf.default()


KILLED = """
import os, sys
from pathlib import Path
import litterwatch.models.shelf as module
from litterwatch.models.shelf import Shelf

calls = 0

def dying(real):
    def call(*arguments, **options):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        return real(*arguments, **options)
    return call

module.sync = dying(module.sync)
Path.replace = dying(Path.replace)
Path.rename = dying(Path.rename)
shelf = Shelf(Path(sys.argv[1]))
if sys.argv[3] == "promote":
    shelf.promote(Path(sys.argv[4]), "two")
else:
    shelf.roll_back()
"""


@pytest.mark.slow
@pytest.mark.parametrize("order", ["promote", "rollback"])
def test_killed_at_any_step_one_valid_default_is_left(
    order: str, shelf: Shelf, seeing_colours: Path, tmp_path: Path
) -> None:
    shelf.promote(another(tmp_path / "one", seeing_colours), "one")
    two = another(tmp_path / "two", seeing_colours)
    killed = 0
    for step in range(1, 20):
        copy = Path(shutil.copytree(shelf.folder, tmp_path / f"models{step}"))
        command = [sys.executable, "-c", KILLED, str(copy), str(step), order, str(two)]
        ended = subprocess.run(command, check=False, capture_output=True, env=os.environ)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        killed += 1
        left = Shelf(copy)
        after = {copy / "two"} if order == "promote" else {None}
        assert left.default() in {copy / "one"} | after
        verify(left.default())
        if order == "promote":  # and the order can be given again
            left.promote(two, "two")
            assert left.default() == copy / "two"
            assert left.roll_back() == "one"
    assert killed >= 3
    assert show(shelf.default()).manifest.name == "colours"
