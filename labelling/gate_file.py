"""What is asked of candidates, from a TOML file."""

import tomllib
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.gate import GateRules

_RULES: Final = TypeAdapter(GateRules)


def read_rules(file: Path | None) -> GateRules:
    """The rules of a file; None for the usual ones.

    The keys are those of `GateRules`; `[margins]` is a table of cameras.

    Raises:
        ConfigError: the file cannot be read, or a key or a value is wrong.
    """
    if file is None:
        return GateRules()
    try:
        return _RULES.validate_python(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(f"{file} holds no rules of a gate ({error}).") from error
