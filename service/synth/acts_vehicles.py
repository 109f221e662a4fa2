"""What happens from vehicles, and their twins without residue."""

from dataclasses import replace

from litterwatch.service.synth.acts_people import NOTHING
from litterwatch.service.synth.place import kerb_depth
from litterwatch.service.synth.scenario import Act, Actor, Move, Scenario, Thing, Way
from litterwatch.service.synth.setting import QUIET, Setting, rounded

_HEIGHT = {"car": 1.5, "van": 2.6, "scooter": 1.75}


def _clear(setting: Setting) -> Setting:
    """Nothing stands between camera and road."""
    return setting.rebuilt(street=replace(setting.street, bollards=False, bins=0))


def _lane(setting: Setting) -> float:
    return round(kerb_depth(setting.view, setting.street) + 1.3, 2)


def _vehicle(look: str, path: Way) -> Actor:
    way = rounded(path)
    return Actor(look, look, way, _HEIGHT[look])


def thrown(setting: Setting, look: str, *, throws: bool) -> Scenario:
    """A vehicle passes; a bag flies out of it to the near side of the road, or does not."""
    setting = _clear(setting)
    side, z = setting.hero.side, _lane(setting)
    edge, speed = setting.edge(z) + 2.2, 5.5 if look == "car" else 5.0
    path = ((QUIET, side * edge, z), (QUIET + 2 * edge / speed, -side * edge, z))
    vehicle = _vehicle(look, path)
    at = round(QUIET + (edge + 0.12 * edge * (1 if setting.hero.x > 0 else -1)) / speed, 2)
    x = side * edge - side * speed * (at - QUIET)
    things: tuple[Thing, ...] = ()
    act = NOTHING
    if throws:
        move = Move(at, "throw", look, x=round(x - 1.3 * side, 2), z=round(z - 1.1, 2), seconds=0.6)
        things = (Thing("bag", setting.hero.bag, min(setting.hero.bag_height, 0.5), (move,)),)
        act = Act("thrown_from_vehicle", alarm_expected=True, actor=look, things=("bag",),
                  note=f"a bag is thrown out of a passing {look}")  # fmt: skip
    name = f"{look}_throws" if throws else f"{look}_passes"
    return setting.scenario(name, at + 15, (vehicle,), things, (act,), busy_until=path[-1][0] + 1)


def stop(setting: Setting, *, unloads: bool) -> Scenario:
    """A van stops, somebody gets out and leaves a bag behind it, or only walks round it."""
    setting = _clear(setting)
    side, z, hero = setting.hero.side, _lane(setting), setting.hero
    edge = setting.edge(z) + 2.6
    x = round(0.15 * edge * (1 if hero.x > 0 else -1), 2)
    there = QUIET + abs(side * edge - x) / 4.0
    out, back = there + 2.5, there + 8.5
    gone = back + 2.0
    path = (
        (QUIET, side * edge, z), (there, x, z), (gone, x, z),
        (gone + abs(-side * edge - x) / 4.0, -side * edge, z),
    )  # fmt: skip
    rear = x + side * 1.9
    walk = ((out, x + 0.3 * side, z - 0.9), (out + 1.6, rear, z - 1.0), (back - 1.6, rear, z - 1.0),
            (back, x + 0.3 * side, z - 0.9))  # fmt: skip
    at = round(out + 2.6, 2)
    driver = Actor(
        "driver", hero.look, rounded(walk),
        hero.height, (at,) if unloads else (),
    )  # fmt: skip
    things: tuple[Thing, ...] = ()
    act = NOTHING
    if unloads:
        moves = (Move(0.0, "carry", "driver"), Move(round(at - 0.8, 2), "put",
                 x=round(rear + 0.3 * side, 2), z=round(z - 1.15, 2), seconds=0.8))  # fmt: skip
        things = (Thing("bag", hero.bag, hero.bag_height, moves),)
        act = Act("vehicle_dump", alarm_expected=True, actor="driver", things=("bag",),
                  note="a van stops, a bag is unloaded, it drives off")  # fmt: skip
    name = "unload_drive_off" if unloads else "park_leave"
    return setting.scenario(name, gone + 15, (_vehicle("van", path), driver), things, (act,))


def car_throws(setting: Setting) -> Scenario:
    """See thrown."""
    return thrown(setting, "car", throws=True)


def car_passes(setting: Setting) -> Scenario:
    """See thrown."""
    return thrown(setting, "car", throws=False)


def scooter_throws(setting: Setting) -> Scenario:
    """See thrown."""
    return thrown(setting, "scooter", throws=True)


def scooter_passes(setting: Setting) -> Scenario:
    """See thrown."""
    return thrown(setting, "scooter", throws=False)


def unload_drive_off(setting: Setting) -> Scenario:
    """See stop."""
    return stop(setting, unloads=True)


def park_leave(setting: Setting) -> Scenario:
    """See stop."""
    return stop(setting, unloads=False)
