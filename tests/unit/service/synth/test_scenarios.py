"""Every kind of scenario is consistent, and twins share everything but the act."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.service.synth.acts_conditions import CONDITIONS
from litterwatch.service.synth.catalogue import BAGS, CARS, PEOPLE
from litterwatch.service.synth.footage import released
from litterwatch.service.synth.kinds import ACTS, KINDS, STRESS, TWINS, build, suite
from litterwatch.service.synth.scenario import Scenario, Split
from litterwatch.service.synth.scenario_file import load_scenario, scenario_text
from litterwatch.service.synth.setting import draw_setting

SEEDS = (1, 2, 7)


def scenarios(kind: str) -> list[Scenario]:
    splits: tuple[Split, ...] = ("dev", "test")
    return [build(kind, seed, split) for seed in SEEDS for split in splits]


@pytest.mark.parametrize("kind", KINDS)
def test_a_scenario_survives_its_file(kind: str, tmp_path: Path) -> None:
    for scenario in scenarios(kind):
        path = tmp_path / "scenario.toml"
        path.write_text(scenario_text(scenario), encoding="utf-8")
        assert load_scenario(path) == scenario


@pytest.mark.parametrize("kind", KINDS)
def test_times_and_names_are_consistent(kind: str) -> None:
    for scenario in scenarios(kind):
        assert scenario.kind == kind
        names = [actor.name for actor in scenario.actors]
        names += [thing.name for thing in scenario.things]
        assert len(names) == len(set(names))
        for actor in scenario.actors:
            times = [point[0] for point in actor.path]
            assert times == sorted(set(times))
        for thing in scenario.things:
            starts = [move.at for move in thing.moves]
            assert starts == sorted(starts)
            ends = [move.at + move.seconds for move in thing.moves]
            assert all(end <= later + 1e-6 for end, later in zip(ends, starts[1:], strict=False))


@pytest.mark.parametrize("kind", KINDS)
def test_a_deposit_is_made_by_somebody_there_and_lies_long_enough(kind: str) -> None:
    for scenario in scenarios(kind):
        for act in scenario.acts:
            assert act.alarm_expected == (act.kind != "none")
            for name in act.things:
                move = released(scenario, name)
                actor = scenario.actor(act.actor)
                assert actor.path[0][0] < move.at < actor.path[-1][0]
                gone = [m.at for m in scenario.thing(name).moves if m.how in ("lift", "vanish")]
                end = min([scenario.seconds, *gone])
                assert end - (move.at + move.seconds) >= 12


@pytest.mark.parametrize(("deed", "twin"), TWINS.items())
def test_twins_share_everything_but_the_act(deed: str, twin: str) -> None:
    for a, b in zip(scenarios(deed), scenarios(twin), strict=True):
        assert (a.camera, a.street, a.weather, a.split) == (b.camera, b.street, b.weather, b.split)
        looks = {actor.name: actor.look for actor in a.actors}
        for actor in b.actors:
            assert looks.get(actor.name, actor.look) == actor.look
        assert any(act.alarm_expected for act in a.acts)
        assert not any(act.alarm_expected for act in b.acts)


def test_negatives_carry_what_positives_leave() -> None:
    """No look of a bag belongs to deeds alone."""
    for split in ("dev", "test"):
        left: set[str] = set()
        carried: set[str] = set()
        for seed in range(12):
            left.add(build("dump_leave", seed, split).thing("bag").look)
            carried.add(build("pass_with_bag", seed, split).thing("bag").look)
        assert left == carried
        assert len(left) >= 3


def test_development_and_test_have_no_identity_in_common() -> None:
    for table in (PEOPLE, BAGS, CARS):
        assert not set(table["dev"]) & set(table["test"])
    for kind in KINDS:
        for split in ("dev", "test"):
            other: Split = "test" if split == "dev" else "dev"
            scenario = build(kind, 3, split)
            looks = {actor.look for actor in scenario.actors}
            looks |= {thing.look for thing in scenario.things}
            assert not looks & {*PEOPLE[other], *BAGS[other]}


def test_settings_vary_with_the_seed_and_not_without() -> None:
    assert draw_setting(4, "dev") == draw_setting(4, "dev")
    settings = [draw_setting(seed, "dev") for seed in range(20)]
    assert len({setting.street for setting in settings}) == 20
    assert {setting.hero.release for setting in settings} == {"put", "drop", "throw"}
    assert {setting.hero.side for setting in settings} == {-1, 1}


@pytest.mark.parametrize("height", [360, 720])
def test_people_are_as_tall_as_promised(height: int) -> None:
    for seed in range(40):
        setting = draw_setting(seed, "dev", (height * 16 // 9, height))
        tall = setting.hero.height * setting.view.px_per_metre(setting.hero.z)
        assert 50 <= tall * 360 / height <= 200


def test_a_suite_has_every_kind_as_often_as_asked() -> None:
    films = suite("dev", 2)
    assert sorted(film.kind for film in films) == sorted([*ACTS, *ACTS])
    assert len({film.name for film in films}) == len(films)
    assert {film.split for film in films} == {"dev"}
    assert {film.kind for film in suite("stress", 1)} == set(STRESS)
    assert {film.split for film in suite("test", 1)} == {"test"}
    assert not {f.seed for f in suite("test", 3)} & {f.seed for f in suite("dev", 3)}


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no kind of scenario 'nonsense': choose of dump_leave"):
        build("nonsense", 1, "dev")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kind = 3", "kind"),
        ("not toml", "no readable TOML"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        load_scenario(path)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    text = scenario_text(build("dump_leave", 1, "dev")).replace("[weather]", "[weather]\nsnow = 3")
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"weather\.snow"):
        load_scenario(path)


def test_a_scenario_that_names_nobody_is_refused(tmp_path: Path) -> None:
    scenario = build("dump_leave", 1, "dev")
    path = tmp_path / "scenario.toml"
    path.write_text(scenario_text(replace(scenario, actors=())), encoding="utf-8")
    with pytest.raises(ConfigError, match="'hero' is neither"):
        load_scenario(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        load_scenario(tmp_path / "gone.toml")


def test_the_example_of_the_guide_is_a_scenario(tmp_path: Path) -> None:
    guide = Path(__file__).resolve().parents[4] / "docs" / "guide" / "scenarios.md"
    found = re.search(r"```toml\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    path = tmp_path / "scenario.toml"
    path.write_text(found.group(1), encoding="utf-8")
    assert load_scenario(path).weather.rain == 2.0
    described = set(re.findall(r"`(\w+)`", guide.read_text(encoding="utf-8")))
    assert {*ACTS, *CONDITIONS} <= described
