"""What else goes on in a street: a crowd, a dog, a door."""

from litterwatch.service.synth.acts_people import NOTHING, dump_leave
from litterwatch.service.synth.place import wall_depth
from litterwatch.service.synth.scenario import Actor, Move, Scenario, Thing
from litterwatch.service.synth.setting import QUIET, Setting, rounded


def crowd(setting: Setting) -> Scenario:
    """Seven people with bags cross in both directions; nobody leaves anything."""
    actors, things = [], []
    for index in range(7):
        actor, bag = setting.passer(
            f"walker{index}", 2.0 + 2.1 * index, 1 if index % 2 else -1, -0.22 * index
        )
        actors.append(actor)
        if index % 3 != 2:
            things.append(bag)
    seconds = 2.0 + 2.1 * 7 + 10
    return setting.scenario("crowd", seconds, tuple(actors), tuple(things), (NOTHING,))


def crowd_dump(setting: Setting) -> Scenario:
    """The crowd, and one among it leaves a bag."""
    base, dump = crowd(setting), dump_leave(setting)
    names = {thing.name for thing in dump.things}
    things = dump.things + tuple(t for t in base.things if t.name not in names)
    keep = tuple(actor for actor in dump.actors if actor.name == "hero")
    things = tuple(t for t in things if t.name != "passer_bag")
    return setting.scenario(
        "crowd_dump", max(base.seconds, dump.seconds), (*keep, *base.actors),
        tuple(t for t in things if t.name != "decoy"), dump.acts,
    )  # fmt: skip


def dog_rests(setting: Setting) -> Scenario:
    """A dog trots in, lies down for a while, and goes."""
    hero = setting.hero
    edge = setting.edge(hero.z)
    t = QUIET
    walk = abs(hero.side * edge - hero.x) / 1.8
    out = abs(-hero.side * edge - hero.x) / 1.8
    path = (
        (t, hero.side * edge, hero.z), (t + walk, hero.x, hero.z), (t + walk + 9, hero.x, hero.z),
        (t + walk + 9 + out, -hero.side * edge, hero.z),
    )  # fmt: skip
    way = rounded(path)
    return setting.scenario(
        "dog_rests", path[-1][0] + 8, (Actor("dog", "dog", way, 0.5),), (), (NOTHING,)
    )


def door_opens(setting: Setting) -> Scenario:
    """A door across the road is opened and stays open."""
    z = wall_depth(setting.view, setting.street) - 0.1
    x = round(0.3 * setting.view.half_width(z), 2)
    door = Thing("door", "open_door", 2.1, (Move(6.0, "appear", x=x, z=round(z, 2)),))
    return setting.scenario("door_opens", 24, (), (door,), (NOTHING,), busy_until=10.0)
