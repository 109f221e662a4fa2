"""What happens to picture and light while somebody leaves a bag, or only passes with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from litterwatch.service.synth.acts_people import dump_leave, pass_with_bag
from litterwatch.service.synth.scenario import (
    LightChange,
    MovingShade,
    Scenario,
)
from litterwatch.service.synth.setting import Setting

Change = Callable[[Setting], Setting]


def _lit(*changes: LightChange) -> Change:
    return lambda s: s.rebuilt(weather=replace(s.weather, changes=changes))


def _after(setting: Setting) -> float:
    """A moment when the deed is done and the hero is about to be gone."""
    return round(setting.arrival + 5.0, 2)


def lamp_step(setting: Setting) -> Setting:
    """A lamp goes out: 40 % less light at once, soon after the deed."""
    return _lit(LightChange(_after(setting), gain=0.6))(setting)


def exposure_ramp(setting: Setting) -> Setting:
    """The camera opens up slowly, by 40 % within ten seconds."""
    return _lit(LightChange(3.0, seconds=10.0, gain=1.4))(setting)


def infrared(setting: Setting) -> Setting:
    """The camera goes to its night mode: grey, its own lamp, another contrast."""
    return _lit(LightChange(_after(setting), kind="infrared", seconds=0.3))(setting)


def nudge(setting: Setting) -> Setting:
    """The camera is pushed by some pixels and stays so."""
    shift = setting.camera.width / 640
    push = (_after(setting), 5.0 * shift, 3.0 * shift)
    return setting.rebuilt(camera=replace(setting.camera, nudges=(push,)))


def shake(setting: Setting) -> Setting:
    """The pole shakes, one to two pixels."""
    strength = 1.2 * setting.camera.width / 640
    return setting.rebuilt(camera=replace(setting.camera, shake=round(strength, 2)))


def rain(setting: Setting) -> Setting:
    """It begins to rain soon after the deed."""
    weather = replace(setting.weather, rain=2.2, rain_from=_after(setting))
    return setting.rebuilt(weather=weather)


def waving_tree(setting: Setting) -> Setting:
    """Foliage sways in the picture."""
    return setting.rebuilt(
        street=replace(setting.street, tree=True), weather=replace(setting.weather, wind=4.0)
    )


def moving_shadow(setting: Setting) -> Setting:
    """The shadow of something out of the picture comes in and stays."""
    z = setting.hero.z + 0.4
    edge = setting.edge(z)
    side = -setting.hero.side
    shade = MovingShade(
        5.0, 6.0, round(side * (edge + 1), 2), round(side * 0.45 * edge, 2), round(z, 2), 1.1, 0.7
    )
    return setting.rebuilt(weather=replace(setting.weather, shades=(shade,)))


CONDITIONS: Final[dict[str, Change]] = {
    change.__name__: change
    for change in (
        lamp_step, exposure_ramp, infrared, nudge, shake, rain, waving_tree, moving_shadow,
    )
}  # fmt: skip


def with_dump(name: str) -> Callable[[Setting], Scenario]:
    """The condition and somebody who leaves a bag."""
    return lambda setting: replace(dump_leave(CONDITIONS[name](setting)), kind=f"{name}_dump")


def with_pass(name: str) -> Callable[[Setting], Scenario]:
    """The condition and somebody who only passes with a bag."""
    return lambda setting: replace(pass_with_bag(CONDITIONS[name](setting)), kind=f"{name}_pass")
