"""The rules of a gate from a file: what is said counts, what is wrong is refused whole."""

from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.gate import GateRules
from litterwatch.labelling.gate_file import read_rules


def test_without_a_file_the_usual_rules_hold() -> None:
    assert read_rules(None) == GateRules()


def test_what_a_file_says_counts(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text('margin = 0.1\nleast_people = 5\n[margins]\n"school gate" = 0.0\n')
    rules = read_rules(file)
    assert (rules.margin, rules.least_people, rules.people_margin) == (0.1, 5, 0.01)
    assert (rules.margin_of("school gate"), rules.margin_of("yard")) == (0.0, 0.1)


@pytest.mark.parametrize(
    "text",
    ["margin = 2", "margins = 1", "least_things = 0", "least_things = 1.5", "mergin = 0.1", "="],
)
def test_a_mistake_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"gate\.toml"):
        read_rules(file)
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        read_rules(tmp_path / "gone.toml")
