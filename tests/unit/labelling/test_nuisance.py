"""The file of a nuisance map: it fades with time, and what cannot be read is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from litterwatch.detector.deposits.score import WEIGHTS
from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.judged import Verdict
from litterwatch.labelling.nuisance import HALF_LIFE, read_nuisance, write_nuisance

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def verdict(days_ago: float, *, camera: str = "gate", is_deposit: bool = False) -> Verdict:
    features = dict.fromkeys(WEIGHTS, 0.5)
    at = NOW - timedelta(days=days_ago)
    return Verdict(f"{camera}{days_ago}", camera, at, is_deposit, 0.9, features, (0.25, 0.75))


def test_it_is_read_as_it_was_written_and_fades(tmp_path: Path) -> None:
    some = [verdict(0), verdict(14, is_deposit=True), verdict(90), verdict(1, camera="yard")]
    file = write_nuisance(tmp_path, some, NOW)
    assert file.name.startswith("nuisance-")
    read = read_nuisance(file)
    assert read.made_at == NOW
    gate = read.map_of("gate", NOW).spots
    assert sorted((spot.weight, spot.is_refused) for spot in gate) == [(0.5, False), (1.0, True)]
    assert gate[0].foot == (0.25, 0.75)
    later = read.map_of("gate", NOW + HALF_LIFE).spots
    assert sorted(spot.weight for spot in later) == [0.25, 0.5]
    assert read.map_of("gate", NOW + timedelta(days=365)).spots == ()
    assert read.map_of("nobody", NOW).spots == ()
    assert len(read.map_of("yard", NOW).spots) == 1


def test_the_same_verdicts_are_the_same_file(tmp_path: Path) -> None:
    some = [verdict(3), verdict(2), verdict(1, camera="yard")]
    file = write_nuisance(tmp_path, some, NOW)
    assert write_nuisance(tmp_path, list(reversed(some)), NOW) == file
    assert len(list(tmp_path.iterdir())) == 1
    assert file.stem.split("-")[1] == read_nuisance(file).sha256[:12]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"format": "litterwatch-nuisance-map/2"}',
        (
            '{"format": "litterwatch-nuisance-map/1", "made_at": "2026-06-01T00:00+00:00",'
            ' "cameras": {"a": [{"at": "2026-06-01T00:00", "foot": [0, 0], "is_refused": true}]}}'
        ),
    ],
)
def test_what_is_no_map_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match="no nuisance map"):
        read_nuisance(file)
