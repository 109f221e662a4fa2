"""The file of a nuisance map: it fades with time, and what cannot be read is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from litterwatch.detector.deposits.descriptor import LENGTH
from litterwatch.detector.deposits.score import WEIGHTS
from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.judged import Verdict
from litterwatch.labelling.nuisance import HALF_LIFE, read_nuisance, still_counting, write_nuisance

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def verdict(days_ago: float, *, camera: str = "gate", is_deposit: bool = False) -> Verdict:
    features = dict.fromkeys(WEIGHTS, 0.5)
    at = NOW - timedelta(days=days_ago)
    return Verdict(f"{camera}{days_ago}", camera, at, is_deposit, 0.9, features, (0.25, 0.75))


def test_it_is_read_as_it_was_written_and_fades(tmp_path: Path) -> None:
    given = [verdict(0), verdict(14, is_deposit=True), verdict(90), verdict(1, camera="yard")]
    some = still_counting(given, NOW)
    assert some == [given[0], given[1], given[3]]
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


def test_it_keeps_what_things_looked_like(tmp_path: Path) -> None:
    looks = np.random.default_rng(1).normal(0, 1, LENGTH).astype(np.float32)
    looks /= np.linalg.norm(looks)
    file = write_nuisance(tmp_path, [replace(verdict(0), looks=looks), verdict(1)], NOW)
    first, second = sorted(read_nuisance(file).map_of("gate", NOW).spots, key=lambda s: s.weight)
    assert first.looks is None
    assert second.looks is not None
    assert np.linalg.norm(second.looks - looks) < 0.05


@pytest.mark.parametrize("looks", ["no base64", "AAAA"])
def test_looks_that_are_none_are_refused(tmp_path: Path, looks: str) -> None:
    file = write_nuisance(tmp_path, [verdict(0)], NOW)
    text = file.read_text().replace('"is_refused"', f'"looks": "{looks}", "is_refused"')
    assert looks in text
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ConfigError, match="looks"):
        read_nuisance(tmp_path / "a.json")


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
