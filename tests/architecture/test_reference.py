"""docs/reference says everything: commands, options, settings, errors, keys of site files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.main import get_command

from litterwatch.detector import errors
from litterwatch.detector.types import ZoneKind
from litterwatch.service.cameras_file import CAMERA_KEYS, CamerasFile
from litterwatch.service.cli import app
from litterwatch.service.runtime.board import Board
from litterwatch.service.runtime.condition import Blind, Link
from litterwatch.service.runtime.keeper import Kept
from litterwatch.service.runtime.metrics import BoardCollector
from litterwatch.service.settings import PREFIX, Settings
from litterwatch.service.site_file import SITE_KEYS, ZONE_KEYS, load_site

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from leaves(below, f"{path} {name}")
    else:
        yield path, command


COMMANDS = sorted(leaves(get_command(app), "litterwatch"))


def settings_of(part: type[BaseModel], path: str = "") -> Iterator[str]:
    """The dotted name of every setting."""
    for name, field in part.model_fields.items():
        below = field.annotation
        if isinstance(below, type) and issubclass(below, BaseModel):
            yield from settings_of(below, f"{path}{name}.")
        else:
            yield f"{path}{name}"


def error_names() -> list[str]:
    return sorted(
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.LitterwatchError)
    )


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_and_option_is_described(path: str, command: Any) -> None:
    text = section(page("commands.md"), f"`{path}`")
    assert text, f"docs/reference/commands.md has no heading `{path}`"
    for parameter in command.params:
        is_option = parameter.opts[0].startswith("-")
        label = parameter.opts[0] if is_option else (parameter.metavar or parameter.name.upper())
        if label != "--help":
            assert f"| `{label}" in text, f"{path}: {label} is not described"


def test_no_command_is_described_that_is_not_there() -> None:
    described = set(re.findall(r"^#+ `(litterwatch[^`]*)`$", page("commands.md"), re.MULTILINE))
    assert described == {path for path, _ in COMMANDS}


@pytest.mark.parametrize("name", list(settings_of(Settings)))
def test_every_setting_is_described(name: str) -> None:
    variable = PREFIX + name.upper().replace(".", "__")
    rows = [line for line in page("settings.md").splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1, f"docs/reference/settings.md has no row for {name}"
    assert variable in rows[0]


def test_no_setting_is_described_that_is_not_there() -> None:
    described = re.findall(r"^\| `([a-z_.]+)` \|", page("settings.md"), re.MULTILINE)
    assert sorted(described) == sorted(settings_of(Settings))


@pytest.mark.parametrize("name", error_names())
def test_every_error_is_described(name: str) -> None:
    rows = [line for line in page("errors.md").splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1, f"docs/reference/errors.md has no row for {name}"
    is_retryable = getattr(errors, name).retryable
    assert rows[0].split("|")[2].strip() == ("yes" if is_retryable else "no")


def test_no_error_is_described_that_is_not_there() -> None:
    described = re.findall(r"^\| `(\w+)` \|", page("errors.md"), re.MULTILINE)
    assert sorted(described) == error_names()


@pytest.mark.parametrize(("heading", "keys"), [("`[site]`", SITE_KEYS), ("`[[zone]]`", ZONE_KEYS)])
def test_every_key_of_a_site_file_is_described(heading: str, keys: tuple[str, ...]) -> None:
    text = section(page("site-file.md"), heading)
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)[: len(keys)] == list(keys)


def test_every_kind_of_zone_is_described() -> None:
    text = section(page("site-file.md"), "`[[zone]]`")
    assert {kind.value for kind in ZoneKind} <= set(
        re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    )


def test_the_example_site_file_is_valid(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", page("site-file.md"), re.DOTALL)
    assert example is not None
    path = tmp_path / "site.toml"
    path.write_text(example.group(1), encoding="utf-8")
    assert [zone.id for zone in load_site(path).zones] == ["collection point", "tree", "pavement"]


def test_every_key_of_a_cameras_file_is_described() -> None:
    text = section(page("cameras-file.md"), "`[[camera]]`")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(CAMERA_KEYS)


def test_the_example_cameras_file_is_valid(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", page("cameras-file.md"), re.DOTALL)
    assert example is not None
    (tmp_path / "cameras.toml").write_text(example.group(1), encoding="utf-8")
    (tmp_path / "gate.toml").write_text("", encoding="utf-8")
    (tmp_path / "gate.password").write_text("anything", encoding="utf-8")
    read = CamerasFile(tmp_path / "cameras.toml").read()
    assert [entry.id for entry in read.entries] == ["gate", "yard"]


def test_every_metric_is_described() -> None:
    told = (REFERENCE.parent / "operate" / "live.md").read_text(encoding="utf-8")
    names = {
        metric.name.removeprefix("litterwatch_")
        for metric in BoardCollector(Board(kept=Kept(last_delay=1.0))).collect()
    }
    assert [name for name in sorted(names) if name not in told] == []


def test_every_state_of_a_camera_is_described() -> None:
    told = (REFERENCE.parent / "operate" / "live.md").read_text(encoding="utf-8")
    states = {*Link} - {Link.STARTING, Link.ONLINE} | {*Blind}
    assert [state for state in sorted(states) if f"`{state}`" not in told] == []
