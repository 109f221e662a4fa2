"""Every kind of scenario by name, and the suites they make."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from litterwatch.detector.errors import ConfigError
from litterwatch.service.synth import acts_people as people
from litterwatch.service.synth import acts_street as street
from litterwatch.service.synth import acts_vehicles as vehicles
from litterwatch.service.synth.acts_conditions import (
    CONDITIONS,
    with_dump,
    with_pass,
)
from litterwatch.service.synth.scenario import Scenario, Split
from litterwatch.service.synth.setting import Setting, draw_setting

Suite = Literal["dev", "test", "stress"]
Builder = Callable[[Setting], Scenario]

ACTS: Final[Mapping[str, Builder]] = {
    builder.__name__: builder
    for builder in (
        people.dump_leave, people.pass_with_bag, people.put_down_take_back, people.put_down_stay,
        people.bag_from_start, people.two_bags, people.group_leaves, people.group_stays,
        people.hand_over, people.standing_leaves, people.dump_collected, people.collect_existing,
        street.crowd_dump, street.crowd, street.dog_rests, vehicles.car_throws,
        vehicles.car_passes, vehicles.scooter_throws, vehicles.scooter_passes,
        vehicles.unload_drive_off, vehicles.park_leave, street.door_opens,
    )
}  # fmt: skip
STRESS: Final[Mapping[str, Builder]] = {
    f"{name}_{what}": make(name)
    for name in CONDITIONS
    for what, make in (("dump", with_dump), ("pass", with_pass))
}
KINDS: Final[Mapping[str, Builder]] = {**ACTS, **STRESS}
TWINS: Final[Mapping[str, str]] = {
    "dump_leave": "pass_with_bag", "group_leaves": "group_stays", "crowd_dump": "crowd",
    "car_throws": "car_passes", "scooter_throws": "scooter_passes",
    "unload_drive_off": "park_leave", "dump_collected": "collect_existing",
    **{f"{name}_dump": f"{name}_pass" for name in CONDITIONS},
}  # fmt: skip
"""A deed and the film in which it is not done."""


def build(kind: str, seed: int, split: Split, size: tuple[int, int] = (640, 360)) -> Scenario:
    """The scenario of a kind and a seed.

    Args:
        kind: a key of KINDS.
        seed: of the setting; the same for twins.
        split: whose identities.
        size: of the picture, px, even.

    Raises:
        ConfigError: there is no such kind.
    """
    if kind not in KINDS:
        raise ConfigError(f"There is no kind of scenario {kind!r}: choose of {', '.join(KINDS)}.")
    return KINDS[kind](draw_setting(seed, split, size))


def suite(name: Suite, count: int, size: tuple[int, int] = (640, 360)) -> list[Scenario]:
    """`count` scenarios of each kind; dev and test of every act, stress of every condition.

    Args:
        name: `dev` and `test` play the acts, each with its own identities; `stress` plays every
            condition, with and without a deposit, with the identities of test.
        count: of each kind.
        size: of the pictures, px.
    """
    kinds = STRESS if name == "stress" else ACTS
    split: Split = "dev" if name == "dev" else "test"
    first = {"dev": 1, "test": 1001, "stress": 2001}[name]
    return [build(kind, first + index, split, size) for index in range(count) for kind in kinds]
