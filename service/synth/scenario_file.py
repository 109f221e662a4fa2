"""Scenarios as TOML files."""

import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from litterwatch.detector.errors import ConfigError
from litterwatch.service.synth.scenario import Scenario

_ADAPTER: TypeAdapter[Scenario] = TypeAdapter(Scenario)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario from a TOML file.

    Raises:
        ConfigError: the file cannot be read, or says something that is no scenario.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: is no readable TOML file ({error}).") from error
    try:
        scenario = _ADAPTER.validate_python(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where}: {first['msg']}.") from error
    _check_names(path, scenario)
    return scenario


def _check_names(path: Path, scenario: Scenario) -> None:
    actors = {actor.name for actor in scenario.actors}
    things = {thing.name for thing in scenario.things}
    named = {move.actor for thing in scenario.things for move in thing.moves}
    named |= {act.actor for act in scenario.acts}
    unknown = (named - actors - {""}) | {n for act in scenario.acts for n in act.things} - things
    if unknown:
        raise ConfigError(
            f"{path}: {min(unknown)!r} is neither an actor nor a thing of the scenario."
        )


def scenario_text(scenario: Scenario) -> str:
    """The scenario as TOML."""
    said = asdict(scenario)
    lines = [f"{key} = {_value(value)}" for key, value in said.items() if _is_plain(value)]
    for key, value in said.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{k} = {_value(v)}" for k, v in value.items())]
    for key, value in said.items():
        if not isinstance(value, tuple):
            continue
        for item in value:
            lines += ["", f"[[{key}]]", *(f"{k} = {_value(v)}" for k, v in item.items())]
    return "\n".join(lines) + "\n"


def _is_plain(value: object) -> bool:
    return not isinstance(value, dict | tuple)


def _value(value: Any) -> str:
    """A TOML value; of JSON, strings, numbers and booleans are TOML as well."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
